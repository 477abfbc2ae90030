"""The study's pictures on a large canvas, drawn by `assets/stack.js`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radseek.errors import InputError
from radseek.records.search_options import Region
from radseek.service.example_pixels import MIN_SIDE_PX
from radseek_viewer.components import register_component
from radseek_viewer.links import frames_url, thumbnail_url
from radseek_viewer.wall import lit_map
from radseek_viewer.wording import counted, person_and_year, study_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radseek.records.instances import ImageRecord
    from radseek.records.search import Hit, SentenceView, StudyView
    from radseek_viewer.connection import ViewerArchive

_mount = register_component("stack")

VOLUME_MODALITIES = frozenset({"CT", "MR", "NM", "PT"})
"""Single-frame instances of one series are slices of one volume here; elsewhere they are pictures of their own."""

PROJECTIONS = frozenset({"CR", "DX", "MG", "RF", "RG", "XA", "XR"})
"""Modalities that cast a shadow on a detector: what lies before it is drawn larger than it is."""

LATERALITIES = {"L": "left", "R": "right", "B": "both sides"}


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A part of a picture that a person wants to search with."""

    image_key: str
    region: Region


def show_stack(
    archive: ViewerArchive, study: StudyView, start_image: str | None, hit: Hit | None, key: str = "stack"
) -> DrawnRegion | None:
    """Draw the study's series, the one of `start_image` first, and where its picture shows what was asked.

    Returns:
        The region that a person drew and asked to search with in this run.
    """
    result = _mount(key=key, data=stack_content(archive, study, start_image, hit), on_region_change=lambda: None)
    return read_region(study, result.region) if result.region else None


def read_region(study: StudyView, sent: Mapping[str, Any]) -> DrawnRegion | None:
    """What the page sent, checked; None when it is no region of a picture of `study`."""
    if sent.get("image_key") not in {image.image_key for image in study.images}:
        return None
    try:
        region = Region(*(float(sent[side]) for side in ("left", "top", "right", "bottom")))
    except (InputError, KeyError, TypeError, ValueError):
        return None
    return DrawnRegion(str(sent["image_key"]), region)


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
        "least_region_px": MIN_SIDE_PX,
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
    index, map_, answering = stack.index if scrolls else 0, _map_of(image, hit), _answering(hit)
    return {
        "label": _label(image, stack.n_slices if scrolls else 1, place),
        "n_slices": stack.n_slices if scrolls else 1,
        "start_slice": index,
        "unit": _unit(image),
        "modality": image.modality,
        "thumbnail": thumbnail_url(image.image_key),
        "map": map_,
        "sentences": [sentence.sentence_key for sentence in answering] if map_ else [],
        "answers": list(dict.fromkeys(sentence.text for sentence in answering)) if map_ else [],
        "searched": [list(picture) for picture in stack.searched] if scrolls else [[0, image.image_key]],
        "depths_mm": list(stack.depths_mm) if scrolls else [],
        "normal": list(stack.normal),
        "at_detector": image.modality in PROJECTIONS,
        "frames": frames if scrolls else frames.replace("{slice}", str(stack.index)),
    }


def _map_of(image: ImageRecord, hit: Hit | None) -> dict[str, Any] | None:
    return lit_map(hit.region) if hit and hit.region and hit.key_image == image else None


def _answering(hit: Hit | None) -> list[SentenceView]:
    """The sentences that answer what was asked: the region map is of the same question."""
    return [match.sentence for match in hit.matches if match.sentence] if hit else []


def _label(image: ImageRecord, n_slices: int, place: int) -> str:
    if n_slices > 1:
        return f"{image.modality} {counted(n_slices, _unit(image))}".strip()
    view = " ".join(part for part in (image.view_position, LATERALITIES.get(image.laterality, "")) if part)
    return view or f"Picture {place + 1}"


def _unit(image: ImageRecord) -> str:
    """What one picture of its stack is called."""
    return "slice" if image.modality in VOLUME_MODALITIES else "frame"
