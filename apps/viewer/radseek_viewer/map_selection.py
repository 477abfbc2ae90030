"""What is selected on the map: how many, what they are, the first of them, and keeping them as a cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.records.cohort import MAX_NOTE_CHARACTERS, CohortDefinition
from radseek_viewer.links import cohort_parameters, study_parameters
from radseek_viewer.map_state import selected_rows
from radseek_viewer.map_wording import describe_selection, selected_words, share_row
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import member_card, show_wall
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.records.archive_map import MapSelection
    from radseek.service import ShownMap
    from radseek_viewer.connection import ViewerArchive

N_CARDS = 12
HOW = (
    "Choose Lasso and draw round some points, or press Select beside a group: what is typical of them is told here, "
    "and you can keep them as a cohort."
)
_DESCRIBED = "map_described"
_KEPT = "map_kept"


def show_selection(archive: ViewerArchive, shown: ShownMap) -> None:
    """What is selected, beside all others; or how to select."""
    keys = [shown.keys[row] for row in selected_rows(shown)]
    told, found = st.columns([1, 1], gap="medium")
    with told:
        if keys:
            _show_told(_described(archive, shown), shown, archive, keys)
        else:
            st.caption(HOW)
    with found:
        _show_first(archive, keys)


def _show_told(selection: MapSelection, shown: ShownMap, archive: ViewerArchive, keys: Sequence[str]) -> None:
    st.markdown(f"**{literal(selected_words(selection.n_studies, len(shown.keys)))}**")
    st.caption(literal(describe_selection(selection)))
    _offer_cohort(archive, keys)
    _show_findings(selection)


def _described(archive: ViewerArchive, shown: ShownMap) -> MapSelection:
    """What the selection is, found out once for each: looking into it leaves an audit event."""
    rows = selected_rows(shown)
    known = st.session_state.get(_DESCRIBED)
    if known is None or known[0] != (shown.name, rows.tobytes()):
        known = ((shown.name, rows.tobytes()), archive.map.describe(shown, rows.tolist()))
        st.session_state[_DESCRIBED] = known
    selection: MapSelection = known[1]
    return selection


def _show_findings(selection: MapSelection) -> None:
    if not selection.findings:
        st.caption("No report of these studies states a finding." if selection.n_reported else "None has a report.")
        return
    share = {"min_value": 0, "max_value": 100, "format": "%.0f %%"}
    st.dataframe(
        [share_row(one) for one in selection.findings],
        hide_index=True,
        width="stretch",
        column_config={
            "finding": st.column_config.TextColumn("Finding present", width="medium"),
            "here": st.column_config.ProgressColumn(
                "Selected", help="Of the selected studies with a report", width="small", **share
            ),
            "elsewhere": st.column_config.ProgressColumn(
                "Others", help="Of all others with a report", width="small", **share
            ),
        },
    )


def _show_first(archive: ViewerArchive, keys: Sequence[str]) -> None:
    """The first of them as cards; a click opens one.

    Without any, an empty wall is drawn: one that is taken away and comes back at once can stay blank.
    """
    first = keys[:N_CARDS]
    known, pictures = archive.cohorts.studies(first), archive.cohorts.pictures(first)
    cards = [member_card(study, pictures.get(key), None, "", "") for key, study in known.items()]
    event = show_wall("map_selected", cards)
    if len(keys) > N_CARDS:
        st.caption(f"and {len(keys) - N_CARDS:,} more: keep them as a cohort to see all")
    if event.opened:
        st.switch_page("app_pages/study.py", query_params=study_parameters(event.opened.study_key, None))


def _offer_cohort(archive: ViewerArchive, keys: Sequence[str]) -> None:
    """A small form that keeps exactly these studies; then the way to them."""
    kept, name = st.session_state.get(_KEPT, ((), ""))
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Keep as cohort", icon=":material/bookmark_add:"), st.form("keep_selection", border=False):
            wanted = st.text_input("Name", placeholder="an-island", help="Letters, digits, dot, dash and underscore.")
            note = st.text_area("What it is for", max_chars=MAX_NOTE_CHARACTERS, height=80)
            st.caption(f"Exactly these {counted(len(keys), 'study')} belong to it.")
            if st.form_submit_button("Keep", type="primary"):
                _keep(archive, wanted.strip(), note, tuple(keys))
        if name and kept == tuple(keys) and st.button("Open the cohort", icon=":material/groups:"):
            st.switch_page("app_pages/cohorts.py", query_params=cohort_parameters(name))


def _keep(archive: ViewerArchive, name: str, note: str, keys: tuple[str, ...]) -> None:
    try:
        if name in {summary.newest.name for summary in archive.cohorts.all()}:
            st.error("There is a cohort of this name already: choose another one.")
            return
        archive.cohorts.save(name, CohortDefinition(hand_picked=True, include=keys, note=note))
        archive.cohorts.run(name)
    except RadseekError as error:
        st.error(literal(str(error)))
        return
    st.session_state[_KEPT] = (keys, name)
    st.rerun()
