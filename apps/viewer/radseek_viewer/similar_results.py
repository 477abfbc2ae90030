"""A study beside the studies of other patients that are like it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek_viewer.answer_age import offer_newer
from radseek_viewer.asked_picture import show_asked_picture
from radseek_viewer.filters import choose_filters
from radseek_viewer.links import similar_parameters, study_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.search_results import choose_maps, result_line, show_results, show_trouble
from radseek_viewer.selection_actions import follow_selection
from radseek_viewer.similar_question import LIKENESSES, model_picture, possible_likenesses, similar_question
from radseek_viewer.state import answer_to, ask_with, drop_chip, is_answered, remember_results_page

if TYPE_CHECKING:
    from radseek.records.search import StudyView
    from radseek_viewer.connection import ViewerArchive
    from radseek_viewer.similar_question import Likeness, Model
    from radseek_viewer.state import Question
    from radseek_viewer.wall import WallEvent

HERE = "app_pages/similar.py"


def show_similar(archive: ViewerArchive, study: StudyView, model: Model, likeness: Likeness) -> None:
    """Draw what is compared at the left and what is like it at the right."""
    with st.sidebar:
        where, floor = choose_filters(archive)
    model_side, found_side = st.container(key="similar").columns([1, 3], gap="medium")
    with model_side:
        _choose_model(study, model, likeness)
    remember_results_page(HERE, dict(st.query_params))
    question = similar_question(study, model, likeness, where, floor)
    with found_side:
        event = _show_found(archive, question)
    follow_selection(archive, event)
    _follow(event, question)


def _choose_model(study: StudyView, model: Model, likeness: Likeness) -> None:
    """What is compared; another choice is another address."""
    ways = possible_likenesses(study, model)
    chosen = st.radio(
        "Compare by",
        ways,
        index=ways.index(likeness),
        format_func=LIKENESSES.__getitem__,
        key=f"likeness_{st.query_params.to_dict()}",
    )
    picture = model_picture(study, model.image_key)
    choice = show_asked_picture(study, picture, model.region) if picture else None
    if st.button("Open this study", icon=":material/radiology:", width="stretch"):
        st.switch_page("app_pages/study.py", query_params=study_parameters(study.study_key, picture or None))
    if choice:
        st.switch_page(HERE, query_params=similar_parameters(study.study_key, choice.image_key, choice.region))
    if chosen is not None and chosen != likeness:
        same = similar_parameters(study.study_key, model.image_key, model.region)
        st.switch_page(HERE, query_params=same | {"by": chosen.value})


def _show_found(archive: ViewerArchive, question: Question) -> WallEvent:
    above = st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="result_line"
    )
    line = above.empty()
    if not is_answered(question):
        line.caption("Searching …")
    try:
        answer = replace(answer_to(archive, question), suggestion="")  # nobody typed this report
        line.caption(literal(f"{result_line(answer)} · this patient's own studies are left out"))
        with above:
            show_where = choose_maps(answer)
        offer_newer(archive, answer)
        return show_results(answer, question, show_where)
    except RadseekError as error:
        line.empty()
        return show_trouble(error, question.examples)


def _follow(event: WallEvent, question: Question) -> None:
    if event.chip:
        drop_chip(question.text, event.chip.key, event.chip.label)
        st.rerun()
    if event.picture:
        ask_with(*question.examples, event.picture)
        st.switch_page("app_pages/search.py")
    if event.opened:
        parameters = study_parameters(event.opened.study_key, event.opened.image_key)
        st.switch_page("app_pages/study.py", query_params=parameters)
