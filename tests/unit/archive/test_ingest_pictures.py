"""Which pictures stand for a series, against the rule written out."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from radseek.archive.planning import choose_pictures
from radseek.archive.run_tally import RunTally
from radseek.archive.thumbnails import sweep_thumbnails, thumbnail_jpeg, write_thumbnail
from radseek.records.outcomes import Outcome, Reason, Tally, quarantined, skipped


def row(number, *, depth=None, n_frames=1, refused=False):
    return SimpleNamespace(
        id=100 + number,
        instance_uid=f"1.{number}",
        sop_class_uid="1",
        n_frames=n_frames,
        refused=refused,
        instance_number=number,
        position_mm=None if depth is None else [0.0, 0.0, depth],
        orientation=None if depth is None else [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        slice_location_mm=None,
    )


def places(pictures):
    return [(picture.instance.instance_number, picture.frame_index) for picture in pictures]


def test_slices_come_by_position_and_each_in_every_window():
    rows = [row(number, depth=-2.0 * number) for number in range(4)]
    pictures = choose_pictures(rows, ("soft_tissue", "lung"), 12)
    assert places(pictures) == [(3, 0), (3, 0), (2, 0), (2, 0), (1, 0), (1, 0), (0, 0), (0, 0)]
    assert [picture.window for picture in pictures[:2]] == ["soft_tissue", "lung"]
    assert [picture.position for picture in pictures[::2]] == [f"slice {n} of 4" for n in (1, 2, 3, 4)]


def test_single_picture_has_no_position():
    assert [picture.position for picture in choose_pictures([row(1)], ("default",), 12)] == [""]


def test_pictures_without_place_are_counted_not_sliced():
    texts = [picture.position for picture in choose_pictures([row(1), row(2)], ("default",), 12)]
    assert texts == ["image 1 of 2", "image 2 of 2"]


def test_frames_of_each_multi_frame_instance_are_chosen_by_themselves():
    pictures = choose_pictures([row(1, n_frames=10), row(2), row(3, n_frames=2)], ("default",), 2)
    assert places(pictures) == [(1, 2), (1, 7), (2, 0), (3, 0), (3, 1)]
    assert [picture.position for picture in pictures] == [
        "frame 3 of 10", "frame 8 of 10", "", "frame 1 of 2", "frame 2 of 2",
    ]  # fmt: skip


def test_empty_series_has_no_pictures():
    assert choose_pictures([], ("default",), 12) == []
    assert choose_pictures([row(1, refused=True), row(2, n_frames=3, refused=True)], ("default",), 12) == []


def test_nearest_usable_slice_stands_in():
    def chosen(refused):
        rows = [row(number, depth=float(number), refused=number in refused) for number in range(10)]
        return [place for place, _ in places(choose_pictures(rows, ("default",), 2))]

    assert chosen(set()) == [2, 7]
    assert chosen({2}) == [1, 7]  # 1 and 3 are as near: the earlier one
    assert chosen({2, 1}) == [3, 7]
    assert chosen({2, 1, 3, 0}) == [4, 7]
    assert chosen(set(range(10)) - {9}) == [9]


@given(st.integers(0, 40), st.integers(1, 12), st.sets(st.integers(0, 39)))
def test_as_many_slices_as_there_are_usable_up_to_the_limit(n, count, refused):
    rows = [row(number, depth=float(number), refused=number in refused) for number in range(n)]
    chosen = [place for place, _ in places(choose_pictures(rows, ("default",), count))]
    usable = [number for number in range(n) if number not in refused]
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(usable)
    assert len(chosen) == min(count, len(usable))


def test_tally_moves_what_does_not_decode():
    tally = RunTally()
    tally.passed(1, Outcome.INGESTED)
    tally.passed(2, Outcome.DUPLICATE)
    tally.duplicate()
    tally.refused(skipped(Reason.NOT_DICOM))
    assert tally.tally() == Tally(1, 2, {"not_dicom": 1}, {})
    tally.demoted(1, quarantined(Reason.DECODE_FAILED))
    tally.demoted(1, quarantined(Reason.DECODE_FAILED))
    tally.demoted(2, quarantined(Reason.TOO_SLOW))
    tally.demoted(99, quarantined(Reason.TOO_SLOW))
    assert tally.tally() == Tally(0, 1, {"not_dicom": 1}, {"decode_failed": 1, "too_slow": 1})
    assert tally.seen == tally.tally().seen == 4


@pytest.mark.parametrize(
    ("shape", "size"),
    [((300, 600), (64, 32)), ((600, 300), (32, 64)), ((10, 20), (20, 10)), ((1, 1), (1, 1)), ((1, 1000), (64, 1))],
)
def test_thumbnail_keeps_proportions_and_is_never_enlarged(shape, size):
    with Image.open(io.BytesIO(thumbnail_jpeg(np.full(shape, 0.5, np.float32), 64))) as picture:
        assert (picture.size, picture.mode) == (size, "L")
        assert abs(int(np.asarray(picture).mean()) - 128) <= 1


def test_white_stays_white():
    shown = np.zeros((64, 64), np.float32)
    shown[:, 32:] = 1.0
    with Image.open(io.BytesIO(thumbnail_jpeg(shown, 64))) as picture:
        grey = np.asarray(picture)
    assert grey[:, :16].max() < 10
    assert grey[:, 48:].min() > 245


def test_thumbnail_is_private_written_once_and_swept_when_unused(tmp_path):
    path = tmp_path / "ab" / f"{'ab' * 32}.jpg"
    write_thumbnail(path, np.zeros((8, 8), np.float32), 64)
    first = path.read_bytes()
    write_thumbnail(path, np.ones((8, 8), np.float32), 64)
    assert path.read_bytes() == first
    path.write_bytes(b"")  # what a power cut can leave
    write_thumbnail(path, np.zeros((8, 8), np.float32), 64)
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "ab" / ".new-torn.jpg").write_bytes(b"x")
    assert sweep_thumbnails(tmp_path, {"ab" * 32}) == 1
    assert path.exists()
    assert sweep_thumbnails(tmp_path, set()) == 1
    assert not path.exists()
