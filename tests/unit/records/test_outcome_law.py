from hypothesis import given
from hypothesis import strategies as st

from radseek.records.outcomes import EXPLANATIONS, Outcome, Reason, Tally, quarantined, skipped

COUNTS = st.dictionaries(st.sampled_from([reason.value for reason in Reason]), st.integers(0, 10**6))


def test_every_reason_has_an_explanation_of_its_own() -> None:
    assert set(EXPLANATIONS) == set(Reason)
    assert len(set(EXPLANATIONS.values())) == len(EXPLANATIONS)
    for sentence in EXPLANATIONS.values():
        assert sentence == sentence.strip(" .")
        assert sentence


def test_there_is_no_fifth_bin() -> None:
    assert [outcome.value for outcome in Outcome] == ["ingested", "duplicate", "skipped", "quarantined"]
    assert set(Tally.__dataclass_fields__) == {outcome.value for outcome in Outcome}


@given(st.integers(0, 10**6), st.integers(0, 10**6), COUNTS, COUNTS)
def test_seen_is_the_sum_of_the_bins(n_in: int, n_twice: int, left: dict[str, int], bad: dict[str, int]) -> None:
    tally = Tally(n_in, n_twice, left, bad)
    seen = n_in + n_twice
    for bin_ in (left, bad):
        for count in bin_.values():
            seen += count
    assert tally.seen == seen


def test_nothing_seen_is_zero() -> None:
    assert Tally().seen == 0
    assert Tally().skipped is not Tally().skipped


def test_refusals_land_in_their_bin() -> None:
    assert skipped(Reason.EMPTY_FILE).outcome is Outcome.SKIPPED
    refusal = quarantined(Reason.TOO_LARGE, "Rows x Columns = 65535 x 65535")
    assert (refusal.outcome, refusal.reason) == (Outcome.QUARANTINED, Reason.TOO_LARGE)
    assert refusal.detail == "Rows x Columns = 65535 x 65535"
