"""Linking in the catalogue: what is decided, what waits, and that a person's word stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from radseek.archive.catalogue_writes import CatalogueWriter, report_identity
from radseek.archive.facts import PatientFacts, SeriesFacts, StudyFacts, Thing
from radseek.archive.folder import ArchiveFolder
from radseek.archive.linking import LinkSummary, link_reports, list_waiting, reopen_link, resolve_link
from radseek.archive.schema import reports, studies
from radseek.archive.table_studies import table_study_uid
from radseek.errors import InputError
from radseek.records.outcomes import Outcome
from radseek.records.progress import Progress
from radseek.records.reports import IncomingReport
from radseek.text import parse_report

DAY = date(2024, 5, 17)
SEVERAL = "several"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[ArchiveFolder]:
    with ArchiveFolder.create(tmp_path / "archive") as opened:
        yield opened


def add_study(writer: CatalogueWriter, uid: str, modalities: tuple[str, ...] = ("CT",), **values: object) -> str:
    """Adds a study and returns its key."""
    kind = "table" if uid.startswith("2.25.") else "dicom"
    source_id = writer.source("scans", kind, Path("/scans"))
    patient = PatientFacts(str(values.pop("patient_id", "P1")))
    known: dict[str, object] = {"study_date": DAY, "modality": modalities[0]} | values
    study_id = writer.study(StudyFacts(uid, patient, source_id, **known))  # type: ignore[arg-type]
    assert isinstance(study_id, int)
    for modality in modalities:
        assert isinstance(writer.series(study_id, SeriesFacts(f"{uid}.{modality}", modality)), int)
    return writer.keys.study(uid)


def add_report(writer: CatalogueWriter, report_id: str, text: str = "Clear lungs.", **values: object) -> str:
    """Adds a report and returns its key."""
    source_id = writer.source("dictation", "reports", Path("/reports"))
    incoming = IncomingReport(text=text, source="csv", report_id=report_id, **values)  # type: ignore[arg-type]
    outcome_id = writer.outcome(Thing(source_id, b"r.csv", report_id.encode(), "", "report"), Outcome.INGESTED)
    identity = report_identity(incoming, "dictation")
    writer.report(identity, (source_id, outcome_id), incoming, parse_report(text))
    return writer.keys.report(*identity)


def links(archive: ArchiveFolder) -> dict[str, tuple[str | None, str, str]]:
    """Report id -> key of its study, method, state."""
    statement = (
        select(reports.c.report_id, studies.c.study_key, reports.c.link_method, reports.c.link_state)
        .outerjoin(studies, studies.c.id == reports.c.study_id)
        .order_by(reports.c.id)
    )
    with archive.catalogue.reading() as connection:
        return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(statement)}


def test_an_empty_archive(archive: ArchiveFolder) -> None:
    assert link_reports(archive) == LinkSummary({}, {}, 0, 0)
    assert list_waiting(archive) == []


def test_every_way_and_the_review_list(archive: ArchiveFolder) -> None:
    patient = {"patient_id": "P1", "study_date": DAY + timedelta(1), "modality": "MR"}
    with archive.catalogue.writing() as writer:
        a = add_study(writer, "1.2.3.4.5.6.1", accession="A1", study_date=DAY - timedelta(7))
        b = add_study(writer, "1.2.3.4.5.6.2", ("SR", "MR"), accession="B1")
        c = add_study(writer, "1.2.3.4.5.6.3", accession="C1", patient_id="P3")
        d = add_study(writer, "1.2.3.4.5.6.4", accession="C1", patient_id="P4")
        add_report(writer, "uid", study_uid="1.2.3.4.5.6.1")
        add_report(writer, "addendum", "Addendum: as above.", study_uid="1.2.3.4.5.6.1")
        add_report(writer, "accession", accession="A1", patient_id="P1")
        add_report(writer, "patient", **patient)
        several = add_report(writer, "several", accession="C1")
        none = add_report(writer, "none", accession="Z9")
        nothing = add_report(writer, "nothing")
        other = add_report(writer, "other", "Compared with 1.2.3.4.5.6.2.", accession="A1")
    heard: list[Progress] = []
    summary = link_reports(archive, heard.append)
    assert summary == LinkSummary(
        by_method={"accession": 1, "patient_date_modality": 1, "study_uid": 2},
        waiting={"contradiction": 1, "no_identifier": 1, "none": 1, "several": 1},
        reports_without_study=4,
        studies_without_report=2,
    )
    assert (heard[-1].done, heard[-1].total) == (8, 8)
    assert links(archive)["addendum"] == (a, "study_uid", "linked")
    assert links(archive)["patient"] == (b, "patient_date_modality", "linked")
    waiting = {w.report_key: (w.reason, w.candidates) for w in list_waiting(archive)}
    assert waiting == {
        several: (SEVERAL, tuple(sorted((c, d)))),
        none: ("none", ()),
        nothing: ("no_identifier", ()),
        other: ("contradiction", tuple(sorted((a, b)))),
    }
    assert [w.report_key for w in list_waiting(archive, limit=2, offset=1)] == [none, nothing]
    before = links(archive)
    assert link_reports(archive) == summary
    assert links(archive) == before


def test_the_order_of_arrival_does_not_matter(archive: ArchiveFolder) -> None:
    with archive.catalogue.writing() as writer:
        a = add_study(writer, "1.2.3.4.5.6.1", accession="A1")
        add_report(writer, "r", accession="A1")
    link_reports(archive)
    assert links(archive)["r"] == (a, "accession", "linked")
    with archive.catalogue.writing() as writer:
        add_study(writer, "1.2.3.4.5.6.2", accession="A1")
    assert link_reports(archive).waiting == {SEVERAL: 1}
    assert links(archive)["r"] == (None, "", "review")


def test_a_waiting_report_finds_its_study_when_it_comes(archive: ArchiveFolder) -> None:
    with archive.catalogue.writing() as writer:
        add_report(writer, "r", study_uid="1.2.3.4.5.6.1")
    assert link_reports(archive).waiting == {"none": 1}
    with archive.catalogue.writing() as writer:
        a = add_study(writer, "1.2.3.4.5.6.1")
    assert list_waiting(archive)[0].reason == "decided"
    link_reports(archive)
    assert links(archive)["r"] == (a, "study_uid", "linked")


def test_a_person_decides_for_good(archive: ArchiveFolder) -> None:
    with archive.catalogue.writing() as writer:
        a = add_study(writer, "1.2.3.4.5.6.1", accession="A1")
        b = add_study(writer, "1.2.3.4.5.6.2", accession="B1")
        moved = add_report(writer, "moved", accession="A1")
        freed = add_report(writer, "freed", accession="A1", text="Other.")
    link_reports(archive)
    resolve_link(archive, moved, b)
    resolve_link(archive, freed, None)
    summary = link_reports(archive)
    assert links(archive) == {"moved": (b, "person", "linked"), "freed": (None, "person", "unlinked")}
    assert summary == LinkSummary({"person": 1}, {}, 1, 1)
    resolve_link(archive, freed, a)
    assert links(archive)["freed"] == (a, "person", "linked")


def test_a_decision_can_be_taken_back(archive: ArchiveFolder) -> None:
    with archive.catalogue.writing() as writer:
        a = add_study(writer, "1.2.3.4.5.6.1", accession="A1")
        b = add_study(writer, "1.2.3.4.5.6.2", accession="B1")
        ruled = add_report(writer, "ruled", accession="A1")
        waits = add_report(writer, "waits", text="Other.", study_uid="1.2.3.4.5.6.3")
    link_reports(archive)
    before, listed = links(archive), list_waiting(archive)
    with pytest.raises(InputError, match="nobody has decided about this report"):
        reopen_link(archive, ruled)
    resolve_link(archive, ruled, b)
    resolve_link(archive, waits, None)
    assert links(archive) == {"ruled": (b, "person", "linked"), "waits": (None, "person", "unlinked")}
    reopen_link(archive, ruled)
    reopen_link(archive, waits)
    assert links(archive) == before
    assert before["ruled"][0] == a
    assert list_waiting(archive) == listed


def test_keys_that_are_not_there(archive: ArchiveFolder) -> None:
    with archive.catalogue.writing() as writer:
        key = add_report(writer, "r")
    with pytest.raises(InputError, match="no report with this key"):
        resolve_link(archive, "rp_none", None)
    with pytest.raises(InputError, match="no study with this key"):
        resolve_link(archive, key, "st_none")


def test_what_the_source_says_is_not_decided_again(archive: ArchiveFolder) -> None:
    with archive.catalogue.writing() as writer:
        a = add_study(writer, "1.2.3.4.5.6.1", accession="A1")
        add_study(writer, "1.2.3.4.5.6.2", accession="A1")
        key = add_report(writer, "r", accession="A1")
        report_id = writer.connection.execute(select(reports.c.id).where(reports.c.report_key == key)).scalar_one()
        study_id = writer.connection.execute(select(studies.c.id).where(studies.c.study_key == a)).scalar_one()
        writer.link(report_id, study_id, "table")
    assert link_reports(archive).by_method == {"table": 1}
    assert links(archive)["r"] == (a, "table", "linked")


def test_a_tables_study_is_found_by_its_derived_uid(archive: ArchiveFolder) -> None:
    uid = table_study_uid("pairs", "S1")
    with archive.catalogue.writing() as writer:
        a = add_study(writer, uid, accession="A1")
        add_report(writer, "by uid", study_uid=uid)
        add_report(writer, "foreign uid", study_uid="1.2.3.4.5.6.9", accession="A1")
    link_reports(archive)
    assert links(archive) == {"by uid": (a, "study_uid", "linked"), "foreign uid": (a, "accession", "linked")}


def test_more_reports_than_a_batch(archive: ArchiveFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radseek.archive.linking.BATCH", 7)
    with archive.catalogue.writing() as writer:
        keys = [add_study(writer, f"1.2.3.4.5.6.{n}", accession=f"A{n}") for n in range(30)]
        for n in range(30):
            add_report(writer, str(n), accession=f"A{n}")
    assert link_reports(archive) == LinkSummary({"accession": 30}, {}, 0, 0)
    assert [link[0] for link in links(archive).values()] == keys
