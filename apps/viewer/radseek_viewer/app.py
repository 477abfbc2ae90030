"""Entry point of the viewer: navigation, the page, and the line that stands below every page."""

from __future__ import annotations

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.components import ASSETS
from radseek_viewer.tour import keep_tour
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.watch import keep_watch
from radseek_viewer.wording import DISCLAIMER

st.set_page_config(page_title="radseek", page_icon=str(ASSETS / "mark.svg"), layout="wide")
st.logo(ASSETS / "wordmark.svg", size="large")
pages = [
    st.Page(
        "app_pages/search.py",
        title="Search",
        icon=":material/search:",
        default=True,
        help="Find studies by a finding or a report sentence.",
    ),
    st.Page("app_pages/study.py", title="Study", icon=":material/radiology:", visibility="hidden"),
    st.Page("app_pages/compare.py", title="Compare", icon=":material/compare:", visibility="hidden"),
    st.Page(
        "app_pages/similar.py",
        title="Similar",
        icon=":material/join_inner:",
        help="Studies that look like a study, a picture or a part of one, or are reported like it.",
    ),
    st.Page(
        "app_pages/map.py",
        title="Map",
        icon=":material/scatter_plot:",
        help="The whole archive at a glance: studies that are alike lie together; draw round some to keep them.",
    ),
    st.Page(
        "app_pages/cohorts.py",
        title="Cohorts",
        icon=":material/groups:",
        help="Searches kept under a name: run them again, choose by hand, sample, export.",
    ),
    st.Page(
        "app_pages/evaluate.py",
        title="Evaluate",
        icon=":material/monitoring:",
        help="How good the search is on this archive: figures beside chance, by finding and by group.",
    ),
    st.Page(
        "app_pages/archive.py",
        title="Archive",
        icon=":material/inventory_2:",
        help="What came in, what did not and why, and what waits for a person.",
    ),
    st.Page(
        "app_pages/about.py",
        title="About",
        icon=":material/info:",
        help="What this archive holds, and what searches it.",
    ),
]
page = st.navigation(pages, position="top")
st.html(ASSETS / "page.css")  # for an address that is no page's: all others have it from `start_page`
body = st.container(key="page_body")
with st.container(key="page_foot"):  # drawn first, so that it stands even where a page stops early
    st.caption(DISCLAIMER)
    keep_watch()
    keep_tour()
with body:
    try:
        page.run()
    except RadseekError as error:
        show_notice("page_error", Notice("This page cannot be shown", str(error), "error"))
