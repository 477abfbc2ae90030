"""What a study has besides the pictures that can be shown: files that do not decode, pictures that are not made yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from radseek.archive.schema import images, instances, outcomes, series
from radseek.records.outcomes import Reason

if TYPE_CHECKING:
    from sqlalchemy import Connection


def unreadable_files(connection: Connection, study_id: int) -> tuple[tuple[Reason, int], ...]:
    """Why files of the study that should hold pictures show none, and how many of them, the commonest reason first.

    A file whose header could not be read is of no study, and not counted here.
    """
    counted = func.count().label("n_files")
    statement = (
        select(outcomes.c.reason, counted)
        .select_from(instances)
        .join(series, series.c.id == instances.c.series_id)
        .join(outcomes, outcomes.c.id == instances.c.outcome_id)
        .where(series.c.study_id == study_id, instances.c.refused, outcomes.c.reason != "")
        .group_by(outcomes.c.reason)
        .order_by(counted.desc(), outcomes.c.reason)
    )
    return tuple((Reason(row.reason), row.n_files) for row in connection.execute(statement))


def count_pending(connection: Connection, study_id: int) -> int:
    """Pictures of the study that are known and not made yet."""
    statement = select(func.count()).where(images.c.study_id == study_id, images.c.ready.is_(False))
    return int(connection.execute(statement).scalar_one())
