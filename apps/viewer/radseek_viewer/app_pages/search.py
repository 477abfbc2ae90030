"""The search page: field, filters, wall."""

from __future__ import annotations

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.connection import connected_archive
from radseek_viewer.filters import choose_filters
from radseek_viewer.links import study_parameters
from radseek_viewer.search_results import show_results, show_start
from radseek_viewer.state import QUERY, answer_to, ask, current_query
from radseek_viewer.wall import Notice, show_notice

pending = st.session_state.pop("pending_query", None)
if pending:
    ask(pending)

archive = connected_archive()
with st.sidebar:
    where = choose_filters(archive)

st.text_input(
    "Search",
    key=QUERY,
    persist_state="session",
    placeholder="A finding or a report sentence, such as: small left pleural effusion",
    label_visibility="collapsed",
    icon=":material/search:",
)

text = current_query()
if not text:
    event = show_start(archive)
else:
    try:
        event = show_results(answer_to(archive, text, where))
    except RadseekError as error:
        show_notice("bad_query", Notice("This search did not work", str(error), "error"))
        st.stop()

if event.example:
    st.session_state["pending_query"] = event.example
    st.rerun()
if event.opened:
    parameters = study_parameters(event.opened.study_key, event.opened.image_key)
    st.switch_page("app_pages/study.py", query_params=parameters)
