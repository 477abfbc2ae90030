"""Which studies a filter allows, and how they spread over the values that people filter by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import ColumnElement, and_, exists, extract, func, or_, select

from radseek.archive.schema import images, instances, patients, reports, series, sources, studies

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection, FromClause

    from radseek.records.search import Where

FACETS = ("modality", "body_part", "view_position", "sex", "source", "year")
"""Fields that `facet_counts` counts."""


def allowed_study_ids(connection: Connection, where: Where) -> NDArray[np.int64] | None:
    """Ids of the studies that the filters allow, int64 `[m]` ascending, or None when there is no filter."""
    conditions = _conditions(where)
    if not conditions:
        return None
    statement = select(studies.c.id).select_from(_needed(where)).where(and_(*conditions)).order_by(studies.c.id)
    return np.array(connection.execute(statement).scalars().all(), dtype=np.int64).reshape(-1)


def allowed_image_ids(connection: Connection, where: Where) -> NDArray[np.int64] | None:
    """Ids of the pictures that the filters on pictures allow, int64 `[m]` ascending, or None without such a filter.

    A study passes `modality:MR` by any of its series; a picture only by its own.
    """
    conditions: list[ColumnElement[bool]] = []
    if where.modality:
        conditions.append(series.c.modality.in_(where.modality))
    if where.view_position:
        conditions.append(instances.c.view_position.in_(where.view_position))
    if not conditions:
        return None
    pictures = images.join(series, series.c.id == images.c.series_id)
    if where.view_position:
        pictures = pictures.join(instances, instances.c.id == images.c.instance_id)
    statement = select(images.c.id).select_from(pictures).where(and_(*conditions)).order_by(images.c.id)
    return np.array(connection.execute(statement).scalars().all(), dtype=np.int64).reshape(-1)


def count_studies(connection: Connection, where: Where) -> int:
    """Number of studies that the filters allow."""
    statement = select(func.count()).select_from(_needed(where)).where(and_(True, *_conditions(where)))
    return int(connection.execute(statement).scalar_one())


def facet_counts(connection: Connection, where: Where) -> dict[str, dict[str, int]]:
    """Field of `FACETS` -> value -> number of allowed studies, most frequent first; empty values are left out."""
    year = extract("year", studies.c.study_date)
    values = {
        "modality": studies.c.modality,
        "body_part": studies.c.body_part,
        "sex": patients.c.sex,
        "source": sources.c.name,
        "year": year,
    }
    counts = {name: _count_by(connection, column, _joined(), where) for name, column in values.items()}
    readable = (instances.c.series_id == series.c.id) & instances.c.refused.is_(False)
    seen = _joined().join(series, series.c.study_id == studies.c.id).join(instances, readable)
    counts["view_position"] = _count_by(connection, instances.c.view_position, seen, where)
    return {name: counts[name] for name in FACETS}


def _count_by(
    connection: Connection, column: ColumnElement[str] | ColumnElement[int], tables: FromClause, where: Where
) -> dict[str, int]:
    n = func.count(studies.c.id.distinct())
    statement = select(column, n).select_from(tables).where(and_(True, *_conditions(where))).group_by(column)
    found = [(str(value), int(count)) for value, count in connection.execute(statement) if value not in {None, ""}]
    return dict(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _joined() -> FromClause:
    return studies.join(patients, patients.c.id == studies.c.patient_id).join(
        sources, sources.c.id == studies.c.source_id
    )


def _needed(where: Where) -> FromClause:
    """The tables that the filters look at; each study has one patient and one source, so others change nothing."""
    tables: FromClause = studies
    if where.sex:
        tables = tables.join(patients, patients.c.id == studies.c.patient_id)
    if where.source:
        tables = tables.join(sources, sources.c.id == studies.c.source_id)
    return tables


def _conditions(where: Where) -> list[ColumnElement[bool]]:
    """One condition for each filter that is set; all must hold."""
    conditions: list[ColumnElement[bool]] = []
    if where.modality:
        having = select(series.c.study_id).where(series.c.modality.in_(where.modality))
        conditions.append(or_(studies.c.modality.in_(where.modality), studies.c.id.in_(having)))
    if where.body_part:
        conditions.append(studies.c.body_part.in_(where.body_part))
    if where.view_position:
        viewed = select(series.c.study_id).join(instances, instances.c.series_id == series.c.id)
        viewed = viewed.where(instances.c.view_position.in_(where.view_position), instances.c.refused.is_(False))
        conditions.append(studies.c.id.in_(viewed))
    if where.sex:
        conditions.append(patients.c.sex.in_(where.sex))
    if where.source:
        conditions.append(sources.c.name.in_(where.source))
    return conditions + _ranges(where) + _presence(where)


def _ranges(where: Where) -> list[ColumnElement[bool]]:
    """Ends included; a study without age or date is in no range."""
    conditions: list[ColumnElement[bool]] = []
    if where.age_min_years is not None:
        conditions.append(studies.c.age_years >= where.age_min_years)
    if where.age_max_years is not None:
        conditions.append(studies.c.age_years <= where.age_max_years)
    if where.date_from is not None:
        conditions.append(studies.c.study_date >= where.date_from)
    if where.date_to is not None:
        conditions.append(studies.c.study_date <= where.date_to)
    return conditions


def _presence(where: Where) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.has_report is not None:
        reported = exists().where(reports.c.study_id == studies.c.id)
        conditions.append(reported if where.has_report else ~reported)
    if where.has_images is not None:
        pictured = exists().where(images.c.study_id == studies.c.id, images.c.ready.is_(True))
        conditions.append(pictured if where.has_images else ~pictured)
    return conditions
