"""The evaluation page: how good the search was found to be on this archive; one evaluation, or all of them."""

from __future__ import annotations

import streamlit as st

from radseek_viewer.connection import connected_archive
from radseek_viewer.evaluation_list import show_overview
from radseek_viewer.evaluation_page import show_evaluation
from radseek_viewer.evaluation_start import lead_to_report, show_start_trouble
from radseek_viewer.wall import Notice, show_notice

archive = connected_archive()
if "evaluation" not in st.query_params:  # who reads another one is left alone
    lead_to_report(archive)
show_start_trouble()
summaries = archive.evaluations.all()
asked = st.query_params.get("evaluation", "")
found = next((one for one in summaries if one.run.name == asked and one.run.state != "running"), None)
if found is not None:
    show_evaluation(archive, found, summaries)
else:
    if asked and all(one.run.name != asked for one in summaries):
        show_notice("no_evaluation", Notice("There is no evaluation of this name", "It may have been deleted."))
    st.query_params.clear()
    show_overview(archive, summaries)
