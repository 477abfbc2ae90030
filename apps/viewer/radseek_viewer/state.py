"""What a session remembers: query, examples, filters, the last answer and its page. Nothing of it is in the URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import streamlit as st

from radseek.records.search_options import Band, Example, SearchOptions

if TYPE_CHECKING:
    from radseek.records.cohort import CohortResult
    from radseek.records.search import Answer, Hit, StudyView, Where
    from radseek_viewer.connection import ViewerArchive

QUERY = "query_text"
_ANSWER = "answer"
_ASKED = "asked"
_COHORT_RESULT = "cohort_result"
_DROPPED = "dropped_chips"
_EXAMPLES = "example_pictures"
_EXAMPLE_CHIP = "example:"
_N_ANSWERS = "n_answers"
_N_CLEARED = "n_cleared"
_OPEN_STUDY = "open_study"

N_HITS = 240
"""Hits fetched for one query: ten pages of the wall."""


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


def example_chips() -> dict[str, Example]:
    """Key of its chip -> example, in the order in which they were added."""
    return {f"{_EXAMPLE_CHIP}{number}": example for number, example in enumerate(example_pictures(), start=1)}


def forget_examples() -> None:
    """Ask without pictures."""
    st.session_state.pop(_EXAMPLES, None)


def dropped_chips(text: str) -> dict[str, str]:
    """Key -> label of the chips of the query `text` that a person took out."""
    asked, dropped = st.session_state.get(_DROPPED, ("", {}))
    return dict(dropped) if asked == text else {}


def toggle_chip(text: str, key: str, label: str) -> None:
    """Take a chip of the query `text` out, or put it back; an example that is taken out is forgotten."""
    if key.startswith(_EXAMPLE_CHIP):
        st.session_state[_EXAMPLES] = tuple(kept for chip, kept in example_chips().items() if chip != key)
        return
    dropped = dropped_chips(text)
    if dropped.pop(key, None) is None:
        dropped[key] = label
    st.session_state[_DROPPED] = (text, dropped)


def answer_to(archive: ViewerArchive, question: Question) -> Answer:
    """The answer, searched once for each question and then kept for paging and for the study page.

    Raises:
        InputError: When the query cannot be understood, or an example cannot be used.
        DecodeError: When an example cannot be read.
    """
    if not is_answered(question):
        forget_answer()
        options = SearchOptions(dropped=question.dropped, examples=question.examples, floor=question.floor)
        st.session_state[_ANSWER] = archive.search(question.text, k=N_HITS, where=question.where, options=options)
        st.session_state[_ASKED] = question
        st.session_state[_N_ANSWERS] = st.session_state.get(_N_ANSWERS, 0) + 1
    return cast("Answer", st.session_state[_ANSWER])


def forget_answer() -> None:
    """Drop the kept answer."""
    st.session_state.pop(_ANSWER, None)
    st.session_state.pop(_ASKED, None)


def study_to_show(archive: ViewerArchive, study_key: str) -> StudyView:
    """The study, read once while its page is open: each reading leaves an audit event.

    Raises:
        InputError: When there is no such study.
    """
    shown, views = st.session_state.get(_OPEN_STUDY, (None, {}))
    if shown != study_key:
        views = {study_key: archive.study(study_key)}
        st.session_state[_OPEN_STUDY] = (study_key, views)
    return cast("StudyView", views[study_key])


def other_study(archive: ViewerArchive, study_key: str) -> StudyView:
    """Another study of the patient whose study is open; read once as well."""
    _, views = st.session_state[_OPEN_STUDY]
    if study_key not in views:
        views[study_key] = archive.study(study_key)
    return cast("StudyView", views[study_key])


def page_key() -> str:
    """The wall's page number lives under this key; a new one for each answer, so that each begins at page 1."""
    return f"wall_page_{st.session_state.get(_N_ANSWERS, 0)}"


def filter_key(field: str) -> str:
    """A filter lives under this key; a new one after each clearing, since a browser keeps a widget's value by key."""
    return f"filter_{st.session_state.get(_N_CLEARED, 0)}_{field}"


def clear_filters() -> None:
    """Take all filters out; a button's callback."""
    st.session_state[_N_CLEARED] = st.session_state.get(_N_CLEARED, 0) + 1


def hit_of(study_key: str) -> Hit | None:
    """The hit of this study in the last answer, or the nearest miss."""
    answer = _last_answer()
    shown = (*answer.hits, *answer.nearest) if answer else ()
    return next((hit for hit in shown if hit.study_key == study_key), None)


def is_among_hits(study_key: str) -> bool:
    """Whether this study is a hit of the last answer, not only a nearest miss."""
    return any(hit.study_key == study_key for hit in _hits())


def n_hits() -> int:
    """Hits in the last answer."""
    return len(_hits())


def neighbours(study_key: str) -> tuple[Hit | None, Hit | None]:
    """The hits before and after this study in the last answer."""
    hits = _hits()
    place = next((i for i, hit in enumerate(hits) if hit.study_key == study_key), None)
    if place is None:
        return None, None
    return (hits[place - 1] if place else None), (hits[place + 1] if place + 1 < len(hits) else None)


def _hits() -> tuple[Hit, ...]:
    answer = _last_answer()
    return answer.hits if answer else ()


def _last_answer() -> Answer | None:
    return cast("Answer | None", st.session_state.get(_ANSWER))


def run_cohort(archive: ViewerArchive, name: str) -> None:
    """Run a cohort and keep what is new and gone for its page."""
    result = archive.cohorts.run(name)
    st.session_state[_COHORT_RESULT] = result


def shown_result(archive: ViewerArchive, name: str) -> CohortResult:
    """The run that the page of a cohort shows: the one made here, else the last of its newest version, else a new one.

    Raises:
        InputError: When there is no such cohort, or it cannot be run.
    """
    kept = cast("CohortResult | None", st.session_state.get(_COHORT_RESULT))
    newest = archive.cohorts.get(name)
    if kept is not None and kept.cohort == newest:
        return kept
    result = archive.cohorts.last(name) or archive.cohorts.run(name)
    st.session_state[_COHORT_RESULT] = result
    return result
