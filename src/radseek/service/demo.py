"""The demo's sources: synthetic studies as DICOM and reports, for a first look without any data of one's own.

FOLDER/
  dicom/study-0007/*.dcm    images, and for some studies a structured report
  reports.csv               the other reports, one of them of no study
  sources.json              what is complete: version and counts; written last
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pydicom.data

from radseek.dicom.write import ImageAttributes, ReportAttributes, StudyAttributes, uid_from, write_image, write_report
from radseek.errors import ConfigError, StorageError
from radseek.images.phantoms import WHITE_12_BIT, CtPhantom, RadiographPhantom, make_ct, make_radiograph
from radseek.records.instances import Window
from radseek.records.phantoms import Kind, Lesion, Scene
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.records.reports import Section
from radseek.service.demo_plan import CT_SEEDS, RADIOGRAPH_SEEDS, PlannedStudy, ReportRoute, plan_demo
from radseek.service.phantom_table import write_phantom_table
from radseek.text.phantom_reports import PriorStudy, phantom_report, phantom_report_text

__all__ = ["DemoSources", "demo_searches", "prepare_demo", "write_demo_sources", "write_phantom_table"]

VERSION = 1
"""Counted up when other sources would be written: sources of another version are written anew."""

_MARKER, _DICOM, _REPORTS = "sources.json", "dicom", "reports.csv"
_COLUMNS = ("study_uid", "accession", "patient_id", "study_date", "modality", "report_text")
_FULL_RANGE = Window(2048.0, 4096.0)
_WINDOWS = {
    Scene.CHEST_CT: Window(40.0, 400.0, "MEDIASTINUM"),
    Scene.ABDOMEN_CT: Window(40.0, 400.0, "ABDOMEN"),
    Scene.HEAD_CT: Window(40.0, 80.0, "BRAIN"),
}
_DESCRIPTIONS = {
    Scene.CHEST_RADIOGRAPH: "SYNTHETIC chest radiograph",
    Scene.CHEST_CT: "SYNTHETIC CT chest",
    Scene.ABDOMEN_CT: "SYNTHETIC CT abdomen",
    Scene.HEAD_CT: "SYNTHETIC CT head",
}


@dataclass(frozen=True, slots=True)
class DemoSources:
    """Where the demo's sources lie."""

    dicom_folder: Path
    """Synthetic studies."""
    reports_path: Path
    """CSV with the columns `study_uid, accession, patient_id, study_date, modality, report_text`."""
    real_dicom_folder: Path
    """The small real DICOM files inside the installed pydicom; some are broken on purpose."""
    n_studies: int
    n_images: int
    n_reports: int
    """Structured reports and table rows together."""


@dataclass(frozen=True, slots=True)
class _Marker:
    version: int
    n_radiographs: int
    n_ct: int
    n_images: int
    n_reports: int


def demo_searches() -> tuple[str, str, str]:
    """Three searches that the demo's studies answer."""
    return "large left pleural effusion", "right upper lobe nodule", "liver cyst"


def prepare_demo(folder: Path, progress: ProgressListener = no_progress) -> DemoSources:
    """The demo's sources in `folder`, written if they are not there in full.

    Raises:
        StorageError: When the disk refuses.
    """
    return write_demo_sources(folder, progress=progress)


def write_demo_sources(
    folder: Path, n_radiographs: int = 60, n_ct: int = 16, progress: ProgressListener = no_progress
) -> DemoSources:
    """Write synthetic studies and their reports; studies that are there already are kept.

    The same counts give the same files. A folder that holds all of them is only looked at; one that was left half
    written is completed; one that holds sources of another version or with other counts is written anew.

    Args:
        folder: Made when missing.
        n_radiographs: Radiograph studies, a fifth of them follow-ups; at most 500.
        n_ct: CT studies; at most 500.
        progress: Told after every study.

    Raises:
        ConfigError: When a count is out of range.
        StorageError: When the disk refuses.
    """
    if not 1 <= n_radiographs <= len(RADIOGRAPH_SEEDS) or not 0 <= n_ct <= len(CT_SEEDS):
        raise ConfigError(f"got {n_radiographs} radiographs and {n_ct} CT studies; allowed are 1 to 500 and 0 to 500")
    plan = plan_demo(n_radiographs, n_ct)
    try:
        marker = _read_marker(folder / _MARKER)
        if marker is None or (marker.version, marker.n_radiographs, marker.n_ct) != (VERSION, n_radiographs, n_ct):
            _start_anew(folder, n_radiographs, n_ct)
            marker = None
        if marker is None or marker.n_images == 0 or not _all_there(folder, plan):
            marker = _complete(folder, plan, (n_radiographs, n_ct), progress)
    except OSError as error:
        raise StorageError(f"cannot write the demo's sources: {error.strerror or 'the disk refused'}") from error
    return DemoSources(
        dicom_folder=folder / _DICOM,
        reports_path=folder / _REPORTS,
        real_dicom_folder=Path(pydicom.data.__file__).parent / "test_files",
        n_studies=len(plan),
        n_images=marker.n_images,
        n_reports=marker.n_reports,
    )


def _read_marker(path: Path) -> _Marker | None:
    """The marker, or None when it is missing or no marker of ours."""
    try:
        return _Marker(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write_marker(folder: Path, marker: _Marker) -> None:
    part = folder / f"{_MARKER}.part"
    part.write_text(json.dumps(asdict(marker), indent=2) + "\n", encoding="utf-8")
    os.replace(part, folder / _MARKER)


def _start_anew(folder: Path, n_radiographs: int, n_ct: int) -> None:
    """Take away what an earlier version wrote, and leave a marker that counts no images: unfinished."""
    (folder / _MARKER).unlink(missing_ok=True)
    (folder / _REPORTS).unlink(missing_ok=True)
    for study in (folder / _DICOM).glob("study-*"):
        shutil.rmtree(study)
    (folder / _DICOM).mkdir(parents=True, exist_ok=True)
    _write_marker(folder, _Marker(VERSION, n_radiographs, n_ct, 0, 0))


def _all_there(folder: Path, plan: list[PlannedStudy]) -> bool:
    return (folder / _REPORTS).is_file() and all((folder / _DICOM / study.name).is_dir() for study in plan)


def _complete(folder: Path, plan: list[PlannedStudy], counts: tuple[int, int], progress: ProgressListener) -> _Marker:
    """Write the studies that are missing, then the table of reports, then the marker."""
    n_images, n_structured, rows = 0, 0, [_orphan_row()]
    for done, study in enumerate(plan, start=1):
        phantom = _make(study)
        final = folder / _DICOM / study.name
        if not final.is_dir():
            _write_study(final, study, phantom)
        n_images += len(phantom.volume) if isinstance(phantom, CtPhantom) else 1
        n_structured += study.route is ReportRoute.STRUCTURED
        rows += _table_rows(study, phantom.lesions)
        progress(Progress("writing synthetic studies", done, len(plan)))
    part = folder / f"{_REPORTS}.part"
    with part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_COLUMNS, *rows])
    os.replace(part, folder / _REPORTS)
    marker = _Marker(VERSION, counts[0], counts[1], n_images, n_structured + len(rows))
    _write_marker(folder, marker)
    return marker


def _make(study: PlannedStudy) -> RadiographPhantom | CtPhantom:
    if study.scene is Scene.CHEST_RADIOGRAPH:
        return make_radiograph(study.seed, study.lesions, study.patient_seed)
    return make_ct(study.seed, study.scene, study.lesions)


def _write_study(final: Path, study: PlannedStudy, phantom: RadiographPhantom | CtPhantom) -> None:
    """Write one study's folder beside its place, then move it there, so that no half study is ever seen."""
    part = final.with_name(f"{final.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    attributes = _study_attributes(study, phantom)
    if isinstance(phantom, CtPhantom):
        for index, image in enumerate(_ct_attributes(study, attributes, phantom)):
            write_image(part / f"image-{image.instance_number:03d}.dcm", phantom.volume[index], image)
    else:
        pixels = WHITE_12_BIT - phantom.pixels if study.inverted else phantom.pixels
        write_image(part / "image-001.dcm", pixels, _radiograph_attributes(study, attributes, phantom))
    if study.route is ReportRoute.STRUCTURED:
        series_uid, instance_uid = uid_from("demo SR series", study.name), uid_from("demo SR", study.name)
        report = ReportAttributes(attributes, series_uid, instance_uid)
        write_report(part / "report.dcm", _sections(study, phantom.lesions), report)
    os.replace(part, final)


def _study_attributes(study: PlannedStudy, phantom: RadiographPhantom | CtPhantom) -> StudyAttributes:
    return StudyAttributes(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        study_date=study.study_date,
        accession=study.accession,
        body_part=study.scene.body_part,
        sex=phantom.sex,
        age_years=phantom.age_years,
        description=_DESCRIPTIONS[study.scene],
    )


def _radiograph_attributes(
    study: PlannedStudy, attributes: StudyAttributes, phantom: RadiographPhantom
) -> ImageAttributes:
    return ImageAttributes(
        study=attributes,
        series_uid=uid_from("demo series", study.name),
        instance_uid=uid_from("demo image", study.name, 1),
        modality="DX",
        spacing_mm=phantom.spacing_mm,
        window=_FULL_RANGE,
        series_description="SYNTHETIC PA",
        view_position=phantom.view,
        inverted=study.inverted,
        compression=study.compression,
    )


def _ct_attributes(study: PlannedStudy, attributes: StudyAttributes, phantom: CtPhantom) -> Iterator[ImageAttributes]:
    """Headers of the slices from the feet upwards; instances are numbered from the head down, as scanners often do."""
    between, row_mm, col_mm = phantom.spacing_mm
    n_slices, rows, cols = phantom.volume.shape
    corner = (-(cols - 1) / 2 * col_mm, -(rows - 1) / 2 * row_mm)
    for index in range(n_slices):
        yield ImageAttributes(
            study=attributes,
            series_uid=uid_from("demo series", study.name),
            instance_uid=uid_from("demo image", study.name, index),
            modality="CT",
            spacing_mm=(row_mm, col_mm),
            window=_WINDOWS[study.scene],
            instance_number=n_slices - index,
            series_description="SYNTHETIC axial",
            position_mm=(round(corner[0], 3), round(corner[1], 3), round(index * between, 3)),
            slice_thickness_mm=between,
            compression=study.compression,
        )


def _sections(study: PlannedStudy, lesions: tuple[Lesion, ...]) -> dict[Section, str]:
    prior = PriorStudy(study.prior.study_date.isoformat(), study.prior.lesions) if study.prior else None
    return phantom_report(lesions, study.seed, study.scene, prior)


def _table_rows(study: PlannedStudy, lesions: tuple[Lesion, ...]) -> list[tuple[str, ...]]:
    """The study's row of the report table with only the identifiers of its route; none when it has another route."""
    text = phantom_report_text(_sections(study, lesions))
    patient = (study.patient_id, study.study_date.isoformat(), study.scene.modality)
    if study.route is ReportRoute.STUDY_UID:
        return [(study.study_uid, study.accession, *patient, text)]
    if study.route is ReportRoute.ACCESSION:
        return [("", study.accession, "", "", "", text)]
    if study.route is ReportRoute.PATIENT_DATE:
        return [("", "", *patient, text)]
    return []


def _orphan_row() -> tuple[str, ...]:
    """A report whose images never arrived."""
    lesions = (Lesion(Kind.EFFUSION, "right", "", 30.0),)
    text = phantom_report_text(phantom_report(lesions, 999, Scene.CHEST_RADIOGRAPH))
    return ("", "SYN-A9999", "SYN-9999", date(2023, 6, 1).isoformat(), "DX", text)
