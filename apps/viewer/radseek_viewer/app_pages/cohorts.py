"""The cohorts page: what is kept under names, and all that can be done with one of them."""

from __future__ import annotations

import streamlit as st

from radseek_viewer.cohort_actions import offer_deletion, offer_files, offer_samples
from radseek_viewer.cohort_view import show_counts, show_definition, show_members, show_runs
from radseek_viewer.connection import connected_archive
from radseek_viewer.links import cohort_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.state import run_cohort, shown_result
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import counted

archive = connected_archive()
names = [summary.newest.name for summary in archive.cohorts.all()]
st.markdown("### Cohorts")
if not names:
    text = "Search for something, then keep the search or its studies with the button beside the result line."
    show_notice("no_cohorts", Notice("No cohort is kept yet", text))
    st.page_link("app_pages/search.py", label="To the search", icon=":material/search:")
    st.stop()

asked = st.query_params.get("cohort", "")
with st.container(horizontal=True, vertical_alignment="bottom"):
    place = names.index(asked) if asked in names else 0
    name = st.selectbox("Cohort", names, index=place, key=f"cohort_{len(names)}_{asked}")
    if st.button("Run again", icon=":material/refresh:", help="Says which studies are new or gone since the last run."):
        run_cohort(archive, name)
    offer_deletion(archive, name)
st.query_params.from_dict(cohort_parameters(name))

result = shown_result(archive, name)
show_definition(result.cohort)
with st.container(horizontal=True):
    st.metric("Studies", f"{result.run.n_members:,}", border=True)
    st.metric("New since the run before", f"{len(result.new):,}", border=True)
    st.metric("Gone", f"{len(result.gone):,}", border=True)
    st.metric("Version", f"{result.cohort.version}", border=True)
for note in result.run.notes:
    st.caption(literal(note))

labels = [counted(result.run.n_members, "study").capitalize(), "Counts", "Sample", "Export", "Versions and runs"]
members, counts, sample, files, runs = st.tabs(labels)
with members:
    show_members(archive, result)
with counts:
    show_counts(result)
with sample:
    offer_samples(archive, result)
with files:
    offer_files(archive, result)
with runs:
    show_runs(archive, name)
