"""Studies are folded under the same leads as by comparing each with all before it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.service.leads import MOST_BY_PICTURES, MarkedLeads
from radseek.service.study_marks import StudyMark

DAYS = st.tuples(st.integers(0, 2), st.none() | st.sampled_from([date(2020, 1, 1), date(2020, 1, 2)]))
STUDIES = st.tuples(DAYS, st.none() | st.sampled_from([b"clear", b"effusion"]), st.integers(0, 2))
"""Patient and day, report, what the pictures show; None is a study that is gone."""


class Compared:
    """Studies are the same when not told apart by their marks, and their pictures are."""

    def __init__(self, studies):
        self.studies, self.n_compared = studies, 0

    def mark_of(self, study):
        known = self.studies[study]
        return None if known is None else StudyMark(known[0], known[1])

    def __call__(self, first, second):
        self.n_compared += 1
        one, other = self.mark_of(first), self.mark_of(second)
        if one is None or other is None or one.is_told_apart_from(other):
            return False
        return self.studies[first][2] == self.studies[second][2]


def folded(leads, n):
    found = []
    for study in range(n):
        lead = leads.lead_of(study)
        found.append(lead)
        if lead is None:
            leads.seat(study)
    return found


@given(st.lists(st.none() | STUDIES, max_size=30), st.none() | st.integers(0, 29))
def test_each_study_is_folded_under_the_first_that_is_the_same(studies, apart):
    same, expected, seated = Compared(studies), [], []
    for study in range(len(studies)):
        pairs = [lead for lead in seated if apart not in {lead, study} and same(lead, study)]
        expected.append(pairs[0] if pairs else None)
        if not pairs:
            seated.append(study)
    assert folded(MarkedLeads(same, apart), len(studies)) == expected


def test_reported_studies_of_different_days_are_not_compared_at_all():
    same = Compared([((number, date(2020, 1, 1)), b"%d" % number, 0) for number in range(500)])
    assert folded(MarkedLeads(same), 500) == [None] * 500
    assert same.n_compared == 0


@pytest.mark.parametrize("told", [None, b"clear"])
def test_far_down_pictures_alone_fold_nothing_but_day_and_report_still_do(told):
    n = MOST_BY_PICTURES + 20
    studies = [((number, None), None, number) for number in range(n)]
    studies += [
        ((n, None), told, n - 1),
        ((0, None), told, 0),
    ]  # like the last, of another day; like the first, same day
    leads = folded(MarkedLeads(Compared(studies)), len(studies))
    assert leads[:n] == [None] * n
    assert leads[n:] == [None, 0]
