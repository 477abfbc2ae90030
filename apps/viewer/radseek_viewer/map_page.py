"""The map, or what stands in its place: the first one to be built, a damaged one, an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from radseek.errors import ArtifactError
from radseek_viewer.links import study_parameters
from radseek_viewer.map_building import is_building, offer_again, offer_build, offer_first_map, tell_age
from radseek_viewer.map_canvas import show_map
from radseek_viewer.map_choices import choose_colour, what_is_missing
from radseek_viewer.map_selection import show_selection
from radseek_viewer.map_state import remember_selection
from radseek_viewer.map_wording import describe_map
from radseek_viewer.plain_text import literal
from radseek_viewer.state import last_bands
from radseek_viewer.wall import Notice, show_notice

if TYPE_CHECKING:
    from radseek.service import ShownMap
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.map_choices import MapChoice


def show_laid_out(archive: ViewerArchive, choice: MapChoice, beside: Any) -> None:  # noqa: ANN401  (Streamlit's container)
    """Draw the map that is chosen, or say why there is none.

    Args:
        archive: The archive.
        choice: What is looked at.
        beside: The container of the other choices.
    """
    try:
        shown = archive.map.shown(choice.kind)
    except ArtifactError as error:
        show_notice("bad_map", Notice("This map cannot be used", str(error), "error"))
        if not is_building(archive):
            offer_build(archive, choice.kind, "Build anew")
        return
    if shown is None:
        if not is_building(archive):
            offer_first_map(archive, choice.kind, archive.map.n_studies(choice.kind))
        return
    with beside:
        choice = choose_colour(shown, choice)
    if not shown.is_current:
        tell_age(archive, shown)
    missing = what_is_missing(shown, choice)
    if missing:
        show_notice("no_colours", Notice("Nothing to colour by", missing))
    else:
        _show_points(archive, shown, choice)
    if shown.is_current:
        offer_again(archive, shown)


def _show_points(archive: ViewerArchive, shown: ShownMap, choice: MapChoice) -> None:
    event = show_map(shown, choice.colour, choice.finding, last_bands())
    st.caption(literal(describe_map(shown.facts)))
    if event.opened is not None and 0 <= event.opened < len(shown.keys):
        st.switch_page("app_pages/study.py", query_params=study_parameters(shown.keys[event.opened], None))
    if event.selected is not None:
        remember_selection(shown, event.selected)
    show_selection(archive, shown)
