"""What is done with the hits that were selected on the wall: kept in a cohort, with undo, or compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import InputError, RadseekError
from radseek.records.cohort import MAX_NOTE_CHARACTERS, CohortDefinition
from radseek_viewer.cohort_changes import remember_change
from radseek_viewer.links import cohort_parameters, compare_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.state import answer_token, forget_answer, last_study_keys, n_folded_under
from radseek_viewer.wall import Done
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.records.cohort import CohortVersion
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.wall import Selected, WallEvent

_DONE = "selection_done"
NEW, THERE = "A new cohort", "One that is there"


@dataclass(frozen=True, slots=True)
class _Kept:
    """Hits that were kept: what the wall says of it, and what undoing it needs."""

    token: str
    """Of the answer that they were hits of."""
    done: Done
    made: CohortVersion | None = None
    before: CohortVersion | None = None
    """None for a cohort that was not there before."""


def what_was_done(token: str) -> Done | None:
    """What was done last with hits of this answer; None before that."""
    kept: _Kept | None = st.session_state.get(_DONE)
    return kept.done if kept is not None and kept.token == token else None


def follow_selection(archive: ViewerArchive, event: WallEvent) -> None:
    """Do what a person asked for on the wall of an answer: with what is selected, or with what was done before."""
    if event.again:
        forget_answer()
        st.rerun()
    if event.done:
        _follow_done(archive, st.session_state.get(_DONE), is_undo=event.done == "undo")
    if event.selected:
        _follow_selected(archive, event.selected)


def _follow_selected(archive: ViewerArchive, selected: Selected) -> None:
    known = last_study_keys() if selected.token == answer_token() else ()
    places = [place for place in selected.places if 0 <= place < len(known)]
    keys = tuple(known[place] for place in places)
    if not keys:
        st.toast("These hits were of an earlier search: select again.")
    if selected.action == "keep" and keys:
        st.dialog("Keep what is selected")(_keep_selection)(archive, keys, n_folded_under(places))
    if selected.action == "compare" and len(keys) == 2:
        st.switch_page("app_pages/compare.py", query_params=compare_parameters(*keys))


def _keep_selection(archive: ViewerArchive, keys: Sequence[str], n_folded: int) -> None:
    names = [summary.newest.name for summary in archive.cohorts.all()]
    where = st.radio("Where", [NEW, THERE], horizontal=True) if names else NEW
    with st.form("keep_selection", border=False):
        if where == NEW:
            name = st.text_input("Name", placeholder="to-discuss", help="Letters, digits, dot, dash and underscore.")
            note = st.text_area("What it is for", max_chars=MAX_NOTE_CHARACTERS, height=80)
        else:
            name, note = st.selectbox("Cohort", names), ""
        for sentence in what_is_kept(len(keys), n_folded):
            st.caption(sentence)
        if not st.form_submit_button("Keep", type="primary"):
            return
    try:
        kept = keep_as_new(archive, name.strip(), note, keys) if where == NEW else add_to(archive, name, keys)
    except RadseekError as error:
        st.error(literal(str(error)))
        return
    st.session_state[_DONE] = kept
    st.rerun()


def what_is_kept(n_studies: int, n_folded: int) -> list[str]:
    """How many studies these are, and what stands under them and is none of them."""
    folded = [f"{counted(n_folded, 'near-identical study').capitalize()} under them: not kept with them."]
    return [f"{counted(n_studies, 'study').capitalize()}, chosen by hand.", *(folded if n_folded else [])]


def keep_as_new(archive: ViewerArchive, name: str, note: str, keys: Sequence[str]) -> _Kept:
    """Keep studies as a new cohort.

    Raises:
        InputError: When the name cannot be one, or is taken.
    """
    if name in {summary.newest.name for summary in archive.cohorts.all()}:
        raise InputError(f"there is a cohort of this name already: choose another name, or {THERE.lower()}")
    made = archive.cohorts.save(name, CohortDefinition(hand_picked=True, include=tuple(keys), note=note))
    archive.cohorts.run(name)
    return _kept(f"{counted(len(keys), 'study').capitalize()} kept as “{name}”.", made, None)


def add_to(archive: ViewerArchive, name: str, keys: Sequence[str]) -> _Kept:
    """Put studies into a cohort that is there.

    Raises:
        InputError: When there is no such cohort (any more).
    """
    before = archive.cohorts.get(name)
    made = archive.cohorts.include(name, keys)
    if made == before:
        return _kept(f"All of these were put into “{name}” before: nothing is changed.", None, None, cohort=name)
    n_more = len(made.definition.include) - len(before.definition.include)
    words = f"{counted(n_more, 'study').capitalize()} put into “{name}”."
    remember_change(made, before, words)
    return _kept(words, made, before)


def _kept(words: str, made: CohortVersion | None, before: CohortVersion | None, cohort: str = "") -> _Kept:
    earlier: _Kept | None = st.session_state.get(_DONE)
    number = earlier.done.number + 1 if earlier else 1
    done = Done(number, words, can_undo=made is not None, cohort=made.name if made else cohort)
    return _Kept(answer_token(), done, made, before)


def _follow_done(archive: ViewerArchive, kept: _Kept | None, is_undo: bool) -> None:
    if kept is None:
        return
    if not is_undo:
        st.switch_page("app_pages/cohorts.py", query_params=cohort_parameters(kept.done.cohort))
    try:
        st.session_state[_DONE] = take_back(archive, kept)
    except RadseekError as error:
        st.session_state[_DONE] = _kept(str(error), None, None)
    st.rerun()


def take_back(archive: ViewerArchive, kept: _Kept) -> _Kept:
    """Undo it, while nothing came after it.

    Raises:
        InputError: When the cohort is gone.
    """
    made, before = kept.made, kept.before
    if made is None:
        return kept
    if archive.cohorts.get(made.name) != made:
        return _kept(f"“{made.name}” was changed since: change it on its own page.", None, None, cohort=made.name)
    if before is None:
        archive.cohorts.delete(made.name)
        return _kept(f"Taken back: there is no cohort “{made.name}” any more.", None, None)
    archive.cohorts.save(before.name, before.definition)
    return _kept(f"Taken back: “{made.name}” is as it was before.", None, None, cohort=before.name)
