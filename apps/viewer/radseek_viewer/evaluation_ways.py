"""By pictures, by reports or by both: which way of searching finds more on the same texts of one evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.evaluation_beside import show_paired
from radseek_viewer.wall import Notice, show_notice

if TYPE_CHECKING:
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.evaluation_plots import PlotPlace

SEARCH = "search"
"""Key of the section that asks the whole search."""


def show_ways(archive: ViewerArchive, place: PlotPlace) -> None:
    """Each two ways of searching of an evaluation, paired text by text; or why they cannot be."""
    st.markdown("##### Which way of searching finds more?")
    st.caption("The same texts, asked in two ways. Reports find their own text: that they do better is no skill.")
    try:
        found = archive.evaluations.ways(place.evaluation)
    except RadseekError as error:
        show_notice("ways_trouble", Notice("The ways cannot be paired text by text", str(error), "error"))
        return
    if not found:
        text = "This evaluation does not hold what became of each text: an older radseek made it, or another archive."
        show_notice("no_ways", Notice("The ways cannot be paired text by text", f"{text} Evaluate again.", "weak"))
        return
    show_paired("ways", "Two ways of searching, on the same texts", "the way named first finds more", found, place)
