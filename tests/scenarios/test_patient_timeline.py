"""The studies of a patient in time through the one door: distances, and what each report says of what was asked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from archive_kit import HashEncoder, study, write_instance

from radseek import Archive
from radseek.archive import ArchiveConfig, ArchiveFolder
from radseek.archive.schema import audit, studies
from radseek.dicom.write import ReportAttributes, uid_from, write_report
from radseek.errors import InputError
from radseek.records.reports import Assertion, Section
from radseek.service import IngestOptions, patient_timeline
from radseek.text import parse_query

DAY = date(2024, 2, 29)
STUDIES = {
    # name: patient, days, report
    "first": ("A", -400, "No pleural effusion. Rib fracture on the right."),
    "second": ("A", -3, "There is a loculated left pleural effusion."),
    "open": ("A", 0, "Known left pleural effusion, now possible left pneumothorax."),
    "same day": ("A", 0, "Right pleural effusion."),
    "later": ("A", 800, "History of pleural effusion. No left pleural effusion today."),
    "words": ("A", 801, "The lungs are clear."),
    "undated": ("A", None, "Large left pleural effusion."),
    "stranger": ("B", 0, "Left pleural effusion."),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("timeline")
    for name, (patient, days, report) in STUDIES.items():
        when = DAY + timedelta(days=days or 0)
        of = study(name, patient_id=f"PAT-{patient}", study_date=when)
        write_instance(folder / "source" / name / "pa.dcm", name, of=of)
        told = ReportAttributes(of, uid_from("series", name, "SR"), uid_from("instance", name, "SR"))
        write_report(folder / "source" / name / "report.dcm", {Section.FINDINGS: report}, told)
    ArchiveFolder.create(folder / "archive", ArchiveConfig(workers=1, index="exact")).close()
    with Archive.open(folder / "archive") as archive:
        archive.retriever._encoder = HashEncoder()
        archive.ingest(folder / "source", IngestOptions(name="kit"))
        with archive.folder.catalogue.writing() as writer:
            undated = studies.c.study_key == key(archive, "undated")
            writer.connection.execute(studies.update().where(undated).values(study_date=None))
        yield archive


def key(archive: Archive, name: str) -> str:
    return archive.folder.catalogue.keys.study(uid_from("study", name))


def told(archive: Archive, query: str, opened: str = "open") -> dict[str, tuple[Assertion | None, ...]]:
    timeline = archive.timeline(key(archive, opened), parse_query(query).stated)
    names = {key(archive, name): name for name in STUDIES}
    return {names[one.study_key]: tuple(finding.assertion for finding in one.told) for one in timeline.studies}


def test_order_and_distances_and_no_dates(archive: Archive) -> None:
    timeline = archive.timeline(key(archive, "second"))
    days = [None if one[1] is None else one[1] + 3 for name, one in STUDIES.items() if name != "stranger"]
    assert [one.days for one in timeline.studies] == days
    assert [one.study_year for one in timeline.studies] == [2023, 2024, 2024, 2024, 2026, 2026, None]
    assert all(one.image_key and one.has_report and not one.told for one in timeline.studies)
    assert "2024-02" not in repr(timeline)
    assert timeline.n_left_out == 0


def test_what_each_report_says_of_what_was_asked(archive: Archive) -> None:
    present, absent, uncertain = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN
    assert told(archive, "left pleural effusion") == {
        "first": (absent,),
        "second": (present,),
        "open": (present,),
        "same day": (None,),  # the other side says nothing of this one
        "later": (absent,),
        "words": (None,),
        "undated": (present,),
    }
    assert told(archive, "pleural effusion")["same day"] == (present,)
    historical = (Assertion.HISTORICAL,)
    assert told(archive, "pleural effusion")["later"] == historical  # a denial for one side denies that side only
    assert told(archive, "left effusion and pneumothorax")["open"] == (present, uncertain)
    assert told(archive, "no left effusion") == told(archive, "left effusion")  # what is said, not what answers


def test_the_sentence_that_says_so_comes_with_it(archive: Archive) -> None:
    timeline = archive.timeline(key(archive, "open"), parse_query("left pleural effusion").stated)
    finding = timeline.studies[1].told[0]
    assert finding.title == "left pleural effusion"
    assert finding.sentence is not None
    assert finding.sentence.text == "There is a loculated left pleural effusion."


def test_an_open_study_without_a_date_knows_no_distances(archive: Archive) -> None:
    timeline = archive.timeline(key(archive, "undated"))
    assert [one.days for one in timeline.studies] == [None] * 6 + [0]


def test_of_too_many_studies_the_nearest_are_shown(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient_timeline, "MOST_STUDIES", 3)
    for name, place in (("first", 0), ("open", 1), ("undated", 2)):
        timeline = archive.timeline(key(archive, name))
        assert (len(timeline.studies), timeline.n_left_out) == (3, 4)
        assert timeline.studies[place].study_key == key(archive, name)


def test_the_door_checks_and_leaves_an_audit_event(archive: Archive) -> None:
    with pytest.raises(InputError, match="no study with this key"):
        archive.timeline("st_nothing")
    archive.timeline(key(archive, "stranger"), parse_query("left pleural effusion").stated)
    with archive.folder.catalogue.reading() as connection:
        last = connection.execute(audit.select().order_by(audit.c.id.desc())).first()
    assert (last.action, last.detail) == ("open timeline", {"study": key(archive, "stranger"), "studies": 1})
