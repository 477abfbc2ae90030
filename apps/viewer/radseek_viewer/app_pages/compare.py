"""The compare page: two studies side by side, scrolled, windowed and zoomed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import InputError
from radseek_viewer.absent_pictures import tell_no_pictures
from radseek_viewer.comparison import heading_of, relation_of, show_pictures
from radseek_viewer.connection import connected_archive
from radseek_viewer.links import compare_parameters, similar_parameters, study_parameters
from radseek_viewer.no_sidebar import hide_sidebar
from radseek_viewer.opened_studies import opened_study
from radseek_viewer.plain_text import literal
from radseek_viewer.report_pane import show_reports
from radseek_viewer.stack import show_stack
from radseek_viewer.state import forget_examples, hit_of
from radseek_viewer.wall import Notice, show_notice

if TYPE_CHECKING:
    from radseek.records.search import Hit, StudyView
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.stack import DrawnRegion

SIDES = ("left", "right")


def read_studies(archive: ViewerArchive) -> tuple[StudyView, StudyView] | None:
    """The two studies of the address; None, with a notice that says why, where one is not here."""
    studies = []
    for side in SIDES:
        try:
            studies.append(opened_study(archive, st.query_params.get(side, "")))
        except InputError:
            text = "It may have been removed, or the address is incomplete."
            show_notice("no_study", Notice(f"The study for the {side} side is not here", text))
            st.page_link("app_pages/search.py", label="Back to the search", icon=":material/arrow_back:")
            return None
    return studies[0], studies[1]


def show_head(side: str, study: StudyView, other: StudyView) -> None:
    """What the study is, which is the prior, and the way to its own page."""
    title, about = heading_of(study)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{literal(title)}** &nbsp; :gray[{literal(about)}]", width="stretch")
        relation = relation_of(study, other)
        if relation:
            st.badge(relation, color="violet" if relation.startswith("Prior") else "blue")
        if study.synthetic:
            st.badge("SYNTHETIC", color="yellow", help="Made by a program: no patient, no real finding")
        if st.button(
            "Open", key=f"open_{side}", icon=":material/open_in_new:", help="This study alone, with its report"
        ):
            st.switch_page("app_pages/study.py", query_params=study_parameters(study.study_key, None))


def show_scans(
    archive: ViewerArchive, studies: tuple[StudyView, StudyView], hits: tuple[Hit | None, Hit | None]
) -> tuple[StudyView, DrawnRegion] | None:
    """The pictures of both; where one has none, that is said in their place."""
    if all(study.images for study in studies):
        return show_pictures(archive, studies, hits)
    drawn = None
    for side, study, hit, column in zip(SIDES, studies, hits, st.columns(2), strict=True):
        with column:
            if study.images:
                region = show_stack(archive, study, None, hit, key=f"stack_{side}")
                drawn = (study, region) if region else drawn
            elif study.unreadable or study.n_pending:
                tell_no_pictures(study, f"no_pictures_{side}")
            else:
                text = (
                    "This study has a report only." if study.reports else "This study has neither pictures nor report."
                )
                show_notice(f"no_pictures_{side}", Notice("No pictures", text))
    return drawn


def show_report(side: str, study: StudyView, hit: Hit | None) -> None:
    """The study's reports, folded away while there are pictures to look at."""
    if not study.reports:
        st.caption("No report is linked to this study.")
        return
    matched = {match.sentence.sentence_key for match in hit.matches if match.sentence} if hit else set()
    with st.expander("Report", expanded=not study.images):
        asked = show_reports(study.reports, matched, key=f"reports_{side}")
    if asked:
        forget_examples()
        st.session_state["pending_query"] = asked
        st.switch_page("app_pages/search.py")


def show_comparison(archive: ViewerArchive, studies: tuple[StudyView, StudyView]) -> None:
    """The whole page."""
    left, right = studies
    hide_sidebar()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Study", icon=":material/arrow_back:", key="back", help="The study at the left, alone"):
            st.switch_page("app_pages/study.py", query_params=study_parameters(left.study_key, None))
        st.markdown("**Compare two studies**", width="stretch")
        if st.button("Swap sides", icon=":material/swap_horiz:", key="swap"):
            st.query_params.from_dict(compare_parameters(right.study_key, left.study_key))
            st.rerun()
    for side, study, other, column in zip(SIDES, studies, (right, left), st.columns(2), strict=True):
        with column:
            show_head(side, study, other)
    hits = (hit_of(left.study_key), hit_of(right.study_key))
    drawn = show_scans(archive, studies, hits)
    if drawn:
        searched, region = drawn
        parameters = similar_parameters(searched.study_key, region.image_key, region.region)
        st.switch_page("app_pages/similar.py", query_params=parameters)
    for side, study, hit, column in zip(SIDES, studies, hits, st.columns(2), strict=True):
        with column:
            show_report(side, study, hit)


archive = connected_archive()
found = read_studies(archive)
if found is not None:
    show_comparison(archive, found)
