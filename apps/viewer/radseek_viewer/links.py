"""Addresses of the viewer's own routes and pages. Only pseudonymous keys go into them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from radseek_viewer.components import PREFIX

if TYPE_CHECKING:
    from radseek.records.search_options import Region

STUDY_PATH = "study"


def thumbnail_url(image_key: str) -> str:
    """Where the browser gets the small picture."""
    return f"{PREFIX}/thumbnails/{image_key}"


def frames_url(image_key: str) -> str:
    """Where the browser gets the slices of a picture's series; `{slice}` is filled in by the page."""
    return f"{PREFIX}/frames/{image_key}/{{slice}}"


def study_url(study_key: str, image_key: str | None) -> str:
    """The study page's address."""
    return f"{STUDY_PATH}?{urlencode(study_parameters(study_key, image_key))}"


def study_parameters(study_key: str, image_key: str | None) -> dict[str, str]:
    """The study page's query parameters."""
    return {"study": study_key} | ({"image": image_key} if image_key else {})


def similar_parameters(study_key: str, image_key: str | None = None, region: Region | None = None) -> dict[str, str]:
    """The query parameters of the page of similar studies: what is like a study, a picture or a part of it."""
    picture = {"image": image_key} if image_key else {}
    part = {"region": region_words(region)} if region else {}
    return {"study": study_key} | picture | part


def region_words(region: Region) -> str:
    """The sides of a region as they stand in an address."""
    return ",".join(f"{side:.3f}" for side in (region.left, region.top, region.right, region.bottom))


def cohort_parameters(name: str) -> dict[str, str]:
    """The cohort page's query parameters. A name is its maker's own word, never taken from a query or a report."""
    return {"cohort": name}


def evaluation_parameters(name: str, section: str = "", beside: str = "") -> dict[str, str]:
    """The evaluation page's query parameters: names that their makers gave, never anything of a report."""
    return {"evaluation": name} | ({"section": section} if section else {}) | ({"beside": beside} if beside else {})


def map_url(name: str) -> str:
    """Where the browser gets the points of a map, their groups and the card of each."""
    return f"{PREFIX}/maps/{name}"


def map_parameters(kind: str, colour: str, finding: str | None) -> dict[str, str]:
    """The map page's query parameters; a finding is named as in the lexicon."""
    return {"by": kind, "colour": colour} | ({"finding": finding} if finding else {})


def compare_parameters(left_study_key: str, right_study_key: str) -> dict[str, str]:
    """The compare page's query parameters."""
    return {"left": left_study_key, "right": right_study_key}
