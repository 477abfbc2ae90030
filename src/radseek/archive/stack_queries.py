"""A picture's whole stack: every slice of its series, or every frame of its multi-frame instance, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, cast, func, select

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


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """Where a picture belongs."""

    frame_index: int
    window: str
    series_id: int
    instance_id: int
    n_frames: int
    """Of its instance."""
    state: tuple[int, ...]
    """How many instances and pictures the series has, how many of them are refused or ready, and their highest ids.
    Neither is changed in place but for these marks, so that the same state means the same stack."""


def place_of_picture(connection: Connection, image_key: str) -> PicturePlace:
    """Where the picture belongs; two small statements, whatever the length of its series.

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
    state: list[int] = []
    for table, mark in ((instances, instances.c.refused), (images, images.c.ready)):
        counted = select(func.count(), func.max(table.c.id), func.sum(cast(mark, Integer)))
        state += connection.execute(counted.where(table.c.series_id == row.series_id)).one()
    return PicturePlace(*row, state=tuple(state))


def read_stack(connection: Connection, picture: PicturePlace) -> SeriesStack:
    """The stack that a picture belongs to, with its place in it."""
    rows = _instances_of_series(connection, picture.series_id)
    pictures = _pictures(connection, picture.series_id, picture.window)
    if picture.n_frames > 1:
        own = next(entry for entry in rows if entry.id == picture.instance_id)
        places = tuple((_locator(own), frame) for frame in range(picture.n_frames))
        searched = tuple((entry.frame_index, entry.image_key) for entry in pictures if entry.instance_id == own.id)
        return SeriesStack(places, picture.frame_index, picture.window, searched)
    single = [entry for entry in order_instances(rows) if entry.n_frames <= 1]
    place_of = {entry.id: place for place, entry in enumerate(single)}
    searched = tuple(
        sorted((place_of[entry.instance_id], entry.image_key) for entry in pictures if entry.instance_id in place_of)
    )
    depths, normal = depths_of(single)
    places = tuple((_locator(entry), 0) for entry in single)
    return SeriesStack(places, place_of[picture.instance_id], picture.window, searched, depths, normal)


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
