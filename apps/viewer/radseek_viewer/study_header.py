"""The line above a study: what it is, where it stands among the hits, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek_viewer.links import compare_parameters, similar_parameters, study_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.state import is_among_hits, n_hits, neighbours, results_page
from radseek_viewer.wording import person_and_year, study_title

if TYPE_CHECKING:
    from radseek.records.search import Hit, StudyView


def show_header(study: StudyView, hit: Hit | None) -> None:
    """Draw it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="study_header"):
        if st.button("Results" if hit else "Search", icon=":material/arrow_back:", key="back"):
            page, parameters = results_page()
            st.switch_page(page, query_params=parameters)
        about = " · ".join(part for part in (person_and_year(study), study.source) if part)
        st.markdown(f"**{literal(study_title(study))}** &nbsp; :gray[{literal(about)}]", width="stretch")
        if study.synthetic:
            st.badge("SYNTHETIC", color="yellow", help="Made by a program: no patient, no real finding")
        if st.button("Similar", icon=":material/join_inner:", key="similar", help="Studies of other patients like it"):
            st.switch_page("app_pages/similar.py", query_params=similar_parameters(study.study_key))
        if hit and is_among_hits(hit.study_key):
            _show_neighbours(hit)


def _show_neighbours(hit: Hit) -> None:
    before, after = neighbours(hit.study_key)
    if st.button("", icon=":material/chevron_left:", key="previous_hit", disabled=before is None, help="Previous hit"):
        _open(before)
    st.caption(f"hit {hit.rank} of {n_hits()}", width="content")
    if st.button("", icon=":material/chevron_right:", key="next_hit", disabled=after is None, help="Next hit"):
        _open(after)
    with st.popover("Compare", icon=":material/compare:", key="compare_hits", help="This study beside another hit"):
        _offer_comparison(hit, before, "With the previous hit")
        _offer_comparison(hit, after, "With the next hit")


def _offer_comparison(hit: Hit, other: Hit | None, label: str) -> None:
    key = label.lower().replace(" ", "_")
    if st.button(label, key=key, disabled=other is None, width="stretch") and other is not None:
        st.switch_page("app_pages/compare.py", query_params=compare_parameters(hit.study_key, other.study_key))


def _open(hit: Hit | None) -> None:
    if hit is None:
        return
    image_key = hit.key_image.image_key if hit.key_image else None
    st.switch_page("app_pages/study.py", query_params=study_parameters(hit.study_key, image_key))
