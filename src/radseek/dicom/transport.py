"""Messages between the reader and its children: JSON and raw arrays with checked sizes, never pickle.

One message is `<IQ` (JSON length, payload length), the JSON, then the payload. What a child sends is not trusted: sizes
are checked against limits before memory is taken, and every value is rebuilt field by field.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, BinaryIO, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from radseek.records.instances import Frame, InstanceHeader, InstanceKind, Window
from radseek.records.outcomes import Outcome, Reason, Refusal

Part = bytes | memoryview
"""One stretch of a payload."""

_PREFIX = struct.Struct("<IQ")
MAX_JSON_BYTES = 32 * 1024 * 1024
_MAX_LUT_ENTRIES = 65536


class ProtocolError(Exception):
    """The other side is gone, or sent what no message is."""


def send_message(stream: BinaryIO, content: Mapping[str, Any], payload: tuple[Part, ...] = ()) -> None:
    """Writes one message and flushes.

    Raises:
        ProtocolError: When the other side is gone.
    """
    text = json.dumps(content).encode("ascii")
    n_payload = sum(memoryview(part).nbytes for part in payload)
    try:
        _write_all(stream, _PREFIX.pack(len(text), n_payload) + text)
        for part in payload:
            _write_all(stream, part)
        stream.flush()
    except (OSError, ValueError) as error:
        raise ProtocolError("the other side is gone") from error


def _write_all(stream: BinaryIO, content: Part) -> None:
    view = memoryview(content).cast("B")
    while view.nbytes:
        written = stream.write(view[: 1024 * 1024])
        view = view[written:]


def receive_message(stream: BinaryIO, max_payload: int) -> tuple[dict[str, Any], bytearray]:
    """The next message: its JSON object and its payload.

    Raises:
        ProtocolError: At the end of the stream, or when a size or the JSON is not acceptable.
    """
    prefix = _read_exactly(stream, _PREFIX.size)
    n_text, n_payload = _PREFIX.unpack(prefix)
    if n_text > MAX_JSON_BYTES or n_payload > max_payload:
        raise ProtocolError(f"a message of {n_text} + {n_payload} bytes")
    try:
        content = json.loads(_read_exactly(stream, n_text))
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a message that is not JSON") from error
    if not isinstance(content, dict):
        raise ProtocolError("a message that is no JSON object")
    return content, _read_exactly(stream, n_payload)


def _read_exactly(stream: BinaryIO, n: int) -> bytearray:
    content = bytearray(n)
    view = memoryview(content)
    while view.nbytes:
        try:
            count = stream.readinto(view)  # type: ignore[attr-defined]  # raw and buffered streams have it
        except (OSError, ValueError) as error:
            raise ProtocolError("the other side is gone") from error
        if not count:
            raise ProtocolError("the other side is gone")
        view = view[count:]
    return content


def refusal_to_json(refusal: Refusal) -> dict[str, Any]:
    """A refusal as JSON values."""
    return {"outcome": refusal.outcome.value, "reason": refusal.reason.value, "detail": refusal.detail[:300]}


def refusal_from_json(content: Mapping[str, Any]) -> Refusal:
    """The refusal in `content`.

    Raises:
        ProtocolError: When it is none.
    """
    try:
        return Refusal(Outcome(content["outcome"]), Reason(content["reason"]), str(content["detail"])[:300])
    except (KeyError, ValueError) as error:
        raise ProtocolError("a refusal that makes no sense") from error


def header_to_json(header: InstanceHeader) -> dict[str, Any]:
    """A header as JSON values."""
    content = {f.name: getattr(header, f.name) for f in fields(header)}
    content["study_date"] = header.study_date.isoformat() if header.study_date is not None else None
    content["windows"] = [window_to_json(window) for window in header.windows]
    return content


def header_from_json(content: Mapping[str, Any]) -> InstanceHeader:
    """The header in `content`, each value checked for its type.

    Raises:
        ProtocolError: When a field is missing, unknown or of another type.
    """
    hints = _header_hints()
    if set(content) != set(hints):
        raise ProtocolError("a header with other fields")
    try:
        return InstanceHeader(**{name: _checked(hints[name], value) for name, value in content.items()})
    except (ValueError, TypeError) as error:
        raise ProtocolError("a header field of another type") from error


@cache
def _header_hints() -> dict[str, Any]:
    return get_type_hints(InstanceHeader)


def _checked(hint: Any, value: Any) -> Any:  # noqa: ANN401  (any JSON value against any field's type)
    """`value` as a header field of type `hint`.

    Raises:
        ProtocolError: When it is of another type.
    """
    allowed = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if value is None and NoneType in allowed:
        return None
    kind = allowed[0]
    if kind in {str, bool} and type(value) is kind:
        return value
    if kind is int and type(value) is int and abs(value) < 2**63:
        return value
    if kind is float and _is_finite(value):
        return float(value)
    if kind is InstanceKind:
        return InstanceKind(value)
    if kind is date:
        return date.fromisoformat(value)
    if get_origin(kind) is tuple and isinstance(value, list):
        parts = get_args(kind)
        return tuple(window_from_json(entry) for entry in value) if Window in parts else _vector(value, len(parts))
    raise ProtocolError("a header field of another type")


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _vector(value: Any, n: int) -> tuple[float, ...]:  # noqa: ANN401  (any JSON value)
    if not isinstance(value, list) or len(value) != n or not all(_is_finite(entry) for entry in value):
        raise ProtocolError("a vector that makes no sense")
    return tuple(float(entry) for entry in value)


def window_to_json(window: Window) -> list[Any]:
    """A window as JSON values."""
    return [window.center, window.width, window.name, window.function]


def window_from_json(content: Any) -> Window:  # noqa: ANN401  (any JSON value)
    """The window in `content`.

    Raises:
        ProtocolError: When it is none.
    """
    if not isinstance(content, list) or len(content) != 4 or not all(_is_finite(value) for value in content[:2]):
        raise ProtocolError("a window that makes no sense")
    return Window(float(content[0]), float(content[1]), str(content[2]), str(content[3]))


def frame_to_message(frame: Frame) -> tuple[dict[str, Any], tuple[Part, ...]]:
    """A frame as JSON values and the bytes of its arrays."""
    lut = frame.voi_lut
    content = {
        "kind": "frame",
        "shape": list(frame.values.shape),
        "windows": [window_to_json(window) for window in frame.windows],
        "inverted": bool(frame.inverted),
        "lut_entries": 0 if lut is None else len(lut),
        "spacing_mm": frame.spacing_mm,
        "frames_per_second": frame.frames_per_second,
        "unit": frame.unit,
    }
    arrays = [frame.values] if lut is None else [frame.values, lut]
    return content, tuple(np.ascontiguousarray(array, dtype="<f4").data.cast("B") for array in arrays)


def frame_from_message(content: Mapping[str, Any], payload: bytearray) -> Frame:
    """The frame in a message; its arrays are views of `payload`.

    Raises:
        ProtocolError: When sizes or values do not fit.
    """
    try:
        rows, cols = (int(n) for n in content["shape"])
        entries = int(content["lut_entries"])
        if rows < 1 or cols < 1 or not 0 <= entries <= _MAX_LUT_ENTRIES:
            raise ProtocolError("a frame of impossible size")
        if len(payload) != 4 * rows * cols + 8 * entries:
            raise ProtocolError("a frame of another size than it says")
        spacing = content["spacing_mm"]
        windows = tuple(window_from_json(entry) for entry in content["windows"])
        row_mm, col_mm = _vector(spacing, 2) if spacing is not None else (0.0, 0.0)
        inverted = content["inverted"] is True
        (rate,) = _vector([content["frames_per_second"] or 0.0], 1)
        unit = "HU" if content["unit"] == "HU" else ""
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError("a frame that makes no sense") from error
    values: NDArray[np.float32] = np.frombuffer(payload, "<f4", rows * cols).reshape(rows, cols)
    lut = np.frombuffer(payload, "<f4", 2 * entries, 4 * rows * cols).reshape(entries, 2) if entries else None
    return Frame(values, windows, inverted, lut, (row_mm, col_mm) if spacing is not None else None, rate or None, unit)
