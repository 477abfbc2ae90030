"""The study page: scan, report, the patient's studies in time."""

from __future__ import annotations

import streamlit as st

from radseek.errors import InputError
from radseek_viewer.absent_pictures import tell_left_out, tell_no_pictures
from radseek_viewer.connection import connected_archive
from radseek_viewer.links import compare_parameters, similar_parameters, study_parameters
from radseek_viewer.no_sidebar import hide_sidebar
from radseek_viewer.plain_text import literal
from radseek_viewer.report_pane import show_reports
from radseek_viewer.stack import show_stack
from radseek_viewer.state import forget_examples, hit_of, study_to_show
from radseek_viewer.study_header import show_header
from radseek_viewer.timeline import show_timeline
from radseek_viewer.wall import Notice, show_notice

archive = connected_archive()
study_key = st.query_params.get("study", "")
try:
    study = study_to_show(archive, study_key)
except InputError:
    show_notice(
        "no_study", Notice("There is no such study here", "It may have been removed, or the address is incomplete.")
    )
    st.page_link("app_pages/search.py", label="Back to the search", icon=":material/arrow_back:")
    st.stop()

hide_sidebar()
hit = hit_of(study_key)
show_header(study, hit)

matched = {match.sentence.sentence_key for match in hit.matches if match.sentence} if hit else set()
scan, report = st.columns([3, 2], gap="medium") if study.images else (None, st.container())
if scan is not None:
    with scan:
        drawn = show_stack(archive, study, st.query_params.get("image"), hit)
        tell_left_out(study)
    if drawn:
        parameters = similar_parameters(study_key, drawn.image_key, drawn.region)
        st.switch_page("app_pages/similar.py", query_params=parameters)
with report:
    if scan is None:
        tell_no_pictures(study, "no_pictures")
    if study.reports:
        asked = show_reports(study.reports, matched)
        if asked:
            forget_examples()  # a sentence is a question of its own
            st.session_state["pending_query"] = asked
            st.switch_page("app_pages/search.py")
    else:
        show_notice("no_report", Notice("No report", "No report is linked to this study."))
    if study.labels:
        st.caption(f"Labels: {literal(', '.join(study.labels))}")

event = show_timeline(archive, study)
if event.opened:
    st.switch_page("app_pages/study.py", query_params=study_parameters(event.opened, None))
if event.compared:
    st.switch_page("app_pages/compare.py", query_params=compare_parameters(study_key, event.compared))
