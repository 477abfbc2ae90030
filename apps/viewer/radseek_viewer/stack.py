"""The study's pictures on a large canvas, drawn by `assets/stack.js`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radseek_viewer.components import register_component
from radseek_viewer.links import frames_url, thumbnail_url
from radseek_viewer.wording import counted, person_and_year, study_title

if TYPE_CHECKING:
    from radseek.records.instances import ImageRecord
    from radseek.records.search import StudyView
    from radseek_viewer.connection import ViewerArchive

_mount = register_component("stack")

LATERALITIES = {"L": "left", "R": "right", "B": "both sides"}


def show_stack(archive: ViewerArchive, study: StudyView, start_image: str | None) -> None:
    """Draw the study's series, the one of `start_image` first."""
    _mount(key="stack", data=stack_content(archive, study, start_image))


def stack_content(archive: ViewerArchive, study: StudyView, start_image: str | None) -> dict[str, Any]:
    """The series as the stack's script reads them."""
    groups = _by_series(study.images)
    starts = [_start(group, start_image) for group in groups]
    chosen = next((i for i, group in enumerate(groups) if start_image in {image.image_key for image in group}), 0)
    return {
        "study_key": study.study_key,
        "title": f"{study_title(study)}\n{person_and_year(study)}",
        "synthetic": study.synthetic,
        "start_series": chosen,
        "series": [_series(archive, image, place) for place, image in enumerate(starts)],
    }


def _by_series(images: tuple[ImageRecord, ...]) -> list[list[ImageRecord]]:
    groups: dict[str, list[ImageRecord]] = {}
    for image in sorted(images, key=lambda image: image.ordinal):
        groups.setdefault(image.series_key, []).append(image)
    return list(groups.values())


def _start(group: list[ImageRecord], start_image: str | None) -> ImageRecord:
    """The picture to open a series at: the asked one, else the middle of the key slices."""
    asked = next((image for image in group if image.image_key == start_image), None)
    return asked or group[len(group) // 2]


def _series(archive: ViewerArchive, image: ImageRecord, place: int) -> dict[str, Any]:
    stack = archive.stack(image.image_key)
    return {
        "label": _label(image, stack.n_slices, place),
        "n_slices": stack.n_slices,
        "start_slice": stack.index,
        "thumbnail": thumbnail_url(image.image_key),
        "frames": frames_url(image.image_key),
    }


def _label(image: ImageRecord, n_slices: int, place: int) -> str:
    if n_slices > 1:
        return f"{image.modality} {counted(n_slices, 'slice')}".strip()
    view = " ".join(part for part in (image.view_position, LATERALITIES.get(image.laterality, "")) if part)
    return view or f"Picture {place + 1}"
