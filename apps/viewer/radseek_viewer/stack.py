"""The study's pictures on a large canvas, drawn by `assets/stack.js`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radseek_viewer.components import register_component
from radseek_viewer.links import frames_url, thumbnail_url
from radseek_viewer.wall import lit_map
from radseek_viewer.wording import counted, person_and_year, study_title

if TYPE_CHECKING:
    from radseek.records.instances import ImageRecord
    from radseek.records.search import Hit, StudyView
    from radseek_viewer.connection import ViewerArchive

_mount = register_component("stack")

VOLUME_MODALITIES = frozenset({"CT", "MR", "NM", "PT"})
"""Single-frame instances of one series are slices of one volume here; elsewhere they are pictures of their own."""

PROJECTIONS = frozenset({"CR", "DX", "MG", "RF", "RG", "XA", "XR"})
"""Modalities that cast a shadow on a detector: what lies before it is drawn larger than it is."""

LATERALITIES = {"L": "left", "R": "right", "B": "both sides"}


def show_stack(archive: ViewerArchive, study: StudyView, start_image: str | None, hit: Hit | None) -> None:
    """Draw the study's series, the one of `start_image` first, and where its picture shows what was asked."""
    _mount(key="stack", data=stack_content(archive, study, start_image, hit))


def stack_content(
    archive: ViewerArchive, study: StudyView, start_image: str | None, hit: Hit | None = None
) -> dict[str, Any]:
    """The stacks as the script reads them.

    Args:
        archive: Tells how the slices of a series follow each other.
        study: Its pictures are shown.
        start_image: Key of the picture to begin with.
        hit: The study as the last search found it; its region map lies on the picture that it is of.
    """
    groups = group_stacks(study.images)
    chosen = next((i for i, group in enumerate(groups) if start_image in {image.image_key for image in group}), 0)
    return {
        "study_key": study.study_key,
        "title": f"{study_title(study)}\n{person_and_year(study)}",
        "synthetic": study.synthetic,
        "start_series": chosen,
        "series": [_stack(archive, _start(group, start_image), place, hit) for place, group in enumerate(groups)],
    }


def group_stacks(images: tuple[ImageRecord, ...]) -> list[list[ImageRecord]]:
    """Pictures that one stack shows: a volume's series, a multi-frame instance; any other picture stands alone.

    Pictures come in reading order, instance by instance, so a frame number that falls begins the next instance.
    """
    groups: list[list[ImageRecord]] = []
    for image in sorted(images, key=lambda image: image.ordinal):
        last = groups[-1][-1] if groups else None
        if last is not None and _in_one_stack(last, image):
            groups[-1].append(image)
        else:
            groups.append([image])
    return groups


def _in_one_stack(last: ImageRecord, image: ImageRecord) -> bool:
    if last.series_key != image.series_key or last.n_frames != image.n_frames:
        return False
    return image.frame_index >= last.frame_index if image.n_frames > 1 else image.modality in VOLUME_MODALITIES


def _start(group: list[ImageRecord], start_image: str | None) -> ImageRecord:
    """The picture to open a stack at: the asked one, else the middle of the key slices."""
    asked = next((image for image in group if image.image_key == start_image), None)
    return asked or group[len(group) // 2]


def _stack(archive: ViewerArchive, image: ImageRecord, place: int, hit: Hit | None) -> dict[str, Any]:
    stack = archive.stack(image.image_key)
    frames = frames_url(image.image_key)
    scrolls = image.n_frames > 1 or image.modality in VOLUME_MODALITIES
    return {
        "label": _label(image, stack.n_slices if scrolls else 1, place),
        "n_slices": stack.n_slices if scrolls else 1,
        "start_slice": stack.index if scrolls else 0,
        "thumbnail": thumbnail_url(image.image_key),
        "map": lit_map(hit.region) if hit and hit.region and hit.key_image == image else None,
        "at_detector": image.modality in PROJECTIONS,
        "frames": frames if scrolls else frames.replace("{slice}", str(stack.index)),
    }


def _label(image: ImageRecord, n_slices: int, place: int) -> str:
    if n_slices > 1:
        unit = "slice" if image.modality in VOLUME_MODALITIES else "frame"
        return f"{image.modality} {counted(n_slices, unit)}".strip()
    view = " ".join(part for part in (image.view_position, LATERALITIES.get(image.laterality, "")) if part)
    return view or f"Picture {place + 1}"
