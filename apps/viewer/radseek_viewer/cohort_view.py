"""A cohort as it is: its definition in words, its studies, its counts, its versions and runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.records.cohort import Grouping, SampleMethod
from radseek_viewer.links import study_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import member_card, show_wall
from radseek_viewer.wording import counted, describe_filters

if TYPE_CHECKING:
    from radseek.records.cohort import CohortDefinition, CohortResult, CohortVersion, Sampling
    from radseek_viewer.connection import ViewerArchive

PAGE_SIZE = 24
_LEFT_OUT = "left_out"
_MOST_BARS = 20
_NEW = "New since the run before"

FIELD_WORDS = {
    "modality": "Modality",
    "sex": "Sex",
    "age_decade": "Age",
    "year": "Study year",
    "source": "Source",
    "body_part": "Body part",
}
"""Field by which a cohort is counted -> what people call it."""


def show_definition(cohort: CohortVersion) -> None:
    """What belongs to the cohort, in words, and who saved it."""
    st.markdown(literal(describe_definition(cohort.definition)))
    saved = cohort.saved
    st.caption(literal(f"Version {cohort.version}, saved {saved.at[:16].replace('T', ' ')} UTC by {saved.by}"))
    if cohort.definition.note:
        st.caption(literal(cohort.definition.note))


def describe_definition(definition: CohortDefinition) -> str:
    """Such as `The best 40 studies for “left effusion”, modality CT; one of each patient; 2 left out by hand.`."""
    parts = [_origin(definition)]
    if definition.include and not definition.hand_picked:
        parts.append(f"{len(definition.include):,} put in by hand")
    if definition.exclude:
        parts.append(f"{len(definition.exclude):,} left out by hand")
    if definition.grouping is Grouping.PATIENT:
        parts.append("at most one of each patient")
    if definition.sampling is not None:
        parts.append(describe_sampling(definition.sampling))
    return "; ".join(parts) + "."


def _origin(definition: CohortDefinition) -> str:
    if definition.hand_picked:
        return f"{counted(len(definition.include), 'study').capitalize()} chosen by hand"
    filters = describe_filters(definition.where)
    if not definition.query:
        return f"Every study with {filters}" if filters else "Every study"
    most = f"The best {counted(definition.k, 'study')}" if definition.k else "Every study that a search brings"
    return f"{most} for “{definition.query}”" + (f", {filters}" if filters else "")


def describe_sampling(sampling: Sampling) -> str:
    """Such as `40 drawn, balanced by sex (seed 7)`."""
    how = {
        SampleMethod.RANDOM: "at random",
        SampleMethod.BALANCED: f"balanced by {FIELD_WORDS.get(sampling.balance_by, '').lower()}",
        SampleMethod.DIVERSE: "so that they look unlike each other",
    }[sampling.method]
    return f"{sampling.n:,} drawn {how} (seed {sampling.seed})"


def show_members(archive: ViewerArchive, result: CohortResult) -> None:
    """The studies page by page, new ones marked, each with a button that leaves it out."""
    _offer_to_take_back(archive, result)
    if not result.members:
        st.caption("No study belongs to it now.")
        return
    n_pages = math.ceil(len(result.members) / PAGE_SIZE)
    key = f"cohort_page_{result.cohort.name}_{result.cohort.version}"
    first = (min(int(st.session_state.get(key, 1)), n_pages) - 1) * PAGE_SIZE
    keys = result.members[first : first + PAGE_SIZE]
    known, pictures, new = archive.cohorts.studies(keys), archive.cohorts.pictures(keys), set(result.new)
    ranked = [(rank, known[member]) for rank, member in enumerate(keys, first + 1) if member in known]
    cards = [
        member_card(one, pictures.get(one.study_key), rank, _NEW * (one.study_key in new), pick="Leave out")
        for rank, one in ranked
    ]
    event = show_wall("members", cards)
    if event.opened:
        parameters = study_parameters(event.opened.study_key, None)
        st.switch_page("app_pages/study.py", query_params=parameters)
    if n_pages > 1:
        st.pagination(n_pages, key=key, persist_state="session")
    if event.picked:
        _change(archive, result.cohort.name, (event.picked,), undo=False)


def _offer_to_take_back(archive: ViewerArchive, result: CohortResult) -> None:
    name, keys = st.session_state.get(_LEFT_OUT, ("", ()))
    if name != result.cohort.name or not set(keys) <= set(result.cohort.definition.exclude):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{counted(len(keys), 'study')} left out. The version before is kept.")
        if st.button("Undo", key="undo_leave_out", icon=":material/undo:"):
            _change(archive, name, keys, undo=True)


def _change(archive: ViewerArchive, name: str, keys: tuple[str, ...], undo: bool) -> None:
    """Leave studies out, or take that back; the new version is run at once."""
    hand_picked = archive.cohorts.get(name).definition.hand_picked
    try:
        if undo and hand_picked:
            archive.cohorts.include(name, keys)
        else:
            archive.cohorts.exclude(name, keys, undo)
    except RadseekError as error:
        st.error(str(error))
        return
    st.session_state[_LEFT_OUT] = ("", ()) if undo else (name, keys)
    st.rerun()


def show_counts(result: CohortResult) -> None:
    """How many studies there are of each value, a chart for each field that tells them apart."""
    shown = {name: values for name, values in result.counts.items() if values}
    columns = st.columns(2, gap="medium")
    for place, (name, values) in enumerate(shown.items()):
        rows = [{FIELD_WORDS[name]: value, "studies": count} for value, count in list(values.items())[:_MOST_BARS]]
        with columns[place % 2]:
            st.markdown(f"##### {FIELD_WORDS[name]}")
            st.bar_chart(
                rows,
                x=FIELD_WORDS[name],
                y="studies",
                x_label="",
                y_label="",
                horizontal=True,
                height=60 + 32 * len(rows),
                sort="-studies",
            )
            if len(values) > _MOST_BARS:
                st.caption(f"and {len(values) - _MOST_BARS:,} rarer ones")


def show_runs(archive: ViewerArchive, name: str) -> None:
    """Every version with its definition, and the newest runs."""
    st.markdown("##### Versions")
    versions = [
        {"version": one.version, "saved": one.saved.at, "by": one.saved.by, "what": describe_definition(one.definition)}
        for one in reversed(archive.cohorts.versions(name))
    ]
    st.dataframe(versions, hide_index=True, width="stretch")
    st.markdown("##### Runs")
    runs = [
        {"run": run.number, "version": run.version, "at": run.ran.at, "by": run.ran.by, "studies": run.n_members,
         "index": run.generation}
        for run in archive.cohorts.runs(name)
    ]  # fmt: skip
    st.dataframe(runs, hide_index=True, width="stretch")
