import math

import pytest

from radseek.errors import InputError
from radseek.evaluation.estimates import Resampling
from radseek.evaluation.subgroups import NOT_KNOWN, age_band, measure_subgroups

FEW = Resampling(100)


def test_groups_have_their_own_mean_and_small_ones_are_shown_as_such() -> None:
    values = [1.0, 0.0, 0.5, 0.5, 0.2, math.nan]
    found = measure_subgroups(values, {"sex": ["F", "F", "M", "M", "", "M"]}, list("abcdef"), 2, FEW)
    rows = {row.group: row for row in found.rows}
    assert rows["F"].estimate.value == 0.5
    assert (rows["M"].estimate.n, rows["M"].too_small) == (2, False)
    assert rows[NOT_KNOWN].too_small
    assert math.isnan(rows[NOT_KNOWN].estimate.value)
    assert (rows[NOT_KNOWN].estimate.n, rows[NOT_KNOWN].estimate.n_groups) == (1, 1)


def test_the_gap_is_between_the_best_and_the_worst_large_group() -> None:
    values = [0.9, 0.8, 0.1, 0.2, 0.5, 0.5, 0.0]
    column = ["x", "x", "y", "y", "z", "z", "alone"]
    gap = measure_subgroups(values, {"view": column, "one": ["k"] * 7}, list("abcdefg"), 2, FEW).gaps
    assert [(g.field, g.best, g.worst) for g in gap] == [("view", "x", "y")]
    assert gap[0].gap.value == pytest.approx(0.7)
    assert gap[0].gap.low <= 0.7 <= gap[0].gap.high
    assert gap[0].gap.n == 4


def test_size_counts_patients_not_queries() -> None:
    found = measure_subgroups([1.0] * 10, {"sex": ["F"] * 10}, ["same"] * 10, 2, FEW)
    assert found.rows[0].too_small
    assert found.gaps == ()


def test_the_not_known_group_takes_no_part_in_gaps() -> None:
    found = measure_subgroups([1.0, 1.0, 0.0, 0.0], {"sex": ["F", "F", "", ""]}, list("abcd"), 2, FEW)
    assert found.gaps == ()
    assert len(found.rows) == 2


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "0-17"), (17.9, "0-17"), (18, "18-39"), (40, "40-59"), (79.9, "60-79"), (80, "80+"), (130, "80+"),
     (math.inf, "80+"), (None, NOT_KNOWN), (math.nan, NOT_KNOWN), (-1, NOT_KNOWN)],
)  # fmt: skip
def test_age_bands(age: float | None, band: str) -> None:
    assert age_band(age) == band


def test_nothing_and_what_does_not_fit() -> None:
    assert measure_subgroups([], {"sex": []}, []).rows == ()
    with pytest.raises(InputError, match="one entry a query"):
        measure_subgroups([1.0], {"sex": []}, ["a"])
