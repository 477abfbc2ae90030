"""Two studies side by side: what each is, which is the prior, and their pictures, drawn by `assets/compare.js`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radseek_viewer.components import register_component
from radseek_viewer.stack import DrawnRegion, read_region, stack_content
from radseek_viewer.wording import person_and_year, study_title

if TYPE_CHECKING:
    from radseek.records.search import Hit, StudyView
    from radseek_viewer.connection import ViewerArchive

_mount = register_component("compare", "stack")


def show_pictures(
    archive: ViewerArchive, studies: tuple[StudyView, StudyView], hits: tuple[Hit | None, Hit | None]
) -> tuple[StudyView, DrawnRegion] | None:
    """Draw both studies' pictures, each opened where the last search found it.

    Returns:
        The study and the region of it that a person asked to search with in this run.
    """
    pages = [stack_content(archive, study, _found(hit), hit) for study, hit in zip(studies, hits, strict=True)]
    same_patient = studies[0].patient_key == studies[1].patient_key
    data = dict(zip(("left", "right"), pages, strict=True)) | {"same_patient": same_patient}
    result = _mount(key="compare", data=data, on_region_change=lambda: None)
    if not result.region:
        return None
    study = studies[result.region.get("side") == "right"]
    drawn = read_region(study, result.region)
    return (study, drawn) if drawn else None


def relation_of(study: StudyView, other: StudyView) -> str:
    """How `study` stands to `other`, such as `Prior, 2 years before`; empty for studies of different patients."""
    if study.patient_key != other.patient_key:
        return ""
    if study.study_year is None or other.study_year is None:
        return "Same patient"
    years = abs(study.study_year - other.study_year)
    if not years:
        return "Same patient, same year"
    apart = f"{years} year{'s' * (years > 1)}"
    return f"Prior, {apart} before" if study.study_year < other.study_year else f"Current, {apart} later"


def heading_of(study: StudyView) -> tuple[str, str]:
    """What it is, and of whom and when."""
    return study_title(study), " · ".join(part for part in (person_and_year(study), study.source) if part)


def _found(hit: Hit | None) -> str | None:
    return hit.key_image.image_key if hit and hit.key_image else None
