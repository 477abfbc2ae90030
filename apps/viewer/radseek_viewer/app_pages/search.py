"""The search page: field, filters, wall."""

from __future__ import annotations

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.connection import connected_archive
from radseek_viewer.filters import choose_filters
from radseek_viewer.links import study_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.search_results import result_line, show_results, show_start
from radseek_viewer.state import QUERY, answer_to, ask, current_query, is_answered, toggle_chip
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
    line = st.empty()
    if not is_answered(text, where):
        line.caption("Searching …")  # in the place of the result line, so that nothing moves
    try:
        answer = answer_to(archive, text, where)
        line.caption(literal(result_line(answer)))
        event = show_results(answer, text)
    except RadseekError as error:
        line.empty()
        show_notice("bad_query", Notice("This search did not work", str(error), "error"))
        st.stop()

if event.example:
    st.session_state["pending_query"] = event.example
    st.rerun()
if event.chip:
    toggle_chip(text, event.chip.key, event.chip.label)
    st.rerun()
if event.opened:
    parameters = study_parameters(event.opened.study_key, event.opened.image_key)
    st.switch_page("app_pages/study.py", query_params=parameters)
