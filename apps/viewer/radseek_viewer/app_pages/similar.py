"""The page of similar studies: what else looks like a study, a picture or a part of one, or is reported like it."""

from __future__ import annotations

import streamlit as st

from radseek.errors import InputError
from radseek_viewer.connection import connected_archive
from radseek_viewer.empty_states import tell_lack
from radseek_viewer.links import similar_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.similar_question import chosen_likeness, read_address
from radseek_viewer.similar_results import HERE, show_similar
from radseek_viewer.state import last_study, study_to_show
from radseek_viewer.wall import Notice, StartScreen, show_notice, show_wall
from radseek_viewer.wording import person_and_year, study_title

LEAD = Notice("Find studies of other patients that are like one", "By report, by pictures, or by a part of a picture.")
WAYS = (
    Notice("From a study", "Open any hit and press Similar: its report, its pictures, or both are compared."),
    Notice("From a part of a picture", "Drag over what matters: here, or with Search region on the study's page."),
    Notice("From a file of your own", "On the search page, Ask with a picture takes a PNG, JPEG or DICOM file."),
)

archive = connected_archive()
model = read_address(st.query_params)

if not model.study_key:
    if tell_lack(archive.summary(), "similar"):
        st.stop()
    show_wall("similar_start", start=StartScreen(LEAD, (), WAYS))
    opened = last_study()
    if opened and st.button("Like the study that you opened last", type="primary"):
        st.switch_page(HERE, query_params=similar_parameters(opened))
    st.page_link("app_pages/search.py", label="Search for a study", icon=":material/search:")
    st.stop()

try:
    study = study_to_show(archive, model.study_key)
except InputError:
    show_notice(
        "no_study", Notice("There is no such study here", "It may have been removed, or the address is incomplete.")
    )
    st.page_link("app_pages/search.py", label="Back to the search", icon=":material/arrow_back:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    st.markdown(f"**Like** {literal(study_title(study))} &nbsp; :gray[{literal(person_and_year(study))}]")
    if study.synthetic:
        st.badge("SYNTHETIC", color="yellow", help="Made by a program: no patient, no real finding")
likeness = chosen_likeness(study, model)
if likeness is None:
    show_notice("nothing_to_ask", Notice("Nothing to compare", "This study has neither a picture nor a report."))
else:
    show_similar(archive, study, model, likeness)
