"""Facts as they are written: keys, patients, conflicts, outcomes, reports."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from radseek.archive.catalogue_writes import ReportState, clean_text, report_identity, same_patient
from radseek.archive.facts import InstanceFacts, PatientFacts, SeriesFacts, StudyFacts, Thing
from radseek.archive.keys import Keyring, content_key, sentence_key
from radseek.archive.schema import instances, labels, outcomes, patients, reports, sentences, studies
from radseek.records.outcomes import Outcome, Reason, Refusal, quarantined, skipped
from radseek.records.reports import IncomingReport
from radseek.text import parse_report

SECRET = bytes(range(32))


def a_study(source_id, uid="1.2", **changes):
    values = {"study_uid": uid, "patient": PatientFacts("P1"), "source_id": source_id, "modality": "CT"}
    return StudyFacts(**{**values, **changes})


def count(connection, table):
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_keys_are_keyed_hashes_of_what_they_stand_for():
    keys = Keyring(SECRET)
    expected = hmac.new(SECRET, b"st\x001.2.3", hashlib.sha256).hexdigest()[:16]
    assert keys.study("1.2.3") == f"st_{expected}"
    assert keys.study("1.2.3") != Keyring(bytes(32)).study("1.2.3")
    assert keys.study("1.2.3")[3:] != keys.series("1.2.3")[3:]
    assert keys.patient("1", "A", "") != keys.patient("1", "", "A")
    assert sentence_key("rp_00ff", 3) == "sn_00ff_3"
    assert content_key("ab", 1, "lung") == hashlib.sha256(b"ab\x001\x00lung").hexdigest()


@given(st.text(), st.text(), st.text())
def test_any_received_text_makes_a_key(one, two, three):
    keys = Keyring(SECRET)
    assert keys.patient(one, two, three) == Keyring(SECRET).patient(one, two, three)


@given(st.text(alphabet=st.characters(codec=None, categories=None)))
def test_clean_text_can_be_stored_and_keeps_places(text):
    cleaned = clean_text(text)
    assert len(cleaned) == len(text)
    assert "\0" not in cleaned
    cleaned.encode()
    assert clean_text(cleaned) == cleaned


def test_study_without_patient_id_takes_the_first_that_comes(catalogue):
    with catalogue.writing() as writer:
        source = writer.source("a", "dicom", Path("/a"))
        unnamed = writer.study(a_study(source, patient=PatientFacts("", sex="F")))
        other = writer.study(a_study(source, "1.3", patient=PatientFacts("")))
        assert count(writer.connection, patients) == 2  # two studies without ID are not one patient
        assert writer.study(a_study(source, patient=PatientFacts("P1", sex="F"))) == unnamed
        assert writer.study(a_study(source, patient=PatientFacts(""))) == unnamed
        assert count(writer.connection, patients) == 2
        row = writer.connection.execute(
            select(patients).join(studies, studies.c.patient_id == patients.c.id).where(studies.c.id == unnamed)
        ).one()
        assert (row.patient_id, row.sex, row.patient_key) == ("P1", "F", writer.keys.patient("P1", "", ""))
        assert other != unnamed


def test_study_of_another_patient_is_a_conflict(catalogue):
    with catalogue.writing() as writer:
        source = writer.source("a", "dicom", Path("/a"))
        known = writer.study(a_study(source))
        refusal = writer.study(a_study(source, patient=PatientFacts("P2")))
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.CONFLICTING_PATIENT
        assert count(writer.connection, patients) == 1
        assert writer.study(a_study(source, patient=PatientFacts("P1", issuer="HOSPITAL"))) == known


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (PatientFacts("1"), PatientFacts("1"), True),
        (PatientFacts("1"), PatientFacts("2"), False),
        (PatientFacts("1"), PatientFacts(""), True),
        (PatientFacts("1", "A"), PatientFacts("1", "B"), False),
        (PatientFacts("1", "A"), PatientFacts("1"), True),
        (PatientFacts("1", site="A"), PatientFacts("1", site="B"), False),
    ],
)
def test_same_patient(one, other, same):
    assert same_patient(one, other) is same
    assert same_patient(other, one) is same


def test_equal_ids_of_two_sites_are_two_patients(catalogue):
    with catalogue.writing() as writer:
        source = writer.source("a", "dicom", Path("/a"))
        writer.study(a_study(source, "1.2", patient=PatientFacts("1", site="north")))
        writer.study(a_study(source, "1.3", patient=PatientFacts("1", site="south")))
        assert count(writer.connection, patients) == 2


def test_series_of_another_study_is_a_conflict(catalogue):
    with catalogue.writing() as writer:
        source = writer.source("a", "dicom", Path("/a"))
        one = writer.study(a_study(source, "1.2"))
        other = writer.study(a_study(source, "1.3"))
        series = writer.series(one, SeriesFacts("9.9"))
        assert writer.series(one, SeriesFacts("9.9")) == series
        refusal = writer.series(other, SeriesFacts("9.9"))
        assert isinstance(refusal, Refusal)


def test_one_name_may_stand_for_several_roots(catalogue):
    with catalogue.writing() as writer:
        ids = [writer.source("a", "dicom", Path(root)) for root in ("/one", "/two", "/one")]
    assert ids[0] == ids[2] != ids[1]


def things_of(connection):
    rows = connection.execute(select(outcomes.c.content_sha256, outcomes.c.outcome, outcomes.c.reason))
    return sorted(tuple(row) for row in rows)


def test_a_thing_has_one_outcome(catalogue):
    with catalogue.writing() as writer:
        source = writer.source("a", "dicom", Path("/a"))
        thing = Thing(source, b"x.dcm", content_sha256="01")
        first = writer.refused(thing, skipped(Reason.NOT_DICOM))
        assert writer.refused(thing, quarantined(Reason.DECODE_FAILED, "frame 0")) == first
        assert things_of(writer.connection) == [("01", "quarantined", "decode_failed")]
        # Another thing now stands at the same place: what could not be used before gives way.
        mended = Thing(source, b"x.dcm", content_sha256="02")
        writer.outcome(mended, Outcome.INGESTED)
        assert things_of(writer.connection) == [("02", "ingested", "")]
        # What was ingested stays known.
        writer.refused(Thing(source, b"x.dcm", content_sha256="03"), quarantined(Reason.CONFLICTING_INSTANCE))
        assert [row[1] for row in things_of(writer.connection)] == ["ingested", "quarantined"]
        writer.refused(Thing(source, b"x.dcm"), quarantined(Reason.NOT_READABLE))
        assert [row[2] for row in things_of(writer.connection)] == ["not_readable", ""]


def test_things_differ_by_path_member_and_source(catalogue):
    with catalogue.writing() as writer:
        source = writer.source("a", "dicom", Path("/a"))
        other = writer.source("b", "dicom", Path("/b"))
        for thing in (
            Thing(source, b"x"),
            Thing(source, b"x", b"y"),
            Thing(source, b"x\xff\xfe"),
            Thing(other, b"x"),
        ):
            writer.refused(thing, skipped(Reason.NOT_DICOM))
        assert count(writer.connection, outcomes) == 4


def test_instance_keeps_header_values_exactly(catalogue):
    position = (0.1 + 0.2, -1e-17, 3.0)
    with catalogue.writing() as writer:
        source = writer.source("a", "dicom", Path("/a"))
        thing = Thing(source, b"x\xff", content_sha256="01")
        study = writer.study(a_study(source))
        writer.connection.execute(studies.update().values(needs_plan=False))
        series = writer.series(study, SeriesFacts("9.9"))
        outcome = writer.outcome(thing, Outcome.INGESTED)
        facts = InstanceFacts("1.2.3\0", thing, 17, position_mm=position, view_position=" pa ", laterality="l")
        writer.instance(series, outcome, facts)
        row = writer.connection.execute(select(instances)).one()
        assert tuple(row.position_mm) == position
        assert (row.orientation, row.path, row.n_bytes, row.view_position, row.laterality) == (
            None, b"x\xff", 17, "PA", "L",
        )  # fmt: skip
        assert row.instance_uid == "1.2.3 "
        assert writer.connection.execute(select(studies.c.needs_plan)).scalar() is True


def add_report(writer, source, incoming):
    identity = report_identity(incoming, "a")
    outcome = writer.outcome(Thing(source, incoming.text[:5].encode(), kind="report"), Outcome.INGESTED)
    return identity, writer.report(identity, (source, outcome), incoming, parse_report(incoming.text))


def test_report_is_stored_with_its_sentences_and_linked(catalogue):
    incoming = IncomingReport(
        "FINDINGS: No effusion. Nodule in the left lung.", "csv", "R1", study_date=date(2024, 1, 2), labels=("nodule",)
    )
    with catalogue.writing() as writer:
        source = writer.source("a", "reports", Path("/a"))
        identity, report = add_report(writer, source, incoming)
        assert writer.report_state(identity, incoming.text) is ReportState.SAME
        assert writer.report_state(identity, incoming.text + " More.") is ReportState.CONFLICT
        assert writer.report_state(("report_id", "a", "R2"), incoming.text) is ReportState.NEW
        rows = writer.connection.execute(select(sentences).order_by(sentences.c.ordinal)).all()
        assert [row.text for row in rows] == ["No effusion.", "Nodule in the left lung."]
        assert all(incoming.text[row.start_char : row.end_char] == row.text for row in rows)
        assert [row.assertion for row in rows] == ["absent", "present"]
        study = writer.study(a_study(source))
        writer.link(report, study, "accession")
        row = writer.connection.execute(select(reports)).one()
        assert (row.study_id, row.link_method, row.link_state, row.labels) == (study, "accession", "linked", ["nodule"])


def test_report_without_identifier_is_known_by_text_and_references():
    one = IncomingReport("Same text.", "text", accession="A1")
    other = IncomingReport("Same text.", "text", accession="A2")
    assert report_identity(one, "a") != report_identity(other, "a")
    assert report_identity(one, "a") == report_identity(IncomingReport("Same text.", "text", accession="A1"), "a")
    assert report_identity(one, "a") != report_identity(one, "b")


def test_labels_are_added_once(catalogue):
    with catalogue.writing() as writer:
        study = writer.study(a_study(writer.source("a", "table", Path("/a"))))
        writer.labels(study, ["nodule", " nodule ", "", "effusion"])
        writer.labels(study, ["effusion", "mass"])
        found = writer.connection.execute(select(labels.c.name)).scalars().all()
    assert sorted(found) == ["effusion", "mass", "nodule"]
