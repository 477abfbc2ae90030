"""A picture's whole stack: every slice of its series, or every frame of its multi-frame instance, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from radseek.archive.planning import depths_of, order_instances
from radseek.archive.schema import images, instances, sources
from radseek.archive.source_paths import locator_of
from radseek.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from radseek.dicom.reads import Locator


@dataclass(frozen=True, slots=True)
class SeriesStack:
    """The frames of a stack and the place of the picture asked for."""

    places: tuple[tuple[Locator, int], ...]
    """(file, frame index from 0) of each frame, first to last."""
    index: int
    """Place of the picture in `places`, from 0."""
    window: str
    """The window in which the picture was encoded."""
    searched: tuple[tuple[int, str], ...]
    """(place, image key) of the stack's frames that are pictures of the archive, in that window, first to last."""
    depths_mm: tuple[float, ...] = ()
    """Place of each slice along `normal`; empty where the slices have no common geometry."""
    normal: tuple[float, ...] = ()
    """Unit vector across the slices, in the patient's axes; empty like `depths_mm`."""

    def place_of(self, index: int) -> tuple[Locator, int]:
        """File and frame of the slice at `index`, from 0.

        Raises:
            InputError: When there is no such slice.
        """
        if not 0 <= index < len(self.places):
            raise InputError(f"slice {index} does not exist; this stack has {len(self.places)}, from 0")
        return self.places[index]


def stack_of(connection: Connection, image_key: str) -> SeriesStack:
    """The stack that a picture belongs to.

    Raises:
        InputError: When there is no such picture.
    """
    statement = (
        select(images.c.frame_index, images.c.window, images.c.series_id, images.c.instance_id, instances.c.n_frames)
        .join(instances, instances.c.id == images.c.instance_id)
        .where(images.c.image_key == image_key)
    )
    row = connection.execute(statement).first()
    if row is None:
        raise InputError("no picture with this key; it may have been removed")
    rows = _instances_of_series(connection, row.series_id)
    if row.n_frames > 1:
        own = next(entry for entry in rows if entry.id == row.instance_id)
        places = tuple((_locator(own), frame) for frame in range(row.n_frames))
        searched = tuple(
            (entry.frame_index, entry.image_key)
            for entry in _pictures(connection, row.series_id, row.window)
            if entry.instance_id == row.instance_id
        )
        return SeriesStack(places, row.frame_index, row.window, searched)
    single = [entry for entry in order_instances(rows) if entry.n_frames <= 1]
    place_of = {entry.id: place for place, entry in enumerate(single)}
    pictures = _pictures(connection, row.series_id, row.window)
    searched = tuple(
        sorted((place_of[entry.instance_id], entry.image_key) for entry in pictures if entry.instance_id in place_of)
    )
    depths, normal = depths_of(single)
    places = tuple((_locator(entry), 0) for entry in single)
    return SeriesStack(places, place_of[row.instance_id], row.window, searched, depths, normal)


def _pictures(connection: Connection, series_id: int, window: str) -> list[Row[Any]]:
    """The series' pictures that can be searched, in one window."""
    statement = (
        select(images.c.instance_id, images.c.frame_index, images.c.image_key)
        .where(images.c.series_id == series_id, images.c.window == window, images.c.ready)
        .order_by(images.c.ordinal)
    )
    return list(connection.execute(statement))


def _instances_of_series(connection: Connection, series_id: int) -> list[Row[Any]]:
    statement = (
        select(instances, sources.c.root)
        .join(sources, sources.c.id == instances.c.source_id)
        .where(instances.c.series_id == series_id, instances.c.kind == "image", instances.c.refused.is_(False))
        .order_by(instances.c.instance_uid)
    )
    return list(connection.execute(statement))


def _locator(row: Row[Any]) -> Locator:
    return locator_of(row.root, row.path, row.member)
