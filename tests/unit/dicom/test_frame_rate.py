"""At which rate a clip is played, and frames found by their place where no offset table says it."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame

from radseek.dicom.bounded_file import MemoryFile
from radseek.dicom.fields import Fields
from radseek.dicom.fragments import frame_of_own_fragment
from radseek.dicom.frame_rate import frames_per_second
from radseek.dicom.transport import ProtocolError, frame_from_message, frame_to_message
from radseek.records.instances import Frame, Window


def rate_of(**elements: object) -> float | None:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return frames_per_second(Fields(dataset))


def test_what_is_recommended_goes_before_what_was_taken() -> None:
    assert rate_of(RecommendedDisplayFrameRate=12, CineRate=20, FrameTime=25.0) == 12
    assert rate_of(CineRate=20, FrameTime=25.0) == 20
    assert rate_of(FrameTime=25.0) == 1000 / 25
    assert rate_of(FrameTimeVector=[0.0, 40.0, 60.0]) == 1000 / ((40 + 60) / 2)
    assert rate_of() is None


@pytest.mark.parametrize("wrong", [0, -5, 1e9, 1e-9])
def test_a_rate_that_can_be_none_is_left_out(wrong: float) -> None:
    assert rate_of(FrameTime=wrong) is None
    assert rate_of(CineRate=0, FrameTime=40.0) == 25


@pytest.mark.parametrize("rate", [None, 29.97])
def test_it_comes_through_the_pipe(rate: float | None) -> None:
    frame = Frame(np.ones((2, 3), dtype=np.float32), (Window(1.0, 2.0),), frames_per_second=rate)
    content, parts = frame_to_message(frame)
    assert frame_from_message(content, bytearray(b"".join(parts))).frames_per_second == rate
    with pytest.raises(ProtocolError, match="vector"):
        frame_from_message({**content, "frames_per_second": "fast"}, bytearray(b"".join(parts)))


@pytest.mark.parametrize("has_table", [False, True])
@pytest.mark.parametrize("n_frames", [1, 2, 7])
def test_each_frame_is_the_one_that_pydicom_finds(n_frames: int, has_table: bool) -> None:
    frames = [bytes([n]) * (2 + 2 * (n % 3)) for n in range(n_frames)]
    content = b"before" + encapsulate(frames, has_bot=has_table)
    stream = MemoryFile(content)
    for index in reversed(range(n_frames)):
        found = frame_of_own_fragment(stream, 6, index, n_frames)
        plain = get_frame(content[6:], index, number_of_frames=n_frames)
        assert found == (None if has_table else plain)
    assert len(stream.fragments) == 1  # stepped through once


def test_frames_of_several_fragments_are_left_to_pydicom() -> None:
    content = encapsulate([b"abcdefgh", b"ijklmnop"], fragments_per_frame=2, has_bot=False)
    assert frame_of_own_fragment(MemoryFile(content), 0, 0, 2) is None
