"""The archive's own pictures as examples of a query: what names their vectors, and where their pixels are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Select, select

from radseek.archive.schema import images, instances, sources, studies
from radseek.archive.source_paths import locator_of
from radseek.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.dicom.reads import Locator

_IDS_AT_ONCE = 500
"""Ids of one statement: SQLite takes 32,766 parameters at most, older ones 999."""


@dataclass(frozen=True, slots=True)
class ExamplePicture:
    """A picture of the archive that serves as an example."""

    study_id: int
    content_key: str
    """Names its embedding in the store."""
    locator: Locator
    frame_index: int
    window: str
    burned_in: str
    """(0028,0301) or a mask's name, see `radseek.images.masks.mask_of`."""


def picture_of_key(connection: Connection, image_key: str) -> ExamplePicture:
    """The picture with this key.

    Raises:
        InputError: When there is no such picture.
    """
    row = connection.execute(_select().where(images.c.image_key == image_key)).first()
    if row is None:
        raise InputError("no picture with this key; it may have been removed")
    return _picture(row)


def pictures_of_study(connection: Connection, study_key: str) -> list[ExamplePicture]:
    """All pictures of the study with this key, in reading order; at least one.

    Raises:
        InputError: When there is no such study, or it has no pictures.
    """
    study_id = connection.execute(select(studies.c.id).where(studies.c.study_key == study_key)).scalar()
    if study_id is None:
        raise InputError("no study with this key; it may have been removed")
    rows = connection.execute(_select().where(images.c.study_id == study_id).order_by(images.c.ordinal)).all()
    if not rows:
        raise InputError("this study has no pictures; give one that has, or a picture's key")
    return [_picture(row) for row in rows]


def content_keys(connection: Connection, image_ids: Sequence[int]) -> list[str]:
    """The key of each picture's embedding, in the order of `image_ids`; empty for pictures that are gone."""
    known: dict[int, str] = {}
    for start in range(0, len(image_ids), _IDS_AT_ONCE):
        part = [int(image_id) for image_id in image_ids[start : start + _IDS_AT_ONCE]]
        rows = connection.execute(select(images.c.id, images.c.content_key).where(images.c.id.in_(part)))
        known.update((row.id, row.content_key) for row in rows)
    return [known.get(int(image_id), "") for image_id in image_ids]


def patients_of_studies(connection: Connection) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids of all studies, ascending, and of their patients; both int64 `[n_studies]`."""
    rows = connection.execute(select(studies.c.id, studies.c.patient_id).order_by(studies.c.id)).all()
    table = np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _select() -> Select[Any]:
    return (
        select(
            images.c.study_id,
            images.c.content_key,
            images.c.frame_index,
            images.c.window,
            instances.c.burned_in_annotation,
            instances.c.path,
            instances.c.member,
            sources.c.root,
        )
        .join(instances, instances.c.id == images.c.instance_id)
        .join(sources, sources.c.id == instances.c.source_id)
        .where(images.c.ready.is_(True))
    )


def _picture(row: Any) -> ExamplePicture:  # noqa: ANN401  (a Row of `_select`)
    return ExamplePicture(
        study_id=row.study_id,
        content_key=row.content_key,
        locator=locator_of(row.root, row.path, row.member),
        frame_index=row.frame_index,
        window=row.window,
        burned_in=row.burned_in_annotation,
    )
