"""The cohorts page: all that is kept under names; or one of them, and all that can be done with it."""

from __future__ import annotations

import streamlit as st

from radseek_viewer.cohort_list import show_list, show_no_cohorts
from radseek_viewer.cohort_page import show_cohort
from radseek_viewer.connection import connected_archive
from radseek_viewer.empty_states import tell_lack
from radseek_viewer.wall import Notice, show_notice

archive = connected_archive()
summaries = archive.cohorts.all()
names = [summary.newest.name for summary in summaries]
asked = st.query_params.get("cohort", "")
if not names:
    if not tell_lack(archive.summary(), "cohorts"):
        show_no_cohorts()
elif asked in names or len(names) == 1:
    show_cohort(archive, asked if asked in names else names[0], is_only=len(names) == 1)
else:
    st.query_params.clear()  # a browser keeps those of a cohort when a link leads from it to this same page
    st.markdown("### Cohorts")
    if asked:
        show_notice("no_cohort", Notice("There is no cohort of this name", "It may have been deleted."))
    show_list(archive, summaries)
