"""The map's words: colourings, legends, what a selection is. No Markdown, no HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radseek.records.archive_map import MapKind
from radseek.records.search_options import Band
from radseek.service.map_colours import GREY, OTHER
from radseek_viewer.wording import BANDS, MODALITIES, body_part_label, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from radseek.records.archive_map import FindingShare, MapFacts, MapSelection

FINDING, HITS = "finding", "hits"
COLOURS = {
    "modality": "Modality",
    "body_part": "Body part",
    "source": "Source",
    "year": "Study year",
    "sex": "Sex",
    FINDING: "A finding",
    HITS: "Last search",
}
"""What a map may be coloured by -> what people choose."""

KINDS = {MapKind.PICTURES: "Pictures", MapKind.REPORTS: "Reports"}
"""What studies are compared by."""

_SEXES = {"F": "Female", "M": "Male", "O": "Other sex"}
_NAMED = 3
"""Values that a sentence about a selection names."""


def colour_label(colour: str, code: int, value: str) -> str:
    """One line of the legend."""
    if code == OTHER:
        return "Others"
    if code == GREY:
        return {FINDING: "Not told", HITS: "Not among the hits"}.get(colour, "Not known")
    if colour == "modality":
        return modality_label(value)
    if colour == "sex":
        return _SEXES.get(value, value)
    return value if colour in {"source", "year"} else body_part_label(value)


def modality_label(modality: str) -> str:
    """Such as `CT`, or `Radiograph (DX)`."""
    word = MODALITIES.get(modality, modality)
    return word if word == modality else f"{word} ({modality})"


def band_labels() -> dict[Band, str]:
    """Band -> the line of the legend, best first; a near miss is no hit."""
    return {band: words for band, (words, _) in BANDS.items() if band is not Band.MISS}


def describe_map(facts: MapFacts) -> str:
    """What the map is and how far it can be trusted, in one honest sentence."""
    what = "pictures look alike" if facts.kind is MapKind.PICTURES else "reports say alike things"
    near = f"Studies whose {what} to the encoder lie together; distances between far groups mean nothing"
    if facts.kept_neighbours is None or facts.trustworthiness is None:
        return f"{near}."
    kept, k = round(facts.kept_neighbours * facts.n_neighbours), facts.n_neighbours
    return (
        f"{near}. Of a study's {k} nearest here, {kept} are among its {k} most alike "
        f"(trustworthiness {facts.trustworthiness:.2f} of 1)."
    )


def describe_selection(selection: MapSelection) -> str:
    """What is selected, such as `CT 40, MR 12 · Head 50 · 31 with a report`."""
    parts = [
        _most(selection.modalities, modality_label, "modality not known"),
        _most(selection.body_parts, body_part_label, "body part not known"),
        f"{selection.n_reported:,} with a report",
    ]
    return " · ".join(parts)


def _most(counts: Sequence[tuple[str, int]], label: Callable[[str], str], not_known: str) -> str:
    named = [f"{label(value) if value else not_known} {n:,}" for value, n in counts[:_NAMED]]
    rest = sum(n for _, n in counts[_NAMED:])
    return ", ".join([*named, *([f"others {rest:,}"] if rest else [])])


def share_row(share: FindingShare) -> dict[str, str | float]:
    """A finding for the table beside the map."""
    return {
        "finding": share.title,
        "here": 100 * share.share_inside,
        "elsewhere": 100 * share.share_outside,
    }


def selected_words(n: int, total: int) -> str:
    """Such as `128 studies selected of 3,776`."""
    return f"{counted(n, 'study')} selected of {total:,}"
