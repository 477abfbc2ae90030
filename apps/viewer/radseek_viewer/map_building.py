"""Making a map: what one is where there is none yet, building it beside what people do, building it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.records.archive_map import FEWEST_STUDIES, MapKind
from radseek_viewer.cohort_view import moment
from radseek_viewer.durations import describe_seconds
from radseek_viewer.plain_text import literal
from radseek_viewer.wall import Notice, StartScreen, show_notice, show_wall
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.service import MapBuilding, ShownMap
    from radseek_viewer.connection import ViewerArchive

_EVERY_S = 1.0
LEAD = "See the whole archive at once"
TIPS = (
    Notice("What it shows", "Each point is a study. Those that the encoder finds alike lie together, in islands."),
    Notice(
        "Colour it", "By modality, body part, source, year or sex, by a finding of the reports, or by your last search."
    ),
    Notice("Keep a part of it", "Draw round an island: what is typical of it is told, and you keep it as a cohort."),
)
_STAGES = {
    "vectors": "Collecting what the encoder saw …",
    "lay out": "Laying the studies out",
    "place": "Placing the rest",
    "measure": "Measuring how well neighbours were kept …",
}
"""Stage of the work -> what people read."""


def offer_first_map(archive: ViewerArchive, kind: MapKind, n_studies: int) -> None:
    """What a map is, and a button that builds it; or why there cannot be one."""
    things = "pictures" if kind is MapKind.PICTURES else "reports"
    if n_studies < FEWEST_STUDIES:
        text = (
            f"{counted(n_studies, 'study').capitalize()} with {things} in the index: a map needs at least "
            f"{FEWEST_STUDIES}, or its neighbourhoods say nothing. Bring more in: radseek ingest, then radseek index."
        )
        show_wall("few_studies", start=StartScreen(Notice(LEAD, text), (), TIPS))
        return
    text = f"{counted(n_studies, 'study').capitalize()} with {things} can be laid out. You can go on working meanwhile."
    show_wall("no_map", start=StartScreen(Notice(LEAD, text), (), TIPS))
    offer_build(archive, kind, "Build the map", is_main=True)


def offer_build(archive: ViewerArchive, kind: MapKind, label: str, is_main: bool = False) -> None:
    """A button that begins to build the map."""
    style = "primary" if is_main else "secondary"
    if st.button(label, icon=":material/scatter_plot:", type=style, key=f"build_{kind}"):
        archive.map.start(kind)
        st.rerun()


def is_building(archive: ViewerArchive) -> bool:
    """Whether a map is being built."""
    building = archive.map.building()
    return building is not None and building.is_running


def show_building(archive: ViewerArchive, looked_at: MapKind) -> None:
    """How far the build is, looked up every second, with a button to stop it; or why the last came to nothing.

    Args:
        archive: The archive.
        looked_at: The kind of map that the page is about: it offers to build that one itself.
    """
    building = archive.map.building()
    if building is not None and building.is_running:
        st.fragment(_progress, run_every=_EVERY_S)(archive)
    elif building is not None and building.problem:
        show_notice("build_problem", Notice("The map could not be built", building.problem, "error"))
    else:
        _tell_of_cut_off(archive, looked_at)


def _tell_of_cut_off(archive: ViewerArchive, looked_at: MapKind) -> None:
    lost = archive.map.cut_off()
    if lost is None:
        return
    text = f"The radseek that was building the map by {lost.kind} ended before it was done. Build it again."
    show_notice("build_cut_off", Notice("A map was not finished", text, "weak"))
    if lost.kind is not looked_at:
        offer_build(archive, lost.kind, f"Build the map by {lost.kind}")


def tell_age(archive: ViewerArchive, shown: ShownMap) -> None:
    """What a map of an older index lacks, and building it anew."""
    text = describe_age(shown.facts.n_studies, archive.map.n_studies(shown.facts.kind))
    show_notice("stale_map", Notice("This map is of an older index", text, "weak"))
    if not is_building(archive):
        offer_build(archive, shown.facts.kind, "Build anew")


def offer_again(archive: ViewerArchive, shown: ShownMap) -> None:
    """Building a map again by wish, though nothing has changed."""
    if is_building(archive):
        return
    with st.popover("Build anew", icon=":material/refresh:"):
        st.caption(
            f"This map was made on {moment(shown.facts.written)} from the index as it is now: another one comes out "
            "the same, unless radseek was updated since. It stays until the new one is done."
        )
        offer_build(archive, shown.facts.kind, "Build it all the same")


def describe_age(n_mapped: int, n_now: int) -> str:
    """Such as `The archive was indexed again since: 3 studies more can be laid out now.`."""
    if n_now == n_mapped:
        return "The archive was indexed again since: it has as many studies, but perhaps not the same ones."
    change = f"{counted(abs(n_now - n_mapped), 'study')} {'more' if n_now > n_mapped else 'fewer'}"
    return f"The archive was indexed again since: {change} can be laid out now."


def _progress(archive: ViewerArchive) -> None:
    building = archive.map.building()
    if building is None or not building.is_running:
        st.rerun()
        return
    with st.container(border=True):
        share, words = describe_building(building)
        st.progress(share, text=literal(words))
        if not building.is_here:
            st.caption("Another radseek builds it, such as the command radseek map; stop it there.")
        elif st.button("Stop", icon=":material/stop_circle:", key="stop_map"):
            with st.spinner("Stopping …"):
                archive.map.stop()
            st.rerun()


def describe_building(building: MapBuilding) -> tuple[float, str]:
    """Share done, 0..1, and words such as `Map by pictures: laying the studies out, 320 of 750 · about 40 s left`."""
    progress = building.progress
    stage = _STAGES.get(progress.stage, progress.stage) if progress else "Starting …"
    words = f"Map by {building.kind}: {stage[0].lower()}{stage[1:]}"
    if progress is None or not progress.total:
        return 0.0, words
    words += f", {progress.done:,} of {progress.total:,}"
    if progress.seconds_left is not None:
        words += f" · about {describe_seconds(progress.seconds_left)} left"
    return min(1.0, progress.done / progress.total), words
