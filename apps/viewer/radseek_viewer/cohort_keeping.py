"""Keeping what was found: a search, or exactly its hits, under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.records.cohort import MAX_NOTE_CHARACTERS, CohortDefinition, Grouping
from radseek.records.search_options import Band
from radseek_viewer.links import cohort_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.state import N_HITS
from radseek_viewer.wording import FLOORS, counted

if TYPE_CHECKING:
    from radseek.records.search import Answer
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.state import Question

AGAIN, THESE = "again", "these"
"""Keep the search, to be run again; or exactly these studies."""


def offer_cohort(archive: ViewerArchive, question: Question, answer: Answer) -> None:
    """A small form beside the result line; saves the cohort, runs it and opens its page."""
    if not answer.hits:
        return
    menu = st.popover("Keep as cohort", icon=":material/bookmark_add:", key="keep_as_cohort")
    with menu, st.form("keep_cohort", border=False):
        name = st.text_input("Name", placeholder="left-effusions", help="Letters, digits, dot, dash and underscore.")
        ways = ways_to_keep(question, len(answer.hits))
        way = st.radio("What belongs to it", list(ways), format_func=ways.__getitem__)
        for sentence in what_to_know(question, answer):
            st.caption(sentence)
        one_each = st.checkbox("At most one study of each patient")
        note = st.text_area("What it is for", max_chars=MAX_NOTE_CHARACTERS, height=80)
        if st.form_submit_button("Keep", type="primary"):
            definition = define(question, answer, way, one_each, note)
            _keep(archive, name.strip(), definition)


def ways_to_keep(question: Question, n_hits: int) -> dict[str, str]:
    """Way -> what it means in words. A search that a cohort cannot hold can only be kept as the studies it found."""
    these = {THESE: f"exactly these {counted(n_hits, 'study')}"}
    if what_a_search_cannot_hold(question):
        return these
    return {AGAIN: f"the best {counted(n_hits, 'study')} of this search, whenever it is run again"} | these


def what_a_search_cannot_hold(question: Question) -> str:
    """A sentence about what of the question no cohort's search can say; empty where it says all."""
    if question.examples:
        return "A search with a picture cannot be run again from a cohort: the studies that it found are kept."
    if question.dropped:
        return "You took a chip out, which a cohort's search cannot say: the studies that were found are kept."
    return ""


def what_to_know(question: Question, answer: Answer) -> list[str]:
    """Plain sentences about what of the question or of its answer is not kept as it is shown."""
    obstacle = what_a_search_cannot_hold(question)
    said = [obstacle] if obstacle else []
    if len(answer.hits) >= N_HITS:
        said.append(f"Only the first {N_HITS:,} hits are here: there may be more.")
    if not obstacle and question.floor is not Band.MISS:
        floor, best = FLOORS[question.floor], counted(len(answer.hits), "study")
        said.append(f"Run again, the search keeps its best {best} however good a match: not “{floor}”.")
    if answer.n_folded:
        folded = counted(answer.n_folded, "near-identical study")
        apart = "" if obstacle else " The search, run again, counts each by itself, so the last hits may give way."
        said.append(f"{folded.capitalize()} under other hits: not among exactly these.{apart}")
    return said


def define(question: Question, answer: Answer, way: str, one_each: bool, note: str) -> CohortDefinition:
    """The definition of what is kept.

    Args:
        question: What was asked.
        answer: What was found.
        way: `AGAIN` or `THESE`.
        one_each: At most one study of each patient.
        note: What the cohort is for.
    """
    grouping = Grouping.PATIENT if one_each else Grouping.ALL
    if way == THESE:
        return CohortDefinition(hand_picked=True, include=answer.study_keys, grouping=grouping, note=note)
    return CohortDefinition(query=question.text, where=question.where, k=len(answer.hits), grouping=grouping, note=note)


def _keep(archive: ViewerArchive, name: str, definition: CohortDefinition) -> None:
    try:
        known = {summary.newest.name for summary in archive.cohorts.all()}
        if name in known:
            st.error("There is a cohort of this name already: choose another one.")
            return
        archive.cohorts.save(name, definition)
        archive.cohorts.run(name)
    except RadseekError as error:
        st.error(literal(str(error)))
        return
    st.switch_page("app_pages/cohorts.py", query_params=cohort_parameters(name))
