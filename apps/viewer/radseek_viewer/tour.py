"""The tour of five steps: offered to newcomers by `assets/tour_offer.js`, led over real pages by `assets/tour.js`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek_viewer.components import register_component
from radseek_viewer.state import forget_examples, results_page

if TYPE_CHECKING:
    from radseek_viewer.connection import ViewerArchive

_mount_tour = register_component("tour")
_mount_offer = register_component("tour_offer")

_EXAMPLES = "tour_examples"


def keep_tour() -> None:
    """Keep the tour ready on every page, and go where it was asked to lead."""
    result = _mount_tour(key="tour", on_go_change=lambda: None)
    if not result.go:
        return
    to, text = result.go.get("to"), result.go.get("text")
    if to == "results":
        page, parameters = results_page()
        st.switch_page(page, query_params=parameters)
    if to == "ask" and text:
        forget_examples()
        st.session_state["pending_query"] = str(text)
    st.switch_page("app_pages/search.py")


def offer_tour(archive: ViewerArchive, always: bool = False) -> None:
    """Offer it; unless `always`, only to browsers in which it was neither seen nor declined."""
    if _EXAMPLES not in st.session_state:
        st.session_state[_EXAMPLES] = archive.examples()
    _mount_offer(key="tour_offer", data={"always": always, "examples": list(st.session_state[_EXAMPLES])})
