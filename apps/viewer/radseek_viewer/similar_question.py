"""What the page of similar studies asks: a study, one of its pictures or a part of one, its report, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from radseek.errors import InputError
from radseek.records.search_options import Example, Region
from radseek_viewer.state import Question, dropped_chips
from radseek_viewer.wording import CONTEXT_SECTIONS

if TYPE_CHECKING:
    from radseek.records.search import StudyView, Where
    from radseek.records.search_options import Band


class Likeness(StrEnum):
    """What hits should share with a study."""

    PART = "part"
    PICTURE = "picture"
    PICTURES = "pictures"
    REPORT = "report"
    BOTH = "both"


LIKENESSES = {
    Likeness.PART: "This part",
    Likeness.PICTURE: "This picture",
    Likeness.PICTURES: "All its pictures",
    Likeness.REPORT: "Its report",
    Likeness.BOTH: "Report and pictures",
}
"""What people choose from."""


@dataclass(frozen=True, slots=True)
class Model:
    """What an address of the page names."""

    study_key: str
    image_key: str
    region: Region | None
    likeness: str
    """As in the address; empty for what suits the rest."""


def read_address(parameters: Mapping[str, str]) -> Model:
    """What an address names; a region that is none is left out."""
    try:
        region = Region(*map(float, parameters.get("region", "").split(",")))
    except (InputError, TypeError, ValueError):
        region = None
    return Model(
        parameters.get("study", ""), parameters.get("image", ""), region, parameters.get("by", "")
    )  # fmt: skip


def possible_likenesses(study: StudyView, model: Model) -> list[Likeness]:
    """What can be asked with this study, what the address is about first."""
    ways: list[Likeness] = []
    if model.region is not None and study.images:
        ways.append(Likeness.PART)
    if study.images:
        ways += [Likeness.PICTURE, Likeness.PICTURES] if len(study.images) > 1 else [Likeness.PICTURE]
    if reported_text(study):
        ways += [Likeness.REPORT, Likeness.BOTH] if study.images else [Likeness.REPORT]
    return ways


def chosen_likeness(study: StudyView, model: Model) -> Likeness | None:
    """What the address asks for; a study that it names alone is taken with all that it has. None asks nothing."""
    ways = possible_likenesses(study, model)
    if model.likeness in ways:
        return Likeness(model.likeness)
    if model.image_key:
        return ways[0] if ways else None
    return next(reversed(ways), None)


def model_picture(study: StudyView, image_key: str) -> str:
    """Key of the picture that is asked with: the named one, else the middle one; empty for a study without."""
    keys = [image.image_key for image in study.images]
    return image_key if image_key in keys else keys[len(keys) // 2] if keys else ""


def reported_text(study: StudyView) -> str:
    """What the study's reports find, without why it was made and how: the sentences outside such sections."""
    told = (sentence for report in study.reports for sentence in report.sentences)
    return "\n".join(sentence.text for sentence in told if sentence.section not in CONTEXT_SECTIONS)


def similar_question(study: StudyView, model: Model, likeness: Likeness, where: Where, floor: Band) -> Question:
    """The search for studies of other patients that are like this one."""
    text = reported_text(study) if likeness in {Likeness.REPORT, Likeness.BOTH} else ""
    dropped = frozenset(dropped_chips(text))
    examples = _asked_pictures(study, model, likeness)
    return Question(text, where, floor, examples, dropped, other_patients_than=study.study_key)


def _asked_pictures(study: StudyView, model: Model, likeness: Likeness) -> tuple[Example, ...]:
    if likeness is Likeness.REPORT:
        return ()
    if likeness in {Likeness.PICTURES, Likeness.BOTH}:
        return (Example(study_key=study.study_key),)
    region = model.region if likeness is Likeness.PART else None
    return (Example(image_key=model_picture(study, model.image_key), region=region),)
