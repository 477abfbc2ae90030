"""What a session remembers: query, examples, filters, the last answer and its page. Words asked are in no address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import streamlit as st

from radseek.records.search_options import Band, Example, SearchOptions
from radseek_viewer.kept_answers import KEPT_ANSWERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.records.cohort import CohortCheck, CohortResult, CohortSummary, CohortVersion
    from radseek.records.findings import StatedFinding
    from radseek.records.search import Answer, Hit, StudyView, Where
    from radseek_viewer.connection import ViewerArchive

QUERY = "query_text"
_AHEAD = "cohort_ahead"
_ANSWER = "answer"
_ANSWER_TOKEN = "answer_token"
_ASKED = "asked"
_CHECKS = "cohort_checks"
_COHORT_RESULT = "cohort_result"
_DROPPED = "dropped_chips"
_EXAMPLES = "example_pictures"
_EXAMPLE_CHIP = "example:"
_N_CLEARED = "n_cleared"
_OPEN_STUDY = "open_study"
_RESULTS_PAGE = "results_page"
_TOKEN_BEFORE = "answer_token_before"

N_HITS = 1_000
"""Hits fetched for one query: the most that one search brings."""


def current_query() -> str:
    """The query text, without blanks around it."""
    return str(st.session_state.get(QUERY, "")).strip()


def ask(text: str) -> None:
    """Make `text` the query; call it before the search field is drawn in this run."""
    st.session_state[QUERY] = " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Question:
    """All that is asked of the archive."""

    text: str
    where: Where
    floor: Band
    examples: tuple[Example, ...]
    dropped: frozenset[str]
    """Keys of the chips that a person took out."""
    other_patients_than: str = ""
    """Key of a study that is no hit, nor any other of its patient."""


def current_question(where: Where, floor: Band) -> Question:
    """The query and its examples under these filters and this floor."""
    text = current_query()
    return Question(text, where, floor, example_pictures(), frozenset(dropped_chips(text)))


def is_answered(question: Question) -> bool:
    """True when the kept answer is that of this question."""
    return bool(st.session_state.get(_ASKED) == question)


def example_pictures() -> tuple[Example, ...]:
    """The pictures that hits should, or should not, resemble."""
    return cast("tuple[Example, ...]", st.session_state.get(_EXAMPLES, ()))


def add_example(example: Example) -> None:
    """Ask with this picture too; the same one asked the other way round gives way."""
    others = (kept for kept in example_pictures() if replace(kept, unlike=example.unlike) != example)
    st.session_state[_EXAMPLES] = (*others, example)


def example_chips(examples: Sequence[Example]) -> dict[str, Example]:
    """Key of its chip -> example, in their order."""
    return {f"{_EXAMPLE_CHIP}{number}": example for number, example in enumerate(examples, start=1)}


def ask_with(*examples: Example) -> None:
    """Make these pictures all that is asked; call it before the search field is drawn in this run."""
    ask("")
    forget_examples()
    for example in examples:
        add_example(example)


def forget_examples() -> None:
    """Ask without pictures."""
    st.session_state.pop(_EXAMPLES, None)


def is_example_chip(key: str) -> bool:
    """Whether a chip stands for an example picture."""
    return key.startswith(_EXAMPLE_CHIP)


def dropped_chips(text: str) -> dict[str, str]:
    """Key -> label of the chips of the query `text` that a person took out."""
    asked, dropped = st.session_state.get(_DROPPED, ("", {}))
    return dict(dropped) if asked == text else {}


def toggle_chip(text: str, key: str, label: str) -> None:
    """Take a chip of the query `text` out, or put it back; an example that is taken out is forgotten."""
    if is_example_chip(key):
        st.session_state[_EXAMPLES] = tuple(
            kept for chip, kept in example_chips(example_pictures()).items() if chip != key
        )
        return
    drop_chip(text, key, label)


def drop_chip(text: str, key: str, label: str) -> None:
    """Take a chip of the query `text` out, or put it back."""
    dropped = dropped_chips(text)
    if dropped.pop(key, None) is None:
        dropped[key] = label
    st.session_state[_DROPPED] = (text, dropped)


def answer_to(archive: ViewerArchive, question: Question) -> Answer:
    """The answer, searched once for each question and then kept for the wall and for the study page.

    Raises:
        InputError: When the query cannot be understood, or an example cannot be used.
        DecodeError: When an example cannot be read.
    """
    if not is_answered(question):
        forget_answer()
        options = SearchOptions(
            dropped=question.dropped,
            examples=question.examples,
            floor=question.floor,
            deferred=True,
            other_patients_than=question.other_patients_than,
        )
        st.session_state[_ANSWER] = archive.search(question.text, k=N_HITS, where=question.where, options=options)
        st.session_state[_ASKED] = question
    return cast("Answer", st.session_state[_ANSWER])


def forget_answer() -> None:
    """Drop the kept answer. The browser gets its cards until the next is dropped: they may stand there until then."""
    token = st.session_state.pop(_ANSWER_TOKEN, "")
    if token:
        KEPT_ANSWERS.drop(st.session_state.get(_TOKEN_BEFORE, ""))
        st.session_state[_TOKEN_BEFORE] = token
    st.session_state.pop(_ANSWER, None)
    st.session_state.pop(_ASKED, None)


def answer_token() -> str:
    """The word under which the browser gets more of the kept answer; its hits are there when this returns."""
    token = KEPT_ANSWERS.keep(last_hits(), st.session_state.get(_ANSWER_TOKEN, ""))
    st.session_state[_ANSWER_TOKEN] = token
    return token


def remember_results_page(page: str, parameters: dict[str, str]) -> None:
    """The page that shows the kept answer: the way back from its studies."""
    st.session_state[_RESULTS_PAGE] = (page, parameters)


def results_page() -> tuple[str, dict[str, str]]:
    """The page of the kept answer and its query parameters; the search page where there is none."""
    return cast("tuple[str, dict[str, str]]", st.session_state.get(_RESULTS_PAGE, ("app_pages/search.py", {})))


def study_to_show(archive: ViewerArchive, study_key: str) -> StudyView:
    """The study, read once while its page is open: each reading leaves an audit event.

    Raises:
        InputError: When there is no such study.
    """
    shown: StudyView | None = st.session_state.get(_OPEN_STUDY)
    if shown is None or shown.study_key != study_key:
        shown = archive.study(study_key)
        st.session_state[_OPEN_STUDY] = shown
    return shown


def last_study() -> str | None:
    """Key of the study that was opened last; None before the first."""
    shown: StudyView | None = st.session_state.get(_OPEN_STUDY)
    return shown.study_key if shown else None


def filter_key(field: str) -> str:
    """A filter lives under this key; a new one after each clearing, since a browser keeps a widget's value by key."""
    return f"filter_{st.session_state.get(_N_CLEARED, 0)}_{field}"


def clear_filters() -> None:
    """Take all filters out; a button's callback."""
    st.session_state[_N_CLEARED] = st.session_state.get(_N_CLEARED, 0) + 1


def hit_of(study_key: str) -> Hit | None:
    """The hit of this study in the last answer, or the nearest miss."""
    answer, place = _last_answer(), _place_of(study_key)
    if answer is None or place is not None:
        return answer.hits[place] if answer and place is not None else None
    return next((hit for hit in answer.nearest if hit.study_key == study_key), None)


def asked_findings() -> tuple[StatedFinding, ...]:
    """The findings that the last answer's query states, with those of its parts."""
    answer = _last_answer()
    return (
        () if answer is None else tuple(found for part in (answer.query, *answer.query.parts) for found in part.stated)
    )


def is_among_hits(study_key: str) -> bool:
    """Whether this study is a hit of the last answer, not only a nearest miss."""
    return _place_of(study_key) is not None


def n_hits() -> int:
    """Hits in the last answer."""
    return len(last_hits())


def neighbours(study_key: str) -> tuple[Hit | None, Hit | None]:
    """The hits before and after this study in the last answer."""
    hits, place = last_hits(), _place_of(study_key)
    if place is None:
        return None, None
    return (hits[place - 1] if place else None), (hits[place + 1] if place + 1 < len(hits) else None)


def last_hits() -> Sequence[Hit]:
    """The hits of the last answer, best first."""
    answer = _last_answer()
    return answer.hits if answer else ()


def last_study_keys() -> tuple[str, ...]:
    """Keys of the hits of the last answer, best first; no hit is built for them."""
    answer = _last_answer()
    return answer.study_keys if answer else ()


def last_bands() -> tuple[tuple[str, Band | None], ...]:
    """Study key and band of each hit of the last answer, best first; no hit is built for them."""
    answer = _last_answer()
    return tuple(zip(answer.study_keys, answer.bands, strict=True)) if answer else ()


def n_folded_under(places: Sequence[int]) -> int:
    """Near-identical studies under the hits at these places of the last answer; hits are built where there are any."""
    answer = _last_answer()
    return sum(len(answer.hits[place].folded) for place in places) if answer and answer.n_folded else 0


def _place_of(study_key: str) -> int | None:
    """The place from 0 of this study among the hits of the last answer."""
    answer = _last_answer()
    keys = answer.study_keys if answer else ()
    return keys.index(study_key) if study_key in keys else None


def _last_answer() -> Answer | None:
    return cast("Answer | None", st.session_state.get(_ANSWER))


def run_cohort(archive: ViewerArchive, name: str) -> None:
    """Run the newest version of a cohort and keep what is new and gone for its page.

    Raises:
        InputError: When there is no such cohort, or its query cannot be used any more.
        ArtifactError: When there is a query and nothing is indexed.
    """
    st.session_state[_COHORT_RESULT] = archive.cohorts.run(name)


def shown_result(archive: ViewerArchive, cohort: CohortVersion, is_newest: bool) -> CohortResult:
    """The run of this version that its page shows: the one made here, else the last one, else a new one.

    Only the newest version's new run is kept: to look at an old version leaves nothing behind.

    Raises:
        InputError: When it cannot be run.
        ArtifactError: When there is a query and nothing is indexed.
    """
    kept = cast("CohortResult | None", st.session_state.get(_COHORT_RESULT))
    if kept is not None and kept.cohort == cohort:
        return kept
    name, version = cohort.name, cohort.version
    result = archive.cohorts.last(name, version) or archive.cohorts.run(name, version, keep=is_newest)
    st.session_state[_COHORT_RESULT] = result
    return result


def with_news(archive: ViewerArchive, result: CohortResult) -> CohortResult:
    """What tells new and gone: a run that was compared with the one before, or, of a kept one, what a run brings now.

    The latter is found once for each kept run that a session shows, and not kept in the archive.

    Raises:
        InputError: When the cohort cannot be run any more.
        ArtifactError: When there is a query and nothing is indexed.
    """
    if result.since != result.run:
        return result
    run, ahead = st.session_state.get(_AHEAD, (None, None))
    if (run, ahead and ahead.cohort) != (result.run, result.cohort):
        ahead = archive.cohorts.run(result.cohort.name, result.cohort.version, keep=False)
        st.session_state[_AHEAD] = (result.run, ahead)
    return cast("CohortResult", ahead)


def check_cohorts(archive: ViewerArchive) -> None:
    """Find out, and remember, what each cohort would bring now."""
    last_runs = {summary.newest.name: summary.last_run for summary in archive.cohorts.all()}
    checks = {check.name: (check, last_runs.get(check.name)) for check in archive.cohorts.check()}
    st.session_state[_CHECKS] = checks


def checked_cohort(summary: CohortSummary) -> CohortCheck | None:
    """What was found out of this cohort, unless it was changed or run since."""
    check, last_run = st.session_state.get(_CHECKS, {}).get(summary.newest.name, (None, None))
    is_current = check is not None and check.version == summary.newest.version and last_run == summary.last_run
    return cast("CohortCheck", check) if is_current else None
