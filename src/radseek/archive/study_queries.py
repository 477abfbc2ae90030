"""Studies, their pictures, reports and sentences by id or key, for display. Pseudonymous: keys, no identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, exists, func, select

from radseek.archive.keys import sentence_key
from radseek.archive.schema import images, instances, labels, patients, reports, sentences, series, sources, studies
from radseek.archive.source_paths import locator_of
from radseek.errors import InputError
from radseek.records.instances import ImageRecord
from radseek.records.reports import Assertion, Section
from radseek.records.search import ReportView, SentenceView
from radseek.text import report_place
from radseek.text.languages import is_foreign

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from radseek.dicom.reads import Locator
    from radseek.records.findings import Region

_BESIDE_PICTURES = frozenset({"DOC", "KO", "PR", "REG", "SEG", "SR"})
"""Modalities (DICOM PS3.3, C.7.3.1.1.1) of series that say something of pictures, and hold none."""


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study without its pictures and reports."""

    id: int
    study_key: str
    patient_key: str
    modality: str
    body_part: str
    description: str
    sex: str
    age_years: float | None
    study_year: int | None
    source: str
    n_images: int
    has_report: bool
    synthetic: bool
    modalities: tuple[str, ...]
    """Its own and those of its series of pictures, in alphabetical order."""


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """Where a picture's pixels are, and how it is shown."""

    locator: Locator
    frame_index: int
    window: str
    content_key: str
    """Names its thumbnail: `ArchiveFolder.thumbnail_path`."""


def study_id_by_key(connection: Connection, study_key: str) -> int:
    """The study's id.

    Raises:
        InputError: When there is no such study.
    """
    found = connection.execute(select(studies.c.id).where(studies.c.study_key == study_key)).scalar()
    if found is None:
        raise InputError("no study with this key; it may have been removed")
    return int(found)


def hydrate_studies(connection: Connection, study_ids: Sequence[int]) -> list[StudyRow]:
    """The studies in the order of `study_ids`; ids that are gone are left out."""
    n_images = select(func.count()).where(images.c.study_id == studies.c.id, images.c.ready.is_(True)).scalar_subquery()
    has_report = exists().where(reports.c.study_id == studies.c.id)
    statement = (
        select(
            studies,
            patients.c.patient_key,
            patients.c.sex,
            sources.c.name.label("source"),
            n_images.label("n_images"),
            has_report.label("has_report"),
        )
        .join(patients, patients.c.id == studies.c.patient_id)
        .join(sources, sources.c.id == studies.c.source_id)
        .where(studies.c.id.in_([int(study_id) for study_id in study_ids]))
    )
    modalities = _modalities_of_series(connection, study_ids)
    rows = {row.id: _study_row(row, modalities.get(row.id, set())) for row in connection.execute(statement)}
    return [rows[study_id] for study_id in map(int, study_ids) if study_id in rows]


def study_keys_of(connection: Connection, study_ids: Sequence[int]) -> dict[int, str]:
    """Study id -> key; ids that are gone are left out."""
    wanted = [int(study_id) for study_id in study_ids]
    statement = select(studies.c.id, studies.c.study_key).where(studies.c.id.in_(wanted))
    return {row.id: row.study_key for row in connection.execute(statement)}


def _modalities_of_series(connection: Connection, study_ids: Sequence[int]) -> dict[int, set[str]]:
    wanted = [int(study_id) for study_id in study_ids]
    statement = select(series.c.study_id, series.c.modality).where(series.c.study_id.in_(wanted)).distinct()
    found: dict[int, set[str]] = {}
    for row in connection.execute(statement):
        if row.modality not in _BESIDE_PICTURES:
            found.setdefault(row.study_id, set()).add(row.modality)
    return found


def images_of_study(connection: Connection, study_id: int) -> list[ImageRecord]:
    """The study's pictures that can be shown, in reading order."""
    statement = _select_images().where(images.c.study_id == study_id, images.c.ready.is_(True))
    return [_image_record(row) for row in connection.execute(statement.order_by(images.c.ordinal))]


def first_images(connection: Connection, study_ids: Sequence[int]) -> dict[int, ImageRecord]:
    """Study id -> its first picture, for those that have one."""
    wanted = [int(study_id) for study_id in study_ids]
    if not wanted:
        return {}
    first = (
        select(images.c.study_id, func.min(images.c.ordinal).label("ordinal"))
        .where(images.c.study_id.in_(wanted), images.c.ready.is_(True))
        .group_by(images.c.study_id)
        .subquery()
    )
    statement = _select_images().join(
        first, (first.c.study_id == images.c.study_id) & (first.c.ordinal == images.c.ordinal)
    )
    return {row.study_id: _image_record(row) for row in connection.execute(statement)}


def images_by_ids(connection: Connection, image_ids: Sequence[int]) -> dict[int, ImageRecord]:
    """Image id -> picture; ids that are gone are left out."""
    wanted = [int(image_id) for image_id in image_ids]
    return {row.id: _image_record(row) for row in connection.execute(_select_images().where(images.c.id.in_(wanted)))}


def image_place(connection: Connection, image_key: str) -> ImagePlace:
    """Where a picture's pixels are.

    Raises:
        InputError: When there is no such picture.
    """
    statement = (
        select(
            images.c.frame_index,
            images.c.window,
            images.c.content_key,
            instances.c.path,
            instances.c.member,
            sources.c.root,
        )
        .join(instances, instances.c.id == images.c.instance_id)
        .join(sources, sources.c.id == instances.c.source_id)
        .where(images.c.image_key == image_key)
    )
    row = connection.execute(statement).first()
    if row is None:
        raise InputError("no picture with this key; it may have been removed")
    return ImagePlace(locator_of(row.root, row.path, row.member), row.frame_index, row.window, row.content_key)


def reports_of_study(connection: Connection, study_id: int) -> list[ReportView]:
    """The study's reports with their sentences, by date, then key."""
    statement = (
        select(reports).where(reports.c.study_id == study_id).order_by(reports.c.study_date, reports.c.report_key)
    )
    return [_report_view(connection, row) for row in connection.execute(statement).all()]


def report_by_key(connection: Connection, report_key: str) -> ReportView:
    """A report with its sentences, whether or not it belongs to a study.

    Raises:
        InputError: When there is none.
    """
    row = connection.execute(select(reports).where(reports.c.report_key == report_key)).one_or_none()
    if row is None:
        raise InputError("the archive has no report with this key")
    return _report_view(connection, row)


def sentences_by_ids(connection: Connection, sentence_ids: Sequence[int]) -> dict[int, SentenceView]:
    """Sentence id -> sentence; ids that are gone are left out."""
    wanted = [int(sentence_id) for sentence_id in sentence_ids]
    statement = (
        select(sentences, reports.c.report_key, reports.c.text.label("report_text"))
        .join(reports, reports.c.id == sentences.c.report_id)
        .where(sentences.c.id.in_(wanted))
    )
    rows = connection.execute(statement).all()
    places = {row.report_id: report_place(row.report_text) for row in {row.report_id: row for row in rows}.values()}
    return {row.id: _sentence_view(row, row.report_key, places[row.report_id]) for row in rows}


def labels_of_study(connection: Connection, study_id: int) -> list[str]:
    """Labels of the study, its pictures and its reports, each once, in alphabetical order."""
    names = set(connection.execute(select(labels.c.name).where(labels.c.study_id == study_id)).scalars())
    for listed in connection.execute(select(reports.c.labels).where(reports.c.study_id == study_id)).scalars():
        names.update(listed)
    return sorted(names)


def other_studies(connection: Connection, study_id: int) -> list[str]:
    """Keys of the same patient's other studies, by date."""
    patient = select(studies.c.patient_id).where(studies.c.id == study_id).scalar_subquery()
    statement = select(studies.c.study_key).where(studies.c.patient_id == patient, studies.c.id != study_id)
    return list(connection.execute(statement.order_by(studies.c.study_date, studies.c.id)).scalars())


def _select_images() -> Select[Any]:
    return (
        select(
            images,
            studies.c.study_key,
            series.c.series_key,
            series.c.modality,
            instances.c.view_position,
            instances.c.laterality,
            instances.c.n_frames,
        )
        .join(studies, studies.c.id == images.c.study_id)
        .join(series, series.c.id == images.c.series_id)
        .join(instances, instances.c.id == images.c.instance_id)
    )


def _image_record(row: Row[Any]) -> ImageRecord:
    return ImageRecord(
        image_key=row.image_key,
        study_key=row.study_key,
        series_key=row.series_key,
        modality=row.modality,
        frame_index=row.frame_index,
        window=row.window,
        ordinal=row.ordinal,
        view_position=row.view_position,
        laterality=row.laterality,
        width_px=row.width_px,
        height_px=row.height_px,
        n_frames=row.n_frames,
        position=row.position,
    )


def _study_row(row: Row[Any], of_series: set[str]) -> StudyRow:
    return StudyRow(
        id=row.id,
        study_key=row.study_key,
        patient_key=row.patient_key,
        modality=row.modality,
        body_part=row.body_part,
        description=row.description,
        sex=row.sex,
        age_years=row.age_years,
        study_year=row.study_date.year if row.study_date else None,
        source=row.source,
        n_images=row.n_images,
        has_report=bool(row.has_report),
        synthetic=row.synthetic,
        modalities=tuple(sorted((of_series | {row.modality}) - {""})),
    )


def _report_view(connection: Connection, row: Row[Any]) -> ReportView:
    statement = select(sentences).where(sentences.c.report_id == row.id).order_by(sentences.c.ordinal)
    found = connection.execute(statement).all()
    place = report_place(row.text)
    return ReportView(
        report_key=row.report_key,
        text=row.text,
        sentences=tuple(_sentence_view(sentence, row.report_key, place) for sentence in found),
        spans=tuple((sentence.start_char, sentence.end_char) for sentence in found),
        linked_by=row.link_method,
    )


def _sentence_view(row: Row[Any], report_key: str, place: Region | None) -> SentenceView:
    return SentenceView(
        sentence_key=sentence_key(report_key, row.ordinal),
        text=row.text,
        section=Section(row.section),
        assertion=Assertion(row.assertion),
        place=place,
        states_finding=not is_foreign(row.text),
    )
