"""Reading order of a series, and key frames."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.dicom import choose_key_frames, order_series, stack_geometry
from radseek.errors import InputError
from radseek.records.instances import InstanceHeader, InstanceKind

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
PLAIN = InstanceHeader("1", "1", "1", "1", "1", InstanceKind.IMAGE)


def at(z_mm: float | None, number: int | None = None, orientation: tuple[float, ...] | None = AXIAL) -> InstanceHeader:
    position = None if z_mm is None else (0.0, 0.0, z_mm)
    return replace(PLAIN, position_mm=position, orientation=orientation, instance_number=number)  # type: ignore[arg-type]


def test_by_position_not_by_number() -> None:
    assert order_series([at(30.0, 1), at(10.0, 2), at(20.0, 3)]) == [1, 2, 0]


def test_oblique_stack_by_its_normal() -> None:
    """A sagittal stack (normal along x), tilted: z says nothing, the normal does."""
    orientation = (0.0, 1.0, 0.0, 0.0, 0.1, -0.995)
    headers = [replace(PLAIN, position_mm=(x, 5.0, -x), orientation=orientation) for x in (3.0, 1.0, 2.0)]
    first, *_, last = order_series(headers)
    # normal = row x column = (1 * -0.995, 0, 0): position along it falls as x rises
    assert (first, last) == (0, 1)


def test_equal_positions_by_number_then_as_given() -> None:
    assert order_series([at(10.0, 2), at(10.0, 1), at(5.0), at(10.0, 1)]) == [2, 1, 3, 0]


@pytest.mark.parametrize(
    "odd",
    [at(5.0, 2, CORONAL), at(None, 2), at(5.0, 2, None), at(5.0, 2, (0.0,) * 6)],
    ids=["other orientation", "no position", "no orientation", "orientation of zeros"],
)
def test_no_stack_goes_by_number(odd: InstanceHeader) -> None:
    assert order_series([at(30.0, 1), odd, at(10.0, 3)]) == [0, 1, 2]


def test_without_number_last_and_by_location() -> None:
    headers = [
        at(None),
        replace(at(None), slice_location_mm=7.0),
        at(None, 4),
        replace(at(None), slice_location_mm=1.0),
    ]
    assert order_series(headers) == [2, 3, 1, 0]


def test_none_and_one() -> None:
    assert order_series([]) == []
    assert order_series([PLAIN]) == [0]


@given(st.lists(st.floats(-500, 500, width=32), max_size=30, unique=True), st.integers(0, 999))
def test_order_is_a_sorting_permutation(depths: list[float], seed: int) -> None:
    random.Random(seed).shuffle(depths)
    order = order_series([at(z) for z in depths])
    assert [depths[index] for index in order] == sorted(depths)


@given(st.integers(0, 3000), st.integers(1, 40))
def test_key_frames_are_spread_evenly(n: int, count: int) -> None:
    chosen = choose_key_frames(n, count)
    assert len(chosen) == min(n, count)
    assert chosen == sorted(set(chosen))
    assert all(0 <= index < n for index in chosen)
    if n > count:
        gaps = {b - a for a, b in zip(chosen, chosen[1:], strict=False)}
        assert max(gaps, default=0) - min(gaps, default=0) <= 1
        assert abs(chosen[0] - (n - 1 - chosen[-1])) <= 1


def test_key_frames_known() -> None:
    assert choose_key_frames(60, 3) == [10, 30, 50]
    assert choose_key_frames(5, 1) == [2]
    assert choose_key_frames(2, 9) == [0, 1]
    assert choose_key_frames(0, 3) == []


@pytest.mark.parametrize(("n", "count"), [(-1, 3), (5, 0)])
def test_key_frames_refuse_nonsense(n: int, count: int) -> None:
    with pytest.raises(InputError, match="cannot choose"):
        choose_key_frames(n, count)


def test_geometry_of_a_stack_is_its_depths_along_the_unit_normal() -> None:
    depths, normal = stack_geometry([at(30.0), at(10.0), at(20.0)])
    assert depths.tolist() == [30.0, 10.0, 20.0]
    assert normal.tolist() == [0.0, 0.0, 1.0]
    tilted = (1.0, 0.0, 0.0, 0.0, 0.8, 0.6)  # normal = (1, 0, 0) x (0, 0.8, 0.6) = (0, -0.6, 0.8)
    headers = [replace(PLAIN, position_mm=(9.0, -0.6 * mm, 0.8 * mm), orientation=tilted) for mm in (0.0, 2.5)]
    depths, normal = stack_geometry(headers)
    assert normal.tolist() == pytest.approx([0.0, -0.6, 0.8])
    assert depths[1] - depths[0] == pytest.approx(2.5)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [at(1.0), at(None)],
        [at(1.0), at(2.0, orientation=None)],
        [at(1.0), at(2.0, orientation=CORONAL)],
        [at(1.0, orientation=(1.0, 0.0, 0.0, 1.0, 0.0, 0.0))],  # no plane
        [at(float("nan")), at(2.0)],
    ],
    ids=["none", "no position", "no orientation", "localizer", "no plane", "NaN"],
)
def test_what_forms_no_stack_has_no_geometry(headers: list[InstanceHeader]) -> None:
    assert stack_geometry(headers) is None


def test_slices_that_lie_the_other_way_round_are_no_stack() -> None:
    """The cosine of their normals is -1: depths along one of them would run against the other."""
    turned = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert stack_geometry([at(1.0), at(2.0, orientation=turned)]) is None
