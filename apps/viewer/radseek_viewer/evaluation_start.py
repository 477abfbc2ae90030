"""Starting an evaluation of this archive: its few choices, what it will take, and how far the one that runs is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.service import EvaluationChoices
from radseek_viewer.durations import describe_seconds, seconds_between
from radseek_viewer.evaluation_words import SECTION_WORDS, STAGES
from radseek_viewer.links import evaluation_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.service import EvaluationRun, EvaluationSummary, TestableSource
    from radseek_viewer.connection import ViewerArchive

PAGE = "app_pages/evaluate.py"
_EVERY_S = 1.0
_FOLLOWED = "followed_evaluation"
_MANY_TEXTS = 200
"""Texts that ask the whole search unless a person wants more: each asks three times."""
_WIDTH = 480
_BAD_START = "evaluation_start_trouble"


def offer_evaluation(archive: ViewerArchive, summaries: Sequence[EvaluationSummary]) -> None:
    """The choices and the button that starts, or why nothing can be evaluated yet."""
    sources = archive.evaluations.sources()
    if not sources:
        show_notice("no_pictures", Notice("There is nothing to evaluate yet", "Bring scans in and index them first."))
        return
    chosen = _choose_sources(sources)
    tested = [source for source in sources if source.name in chosen.sources] or sources
    tested = [source for source in tested if source.name not in chosen.trained_on]
    _show_sizes(tested)
    sections = _choose_section(tested)
    n_asking = _n_asking(tested, sections)
    most = st.number_input(
        "Texts that ask the whole search",
        min_value=1,
        max_value=max(1, n_asking),
        value=max(1, min(_MANY_TEXTS, n_asking)),
        key=f"evaluation_queries_{n_asking}",
        width=_WIDTH,
        help="Each asks by pictures, by reports and by both, as a person would. More texts make narrower intervals.",
    )
    name = st.text_input(
        "Name", key="evaluation_name", width=_WIDTH, max_chars=64, placeholder="the encoder and the day, if left empty"
    )
    st.caption(literal(_plan(tested, n_asking, int(most), summaries)))
    if st.button("Evaluate this archive", type="primary", icon=":material/monitoring:", key="start_evaluation"):
        max_queries = int(most) if most < n_asking else 0
        start(archive, EvaluationChoices(sections, chosen.sources, chosen.trained_on, max_queries), name.strip())


def start(archive: ViewerArchive, choices: EvaluationChoices, name: str = "") -> None:
    """Start an evaluation and show how far it is; what keeps it from starting is said on the page."""
    try:
        run = archive.evaluations.start(choices, name)
    except RadseekError as error:
        st.session_state[_BAD_START] = str(error)
        st.rerun()
    st.session_state[_FOLLOWED] = run.name
    st.query_params.clear()
    st.rerun()


def show_running(archive: ViewerArchive) -> bool:
    """How far the evaluation that runs is, looked up every second; False when none runs."""
    run = archive.evaluations.running()
    if run is None:
        return False
    st.session_state.setdefault(_FOLLOWED, run.name)
    st.fragment(_running, run_every=_EVERY_S)(archive)
    return True


def lead_to_report(archive: ViewerArchive) -> None:
    """Open the evaluation that this session has followed, once it has ended."""
    followed = st.session_state.get(_FOLLOWED)
    if followed is None:
        return
    run = archive.evaluations.running()
    if run is not None and run.name == followed:
        return
    del st.session_state[_FOLLOWED]
    st.query_params.from_dict(evaluation_parameters(followed))


def _running(archive: ViewerArchive) -> None:
    run = archive.evaluations.running()
    if run is None:
        st.rerun()
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{literal(run.name)}** is being evaluated")
            if st.button("Stop", key="stop_evaluation", icon=":material/stop_circle:"):
                archive.evaluations.stop(run.name)
                st.session_state["stopping_evaluation"] = run.name
        share = min(1.0, run.done / run.total) if run.total else 0.0
        st.progress(share, text=literal(describe_stage(run, datetime.now(UTC))))
        stopping = st.session_state.get("stopping_evaluation") == run.name
        st.caption(
            "Stopping …"
            if stopping
            else "It goes on when this page is closed. Searches go on too, a little slower. "
            f"Running for {describe_seconds(seconds_between(run.started_at, datetime.now(UTC)))}."
        )


def describe_stage(run: EvaluationRun, now: datetime) -> str:
    """Such as `Measuring: 3 of 10 (polarity) · about 2 min left of this step`."""
    stage = STAGES.get(run.stage, run.stage.capitalize())
    if not run.total:
        return stage
    said = f"{stage}: {run.done:,} of {run.total:,}" + (f" ({run.note})" if run.note else "")
    if not run.done or run.done >= run.total or not run.stage_at:
        return said
    left_s = seconds_between(run.stage_at, now) / run.done * (run.total - run.done)
    return f"{said} · about {describe_seconds(left_s)} left of this step"


def show_start_trouble() -> None:
    """Why the evaluation that this session asked for was not started; nothing where it was."""
    trouble = st.session_state.pop(_BAD_START, "")
    if trouble:
        show_notice("start_trouble", Notice("The evaluation was not started", trouble, "error"))


def _choose_sources(sources: Sequence[TestableSource]) -> EvaluationChoices:
    """Which sources are tested, and which were trained on; nothing is asked where there is one only."""
    if len(sources) == 1:
        return EvaluationChoices()
    names = [source.name for source in sources]
    trained = st.multiselect(
        "Sources that the encoder was trained on",
        names,
        key="evaluation_trained",
        placeholder="none that you know of",
        width=_WIDTH,
        help="They are not tested, and whatever the others share with them (patients, pictures, texts) stops the "
        "evaluation: such figures flatter.",
    )
    rest = [name for name in names if name not in trained]
    tested = st.multiselect(
        "Sources to test", rest, key="evaluation_tested", placeholder="all", width=_WIDTH, help="All, when left empty."
    )
    return EvaluationChoices(sources=tuple(tested), trained_on=tuple(trained))


def _show_sizes(tested: Sequence[TestableSource]) -> None:
    with st.container(horizontal=True):
        st.metric("Studies that are looked through", f"{sum(source.n_studies for source in tested):,}", border=True)
        st.metric("With text to ask", f"{_n_asking(tested, ()):,}", border=True)
        st.metric("Pictures", f"{sum(source.n_pictures for source in tested):,}", border=True)
        st.metric("Patients", f"{sum(source.n_patients for source in tested):,}", border=True)


def _choose_section(tested: Sequence[TestableSource]) -> tuple[str, ...]:
    counts = {section: sum(source.n_with.get(section, 0) for source in tested) for section in SECTION_WORDS}
    there = [section for section, count in counts.items() if count]
    if len(there) < 2:
        return ()
    labels = {"": "The first of findings, impression, other text that a report has"}
    labels |= {
        section: f"{SECTION_WORDS[section].capitalize()}: {counted(counts[section], 'study')}" for section in there
    }
    section = st.selectbox(
        "Text that asks", list(labels), format_func=labels.__getitem__, key="evaluation_section", width=_WIDTH
    )
    return (section,) if section else ()


def _n_asking(tested: Sequence[TestableSource], sections: Sequence[str]) -> int:
    """Studies with text; where several sections may ask, at least as many as have the commonest one."""
    return sum(max((source.n_with.get(one, 0) for one in sections or SECTION_WORDS), default=0) for source in tested)


def _plan(tested: Sequence[TestableSource], n_asking: int, most: int, summaries: Sequence[EvaluationSummary]) -> str:
    if not n_asking:
        return (
            "No study here has both a picture and text, so that no text can look for its study: only what needs no "
            "text is measured. Link reports first for more."
        )
    plan = (
        f"The texts of {counted(n_asking, 'study')} look for their own study among "
        f"{sum(source.n_studies for source in tested):,}; {most:,} of them ask the whole search, three times each."
    )
    n_patients = sum(source.n_patients for source in tested)
    if n_patients < 2:
        plan += " All are of one patient: there can be no intervals."
    took = [_took_s(one.run) for one in summaries if one.run.state == "done" and not one.run.made_elsewhere]
    return f"{plan} " + (f"The last one took {describe_seconds(took[0])}." if took else "It takes minutes.")


def _took_s(run: EvaluationRun) -> float:
    return seconds_between(run.started_at, run.finished_at)
