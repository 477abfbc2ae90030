"""The study that others are compared with: its pictures, and a part of one to be drawn (`assets/asked_picture.js`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from radseek.records.search_options import Region
from radseek_viewer.components import register_component
from radseek_viewer.links import thumbnail_url

if TYPE_CHECKING:
    from radseek.records.search import StudyView

_mount = register_component("asked_picture")

N_SHOWN = 40
"""Pictures to choose from; a study with more shows these and says so."""


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """What a person chose to ask with."""

    image_key: str
    region: Region | None


def show_asked_picture(study: StudyView, image_key: str, region: Region | None) -> PictureChoice | None:
    """Draw the pictures of `study`, of which `image_key` is open; return what was chosen in this run."""
    pictures = [
        {"image_key": image.image_key, "thumbnail": thumbnail_url(image.image_key), "label": f"Picture {place}"}
        for place, image in enumerate(study.images, start=1)
        if place <= N_SHOWN or image.image_key == image_key
    ]
    data = {"pictures": pictures, "open": image_key, "region": asdict(region) if region else None}
    chosen = _mount(key="asked_picture", data=data, on_choose_change=lambda: None).choose
    if not chosen:
        return None
    sides = chosen.get("region")
    part = Region(**{side: float(sides[side]) for side in ("left", "top", "right", "bottom")}) if sides else None
    return PictureChoice(str(chosen["image_key"]), part)
