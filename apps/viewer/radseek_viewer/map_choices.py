"""What of the map is looked at: compared by what, coloured by what. The address tells it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from radseek.records.archive_map import FEWEST_STUDIES, MapKind
from radseek_viewer.links import map_parameters
from radseek_viewer.map_wording import COLOURS, FINDING, HITS, KINDS
from radseek_viewer.state import last_study_keys

if TYPE_CHECKING:
    from radseek.records.archive_map import FindingCount
    from radseek.service import ShownMap
    from radseek_viewer.connection import ViewerArchive

_CHOICE = "map_choice"
_FIRST_COLOUR = "modality"


@dataclass(frozen=True, slots=True)
class MapChoice:
    """What is looked at."""

    kind: MapKind
    colour: str
    finding: str
    """As the lexicon names it; empty until one is chosen."""


def read_choice(archive: ViewerArchive, parameters: Mapping[str, str]) -> MapChoice:
    """What the address names; of what it does not name, what this session looked at last."""
    last: MapChoice | None = st.session_state.get(_CHOICE)
    kind = parameters.get("by", last.kind.value if last else "")
    colour = parameters.get("colour", last.colour if last else "")
    return MapChoice(
        MapKind(kind) if kind in set(MapKind) else _likely_kind(archive),
        colour if colour in COLOURS else _FIRST_COLOUR,
        parameters.get("finding", last.finding if last else ""),
    )


def choose_kind(choice: MapChoice) -> None:
    """Draw what studies are compared by; another choice is another address."""
    kinds = list(KINDS)
    chosen = st.radio(
        "Lay out by", kinds, index=kinds.index(choice.kind), format_func=KINDS.__getitem__,
        key=f"map_by_{choice.kind}", horizontal=True, width="content",
    )  # fmt: skip
    if chosen is not None and chosen != choice.kind:
        _go_to(replace(choice, kind=chosen))


def choose_colour(shown: ShownMap, choice: MapChoice) -> MapChoice:
    """Draw what the map is coloured by and return the choice, with a finding that this map has."""
    colours = list(COLOURS)
    colour = st.selectbox(
        "Colour by", colours, index=colours.index(choice.colour), format_func=COLOURS.__getitem__,
        key=f"map_colour_{choice.colour}", width=190,
    )  # fmt: skip
    if colour != choice.colour:
        _go_to(replace(choice, colour=colour))
    if choice.colour == FINDING and shown.findings:
        choice = _choose_finding(shown, choice)
    remember(choice)
    return choice


def remember(choice: MapChoice) -> None:
    """Make the address and the session say what is looked at."""
    st.session_state[_CHOICE] = choice
    wanted = map_parameters(choice.kind, choice.colour, choice.finding if choice.colour == FINDING else None)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def what_is_missing(shown: ShownMap, choice: MapChoice) -> str:
    """Why the map has no colours, in a sentence; empty where it has."""
    if choice.colour == HITS and not last_study_keys():
        return "There is no search to show: search for something, and come back to see where its hits lie."
    if choice.colour == FINDING and not shown.findings:
        return "No report of these studies states a finding that the lexicon knows."
    return ""


def _choose_finding(shown: ShownMap, choice: MapChoice) -> MapChoice:
    counted = {one.finding: one for one in shown.findings}
    finding = choice.finding if choice.finding in counted else next(iter(counted))
    chosen = st.selectbox(
        "Finding", list(counted), index=list(counted).index(finding), key=f"map_finding_{finding}",
        format_func=lambda name: _finding_label(counted[name]), width=330,
    )  # fmt: skip
    if chosen != finding:
        _go_to(replace(choice, finding=chosen))
    return replace(choice, finding=finding)


def _finding_label(one: FindingCount) -> str:
    return f"{one.title}: {one.n_present:,} present, {one.n_absent:,} absent"


def _likely_kind(archive: ViewerArchive) -> MapKind:
    """Pictures, unless only of reports there are enough for a map."""
    enough = [kind for kind in MapKind if archive.map.n_studies(kind) >= FEWEST_STUDIES]
    return enough[0] if enough else MapKind.PICTURES


def _go_to(choice: MapChoice) -> None:
    remember(choice)
    st.rerun()
