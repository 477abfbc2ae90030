"""Pages are filled past what shares a place: against the slow way over all that can be found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radseek.search.find import CHANNEL_DEPTH, StudyMatch
from radseek.search.folding import Sharing, fill_page, lay_out


def matches_of(ids):
    return [StudyMatch(study, 1 / (place + 1), ()) for place, study in enumerate(ids)]


class Pairwise:
    """Compares a study with each one before it."""

    def __init__(self, is_same):
        self.is_same, self.seated = is_same, []

    def lead_of(self, study):
        return next((lead for lead in self.seated if self.is_same(lead, study)), None)

    def seat(self, study):
        self.seated.append(study)


def slow_layout(ids, k, group, patients):
    """Each study asks all leaders before it, none is left out early."""
    leaders, folded, seated = [], {}, set()
    for study in ids:
        if len(leaders) == k:
            break
        if patients is not None and patients[study] in seated:
            continue
        same = [leader for leader in leaders if group[leader] == group[study]]
        if same:
            folded.setdefault(same[0], []).append(study)
            continue
        leaders.append(study)
        if patients is not None:
            seated.add(patients[study])
    return [(leader, folded.get(leader, [])) for leader in leaders]


@given(
    n=st.integers(0, 40),
    k=st.integers(1, 12),
    groups=st.lists(st.integers(0, 9), min_size=40, max_size=40),
    owners=st.none() | st.lists(st.integers(0, 9), min_size=40, max_size=40),
)
def test_a_page_is_what_the_slow_way_lays_out(n, k, groups, owners):
    patients = None if owners is None else dict(enumerate(owners))
    places = lay_out(matches_of(range(n)), k, Pairwise(lambda a, b: groups[a] == groups[b]), patients)
    assert [(p.match.study_id, p.folded) for p in places] == slow_layout(range(n), k, groups, patients)


def test_a_full_page_although_hundreds_of_copies_come_first():
    archive = matches_of([*range(1000, 1000 + 3 * CHANNEL_DEPTH), 1, 2, 3, 4])
    asked = []

    def find_best(number):
        asked.append(number)
        return archive[:number]

    page = fill_page(find_best, 4, Sharing(leads_among=lambda _ids: Pairwise(lambda a, b: a >= 1000 and b >= 1000)))
    assert [match.study_id for match in page.matches] == [1000, 1, 2, 3]
    assert page.places[0].folded == list(range(1001, 1000 + 3 * CHANNEL_DEPTH))
    assert asked == [CHANNEL_DEPTH, 4 * CHANNEL_DEPTH]


def test_nothing_found_gives_an_empty_page_and_asks_once():
    asked = []
    page = fill_page(lambda number: asked.append(number) or [], 5, Sharing(patients_of=lambda _ids: {}))
    assert (page.places, page.found, asked) == ((), frozenset(), [CHANNEL_DEPTH])


def test_without_sharing_exactly_k_are_asked_for():
    asked = []
    fill_page(lambda number: asked.append(number) or matches_of(range(number)), 7, Sharing())
    assert asked == [7]


def test_k_counts_patients_and_studies_that_are_gone_get_no_place():
    places = lay_out(matches_of([1, 2, 3, 4, 5]), 2, None, {1: 10, 2: 10, 4: 11, 5: 12})
    assert [place.match.study_id for place in places] == [1, 4]
