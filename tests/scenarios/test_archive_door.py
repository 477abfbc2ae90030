"""The one door, on a real archive of phantoms with the shipped encoder: search, polarity, filters, privacy, roles."""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from radseek import Archive, load_encoder
from radseek.archive.schema import audit, instances, patients, reports, series, studies
from radseek.errors import ArtifactError, InputError, MismatchError, PrivacyError
from radseek.records.reports import Assertion, Section
from radseek.records.search import Channel
from radseek.records.search_options import Band, SearchOptions
from radseek.service import IngestOptions, Principal
from radseek.service.demo import write_demo_sources
from radseek.service.evaluation import EvaluationOptions, evaluate_archive
from radseek.service.evaluation.archive_pictures import SECTIONS, section_texts
from radseek.text import parse_report

WITHOUT_FLOOR = SearchOptions(floor=Band.MISS)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return write_demo_sources(tmp_path_factory.mktemp("sources"), n_radiographs=14, n_ct=4)


@pytest.fixture(scope="module")
def path(tmp_path_factory, sources):
    path = tmp_path_factory.mktemp("door") / "archive"
    with Archive.create(path) as archive:
        archive.ingest(sources.dicom_folder, IngestOptions(name="phantoms"))
        archive.ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
        archive.index()
    return path


@pytest.fixture
def archive(path):
    with Archive.open(path) as archive:
        yield archive


def sentences_of(answer):
    return [match.sentence for hit in answer.hits for match in hit.matches if match.sentence is not None]


def test_ranks_scores_and_matches_fit_together(archive):
    answer = archive.search("pleural effusion", k=8)
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)
    for hit in answer.hits:
        assert hit.score == pytest.approx(sum(1 / (60 + match.rank) for match in hit.matches))
        assert hit.synthetic
        assert hit.key_image is not None
        assert hit.key_image.study_key == hit.study_key
    assert answer.n_searched == archive.summary().n_studies


def test_a_finding_is_never_answered_by_a_sentence_that_denies_it(archive):
    for text in ("pleural effusion", "pneumothorax", "large left pleural effusion"):
        found = sentences_of(archive.search(text, k=18))
        assert found
        assert {sentence.assertion for sentence in found} <= {Assertion.PRESENT, Assertion.UNCERTAIN}


def test_a_denied_finding_is_answered_by_reports_that_deny_it_and_not_by_pixels(archive):
    answer = archive.search("no pneumothorax", k=18)
    assert answer.query.assertion is Assertion.ABSENT
    assert {sentence.assertion for sentence in sentences_of(answer)} == {Assertion.ABSENT}
    assert not [match for hit in answer.hits for match in hit.matches if match.channel is Channel.IMAGE]
    assert "answered from reports" in answer.note
    assert "pneumothorax" in answer.hits[0].matches[0].sentence.text.lower()


def test_an_answer_says_when_no_report_states_what_is_asked(archive):
    warning = "No searched report states this: whatever is found only sounds or looks alike."
    assert archive.search("subdural hematoma", k=5, options=WITHOUT_FLOOR).note == warning
    denied = archive.search("no aortic aneurysm", k=5, options=WITHOUT_FLOOR)
    assert denied.note.endswith(f"not from pixels. {warning}")
    assert archive.search("subdural hematoma", k=5, channels=[Channel.IMAGE], options=WITHOUT_FLOOR).note == ""
    assert archive.search("pleural effusion", k=5).note == ""
    assert archive.search("words that name no finding", k=5, options=WITHOUT_FLOOR).note == ""


def test_pixels_alone_find_the_side_and_the_finding_better_than_chance(archive):
    evaluation = evaluate_archive(archive, EvaluationOptions(), lambda progress: None)
    figures = {(row.channel, row.measure): row for row in evaluation.rows}
    pixels = figures["image vectors only", "success@5"]
    assert pixels.value > 1.5 * pixels.random
    assert figures["fused (with lookup)", "success@1"].value > figures["image vectors only", "success@1"].value
    assert any("not clinical performance" in line for line in evaluation.notes)


def test_an_evaluation_asks_as_a_person_who_pastes_the_report(archive):
    as_asked = SearchOptions(floor=Band.MISS, rerank=False, fold=False)
    with archive.folder.catalogue.reading() as connection:
        known = connection.execute(select(studies.c.id, studies.c.study_key)).all()
        texts = {key: next(iter(section_texts(connection, study, SECTIONS)), "") for study, key in known}
    found = [
        key == archive.search(text, k=1, where={"has_images": True}, options=as_asked).hits[0].study_key
        for key, text in texts.items()
        if text
    ]
    rows = evaluate_archive(archive, EvaluationOptions(), lambda progress: None).rows
    both = next(row for row in rows if row.channel == "fused (with lookup)" and row.measure == "success@1")
    assert both.value == pytest.approx(sum(found) / len(found))
    assert 0 < sum(found) < len(found)


def test_filters_in_text_and_as_argument_both_hold(archive):
    everything = archive.search("lesion", k=50)
    ct = archive.search("lesion modality:CT", k=50)
    assert {hit.modality for hit in ct.hits} == {"CT"}
    assert 0 < ct.n_searched < everything.n_searched
    assert archive.search("lesion", k=50, where={"modality": "ct"}).n_searched == ct.n_searched
    clash = archive.search("lesion modality:CT", where={"modality": "DX"})
    assert (clash.hits, clash.n_searched, clash.note) == ((), 0, "No study passes these filters.")


def test_one_channel_can_be_asked_alone(archive):
    for channel in Channel:
        answer = archive.search("pleural effusion", channels=[channel], options=WITHOUT_FLOOR)
        assert {match.channel for hit in answer.hits for match in hit.matches} == {channel}


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("", {}, "."),
        ("effusion modalty:CT", {}, "modality"),
        ("effusion", {"k": 0}, "k: expected 1 to 1000, got 0"),
        ("effusion", {"where": {"colour": "red"}}, "unknown filter colour"),
        ("x" * 30_000, {}, "20,?000"),
    ],
)
def test_a_query_that_cannot_be_used_says_why(archive, text, more, message):
    with pytest.raises(InputError, match=message):
        archive.search(text, **more)


@pytest.mark.parametrize(
    "text", ["🫁", "' OR 1=1 --", "<script>alert(1)</script>", "the of and", "(((((", "a AND OR *"]
)
def test_odd_queries_are_answered_without_error(archive, text):
    assert isinstance(archive.search(text, k=3).hits, tuple)


def test_nothing_that_identifies_a_patient_leaves_the_door(archive):
    with archive.folder.catalogue.reading() as connection:
        secrets = {
            str(value)
            for column in (
                patients.c.patient_id,
                studies.c.study_uid,
                studies.c.accession,
                series.c.series_uid,
                instances.c.instance_uid,
            )
            for value in connection.execute(select(column)).scalars()
            if value
        }
    assert len(secrets) > 100
    answer = archive.search("effusion", k=20)
    shown = [answer, archive.summary(), archive.quarantined(), archive.review.waiting(), archive.facets()]
    shown += [archive.study(hit.study_key) for hit in answer.hits]
    text = json.dumps([repr(entry) for entry in shown])
    assert not [secret for secret in secrets if secret in text]


def test_the_audit_knows_who_did_what_but_not_what_was_asked(path):
    with Archive.open(path, Principal("dr.who", "viewer")) as archive:
        hit = archive.search("a very particular question", options=WITHOUT_FLOOR).hits[0]
        archive.study(hit.study_key)
        with archive.folder.catalogue.reading() as connection:
            events = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(2)).all()
    opened, asked = events
    assert (opened.principal, opened.action, opened.detail) == ("dr.who", "open study", {"study": hit.study_key})
    assert (asked.principal, asked.action, asked.detail["length"]) == ("dr.who", "query", 26)
    assert "particular" not in json.dumps(asked.detail)


def test_a_viewer_may_look_but_not_change(path, sources):
    with Archive.open(path, Principal("visitor", "viewer")) as archive:
        assert archive.search("effusion").hits
        for attempt in (
            lambda: archive.ingest(sources.dicom_folder),
            archive.index,
            archive.quarantined,
            lambda: archive.review.link("rp_x", None),
            archive.verify,
        ):
            with pytest.raises(PrivacyError, match="the role 'viewer' may not"):
                attempt()


def test_pictures_thumbnails_and_stacks_show_the_same_scan(archive):
    hit = archive.search("liver modality:CT", k=1).hits[0]
    image = hit.key_image
    stack = archive.stack(image.image_key)
    assert stack.n_slices > 12  # every slice scrolls, not only the key slices
    values = archive.stack_frame_values(image.image_key, stack.index)
    assert values.windows[0].name == image.window
    assert values.values.min() * values.step + values.offset >= -1100  # HU
    full = np.asarray(Image.open(io.BytesIO(archive.frame_png(image.image_key))))
    assert full.shape == (image.height_px, image.width_px)
    small = Image.open(io.BytesIO(archive.thumbnail(image.image_key))).convert("L").resize(full.shape[::-1])
    assert np.corrcoef(np.asarray(small).ravel(), full.ravel())[0, 1] > 0.9
    with pytest.raises(InputError, match=f"slice {stack.n_slices} does not exist"):
        archive.stack_frame_values(image.image_key, stack.n_slices)
    with pytest.raises(InputError, match="no picture with this key"):
        archive.thumbnail("im_nothing")


def test_the_study_page_holds_report_spans_that_are_its_sentences(archive):
    hit = next(hit for hit in archive.search("effusion", k=10).hits if hit.has_report)
    view = archive.study(hit.study_key)
    assert view.images
    for report in view.reports:
        assert [report.text[start:end] for start, end in report.spans] == [s.text for s in report.sentences]
        assert [s.text for s in report.sentences] == [s.text for s in parse_report(report.text).sentences]


def test_an_open_archive_sees_what_another_process_publishes(path, tmp_path):
    table = tmp_path / "more.csv"
    table.write_text("report_id,patient_id,report_text\nx1,NEW-1,FINDINGS: Zygomatic thundercloud sign.\n")
    with Archive.open(path) as reader, Archive.open(path) as writer:
        before = reader.search("zygomatic thundercloud", channels=[Channel.LEXICAL])
        assert not before.hits
        writer.ingest(table, IngestOptions("reports", name="more"))
        waiting = writer.review.waiting()
        with writer.folder.catalogue.reading() as connection:
            key = connection.execute(select(reports.c.report_key).where(reports.c.report_id == "x1")).scalar_one()
        study = before.facets and writer.search("effusion", k=1).hits[0].study_key
        writer.review.link(key, study)
        writer.index()
        after = reader.search("zygomatic thundercloud", channels=[Channel.LEXICAL])
        assert [hit.study_key for hit in after.hits] == [study]
        assert key not in {entry.report_key for entry in writer.review.waiting()} or not waiting


def test_another_encoder_is_refused_by_field_name(path, tmp_path):
    copy = Archive.open(path)
    settings = dataclasses.replace(load_encoder("radseek-mini").spec, revision="0" * 12)
    copy.retriever._encoder = type("Other", (), {"spec": settings})()
    with copy, pytest.raises(MismatchError, match="`revision` does not match"):
        copy.search("effusion")


def test_an_empty_archive_says_what_to_do(tmp_path):
    with Archive.create(tmp_path / "new") as archive, pytest.raises(ArtifactError, match="run `radseek index` first"):
        archive.search("effusion")


def test_examples_come_from_sentences_that_several_studies_share(archive):
    for text in archive.examples():
        assert archive.search(text, k=3).hits


def test_technique_and_comparison_are_no_reason_for_a_hit(archive):
    for text in (
        "contrast-enhanced CT of the abdomen",
        "frontal radiograph of the chest",
        "comparison with prior study",
    ):
        for sentence in sentences_of(archive.search(text, k=18)):
            assert sentence.section not in {Section.TECHNIQUE, Section.COMPARISON}
    shown = {s.section for hit in archive.search("effusion", k=18).hits for r in archive.study(hit.study_key).reports
             for s in r.sentences}  # fmt: skip
    assert {Section.TECHNIQUE, Section.COMPARISON} <= shown  # people still read them
