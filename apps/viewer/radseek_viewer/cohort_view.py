"""A cohort as it is: its definition in words, its studies, its counts, its versions and runs."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from radseek.records.cohort import Grouping, SampleMethod
from radseek_viewer.cohort_changes import leave_out
from radseek_viewer.links import study_parameters
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import member_card, show_wall
from radseek_viewer.wording import counted, describe_filters

if TYPE_CHECKING:
    from radseek.records.cohort import CohortDefinition, CohortResult, CohortVersion, Sampling
    from radseek_viewer.connection import ViewerArchive

PAGE_SIZE = 24
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


_IN_ORDER = frozenset({"age_decade", "year"})
"""Fields whose values have an order of their own; of others the most frequent value comes first."""


def show_definition(cohort: CohortVersion) -> None:
    """What belongs to the cohort, in words, and who saved it."""
    st.markdown(literal(describe_definition(cohort.definition)))
    saved = f"Version {cohort.version}, saved {moment(cohort.saved.at)} by {cohort.saved.by}."
    st.caption(literal(f"{cohort.definition.note} {saved}"))


def moment(at: str) -> str:
    """Such as `2026-11-24 12:40 UTC`, of an ISO 8601 time."""
    return f"{at[:16].replace('T', ' ')} UTC"


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


def show_members(archive: ViewerArchive, result: CohortResult, can_change: bool) -> None:
    """The studies page by page, new ones marked.

    Args:
        archive: The archive.
        result: Whose studies.
        can_change: Each has a button that leaves it out.
    """
    if not result.members:
        st.caption("No study belongs to it now.")
        return
    n_pages = math.ceil(len(result.members) / PAGE_SIZE)
    key = f"cohort_page_{result.cohort.name}_{result.cohort.version}"
    first = (min(int(st.session_state.get(key, 1)), n_pages) - 1) * PAGE_SIZE
    keys = result.members[first : first + PAGE_SIZE]
    cards = _cards(archive, keys, first + 1, marked=set(result.new), pick="Leave out" if can_change else "")
    picked = _show_studies("members", cards)
    if n_pages > 1:
        st.pagination(n_pages, key=key, persist_state="session")
    if picked:
        leave_out(archive, result.cohort.name, (picked,))


def show_news(archive: ViewerArchive, result: CohortResult) -> None:
    """The studies that are new, and those that are gone but still in the archive."""
    known = archive.cohorts.studies((*result.new, *result.gone))
    for words, wanted, key in (("New", result.new, "news"), ("Gone", result.gone, "gone")):
        there = [one for one in wanted if one in known]
        if not wanted:
            continue
        st.markdown(f"##### {words}")
        _show_studies(key, _cards(archive, there[:PAGE_SIZE], None))
        if len(there) > PAGE_SIZE:
            st.caption(f"and {len(there) - PAGE_SIZE:,} more")
    if result.removed:
        st.caption(f"{counted(len(result.removed), 'study')} of those gone: no longer in the archive.")
    if not result.new and not result.gone:
        st.caption("Nothing is new and nothing is gone.")


def _cards(
    archive: ViewerArchive, keys: Sequence[str], first: int | None, marked: Collection[str] = (), pick: str = ""
) -> list[dict[str, Any]]:
    """Cards of those of `keys` that are in the archive, ranked from `first` where it is given."""
    known, pictures = archive.cohorts.studies(keys), archive.cohorts.pictures(keys)
    ranks = {key: None if first is None else first + place for place, key in enumerate(keys)}
    return [
        member_card(study, pictures.get(key), ranks[key], _NEW * (key in marked), pick) for key, study in known.items()
    ]


def _show_studies(key: str, cards: list[dict[str, Any]]) -> str | None:
    """A wall that opens the study that is clicked; the key of the study whose own button was pressed."""
    event = show_wall(key, cards)
    if event.opened:
        st.switch_page("app_pages/study.py", query_params=study_parameters(event.opened.study_key, None))
    return event.picked


def show_counts(result: CohortResult) -> None:
    """How many studies there are of each value, a chart for each field that tells them apart."""
    shown = {name: values for name, values in result.counts.items() if values}
    columns = st.columns(2, gap="medium")
    for place, (name, values) in enumerate(shown.items()):
        most = list(values.items())[:_MOST_BARS]
        bars = sorted(most) if name in _IN_ORDER else most
        rows = [{FIELD_WORDS[name]: value, "studies": count} for value, count in bars]
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
                sort=False,
            )
            if len(values) > _MOST_BARS:
                st.caption(f"and {len(values) - _MOST_BARS:,} rarer ones")


def show_runs(archive: ViewerArchive, name: str) -> None:
    """Every version with its definition, and the newest runs."""
    st.markdown("##### Versions")
    versions = [
        {
            "Version": one.version,
            "Saved": moment(one.saved.at),
            "By": one.saved.by,
            "What": describe_definition(one.definition),
        }
        for one in reversed(archive.cohorts.versions(name))
    ]
    st.dataframe(versions, hide_index=True, width="stretch")
    st.markdown("##### Runs")
    runs = [
        {"Run": run.number, "Version": run.version, "At": moment(run.ran.at), "By": run.ran.by,
         "Studies": run.n_members, "Index": run.generation}
        for run in archive.cohorts.runs(name)
    ]  # fmt: skip
    st.dataframe(runs, hide_index=True, width="stretch")
