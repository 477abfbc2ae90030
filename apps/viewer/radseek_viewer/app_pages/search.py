"""The search page: field, filters, wall."""

from __future__ import annotations

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.answer_age import offer_newer
from radseek_viewer.cohort_keeping import offer_cohort
from radseek_viewer.connection import connected_archive
from radseek_viewer.empty_states import tell_lack
from radseek_viewer.filters import choose_filters
from radseek_viewer.links import study_parameters
from radseek_viewer.picture_query import offer_upload, tell_of_upload
from radseek_viewer.plain_text import literal
from radseek_viewer.search_address import keep_question, restore_question
from radseek_viewer.search_results import choose_maps, result_line, show_results, show_start, show_trouble
from radseek_viewer.selection_actions import follow_selection
from radseek_viewer.state import (
    QUERY,
    add_example,
    answer_to,
    ask,
    current_question,
    is_answered,
    remember_results_page,
    toggle_chip,
)
from radseek_viewer.tour import offer_tour

pending = st.session_state.pop("pending_query", None)
if pending:
    ask(pending)

remember_results_page("app_pages/search.py", {})
archive = connected_archive()
restore_question(archive)
with st.sidebar:
    where, floor = choose_filters(archive)

with st.container(horizontal=True):
    st.text_input(
        "Search",
        key=QUERY,
        persist_state="session",
        placeholder="A finding or a report sentence, such as: small left pleural effusion",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    offer_upload()
tell_of_upload()

question = current_question(where, floor)
if not question.text and not question.examples:
    summary = archive.summary()
    if tell_lack(summary, "search"):
        st.stop()
    event = show_start(summary, archive.examples())
    offer_tour(archive)
else:
    above = st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="result_line"
    )
    line = above.empty()
    if not is_answered(question):
        line.caption("Searching …")  # in the place of the result line, so that nothing moves
    try:
        answer = answer_to(archive, question)
        line.caption(literal(result_line(answer)))
        with above:
            show_where = choose_maps(answer)
            offer_cohort(archive, question, answer)
        offer_newer(archive, answer)
        event = show_results(answer, question, show_where)
    except RadseekError as error:
        line.empty()
        event = show_trouble(error, question.examples)

keep_question(question)  # once the new cards are there: a wall that moves would ask for those of the last answer
follow_selection(archive, event)
if event.example:
    st.session_state["pending_query"] = event.example
    st.rerun()
if event.chip:
    toggle_chip(question.text, event.chip.key, event.chip.label)
    st.rerun()
if event.picture:
    add_example(event.picture)
    st.rerun()
if event.opened:
    parameters = study_parameters(event.opened.study_key, event.opened.image_key)
    st.switch_page("app_pages/study.py", query_params=parameters)
