"""Which pictures stand for a study: key slices of its series, frames of its instances, windows for CT.

A study is planned again whenever an instance comes or goes, but only once all pictures planned before have been tried.
So what is chosen depends on the files alone, and not on where a run was interrupted.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, insert, select, update

from radseek.archive.keys import content_key
from radseek.archive.schema import images, instances, labels, patients, reports, series, studies
from radseek.dicom import choose_key_frames, order_series, stack_geometry
from radseek.images.masks import mask_of
from radseek.records.instances import InstanceHeader, InstanceKind
from radseek.records.progress import Progress

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from radseek.archive.catalogue_writes import CatalogueWriter
    from radseek.archive.config import ArchiveConfig
    from radseek.archive.folder import ArchiveFolder
    from radseek.records.progress import ProgressListener

_BATCH = 32
"""Studies in one transaction."""


@dataclass(frozen=True, slots=True)
class PlannedPicture:
    """One picture of a series."""

    instance: Row[Any]
    frame_index: int
    window: str
    position: str


def plan_pictures(archive: ArchiveFolder, progress: ProgressListener) -> int:
    """Chooses the pictures of every study that changed and has none untried; returns the number of studies planned."""
    done = 0
    while True:
        with archive.catalogue.writing() as writer:
            batch = _studies_to_plan(writer.connection)
            for study_id in batch:
                _plan_study(writer, study_id, archive.config)
        if not batch:
            return done
        done += len(batch)
        progress(Progress("choosing pictures", done))


def choose_pictures(rows: Sequence[Row[Any]], windows: tuple[str, ...], key_slices: int) -> list[PlannedPicture]:
    """A series' pictures in reading order.

    Single-frame instances form one stack, of which at most `key_slices` are taken, evenly spread; the nearest usable
    slice stands in for one that does not decode. Of each multi-frame instance at most `key_slices` frames are taken.
    Each is shown in every one of `windows`; a PNG or JPEG of a table was windowed by whoever made it and is shown so.

    Args:
        rows: The series' image instances, rows of the catalogue.
        windows: Names, at least one.
        key_slices: At least 1.
    """
    ordered = order_instances(rows)
    stack = [row for row in ordered if row.n_frames <= 1]
    chosen = {stack[place].id: place for place in _usable_places(stack, choose_key_frames(len(stack), key_slices))}
    pictures = []
    for row in ordered:
        if row.refused:
            places = []
        elif row.n_frames > 1:
            frames = choose_key_frames(row.n_frames, key_slices)
            places = [(frame, f"frame {frame + 1} of {row.n_frames}") for frame in frames]
        elif row.id in chosen:
            places = [(0, _slice_position(row, chosen[row.id], len(stack)))]
        else:
            places = []
        shown_in = windows if row.sop_class_uid else ("default",)
        pictures += [PlannedPicture(row, frame, window, text) for frame, text in places for window in shown_in]
    return pictures


def _usable_places(stack: Sequence[Row[Any]], wanted: Sequence[int]) -> list[int]:
    """`wanted`, with the nearest free usable place (the earlier of two) for each that is refused."""
    taken = {place for place in wanted if not stack[place].refused}
    free = [place for place in range(len(stack)) if not stack[place].refused and place not in taken]
    for place in wanted:
        if stack[place].refused and free:
            nearest = min(free, key=lambda other: (abs(other - place), other))
            free.remove(nearest)
            taken.add(nearest)
    return sorted(taken)


def order_instances(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Instance rows of one series in reading order."""
    return [rows[index] for index in order_series([_ordering_header(row) for row in rows])]


def depths_of(rows: Sequence[Row[Any]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Depths in mm along the common normal of instance rows, and that normal; both empty where they form no stack."""
    geometry = stack_geometry([_ordering_header(row) for row in rows])
    if geometry is None:
        return (), ()
    depths, normal = geometry
    return tuple(depths.tolist()), tuple(normal.tolist())


def _slice_position(row: Row[Any], place: int, count: int) -> str:
    if count == 1:
        return ""
    return f"{'slice' if row.position_mm else 'image'} {place + 1} of {count}"


def _ordering_header(row: Row[Any]) -> InstanceHeader:
    return InstanceHeader(
        study_uid="",
        series_uid="",
        instance_uid=row.instance_uid,
        sop_class_uid=row.sop_class_uid,
        transfer_syntax_uid="",
        kind=InstanceKind.IMAGE,
        instance_number=row.instance_number,
        position_mm=_triple(row.position_mm),
        orientation=_six(row.orientation),
        slice_location_mm=row.slice_location_mm,
    )


def _triple(values: list[float] | None) -> tuple[float, float, float] | None:
    return None if values is None else (values[0], values[1], values[2])


def _six(values: list[float] | None) -> tuple[float, float, float, float, float, float] | None:
    return None if values is None else (values[0], values[1], values[2], values[3], values[4], values[5])


def _studies_to_plan(connection: Connection) -> list[int]:
    untried = exists().where(images.c.study_id == studies.c.id, images.c.ready.is_(False))
    statement = (
        select(studies.c.id).where(studies.c.needs_plan.is_(True), ~untried).order_by(studies.c.id).limit(_BATCH)
    )
    return list(connection.execute(statement).scalars())


def _plan_study(writer: CatalogueWriter, study_id: int, config: ArchiveConfig) -> None:
    connection = writer.connection
    if _remove_if_empty(connection, study_id):
        return
    pictures = []
    for line in _series_in_order(connection, study_id):
        rows = _image_instances(connection, line.id)
        windows = config.windows_for(line.modality, line.body_part)
        pictures += choose_pictures(rows, windows, config.key_slices)
    _store(writer, study_id, pictures)
    connection.execute(update(studies).where(studies.c.id == study_id).values(**_derived(connection, study_id)))


def _remove_if_empty(connection: Connection, study_id: int) -> bool:
    """Removes series that lost their last instance, then study and patient of whom nothing else is known."""
    filled = exists().where(instances.c.series_id == series.c.id)
    if not connection.execute(delete(series).where(series.c.study_id == study_id, ~filled)).rowcount:
        return False
    patient_id = connection.execute(select(studies.c.patient_id).where(studies.c.id == study_id)).scalar()
    held = (exists().where(table.c.study_id == studies.c.id) for table in (series, reports, labels))
    gone = connection.execute(delete(studies).where(studies.c.id == study_id, *(~one for one in held))).rowcount
    others = exists().where(studies.c.patient_id == patients.c.id)
    connection.execute(delete(patients).where(patients.c.id == patient_id, ~others))
    return gone == 1


def _series_in_order(connection: Connection, study_id: int) -> list[Row[Any]]:
    rows = connection.execute(select(series).where(series.c.study_id == study_id)).all()
    return sorted(
        rows, key=lambda row: (math.inf if row.series_number is None else row.series_number, str(row.series_uid))
    )


def _image_instances(connection: Connection, series_id: int) -> Sequence[Row[Any]]:
    statement = (
        select(instances)
        .where(instances.c.series_id == series_id, instances.c.kind == InstanceKind.IMAGE.value)
        .order_by(instances.c.instance_uid)
    )
    return connection.execute(statement).all()


def _store(writer: CatalogueWriter, study_id: int, pictures: Iterable[PlannedPicture]) -> None:
    """Makes the study's picture rows those of the plan; a picture that stays keeps its row."""
    connection = writer.connection
    known = {
        (row.instance_id, row.frame_index, row.window): row
        for row in connection.execute(select(images).where(images.c.study_id == study_id))
    }
    new = []
    for ordinal, picture in enumerate(pictures):
        row = known.pop((picture.instance.id, picture.frame_index, picture.window), None)
        if row is None:
            new.append(_image_values(writer, study_id, picture) | {"ordinal": ordinal, "position": picture.position})
        elif (row.ordinal, row.position) != (ordinal, picture.position):
            values = {"ordinal": ordinal, "position": picture.position}
            connection.execute(update(images).where(images.c.id == row.id).values(**values))
    for row in known.values():
        connection.execute(delete(images).where(images.c.id == row.id))
    if new:
        connection.execute(insert(images), new)


def _image_values(writer: CatalogueWriter, study_id: int, picture: PlannedPicture) -> dict[str, Any]:
    instance = picture.instance
    return {
        "image_key": writer.keys.image(instance.instance_uid, picture.frame_index, picture.window),
        "instance_id": instance.id,
        "study_id": study_id,
        "series_id": instance.series_id,
        "frame_index": picture.frame_index,
        "window": picture.window,
        "width_px": instance.cols,
        "height_px": instance.rows,
        "content_key": content_key(
            instance.content_sha256, picture.frame_index, picture.window, mask_of(instance.burned_in_annotation)
        ),
        "ready": False,
    }


def _derived(connection: Connection, study_id: int) -> dict[str, Any]:
    """The study's modality and body part: those of most of its image instances, ties in alphabetical order."""
    statement = (
        select(series.c.modality, series.c.body_part, func.count().label("n"))
        .join(instances, instances.c.series_id == series.c.id)
        .where(series.c.study_id == study_id, instances.c.kind == InstanceKind.IMAGE.value)
        .group_by(series.c.modality, series.c.body_part)
    )
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(statement):
        counts["modality"][row.modality] += row.n
        counts["body_part"][row.body_part] += row.n
    values: dict[str, Any] = {"needs_plan": False}
    for name, counter in counts.items():
        named = {value: n for value, n in counter.items() if value}
        if named:
            values[name] = min(named, key=lambda value: (-named[value], value))
    return values
