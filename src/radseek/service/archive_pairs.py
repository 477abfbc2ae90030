"""Pairs of an archive - pictures and what their reports say - as a table for fine-tuning."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import exists, select

from radseek.archive.schema import reports, studies
from radseek.archive.storage import make_folder, plain_storage_errors
from radseek.archive.study_queries import (
    StudyRow,
    hydrate_studies,
    image_place,
    images_of_study,
    labels_of_study,
    reports_of_study,
)
from radseek.dicom import CT_WINDOWS, to_display
from radseek.errors import DecodeError, InputError
from radseek.images import Preprocessing, fit_square
from radseek.records.instances import ImageRecord
from radseek.records.progress import Progress, ProgressListener
from radseek.records.reports import Section
from radseek.service.archive import Archive
from radseek.service.pictures import PictureReader
from radseek.service.principal import Permission

MAX_PICTURES = 8
"""Pictures of one study that are written, evenly spread: a long stack must not outweigh the other studies."""
_COLUMNS = ("image", "patient_id", "study_id", "findings", "impression", "labels")
_SECTIONS = {Section.FINDINGS: "findings", Section.IMPRESSION: "impression", Section.OTHER: "findings"}


@dataclass(frozen=True, slots=True)
class ArchivePairs:
    """What was written."""

    table: Path
    n_studies: int
    n_pictures: int
    left_out: Mapping[str, int]
    """Reason -> studies or pictures left out."""


def write_archive_pairs(
    archive: Archive, folder: Path, preprocessing: Preprocessing, progress: ProgressListener
) -> ArchivePairs:
    """Write `pairs.csv` and its pictures into `folder`: every study with both pictures and a report or labels.

    Pictures are decoded from the archive's sources, in the window in which they are indexed, and fitted as the encoder
    sees them. Patients and studies are named by the archive's keys. A picture that is there already is not read again.

    Raises:
        PrivacyError: When the principal may not evaluate: training reads every report.
        InputError: When no study has both.
        StorageError: When the disk refuses.
    """
    archive.principal.require(Permission.EVALUATE)
    with plain_storage_errors("cannot write the pairs of the archive"):
        make_folder(folder / "images")
    rows, left_out = _Pairs(archive, folder, preprocessing).rows(progress)
    if not rows:
        raise InputError("no study of the archive has both a picture that can be read and a report or labels")
    with plain_storage_errors("cannot write the pairs of the archive"):
        with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    n_studies = len({row["study_id"] for row in rows})
    with archive.folder.catalogue.writing() as audit:
        audit.audit(archive.principal.name, "export pairs", {"studies": n_studies, "pictures": len(rows)})
    return ArchivePairs(folder / "pairs.csv", n_studies, len(rows), left_out)


class _Pairs:
    def __init__(self, archive: Archive, folder: Path, preprocessing: Preprocessing) -> None:
        self._archive, self._folder, self._preprocessing = archive, folder, preprocessing
        self._left_out: Counter[str] = Counter()

    def rows(self, progress: ProgressListener) -> tuple[list[dict[str, str]], Mapping[str, int]]:
        """Rows of the table, by study key, and what was left out."""
        with self._archive.folder.catalogue.reading() as connection:
            known = select(studies.c.id).where(exists().where(reports.c.study_id == studies.c.id))
            ids = [row.id for row in connection.execute(known.order_by(studies.c.study_key))]
        rows: list[dict[str, str]] = []
        reader = PictureReader(self._archive.folder.config.limits)
        try:
            for done, study_id in enumerate(ids, start=1):
                rows += self._study(study_id, reader)
                progress(Progress("pairs of the archive", done, len(ids)))
        finally:
            reader.close()
        return rows, self._left_out

    def _study(self, study_id: int, reader: PictureReader) -> list[dict[str, str]]:
        with self._archive.folder.catalogue.reading() as connection:
            study: StudyRow = hydrate_studies(connection, [study_id])[0]
            pictures = _spread(images_of_study(connection, study_id))
            told = {"findings": "", "impression": ""}
            for report in reports_of_study(connection, study_id):
                for sentence in report.sentences:
                    if sentence.section in _SECTIONS:
                        column = _SECTIONS[sentence.section]
                        told[column] = f"{told[column]} {sentence.text}".strip()
            told["labels"] = "|".join(labels_of_study(connection, study_id))
        if not any(told.values()):
            self._left_out["study whose report says nothing of the pictures"] += 1
            return []
        if not pictures:
            self._left_out["study without pictures"] += 1
        about = {"patient_id": study.patient_key, "study_id": study.study_key, **told}
        return [{"image": name, **about} for picture in pictures if (name := self._picture(picture, reader))]

    def _picture(self, picture: ImageRecord, reader: PictureReader) -> str:
        """The picture's place in the folder; empty when it cannot be decoded any more."""
        name = f"images/{picture.image_key}-{self._preprocessing.size_px}.png"
        file = self._folder / name
        if file.is_file():
            return name
        with self._archive.folder.catalogue.reading() as connection:
            place = image_place(connection, picture.image_key)
        try:
            frame = reader.frame(place.locator, place.frame_index)
        except DecodeError:
            self._left_out["picture that cannot be read any more"] += 1
            return ""
        grey = fit_square(to_display(frame, CT_WINDOWS.get(place.window)), self._preprocessing)
        with plain_storage_errors("cannot write the pairs of the archive"):
            part = file.with_suffix(".part")
            Image.fromarray(np.rint(grey * 255).astype(np.uint8)).save(part, format="PNG")
            part.replace(file)
        return name


def _spread(pictures: list[ImageRecord]) -> list[ImageRecord]:
    """At most `MAX_PICTURES`, evenly spread over the study, first and last included."""
    if len(pictures) <= MAX_PICTURES:
        return pictures
    return [pictures[round(place)] for place in np.linspace(0, len(pictures) - 1, MAX_PICTURES)]
