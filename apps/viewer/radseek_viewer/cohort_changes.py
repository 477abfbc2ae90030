"""Changing a cohort: by hand, by a sample, by bringing a version back. Each is a new version and can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.plain_text import literal
from radseek_viewer.state import last_hits
from radseek_viewer.wording import counted, person_and_year, study_title

if TYPE_CHECKING:
    from radseek.records.cohort import CohortDefinition, CohortResult, CohortStudy, CohortVersion
    from radseek.records.search import Hit
    from radseek_viewer.connection import ViewerArchive

_CHANGED = "changed_cohort"
_WIDTH = 640
"""Of lists, in pixels: wide enough for a line about a study."""


def change(archive: ViewerArchive, name: str, words: str, make: Callable[[], CohortVersion]) -> None:
    """Make a new version and show it; what went wrong is said in its place.

    Args:
        archive: The archive.
        name: Of the cohort.
        words: What was done, for the line that offers to undo it.
        make: Makes the version.
    """
    try:
        before = archive.cohorts.get(name)
        made = make()
    except RadseekError as error:
        st.error(literal(str(error)))
        return
    if made != before:
        remember_change(made, before, words)
    st.rerun()


def remember_change(made: CohortVersion, before: CohortVersion, words: str) -> None:
    """Let the cohort's page offer to undo what was done: `words` say what, `before` is what was there."""
    st.session_state[_CHANGED] = (made, before, words)


def offer_undo(archive: ViewerArchive, newest: CohortVersion) -> None:
    """Says what a person changed last and offers to undo it, while nothing came after it."""
    made, before, words = st.session_state.get(_CHANGED, (None, None, ""))
    if made != newest:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(literal(f"{words} This is version {newest.version}; version {before.version} is kept."))
        if st.button("Undo", key="undo_change", icon=":material/undo:"):
            bring_back(archive, before)


def bring_back(archive: ViewerArchive, version: CohortVersion) -> None:
    """Make the definition of an earlier version the newest one."""
    words = f"The definition of version {version.version} is back."
    change(archive, version.name, words, lambda: archive.cohorts.save(version.name, version.definition))


def leave_out(archive: ViewerArchive, name: str, keys: Sequence[str]) -> None:
    """Leave studies out whatever the search finds."""
    words = f"{counted(len(keys), 'study')} left out."
    change(archive, name, words, lambda: archive.cohorts.exclude(name, keys))


def put_in(archive: ViewerArchive, name: str, keys: Sequence[str]) -> None:
    """Put studies in whatever the search finds."""
    words = f"{counted(len(keys), 'study')} put in."
    change(archive, name, words, lambda: archive.cohorts.include(name, keys))


def offer_choices_by_hand(archive: ViewerArchive, result: CohortResult) -> None:
    """Lists of what was left out and put in by hand, to be taken back, and hits of the last search to put in."""
    name, definition = result.cohort.name, result.cohort.definition
    st.caption("What is chosen here holds whatever the search finds. Single studies are left out on the wall.")
    hits = {hit.study_key: hit for hit in last_hits() if hit.study_key not in result.members}
    chosen = _choose("Put in from your last search", list(hits), lambda key: _hit_words(hits[key]), "put_in")
    if chosen:
        put_in(archive, name, chosen)
    if not hits:
        st.caption("Search for what is missing, then come back: its hits that do not belong yet can be put in here.")
    _offer_to_take_back(archive, name, definition)


def _offer_to_take_back(archive: ViewerArchive, name: str, definition: CohortDefinition) -> None:
    known = archive.cohorts.studies((*definition.include, *definition.exclude))
    places = {key: place for keys in (definition.include, definition.exclude) for place, key in enumerate(keys, 1)}

    def words(key: str) -> str:  # numbered, since Streamlit tells options apart by their words
        study = _study_words(known[key]) if key in known else "a study that is no longer in the archive"
        return f"{places[key]}: {study}"

    if definition.exclude:
        chosen = _choose("Left out by hand", list(definition.exclude), words, "take_back")
        said = f"{counted(len(chosen), 'study')} no longer left out."
        if chosen and definition.hand_picked:
            put_in(archive, name, chosen)  # only what a hand put there belongs
        elif chosen:
            change(archive, name, said, lambda: archive.cohorts.exclude(name, chosen, undo=True))
    if definition.include and not definition.hand_picked:
        chosen = _choose("Put in by hand", list(definition.include), words, "let_go")
        said = f"{counted(len(chosen), 'study')} left to the search."
        if chosen:
            change(archive, name, said, lambda: archive.cohorts.include(name, chosen, undo=True))


_BUTTONS = {"put_in": "Put in", "take_back": "Take back in", "let_go": "Let the search decide"}


def _choose(label: str, keys: list[str], words: Callable[[str], str], key: str) -> list[str]:
    """A list with a button; what was chosen when the button was pressed, else nothing."""
    if not keys:
        return []
    with st.form(f"{key}_form", border=False, clear_on_submit=True):
        chosen: list[str] = st.multiselect(
            label, keys, format_func=words, key=f"{key}_choice", placeholder="Choose studies", width=_WIDTH
        )
        pressed = st.form_submit_button(_BUTTONS[key], key=key)
    return chosen if pressed else []


def _hit_words(hit: Hit) -> str:
    return f"{hit.rank}: {study_title(hit)}, {person_and_year(hit)}"


def _study_words(study: CohortStudy) -> str:
    return f"{study_title(study)}, {person_and_year(study)}"
