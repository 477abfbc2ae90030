"""The map page: the whole archive as points, coloured by what people choose; a part of it is kept as a cohort."""

from __future__ import annotations

import streamlit as st

from radseek.errors import ArtifactError
from radseek_viewer.connection import connected_archive
from radseek_viewer.empty_states import UNSEARCHABLE, lack_of, tell_lack
from radseek_viewer.map_building import show_building
from radseek_viewer.map_choices import choose_kind, read_choice, remember
from radseek_viewer.map_page import show_laid_out
from radseek_viewer.wall import Notice, show_notice

archive = connected_archive()
try:
    choice = read_choice(archive, st.query_params)
    archive.map.n_studies(choice.kind)
except ArtifactError as error:
    summary = archive.summary()
    if lack_of(summary) in UNSEARCHABLE:
        tell_lack(summary, "map")
    else:
        show_notice("no_index", Notice("There is nothing to lay out yet", f"{error}."))
else:
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        choose_kind(choice)
        beside = st.container(horizontal=True, vertical_alignment="top", gap="medium")
    remember(choice)
    show_building(archive, choice.kind)
    show_laid_out(archive, choice, beside)
