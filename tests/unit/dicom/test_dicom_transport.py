"""Messages survive the way, and nothing else does."""

from __future__ import annotations

import dataclasses
import io
import json
import struct
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.dicom.transport import (
    ProtocolError,
    frame_from_message,
    frame_to_message,
    header_from_json,
    header_to_json,
    receive_message,
    refusal_from_json,
    refusal_to_json,
    send_message,
)
from radseek.records.instances import Frame, InstanceHeader, InstanceKind, Window
from radseek.records.outcomes import Reason, quarantined

FULL = InstanceHeader(
    "1.2",
    "1.3",
    "1.4",
    "1.5",
    "1.6",
    InstanceKind.REPORT,
    patient_id="Ångström \udcff \u2028",
    patient_age_years=61.5,
    study_date=date(2024, 2, 29),
    series_number=-3,
    rows=7,
    pixel_spacing_mm=(0.1, 0.2),
    position_mm=(1.0, -2.0, 3.0),
    orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    windows=(Window(40.0, 400.0, "soft", "SIGMOID"), Window(1.0, 2.0)),
    charset_suspect=True,
    report_text="FINDINGS:\nclear",
)
EMPTY = InstanceHeader("1", "1", "1", "1", "1", InstanceKind.IMAGE)


@pytest.mark.parametrize("header", [FULL, EMPTY])
def test_header_round_trip(header: InstanceHeader) -> None:
    assert header_from_json(json.loads(json.dumps(header_to_json(header)))) == header


@given(
    st.sampled_from([f.name for f in dataclasses.fields(InstanceHeader)]),
    st.sampled_from([None, True, 3, 2**70, 1.5, "text", [], [1], [1, 2], {"a": 1}, [[1, 2, 3]], "2024-02-31"]),
)
def test_a_tampered_header_is_refused_or_of_the_right_types(name: str, value: Any) -> None:
    content = {**json.loads(json.dumps(header_to_json(FULL))), name: value}
    try:
        header = header_from_json(content)
    except ProtocolError:
        return
    kept = getattr(header, name)
    assert type(kept) is type(getattr(FULL, name)) or kept is None or kept == value


@pytest.mark.parametrize("change", [{"extra": 1}, {"rows": None}, {"position_mm": [1, float("nan"), 2]}])
def test_header_with_other_fields_or_values(change: dict[str, Any]) -> None:
    content = {**header_to_json(FULL), **change}
    with pytest.raises(ProtocolError, match="header|vector"):
        header_from_json(content)
    del content["rows"]
    with pytest.raises(ProtocolError, match="other fields"):
        header_from_json(content)


def through_a_pipe(content: dict[str, Any], parts: tuple[Any, ...], limit: int) -> tuple[dict[str, Any], bytearray]:
    pipe = io.BytesIO()
    send_message(pipe, content, parts)
    pipe.seek(0)
    return receive_message(pipe, limit)


@pytest.mark.parametrize("with_lut", [False, True])
def test_frame_round_trip(with_lut: bool) -> None:
    lut = np.array([[0, 0], [1, 0.5], [2, 1]], dtype=np.float32) if with_lut else None
    values = np.arange(12, dtype=np.float32).reshape(4, 3).T  # not contiguous
    frame = Frame(values, (Window(1.0, 2.0, "w"),), True, lut, (0.5, 0.25), 40.0, "HU")
    content, payload = through_a_pipe(*frame_to_message(frame), limit=1000)
    back = frame_from_message(content, payload)
    np.testing.assert_array_equal(back.values, values)
    assert back.values.flags.writeable
    assert (back.windows, back.inverted, back.spacing_mm) == (frame.windows, True, (0.5, 0.25))
    assert (back.frames_per_second, back.unit) == (40.0, "HU")
    assert (back.voi_lut is None) == (lut is None)
    if lut is not None:
        np.testing.assert_array_equal(back.voi_lut, lut)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [3, 5]},
        {"shape": [-3, -4]},
        {"shape": [0, 4]},
        {"shape": [3]},
        {"shape": ["a", "b"]},
        {"lut_entries": 70000},
        {"lut_entries": -1},
        {"windows": [[1, 2]]},
        {"windows": [[None, 2, "", ""]]},
        {"windows": 3},
        {"spacing_mm": [1]},
        {"spacing_mm": ["a", "b"]},
    ],
)
def test_a_frame_that_lies_is_refused(change: dict[str, Any]) -> None:
    content, parts = frame_to_message(Frame(np.ones((3, 4), dtype=np.float32), (Window(1.0, 2.0),)))
    with pytest.raises(ProtocolError, match="."):
        frame_from_message({**content, **change}, bytearray(b"".join(parts)))


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "gone"),
        (b"\1\2\3", "gone"),
        (struct.pack("<IQ", 10, 0) + b"{}", "gone"),
        (struct.pack("<IQ", 2, 5) + b"{}abc", "gone"),
        (struct.pack("<IQ", 2**31, 0), "a message of"),
        (struct.pack("<IQ", 2, 2**40) + b"{}", "a message of"),
        (struct.pack("<IQ", 2, 0) + b"[]", "no JSON object"),
        (struct.pack("<IQ", 2, 0) + b"}{", "not JSON"),
        (struct.pack("<IQ", 2, 0) + b"\xff\xff", "not JSON"),
        (struct.pack("<IQ", 200_000, 0) + b"[" * 200_000, "not JSON"),
    ],
)
def test_what_is_no_message(raw: bytes, what: str) -> None:
    with pytest.raises(ProtocolError, match=what):
        receive_message(io.BytesIO(raw), 100)


def test_sending_to_nobody() -> None:
    class Broken(io.RawIOBase):
        def write(self, _content: object) -> int:
            raise BrokenPipeError

    with pytest.raises(ProtocolError, match="gone"):
        send_message(Broken(), {"a": 1})  # type: ignore[arg-type]


def test_refusal_round_trip() -> None:
    refusal = quarantined(Reason.TOO_LARGE, "x" * 999)
    back = refusal_from_json(refusal_to_json(refusal))
    assert (back.outcome, back.reason, len(back.detail)) == (refusal.outcome, refusal.reason, 300)
    with pytest.raises(ProtocolError, match="no sense"):
        refusal_from_json({"outcome": "skipped", "reason": "because", "detail": ""})
