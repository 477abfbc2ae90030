"""An archive's own evaluations: kept, listed, stale, damaged, stopped, killed, compared; who may, what audits hold."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from evaluation_kit import rows_of, write_table

from radseek.archive import audit_list
from radseek.errors import ArtifactError, BusyError, InputError, LeakError, MismatchError, PrivacyError
from radseek.service import Archive, EvaluationChoices, IngestOptions, Principal
from radseek.service.evaluation import EvaluateOptions, report_json
from radseek.service.evaluation.outcomes import (
    TextOutcomes,
    outcomes_json,
    paired_differences,
    paired_ways,
    read_outcomes,
)
from radseek.service.evaluation_runs import EvaluationRun, EvaluationStore

pytestmark = pytest.mark.xdist_group("archive_evaluations")

MAP = """
about: a small table of drawn pictures
image: image
study_id: study_id
patient_id: patient_id
source: split
modality: modality
view: view
age: age
sex: sex
sections: {findings: findings}
"""
SHORT = EvaluateOptions(max_queries=2)


def build_archive(folder: Path, encoder: Path, rows: list[dict[str, str]]) -> Path:
    table = write_table(folder, rows)
    (folder / "map.yaml").write_text(MAP)
    with Archive.create(folder / "archive", encoder=str(encoder)) as archive:
        archive.ingest(table, IngestOptions("table", str(folder / "map.yaml")))
        archive.index()
    return folder / "archive"


@pytest.fixture(scope="module")
def path(tmp_path_factory, tiny_encoder_folder) -> Path:
    """12 studies of 12 patients that were trained on, and 12 others; one evaluation, called `first`."""
    rows = [*rows_of(24, "train", 100), *rows_of(24, "test", 200)]
    path = build_archive(tmp_path_factory.mktemp("evaluations"), tiny_encoder_folder, rows)
    with Archive.open(path) as archive:
        archive.evaluations.run(SHORT, "first")
    return path


@pytest.fixture
def archive(path: Path):
    with Archive.open(path) as archive:
        yield archive


def run_file(archive: Archive, name: str) -> Path:
    return archive.folder.evaluations_folder / name / "run.json"


def wait_for(condition, timeout_s: float = 120.0):
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
    return found


def test_an_evaluation_is_kept_and_summed_up(archive: Archive) -> None:
    [summary] = [one for one in archive.evaluations.all() if one.run.name == "first"]
    report = archive.evaluations.report("first")
    assert summary.run.state == "done"
    assert summary.run.generation == archive.summary().generation
    assert (summary.n_studies, summary.n_patients) == (24, 24)
    assert not summary.stale
    figure = report.figure(report.headlines[0])
    assert (summary.value, summary.low, summary.high, summary.chance) == (
        figure.value, figure.low, figure.high, figure.random,
    )  # fmt: skip
    assert set(archive.evaluations.files("first")) == {"first.json", "first.html"}
    assert archive.evaluations.running() is None


def test_nothing_of_a_patient_is_kept_and_only_the_owner_reads_it(archive: Archive) -> None:
    folder = archive.folder.evaluations_folder / "first"
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "SECRET-" not in text, file.name
        assert "Seen beside it" not in text, file.name
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_verify_does_not_stumble_on_them(archive: Archive) -> None:
    assert archive.verify() == []


def test_curves_come_with_intervals_that_hold_their_points(archive: Archive) -> None:
    curves = [panel for section in archive.evaluations.report("first").sections for panel in section.panels
              if panel.key.endswith("/curve")]  # fmt: skip
    assert curves
    for panel in curves:
        line = panel.lines[0]
        assert len(line.low) == len(line.x) > 2
        for low, value, high in zip(line.low, line.y, line.high, strict=True):
            assert low - 1e-9 <= value <= high + 1e-9


def test_leaks_stop_it_and_are_told_in_words(tmp_path: Path, tiny_encoder_folder: Path) -> None:
    train, test = rows_of(8, "train", 100), rows_of(8, "test", 200)
    test[0]["findings"] = test[1]["findings"] = train[0]["findings"]
    path = build_archive(tmp_path, tiny_encoder_folder, [*train, *test])
    options = dataclasses.replace(SHORT, trained_on=("train",))
    with Archive.open(path) as archive:
        with pytest.raises(LeakError, match="was trained on|same text"):
            archive.evaluations.run(options, "leaking")
        run = archive.evaluations.get("leaking").run
        assert run.state == "leaks"
        assert any("text" in sentence or "report" in sentence for sentence in run.why)
        assert "--allow-leaks" not in " ".join(run.why)
        with pytest.raises(ArtifactError, match="no figures"):
            archive.evaluations.report("leaking")
        archive.evaluations.run(dataclasses.replace(options, allow_leaks=True), "anyway")
        assert archive.evaluations.get("anyway").leaks


def test_an_older_generation_is_told(tmp_path: Path, tiny_encoder_folder: Path) -> None:
    rows = rows_of(16, "test", 200)
    path = build_archive(tmp_path, tiny_encoder_folder, rows[:12])
    with Archive.open(path) as archive:
        archive.evaluations.run(SHORT, "before")
        assert not archive.evaluations.get("before").stale
        archive.ingest(write_table(tmp_path, rows, "more.csv"), IngestOptions("table", str(tmp_path / "map.yaml")))
        archive.index()
        assert "indexed again" in archive.evaluations.get("before").stale


def test_one_patient_and_an_archive_without_text_are_evaluated(tmp_path: Path, tiny_encoder_folder: Path) -> None:
    rows = rows_of(6, "test", 200)
    for row in rows:
        row |= {"patient_id": "ONE", "findings": ""}
    path = build_archive(tmp_path, tiny_encoder_folder, rows)
    with Archive.open(path) as archive:
        report = archive.evaluations.run(SHORT).report
        missing = {section.key: section.why_not for section in report.sections if section.why_not}
        assert "no study has both a picture and report text" in missing["search"]
        assert missing["pairs"] == "no tested picture has a text"
        assert archive.evaluations.all()[0].value is None
        assert archive.evaluations.sources()[0].n_with == {}


def test_nothing_indexed_is_said_and_leaves_nothing(tmp_path: Path, tiny_encoder_folder: Path) -> None:
    with Archive.create(tmp_path / "archive", encoder=str(tiny_encoder_folder)) as archive:
        assert archive.evaluations.sources() == []
        for begin in (archive.evaluations.run, archive.evaluations.start):
            with pytest.raises(ArtifactError, match="nothing is indexed yet"):
                begin()
        assert archive.evaluations.all() == []


def test_it_runs_in_a_process_of_its_own_one_at_a_time_and_stops_when_asked(archive: Archive) -> None:
    run = archive.evaluations.start(EvaluationChoices(max_queries=2), "alone")
    assert archive.evaluations.running().name == "alone"
    with Archive.open(archive.folder.path) as other:
        assert other.evaluations.running().name == "alone"
        for begin in (other.evaluations.start, other.evaluations.run):
            with pytest.raises(BusyError, match="being evaluated already"):
                begin()
        with pytest.raises(BusyError, match="stop it first"):
            other.evaluations.delete("alone")
        other.evaluations.stop("alone")
    wait_for(lambda: archive.evaluations.running() is None)
    assert archive.evaluations.get(run.name).run.state == "stopped"


def test_it_ends_well_in_a_process_of_its_own(archive: Archive) -> None:
    archive.evaluations.start(EvaluationChoices(max_queries=2), "background")
    wait_for(lambda: archive.evaluations.running() is None)
    summary = archive.evaluations.get("background")
    assert summary.run.state == "done"
    assert summary.run.why == ()
    assert archive.evaluations.report("background").header.command == "radseek evaluate ARCHIVE --queries 2"


def test_a_killed_one_counts_as_interrupted(archive: Archive) -> None:
    archive.evaluations.start(name="killed")
    os.kill(wait_for(child_of_mine), signal.SIGKILL)
    wait_for(lambda: archive.evaluations.running() is None)
    assert archive.evaluations.get("killed").run.state == "interrupted"
    assert json.loads(run_file(archive, "killed").read_text())["state"] == "running"  # as it was left


def child_of_mine() -> int | None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid() and b"evaluation_child" in (entry / "cmdline").read_bytes():
                    return int(entry.name)
            except OSError:
                continue
    return None


def test_deleting_can_be_undone_until_the_next(archive: Archive) -> None:
    for name in ("one", "two"):
        archive.evaluations.import_file(archive.evaluations.files("first")["first.json"], name)
    archive.evaluations.delete("one")
    with pytest.raises(InputError, match="no evaluation of this name"):
        archive.evaluations.report("one")
    archive.evaluations.undelete("one")
    archive.evaluations.delete("one")
    archive.evaluations.delete("two")
    with pytest.raises(InputError, match="cannot be brought back"):
        archive.evaluations.undelete("one")


def test_a_file_made_elsewhere_is_kept_and_called_so(archive: Archive) -> None:
    content = archive.evaluations.files("first")["first.json"]
    run = archive.evaluations.import_file(content)
    assert run.name == "tiny-on-archive"
    assert archive.evaluations.get(run.name).run.made_elsewhere
    assert archive.evaluations.report(run.name) == archive.evaluations.report("first")
    assert archive.evaluations.differences("first", run.name) == ()
    archive.evaluations.delete(run.name)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda content: content | {"schema": "radseek-evaluation/9"}, MismatchError, "`schema` does not match"),
        (lambda content: content | {"surprise": 1}, ArtifactError, "unknown key surprise"),
        (
            lambda content: content | {"header": content["header"] | {"seed": "x"}},
            ArtifactError,
            "header: seed: expected",
        ),
        (lambda content: {**content, "leaks": 3}, ArtifactError, "leaks: expected a list"),
    ],
)
def test_a_file_of_another_make_is_refused_by_its_field(archive: Archive, change, error, words) -> None:
    content = json.loads(report_json(archive.evaluations.report("first")))
    with pytest.raises(error, match=words):
        archive.evaluations.import_file(json.dumps(change(content)).encode())


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b'{"schema": NaN}', b'["radseek"]'])
def test_what_is_no_report_is_refused(archive: Archive, content: bytes) -> None:
    with pytest.raises(ArtifactError, match="evaluat|schema"):
        archive.evaluations.import_file(content)


def test_a_damaged_one_says_so_in_the_list(archive: Archive) -> None:
    content = archive.evaluations.files("first")["first.json"]
    archive.evaluations.import_file(content, "damaged")
    folder = archive.folder.evaluations_folder / "damaged"
    (folder / "evaluation.json").write_bytes(content[: len(content) // 2])
    assert "not valid JSON" in archive.evaluations.get("damaged").trouble
    (folder / "run.json").write_text('{"name": "damaged", "by": "x", "started_at": "", "state": "asleep"}')
    assert "state: expected one of running" in archive.evaluations.get("damaged").trouble
    assert len(archive.evaluations.all()) >= 2
    archive.evaluations.delete("damaged")


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "x" * 65, "a b", "ü"])
def test_names_cannot_leave_the_folder(archive: Archive, name: str) -> None:
    with pytest.raises(InputError, match="evaluation"):
        archive.evaluations.get(name)
    if name:
        with pytest.raises(InputError, match="an evaluation's name"):
            archive.evaluations.run(SHORT, name)


def test_visitors_look_and_researchers_evaluate(path: Path) -> None:
    with Archive.open(path, Principal("visitor", "viewer")) as archive:
        assert archive.evaluations.report("first").sections
        for forbidden in (
            archive.evaluations.require_evaluate,
            archive.evaluations.run,
            archive.evaluations.start,
            lambda: archive.evaluations.stop("first"),
            lambda: archive.evaluations.delete("first"),
            lambda: archive.evaluations.undelete("first"),
            lambda: archive.evaluations.import_file(b"{}"),
        ):
            with pytest.raises(PrivacyError, match="may not evaluate"):
                forbidden()
    with Archive.open(path, Principal("rita", "researcher")) as archive:
        archive.evaluations.require_evaluate()


def test_the_audit_holds_a_key_and_no_name(archive: Archive) -> None:
    archive.evaluations.import_file(archive.evaluations.files("first")["first.json"], "Doe-follow-up")
    archive.evaluations.delete("Doe-follow-up")
    with archive.folder.catalogue.reading() as connection:
        events = [event for event in audit_list(connection) if "evaluat" in event.action]
    assert {"evaluate", "import evaluation", "delete evaluation"} <= {event.action for event in events}
    assert all(event.detail.keys() == {"evaluation"} for event in events)
    assert "Doe" not in str(events)


def test_two_of_one_archive_are_paired_text_by_text(archive: Archive) -> None:
    archive.evaluations.run(SHORT, "second")
    found = archive.evaluations.differences("first", "second")
    assert {one.measure for one in found} == {"success@1", "success@5", "success@10"}
    for one in found:
        assert (one.difference, one.low, one.high, one.n_better, one.n_worse, one.n_alone) == (0, 0, 0, 0, 0, 0)
        assert one.before == one.after
        assert not one.is_sure


def test_paired_differences_are_those_of_the_texts_that_both_asked(tmp_path: Path) -> None:
    before = TextOutcomes("a/report", ("s1", "s2", "s3", "s9"), ("p1", "p2", "p3", "p9"), {"success@1": (0, 0, 1, 1)})
    after = TextOutcomes("a/report", ("s3", "s2", "s1", "s8"), ("p3", "p2", "p1", "p8"), {"success@1": (1, 1, 1, 0)})
    [one] = paired_differences([before], [after])
    assert (one.before, one.after, one.difference) == (pytest.approx(1 / 3), 1, pytest.approx(2 / 3))
    assert (one.n, one.n_better, one.n_worse, one.n_alone) == (3, 2, 0, 2)
    assert one.low <= one.difference <= one.high
    (tmp_path / "o.json").write_text(
        outcomes_json([dataclasses.replace(before, found={"success@1": (0.0, 0.5, 1.0, 1.0)})])
    )
    assert read_outcomes(tmp_path / "o.json")[0].found["success@1"] == (0.0, 0.5, 1.0, 1.0)
    assert read_outcomes(tmp_path / "nothing.json") == ()
    (tmp_path / "o.json").write_text("{")
    with pytest.raises(ArtifactError, match="evaluate again"):
        read_outcomes(tmp_path / "o.json")


def test_two_ways_of_one_evaluation_are_paired_in_the_order_asked() -> None:
    def way(task: str, *found: float) -> TextOutcomes:
        return TextOutcomes(task, ("s1", "s2", "s3"), ("p1", "p2", "p3"), {"success@1": found})

    outcomes = [way("a/report", 1, 1, 1), way("search/words", 1, 0, 1), way("search/both", 0, 0, 1)]
    [one] = paired_ways(outcomes, ["search/pictures", "search/words", "search/both"])
    assert (one.against, one.task) == ("search/words", "search/both")
    assert (one.before, one.after, one.n_better, one.n_worse) == (pytest.approx(2 / 3), pytest.approx(1 / 3), 0, 1)
    assert one.difference == pytest.approx(-1 / 3)
    assert one.low <= one.difference <= one.high == 0
    assert not one.is_sure  # the interval reaches 0
    assert paired_ways(outcomes[:2], ["search/words"]) == ()


def test_free_names_are_numbered(tmp_path: Path) -> None:
    store = EvaluationStore(tmp_path / "evaluations")
    assert store.names() == []
    for wanted in ("mini", "mini-2", "mini-3"):
        name = store.free_name("mini")
        assert name == wanted
        store.add(EvaluationRun(name, "me", "2026-01-01T00:00:00Z"))
    assert store.free_name("../..//") == "evaluation"
    with pytest.raises(InputError, match="already"):
        store.add(EvaluationRun("mini", "me", ""))
