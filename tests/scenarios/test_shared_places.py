"""Folding, patients in time, weights and unread reports, through the one door of a small archive."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import date, timedelta

import numpy as np
import pytest
from archive_kit import HashEncoder, study

from radseek import Archive
from radseek.archive import ArchiveConfig, ArchiveFolder
from radseek.archive.config import SearchConfig
from radseek.dicom.write import ImageAttributes, ReportAttributes, uid_from, write_image, write_report
from radseek.errors import ConfigError, InputError
from radseek.records.cohort import CohortDefinition
from radseek.records.config import build_config
from radseek.records.instances import Window
from radseek.records.reports import Section
from radseek.records.search import Channel
from radseek.records.search_options import Band, Example, FusionWeights, SearchOptions
from radseek.service import IngestOptions
from radseek.service.answers import HitBuilder

DAY = date(2024, 2, 29)
LONG = "There is a small left pleural effusion with adjacent atelectasis of the lower lobe."
SHORT = "Left pleural effusion."
STUDIES = {
    # name: patient, days, seed of the picture, what was done to it, report
    "first": ("A", 0, 1, "", LONG),
    "copy": ("A", 0, 1, "window", ""),
    "exported": ("X", 0, 1, "half", ""),
    "retold": ("Y", 0, 1, "window", "Right rib fracture and a left pleural effusion."),
    "follow": ("A", 90, 1, "window", "The left pleural effusion is unchanged."),
    "later": ("A", 40, 2, "", SHORT),
    "before": ("A", -400, 3, "", "Rib fracture on the right."),
    "view1": ("B", 0, 4, "", "Large right pleural effusion, the heart is not seen well today."),
    "view2": ("B", 0, 5, "", "Large right pleural effusion, the heart is not seen well today."),
    "alike": ("C", 0, 6, "", LONG),
    "mirrored": ("D", 0, 1, "mirrored", "Pleural effusion."),
}


class BlockEncoder(HashEncoder):
    """Pictures that look alike have like vectors: means of 4 x 4 blocks."""

    def encode_images(self, images):
        blocks = []
        for image in images:
            rows = np.array_split(np.asarray(image, np.float64), 4)
            means = np.array([part.mean() for row in rows for part in np.array_split(row, 4, axis=1)])
            blocks.append((means - means.mean()) / np.linalg.norm(means - means.mean()))
        return np.array(blocks, np.float32).reshape(-1, 16)


def picture(seed, change):
    """Smooth blobs, 96 x 128, 0 to 1000."""
    from scipy.ndimage import gaussian_filter

    # the same coarse shape for all, as chests have, and detail of their own
    coarse = gaussian_filter(np.random.default_rng(0).normal(size=(96, 128)), 20)
    detail = gaussian_filter(np.random.default_rng(seed).normal(size=(96, 128)), 1.5)
    pixels = coarse / np.abs(coarse).max() + 0.3 * detail / np.abs(detail).max()
    pixels = 1000 * (pixels - pixels.min()) / np.ptp(pixels)
    if change == "window":
        pixels = np.clip(1.2 * pixels - 100, 0, 1000)
    if change == "half":
        pixels = pixels.reshape(48, 2, 64, 2).mean(axis=(1, 3))
    return (pixels[:, ::-1] if change == "mirrored" else pixels).round().astype(np.int64)


def write_studies(root):
    for name, (patient, days, seed, change, report) in STUDIES.items():
        of = study(name, patient_id=f"PAT-{patient}", study_date=DAY + timedelta(days=days))
        (root / name).mkdir(parents=True)
        attributes = ImageAttributes(
            study=of,
            series_uid=uid_from("series", name),
            instance_uid=uid_from("instance", name),
            modality="DX",
            spacing_mm=(1.0, 1.0),
            window=Window(500.0, 1000.0),
            view_position="PA",
        )
        write_image(root / name / "pa.dcm", picture(seed, change), attributes)
        if report:
            told = ReportAttributes(of, uid_from("series", name, "SR"), uid_from("instance", name, "SR"))
            write_report(root / name / "report.dcm", {Section.FINDINGS: report}, told)
    return root


def made(folder, config):
    ArchiveFolder.create(folder / "archive", config).close()
    archive = Archive.open(folder / "archive")
    archive.retriever._encoder = BlockEncoder()
    archive.ingest(write_studies(folder / "source"), IngestOptions(name="kit"))
    archive.index()
    return archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    config = ArchiveConfig(workers=1, key_slices=3, index="exact")
    with made(tmp_path_factory.mktemp("places"), config) as archive:
        yield archive


def key(archive, name):
    return archive.folder.catalogue.keys.study(uid_from("study", name))


def names(archive, keys):
    known = {key(archive, name): name for name in STUDIES}
    return [known[entry] for entry in keys]


def found(archive, text="pleural effusion", k=20, channels=None, **options):
    answer = archive.search(text, k, None, channels, SearchOptions(**options))
    return {
        name: hit for hit, name in zip(answer.hits, names(archive, [h.study_key for h in answer.hits]), strict=True)
    }


def test_copies_and_views_stand_under_the_best_and_nobody_else_does(archive):
    hits = found(archive)
    folded = {name: set(names(archive, hit.folded)) for name, hit in hits.items() if hit.folded}
    leads = {frozenset({lead, *under}) for lead, under in folded.items()}
    assert {frozenset({"view1", "view2"})} <= leads
    copies = next(group for group in leads if "copy" in group)
    assert {"copy", "exported"} <= copies <= {"first", "copy", "exported", "retold", "follow"}
    assert not {"first", "retold"} <= copies, "two patients with two reports are two"
    assert not {"first", "follow"} <= copies, "nor are two days with two reports one"
    assert {"alike", "later", "mirrored"} <= set(hits), "neither the words, nor the patient, nor the shape alone"
    assert [hit.rank for hit in hits.values()] == list(range(1, len(hits) + 1))


def test_unfolded_every_study_has_its_place_in_the_same_order(archive):
    whole, page = found(archive, fold=False), found(archive)
    assert set(whole) == set(page) | {n for hit in page.values() for n in names(archive, hit.folded)}
    assert [name for name in whole if name in page] == list(page)
    assert not any(hit.folded for hit in whole.values())


@pytest.mark.parametrize("k", [1, 3, 5])
def test_folding_does_not_shrink_the_page(archive, k):
    assert list(found(archive, k=k)) == list(found(archive))[:k]


def test_a_cohort_loses_no_member_to_folding(archive):
    archive.cohorts.save("effusions", CohortDefinition("pleural effusion"))
    members = archive.cohorts.run("effusions").members
    assert names(archive, members) == list(found(archive, k=100, fold=False))


def test_by_patient_k_counts_patients_with_all_their_studies_in_time(archive):
    hits = found(archive, by_patient=True, fold=False)
    patients = [STUDIES[name][0] for name in hits]
    assert sorted(patients) == sorted(set(patients))
    assert list(found(archive, by_patient=True, fold=False, k=2)) == list(hits)[:2]
    hit_name = next(name for name in hits if STUDIES[name][0] == "A")
    timeline = hits[hit_name].timeline
    assert set(names(archive, [e.study_key for e in timeline])) == {"before", "first", "copy", "later", "follow"}
    days = [STUDIES[name][1] - STUDIES[hit_name][1] for name in names(archive, [e.study_key for e in timeline])]
    assert [entry.days for entry in timeline] == days == sorted(days)
    assert [entry.study_year for entry in timeline] == [2023, 2024, 2024, 2024, 2024]
    assert all(entry.is_hit for entry in timeline if entry.study_key == hits[hit_name].study_key)


def test_in_a_timeline_only_studies_that_answer_are_marked(archive):
    (hit,) = found(archive, "rib fracture", k=1, by_patient=True, channels=[Channel.LEXICAL]).values()
    marked = {
        name
        for name, e in zip(names(archive, [e.study_key for e in hit.timeline]), hit.timeline, strict=True)
        if e.is_hit
    }
    assert marked == {
        name
        for name in found(archive, "rib fracture", channels=[Channel.LEXICAL])
        if STUDIES[name][0] == STUDIES[next(iter(marked))][0]
    }


def test_a_patient_key_by_patient_is_one_hit(archive):
    patient = archive.study(key(archive, "first")).patient_key
    (hit,) = found(archive, patient, by_patient=True).values()
    assert len(hit.timeline) == 5
    assert len(found(archive, patient)) == 5


def test_an_unread_report_answers_nothing(archive):
    own = found(archive, LONG, fold=False)["first"]
    assert {match.channel for match in own.matches} == set(Channel)
    hit = found(archive, LONG, unread_study=key(archive, "first"))["first"]
    assert [match.channel for match in hit.matches] == [Channel.IMAGE]
    assert hit.score == pytest.approx(1 / (60 + hit.matches[0].rank))
    assert "says" not in hit.why
    unread = {"unread_study": key(archive, "first")}
    assert "first" not in found(archive, LONG, channels=[Channel.SENTENCE, Channel.LEXICAL], **unread)
    assert "first" not in found(archive, "no pleural effusion", **unread), "pixels do not answer a denial"
    assert "before" not in found(archive, "effusion -fracture")
    assert "before" in found(archive, "effusion -fracture", unread_study=key(archive, "before")), "nor does it exclude"


def test_an_unknown_unread_study_is_an_error(archive):
    with pytest.raises(InputError, match="no study with this key"):
        archive.search("effusion", options=SearchOptions(unread_study="st_0000000000000000"))


def test_other_patients_leave_out_all_studies_of_the_own_one(archive):
    apart = {"other_patients_than": key(archive, "first"), "fold": False, "floor": Band.MISS}
    own = {name for name, (patient, *_) in STUDIES.items() if patient == "A"}
    everything = set(found(archive, LONG, fold=False, floor=Band.MISS))
    assert own < everything
    assert set(found(archive, LONG, **apart)) == everything - own
    like = (Example(study_key=key(archive, "first")),)
    assert next(iter(found(archive, "", examples=like, **apart))) in {"exported", "retold"}, "the same pixels"
    assert not own & set(found(archive, "", examples=like, **apart))
    with pytest.raises(InputError, match="no study with this key"):
        found(archive, other_patients_than="st_0000000000000000")


def test_a_channel_of_weight_0_is_not_asked(archive):
    reports = found(archive, fold=False, channels=[Channel.SENTENCE, Channel.LEXICAL])
    weighted = found(archive, fold=False, weights=FusionWeights(image=0))
    assert {n: (h.score, h.matches) for n, h in weighted.items()} == {
        n: (h.score, h.matches) for n, h in reports.items()
    }
    with pytest.raises(InputError, match="image has weight 0; nothing is asked"):
        found(archive, channels=[Channel.IMAGE], weights=FusionWeights(image=0))


def test_the_archive_has_weights_and_a_search_may_have_others(tmp_path):
    config = ArchiveConfig(workers=1, index="exact", search=SearchConfig(FusionWeights(image=0, lexical=2)))
    with made(tmp_path, config) as archive:
        own = found(archive, fold=False)
        assert not any(match.channel is Channel.IMAGE for hit in own.values() for match in hit.matches)
        given = found(archive, fold=False, weights=FusionWeights())
        assert any(match.channel is Channel.IMAGE for hit in given.values() for match in hit.matches)


def test_a_configuration_without_weights_weighs_all_the_same_and_wrong_ones_are_told():
    assert build_config({}, ArchiveConfig).search.weights == FusionWeights()
    with pytest.raises(ConfigError, match="finite numbers from 0 up"):
        build_config({"search": {"weights": {"image": -1.0}}}, ArchiveConfig)


@pytest.mark.parametrize("options", [{}, {"by_patient": True, "fold": False}, {"floor": Band.MISS}])
def test_deferred_hits_are_those_that_are_built_at_once(archive, options):
    at_once = archive.search("left pleural effusion", 20, options=SearchOptions(**options))
    later = archive.search("left pleural effusion", 20, options=SearchOptions(**options, deferred=True))
    assert len(at_once.hits) > 3
    assert later.study_keys == at_once.study_keys == tuple(hit.study_key for hit in at_once.hits)
    assert tuple(later.hits) == at_once.hits
    assert later.nearest == at_once.nearest


def test_keys_and_bands_of_deferred_hits_are_known_without_building_one(archive, monkeypatch):
    at_once = archive.search("left pleural effusion", 20)
    later = archive.search("left pleural effusion", 20, options=SearchOptions(deferred=True))

    def refuse(*_):
        raise AssertionError("a hit is built")

    monkeypatch.setattr(HitBuilder, "build", refuse)
    assert len(later.bands) > 3
    assert any(later.bands)
    assert (later.study_keys, later.bands) == (at_once.study_keys, at_once.bands)
    assert at_once.bands == tuple(hit.band for hit in at_once.hits)
    with pytest.raises(AssertionError, match="a hit is built"):
        later.hits[0]


def test_a_study_that_was_removed_after_it_was_found_says_so_and_the_others_stay(tmp_path):
    with made(tmp_path, ArchiveConfig(workers=1, key_slices=3, index="exact")) as archive:
        whole = archive.search("pleural effusion", 20, options=SearchOptions(fold=False))
        later = archive.search("pleural effusion", 20, options=SearchOptions(fold=False, deferred=True))
        gone = whole.hits[1].study_key
        with contextlib.closing(sqlite3.connect(tmp_path / "archive" / "catalogue.sqlite")) as catalogue, catalogue:
            catalogue.execute("DELETE FROM studies WHERE study_key = ?", [gone])
        assert later.study_keys == whole.study_keys
        assert later.hits[1].why == "This study was removed from the archive after it was found."
        assert (later.hits[1].rank, later.hits[1].study_key) == (2, gone)
        assert [hit for hit in later.hits if hit.rank != 2] == [hit for hit in whole.hits if hit.rank != 2]
