"""The demo's sources: complete, the same each time, resumed when half written, and answering its own searches."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from radseek.archive.config import ArchiveConfig
from radseek.dicom import choose_key_frames, order_series
from radseek.dicom.limits import ReadLimits
from radseek.dicom.locators import iter_locators
from radseek.dicom.sandbox import SandboxReader
from radseek.errors import ConfigError, StorageError
from radseek.images.phantoms import make_ct
from radseek.records.instances import InstanceKind
from radseek.records.phantoms import KINDS, SYNTHETIC_LINE, Kind, Scene
from radseek.records.progress import Progress
from radseek.service.demo import DemoSources, demo_searches, prepare_demo, write_demo_sources, write_phantom_table
from radseek.service.demo_plan import ReportRoute, plan_demo
from radseek.service.phantom_table import FIRST_TRAINING_SEED, PhantomRow

COUNTS = {"n_radiographs": 10, "n_ct": 3}


def digest(folder: Path) -> dict[str, str]:
    """SHA-256 of every file, by its place in `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> DemoSources:
    return write_demo_sources(tmp_path_factory.mktemp("demo"), **COUNTS)


def test_each_study_is_there_with_images_or_report_as_planned(sources: DemoSources) -> None:
    plan = plan_demo(**COUNTS)
    assert sorted(path.name for path in sources.dicom_folder.iterdir()) == sorted(study.name for study in plan)
    for study in plan:
        files = [pydicom.dcmread(path) for path in sorted((sources.dicom_folder / study.name).iterdir())]
        assert {file.StudyInstanceUID for file in files} == {study.study_uid}
        assert {file.PatientID for file in files} == {study.patient_id}
        assert ("SR" in {file.Modality for file in files}) == (study.route is ReportRoute.STRUCTURED)
        assert all(file.SyntheticData == "YES" and str(file.PatientName) == "Synthetic^Phantom" for file in files)
    assert sources.n_studies == len(plan) == 13


def test_our_own_reader_takes_every_file(sources: DemoSources) -> None:
    limits = ReadLimits()
    with SandboxReader(limits, n_workers=1) as reader:
        reads = list(reader.read_headers(iter_locators(sources.dicom_folder, limits)))
    assert [read.refusal for read in reads if read.refusal is not None] == []
    headers = [read.header for read in reads if read.header is not None]
    images = [header for header in headers if header.kind is InstanceKind.IMAGE]
    reports = [header for header in headers if header.kind is InstanceKind.REPORT]
    assert (
        len(images)
        == sources.n_images
        == 8 + 2 + sum(len(make_ct(500 + n, s).volume) for n, s in enumerate(_ct_scenes()))
    )
    assert all(header.synthetic for header in headers)
    assert all(SYNTHETIC_LINE in header.report_text for header in reports)
    assert {header.transfer_syntax_uid for header in images} >= {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"}
    assert "MONOCHROME1" in {header.photometric for header in images}
    ct = [h for h in images if h.modality == "CT"]
    series = [h for h in ct if h.series_uid == ct[0].series_uid]
    order = order_series(series)
    heights = [series[i].position_mm[2] for i in order]  # type: ignore[index]
    assert heights == sorted(heights)
    assert [series[i].instance_number for i in order] == list(range(len(series), 0, -1))


def _ct_scenes() -> list[Scene]:
    return [study.scene for study in plan_demo(**COUNTS) if study.scene is not Scene.CHEST_RADIOGRAPH]


def test_the_table_has_reports_by_every_route_and_one_without_study(sources: DemoSources) -> None:
    with sources.reports_path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["study_uid", "accession", "patient_id", "study_date", "modality", "report_text"]
    plan = plan_demo(**COUNTS)
    assert {row["study_uid"] for row in rows if row["study_uid"]} == {
        study.study_uid for study in plan if study.route is ReportRoute.STUDY_UID
    }
    known = {study.accession for study in plan}
    orphans = [row for row in rows if row["accession"] and row["accession"] not in known]
    assert len(orphans) == 1
    for row in rows:
        lines = row["report_text"].splitlines()
        assert lines[0] == SYNTHETIC_LINE
        assert lines[-1].endswith(SYNTHETIC_LINE)
    by_accession = [row for row in rows if row["accession"] and not row["study_uid"] and row not in orphans]
    by_patient = [row for row in rows if row["patient_id"] and not row["accession"]]
    assert len(by_accession) == sum(study.route is ReportRoute.ACCESSION for study in plan) > 0
    assert len(by_patient) == sum(study.route is ReportRoute.PATIENT_DATE for study in plan) > 0
    structured = sum(study.route is ReportRoute.STRUCTURED for study in plan)
    assert sources.n_reports == structured + len(rows)


def test_a_second_call_writes_nothing(sources: DemoSources) -> None:
    folder = sources.reports_path.parent
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    told: list[Progress] = []
    assert write_demo_sources(folder, **COUNTS, progress=told.append) == sources
    assert told == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


class _Stop(Exception):
    pass


def test_a_half_written_folder_is_completed_to_the_same_files(sources: DemoSources, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == 4:
            raise _Stop("pulled the plug")

    with pytest.raises(_Stop, match="pulled the plug"):
        write_demo_sources(tmp_path, **COUNTS, progress=stop)
    assert not (tmp_path / "reports.csv").exists()
    (tmp_path / "dicom" / "study-0005.part").mkdir()
    (tmp_path / "dicom" / "study-0005.part" / "image-001.dcm").write_bytes(b"half")
    kept = digest(tmp_path / "dicom" / "study-0001")
    write_demo_sources(tmp_path, **COUNTS)
    assert digest(tmp_path) == digest(sources.reports_path.parent)
    assert digest(tmp_path / "dicom" / "study-0001") == kept


def test_a_lost_study_comes_back(tmp_path: Path) -> None:
    first = write_demo_sources(tmp_path, 3, 0)
    whole = digest(tmp_path)
    for path in (first.dicom_folder / "study-0001").iterdir():
        path.unlink()
    (first.dicom_folder / "study-0001").rmdir()
    write_demo_sources(tmp_path, 3, 0)
    assert digest(tmp_path) == whole


@pytest.mark.parametrize(
    "marker", ["{}", "no json", '{"version": 0, "n_radiographs": 3, "n_ct": 0, "n_images": 3, "n_reports": 3}']
)
def test_sources_of_another_version_are_written_anew(tmp_path: Path, marker: str) -> None:
    write_demo_sources(tmp_path, 3, 0)
    whole = digest(tmp_path)
    (tmp_path / "dicom" / "study-0002" / "image-001.dcm").write_bytes(b"of an older version")
    (tmp_path / "sources.json").write_text(marker)
    write_demo_sources(tmp_path, 3, 0)
    assert digest(tmp_path) == whole
    assert json.loads((tmp_path / "sources.json").read_text())["n_images"] == 3


def test_other_counts_replace_the_studies(tmp_path: Path) -> None:
    write_demo_sources(tmp_path, 4, 0)
    fewer = write_demo_sources(tmp_path, 2, 0)
    assert sorted(path.name for path in fewer.dicom_folder.iterdir()) == ["study-0000", "study-0001"]


@pytest.mark.parametrize(("n_radiographs", "n_ct"), [(0, 1), (501, 1), (1, -1), (1, 501)])
def test_counts_out_of_range_are_refused(tmp_path: Path, n_radiographs: int, n_ct: int) -> None:
    with pytest.raises(ConfigError, match=f"got {n_radiographs} radiographs and {n_ct} CT studies; allowed are"):
        write_demo_sources(tmp_path, n_radiographs, n_ct)


def test_a_refusing_disk_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot write the demo's sources"):
        prepare_demo(tmp_path / "demo")


def test_the_real_files_are_those_inside_pydicom(sources: DemoSources) -> None:
    assert (sources.real_dicom_folder / "CT_small.dcm").is_file()
    assert sources.real_dicom_folder.is_relative_to(Path(pydicom.__file__).parent)


def test_the_plan_has_follow_ups_of_the_same_patient_later_in_time() -> None:
    follow_ups = [study for study in plan_demo(60, 16) if study.prior is not None]
    assert len(follow_ups) == 60 // 5
    for study in follow_ups:
        assert study.prior is not None
        assert (study.patient_id, study.patient_seed) == (study.prior.patient_id, study.prior.patient_seed)
        assert study.study_date > study.prior.study_date
        assert study.seed != study.prior.seed


def test_the_plan_shows_every_kind_and_keeps_names_and_seeds_apart() -> None:
    plan = plan_demo(60, 16)
    assert {lesion.kind for study in plan for lesion in study.lesions} >= set(KINDS) - {Kind.RENAL_CYST}
    assert len({study.study_uid for study in plan}) == len({study.accession for study in plan}) == len(plan) == 76
    assert len({study.seed for study in plan}) == len(plan)
    assert all(study.seed < 1000 < FIRST_TRAINING_SEED for study in plan)
    assert sum(study.route is ReportRoute.NONE for study in plan) == 1
    assert {study.scene for study in plan} == set(Scene)
    keys = [(study.patient_id, study.study_date, study.scene.modality) for study in plan]
    assert len(set(keys)) == len(keys), "a report with patient, date and modality finds exactly one study"


def test_the_demo_searches_have_answers() -> None:
    lesions = [lesion for study in plan_demo(60, 16) for lesion in study.lesions]
    assert demo_searches() == ("large left pleural effusion", "right upper lobe nodule", "liver cyst")
    effusions = [le for le in lesions if (le.kind, le.side, le.grade) == (Kind.EFFUSION, "left", "large")]
    nodules = [le for le in lesions if (le.kind, le.side, le.zone) == (Kind.NODULE, "right", "upper")]
    assert len(effusions) >= 3
    assert len(nodules) >= 3
    assert any(lesion.kind is Kind.LIVER_CYST for lesion in lesions)


def test_the_slices_that_an_archive_picks_show_every_planned_ct_lesion() -> None:
    for study in plan_demo(60, 9)[-9:]:
        phantom = make_ct(study.seed, study.scene, study.lesions)
        picked = choose_key_frames(len(phantom.volume), ArchiveConfig().key_slices)
        for lesion in phantom.lesions:
            assert lesion.first_slice is not None
            assert lesion.last_slice is not None
            assert any(lesion.first_slice <= index <= lesion.last_slice for index in picked), lesion


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_phantom_table(tmp_path_factory.mktemp("table"), 24)


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_table_has_a_readable_picture_and_text_a_row(table: Path) -> None:
    rows = read_rows(table)
    assert len(rows) == 24
    assert list(rows[0]) == list(PhantomRow.__dataclass_fields__)
    assert len({row["image"] for row in rows}) == 24
    for row in rows:
        with Image.open(table.parent / row["image"]) as picture:
            assert picture.mode == "L"
            assert picture.size == (int(row["width"]), int(row["height"]))
            assert np.asarray(picture).std() > 10
        assert row["dataset"] == "radseek_phantoms"
        assert row["flags"] == "synthetic"
        assert row["caption"] in row["text"]
        assert row["findings"] in row["text"]
        assert int(row["n_text_words"]) == len(row["text"].split())
    assert {row["modality"] for row in rows} == {"DX", "CT"}
    radiographs = sum(row["modality"] == "DX" for row in rows)
    assert 0.4 < radiographs / len(rows) < 0.8


def test_the_table_splits_by_study_and_uses_only_training_seeds(table: Path) -> None:
    rows = read_rows(table)
    split_of = {(row["study_id"], row["split"]) for row in rows}
    assert len(split_of) == len({study for study, _ in split_of})
    assert {row["split"] for row in rows} == {"train", "val"}
    assert all(int(row["study_id"].removeprefix("phantom_")) >= FIRST_TRAINING_SEED for row in rows)


def test_ct_rows_tell_only_what_their_slice_shows(table: Path) -> None:
    """A row of a CT study without label has a caption without finding; no row tells a kind of another scene."""
    scenes = {scene.body_part: scene for scene in (Scene.CHEST_CT, Scene.ABDOMEN_CT, Scene.HEAD_CT)}
    for row in read_rows(table):
        labels = row["labels"].split("|")
        scene = scenes[row["body_part"]] if row["modality"] == "CT" else Scene.CHEST_RADIOGRAPH
        for label in labels:
            allowed = [kind for kind, facts in KINDS.items() if scene in facts.scenes]
            assert label == "normal" or any(label.endswith(kind.value) for kind in allowed)
        normal = any(words in row["caption"] for words in ("abnormality", "normal findings"))
        assert normal == (labels == ["normal"])


def test_the_same_seed_writes_the_same_table(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_phantom_table(tmp_path / name, 6, first_seed=FIRST_TRAINING_SEED + 77)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    told: list[Progress] = []
    write_phantom_table(tmp_path, 3, progress=told.append)
    assert [(one.done, one.total) for one in told] == [(1, 3), (2, 3), (3, 3)]
