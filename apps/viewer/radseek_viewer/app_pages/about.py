"""What this archive holds, which model searches it, and what it must not be used for."""

from __future__ import annotations

import streamlit as st

from radseek_viewer.connection import connected_archive
from radseek_viewer.plain_text import literal
from radseek_viewer.tour import offer_tour
from radseek_viewer.wording import DISCLAIMER

archive = connected_archive()
summary = archive.summary()
st.markdown("### About this archive")
with st.container(horizontal=True):
    st.metric("Studies", f"{summary.n_studies:,}", border=True)
    st.metric("Pictures", f"{summary.n_images:,}", border=True)
    st.metric("Reports", f"{summary.n_reports:,}", border=True)
    st.metric("Sentences", f"{summary.n_sentences:,}", border=True)

st.markdown("##### What searches it")
st.markdown(
    f"- radseek {literal(summary.version)}\n"
    f"- encoder {literal(summary.encoder or 'none yet')}\n"
    f"- index generation {literal(summary.generation or 'none yet: run `radseek index`')}"
)

offer_tour(archive, always=True)
st.markdown("##### What it is for")
st.markdown(
    f"{DISCLAIMER} Hits are ranked by similarity to the query. A high rank is no probability of a disease, "
    "and a study that is not among the hits may still show the finding."
)
