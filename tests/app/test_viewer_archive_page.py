"""The archive page over a real archive: bins with reasons, the review list with undo, jobs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from real_archive import build_real_archive
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.archive import audit_list
from radseek.archive.map_claim import claim_map
from radseek.errors import InputError
from radseek.records.archive_map import MapFacts, MapKind
from radseek.records.progress import Progress
from radseek.service import Archive, EvaluationRun, IngestOptions, JobRecord, Principal
from radseek.service.evaluation_runs import EvaluationStore
from radseek_viewer.connection import connect
from radseek_viewer.durations import describe_seconds
from radseek_viewer.job_rows import describe_job, describe_progress, job_rows, map_row

APP = Path(radseek_viewer.__file__).with_name("app.py")
SECRET = "Zebulon_Private"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few studies, a damaged file whose name is a patient's, and a report of nobody here."""
    folder = tmp_path_factory.mktemp("archive_page")
    path = build_real_archive(folder, n_radiographs=3, n_ct=1)
    damaged = folder / "damaged"
    damaged.mkdir()
    (damaged / f"{SECRET}.dcm").write_bytes(bytes(128) + b"DICM" + bytes(range(256)) * 4)
    table = folder / "more.csv"
    table.write_text("report_id,patient_id,report_text\nx1,NEW-1,FINDINGS: Small left pleural effusion.\n")
    with Archive.open(path) as archive:
        archive.ingest(damaged, IngestOptions("dicom", name="night"))
        archive.ingest(table, IngestOptions("reports", name="more"))
    return path


@pytest.fixture
def page(path: Path):
    with Archive.open(path) as archive:
        connect(archive)
        yield AppTest.from_file(str(APP), default_timeout=60).run().switch_page("app_pages/archive.py").run()
        connect(None)


def open_tab(page: AppTest, label: str) -> AppTest:
    page.session_state["archive_tab"] = label
    return page.run()


def drawn(page: AppTest, name: str) -> list[dict]:
    elements = [element.proto for element in page.get("bidi_component")]
    return [json.loads(proto.json) for proto in elements if proto.component_name == f"radseek.{name}"]


def n_opened(path: Path) -> int:
    """Times that a report was opened to be linked, by the audit."""
    with Archive.open(path) as archive, archive.folder.catalogue.reading() as connection:
        return sum(event.action == "open report" for event in audit_list(connection))


def shown_tables(page: AppTest) -> list[list[dict]]:
    return [table.value.to_dict("records") for table in page.dataframe]


def test_every_input_stands_in_one_bin_with_its_reason(page: AppTest) -> None:
    assert not page.exception
    by_source, reasons, quarantine = shown_tables(page)
    for row in by_source:
        assert row["Seen"] == row["Ingested"] + row["Known already"] + row["Skipped"] + row["Quarantined"]
    assert {row["Source"] for row in by_source} == {"phantoms", "night", "more"}
    assert sum(row["Count"] for row in reasons) == sum(row["Skipped"] + row["Quarantined"] for row in by_source)
    assert [row["Source"] for row in quarantine] == ["night"]
    assert quarantine[0]["Why"]
    assert SECRET not in json.dumps([by_source, reasons, quarantine], default=str)


def test_a_waiting_report_is_read_linked_and_taken_back(page: AppTest) -> None:
    open_tab(page, "Reports to link")
    choice = page.selectbox(key="waiting_report")
    choice.select_index(len(choice.options) - 1).run()
    assert not page.exception
    [report] = drawn(page, "report_pane")
    assert "Small left pleural effusion." in json.dumps(report)
    before = page.selectbox(key="waiting_report").options
    link_none(page).click().run()
    assert not page.exception
    assert page.metric[3].value == str(len(before) - 1)
    page.button(key="undo_link").click().run()
    assert not page.exception
    assert page.selectbox(key="waiting_report").options == before


def link_none(page: AppTest):
    return next(button for button in page.button if button.key.startswith("link_none_"))


def test_a_report_without_candidates_goes_to_the_study_that_a_person_names(page: AppTest, path: Path) -> None:
    open_tab(page, "Reports to link")
    choice = page.selectbox(key="waiting_report")
    choice.select_index(len(choice.options) - 1).run()
    before = page.selectbox(key="waiting_report").options
    with Archive.open(path) as archive:
        study_key = archive.search("chest", k=1).hits[0].study_key
    page.text_input[0].set_value("st_0000000000000000").run()
    assert "No study here goes by this" in json.dumps(drawn(page, "wall"))
    page.text_input[0].set_value(study_key).run()
    [card] = [card for wall in drawn(page, "wall") for card in wall["cards"] if card["study_key"] == study_key]
    assert card["pick"] == "This one"
    with Archive.open(path) as archive:  # the pick itself is a browser's: test_viewer_two_windows.py
        waiting = archive.review.waiting()[-1]
        archive.review.link(waiting.report_key, study_key, while_waiting=True)
        with pytest.raises(InputError, match="decided meanwhile"):
            archive.review.link(waiting.report_key, None, while_waiting=True)
    page.run()
    assert "does not wait any more" in json.dumps(drawn(page, "wall"))
    assert page.selectbox(key="waiting_report").options == before[:-1]
    with Archive.open(path) as archive:
        archive.review.reopen(waiting.report_key)


def test_looking_again_leaves_no_second_audit_event(page: AppTest, path: Path) -> None:
    before = n_opened(path)
    open_tab(page, "Reports to link").run().run()
    assert n_opened(path) == before + 1


def test_jobs_say_what_came_of_them(page: AppTest) -> None:
    open_tab(page, "Jobs")
    assert not page.exception
    told = " ".join(element.value for element in page.markdown)
    assert "**Index**" in told
    assert "done" in told


def bars(page: AppTest) -> list[tuple[int, str]]:
    """Share in a hundred and words of each progress bar."""
    return [(one.proto.value, one.proto.text.replace("\\", "").replace("\u200b", "")) for one in page.get("progress")]


def links(page: AppTest) -> list[tuple[str, str]]:
    return [(one.proto.page, one.proto.query_string) for one in page.get("page_link")]


def test_an_evaluation_that_runs_stands_among_the_jobs_and_is_stopped_there(page: AppTest, path: Path) -> None:
    store = EvaluationStore(path / "evaluations")
    with store.claim():  # as the process that evaluates holds it
        began = datetime.now(UTC) - timedelta(minutes=2)
        run = EvaluationRun(
            "night-run", "me", began.isoformat(), stage="measure", stage_at=began.isoformat(), done=2, total=6
        )
        store.add(run)
        open_tab(page, "Jobs")
        assert bars(page) == [(33, "Measuring: 2 of 6 · about 4 min left of this step")]
        rows = [one.value for one in page.markdown if "&nbsp;" in one.value]
        assert rows[0].startswith("**Evaluation night")  # before all that are done
        page.button(key="stop_evaluation").click().run()
        assert store.is_asked_to_stop("night-run")
    store.write(run.ended("stopped"))
    page.run()
    assert not page.exception
    assert bars(page) == []
    assert ("evaluate", "evaluation=night-run") in links(page)
    assert "stopped" in " ".join(element.value for element in page.markdown)


def test_a_map_that_another_process_builds_stands_among_the_jobs(page: AppTest, path: Path) -> None:
    with claim_map(path / "maps", MapKind.REPORTS) as noting:
        noting(Progress("lay out", 3, 12, seconds_left=40.0))
        open_tab(page, "Jobs")
        assert bars(page) == [(25, "Map by reports: laying the studies out, 3 of 12 · about 40 s left")]
        assert ("map", "by=reports") in links(page)
        assert "stop it where it was started" in " ".join(caption.value for caption in page.caption)
        assert not [button for button in page.button if button.label == "Stop"]
    page.run()
    assert bars(page) == []
    (path / "maps" / ".lock").write_text("reports")  # what a kill leaves
    with Archive.open(path) as archive:
        lost = next(row for row in job_rows(archive) if row.kind == "map")
    assert (lost.name, lost.state) == ("by reports", "interrupted")
    (path / "maps" / ".lock").write_text("")


def test_a_map_that_was_built_is_a_job_that_is_done() -> None:
    facts = MapFacts(MapKind.PICTURES, "g000001-0", 750, 750, 10, 0.5, 0.9, 75.0, "2026-01-01T10:02:15Z")
    row = map_row(facts)
    assert (row.began, row.state) == ("2026-01-01T10:01:00+00:00", "done")
    assert row.told == "started 2026-01-01 10:01 UTC · took 75 s · 750 studies"


def test_a_visitor_is_told_what_is_not_for_visitors(path: Path) -> None:
    with Archive.open(path, Principal("visitor", "viewer")) as archive:
        connect(archive)
        page = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("app_pages/archive.py").run()
        assert not page.exception
        assert any("the role 'viewer' may not" in caption.value for caption in page.caption)
        open_tab(page, "Reports to link")
        assert not page.exception
        assert drawn(page, "report_pane") == []
        connect(None)


def test_how_long_a_job_takes_is_told_in_words() -> None:
    job = JobRecord("ingest", "running", "2026-01-01T10:00:00+00:00", None, 100, 400, {})
    assert describe_progress(job, datetime(2026, 1, 1, 10, 1, tzinfo=UTC)) == "100 of 400 · about 3 min left"
    assert describe_job(job) == "started 2026-01-01 10:00 UTC · 100 of 400"
    assert [describe_seconds(s) for s in (0.4, 45, 100, 7800)] == ["0 s", "45 s", "2 min", "2 h 10 min"]
