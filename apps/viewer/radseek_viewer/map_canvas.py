"""The map on its canvas, drawn by `assets/archive_map.js`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radseek.service.map_colours import GREY
from radseek_viewer.components import register_component
from radseek_viewer.links import map_url
from radseek_viewer.map_state import pack_rows, selected_rows
from radseek_viewer.map_wording import FINDING, HITS, band_labels, colour_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.records.search_options import Band
    from radseek.service import ShownMap

_mount = register_component("archive_map")


@dataclass(frozen=True, slots=True)
class MapEvent:
    """What a person did on the map in this run."""

    selected: str | None = None
    """The rows that are selected now, packed."""
    opened: int | None = None
    """Row of the study that was clicked."""


def show_map(shown: ShownMap, colour: str, finding: str | None, hits: Sequence[tuple[str, Band | None]]) -> MapEvent:
    """Draw the map and return what was done on it.

    Args:
        shown: The map. Its points are not in the message: the browser gets them from our own route.
        colour: What it is coloured by, of `COLOURS`.
        finding: The finding, where it is coloured by one.
        hits: Study key and band of each hit of the last search, for a map that is coloured by them.
    """
    url = map_url(shown.name)
    result = _mount(
        key="archive_map",
        data={
            "url": url,
            "groups_url": _groups_url(url, colour, finding),
            "hits": _lit(shown, hits) if colour == HITS else None,
            "selected": pack_rows(selected_rows(shown), len(shown.keys)),
        },
        on_selected_change=_nothing,
        on_open_change=_nothing,
    )
    selected, opened = result.selected, result.open
    return MapEvent(
        str(selected["rows"]) if selected and selected["map"] == url else None,
        int(opened["row"]) if opened and opened["map"] == url else None,
    )


def _groups_url(url: str, colour: str, finding: str | None) -> str | None:
    if colour == HITS:
        return None
    return f"{url}/stated/{finding}" if colour == FINDING else f"{url}/groups/{colour}"


def _lit(shown: ShownMap, hits: Sequence[tuple[str, Band | None]]) -> dict[str, Any]:
    """The hits that are on the map with their bands, and the legend."""
    labels = band_labels()
    codes = {band: code for code, band in enumerate(labels)}
    worst = max(codes.values())  # a hit whose band is not known, or that only came as a near miss
    rows = shown.rows_of(key for key, _ in hits)
    found = [(row, band) for row, (_, band) in zip(rows, hits, strict=True) if row is not None]
    lit = [[row, codes.get(band, worst) if band else worst] for row, band in found]
    counts = [sum(code == own for _, own in lit) for code in codes.values()]
    return {
        "rows": lit,
        "legend": [
            {"code": code, "label": labels[band], "count": count}
            for (band, code), count in zip(codes.items(), counts, strict=True)
        ],
        "rest": colour_label(HITS, GREY, ""),
    }


def _nothing() -> None:
    """Streamlit wants a callback for each name that a component may send."""
