"""The map of a real small archive: built, looked at, refused when it does not fit, stale after a new index."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from radseek.archive import audit_list
from radseek.archive.map_files import load_map, mapped_generations, sweep_maps
from radseek.errors import ArtifactError, BusyError, InputError, MismatchError, PrivacyError
from radseek.records.archive_map import COLOUR_FIELDS, FEWEST_STUDIES, MapKind
from radseek.records.reports import Assertion
from radseek.service import Archive, IngestOptions, Principal
from radseek.service.demo import write_demo_sources
from radseek.service.map_colours import GREY, OTHER
from radseek.text import default_lexicon, stated_findings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_encoder_folder: Path) -> Path:
    """An archive of 24 radiographs and 2 CT studies with both maps."""
    folder = tmp_path_factory.mktemp("map")
    sources = write_demo_sources(folder / "sources", 24, 2)
    with Archive.create(folder / "archive", encoder=str(tiny_encoder_folder)) as archive:
        archive.ingest(sources.dicom_folder, IngestOptions("dicom", name="phantoms"))
        archive.ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
        archive.index()
        for kind in MapKind:
            archive.map.build(kind)
    return folder / "archive"


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """An archive to be damaged."""
    return Path(shutil.copytree(built, tmp_path / "archive"))


def events(archive: Archive) -> list[tuple[str, dict]]:
    """Action and detail of what was written down, newest first."""
    with archive.folder.catalogue.reading() as connection:
        return [(event.action, event.detail) for event in audit_list(connection)]


def the_map(archive: Archive, kind: MapKind = MapKind.PICTURES):
    shown = archive.map.shown(kind)
    assert shown is not None
    return shown


def test_a_map_holds_every_study_once_and_its_measures(built: Path) -> None:
    with Archive.open(built) as archive:
        for kind in MapKind:
            shown = the_map(archive, kind)
            assert shown.is_current
            assert shown.facts.n_studies == archive.map.n_studies(kind) == len(shown.keys) == len(set(shown.keys))
            assert shown.points.shape == (len(shown.keys), 2)
            assert shown.points.min() >= 0
            assert shown.points.max() <= 1
            assert shown.name == f"{archive.retriever.current()}-{kind}"
        assert the_map(archive) is the_map(archive)  # loaded once
        assert archive.verify() == []
    assert stat.S_IMODE((built / "maps").stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (built / "maps").iterdir())


def test_the_same_index_gives_the_same_map(copy: Path) -> None:
    with Archive.open(copy) as archive:
        before = the_map(archive)
        archive.map.build(MapKind.PICTURES)
        again = the_map(archive)
        assert again is not before
        assert np.array_equal(again.points, before.points)


def test_points_are_near_whose_vectors_are_by_an_obvious_reckoning(built: Path) -> None:
    """Of each study the mean of its pictures' vectors, one after the other."""
    with Archive.open(built) as archive:
        from radseek.search.study_means import picture_means

        generation = archive.require_index()
        means = picture_means(generation)
        owners = generation.image_owners
        for study, vector in zip(means.study_ids.tolist(), means.vectors, strict=True):
            own = [generation.images.vectors_of(np.array([i]))[0] for i in owners.ids[owners.study_ids == study]]
            mean = np.mean(own, axis=0)
            assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_colours_are_what_the_catalogue_says_of_each_study(built: Path) -> None:
    with Archive.open(built) as archive:
        shown = the_map(archive)
        known = archive.cohorts.studies(shown.keys)
        for field in COLOUR_FIELDS:
            colouring = shown.colour_by_field(field)
            assert sum(group.n_studies for group in colouring.groups) == len(shown.keys)
            names = {group.code: group.value for group in colouring.groups}
            for key, code in zip(shown.keys, colouring.codes.tolist(), strict=True):
                value = known[key].study_year if field == "year" else getattr(known[key], field)
                if code not in {OTHER, GREY}:
                    assert names[code] == str(value)
                elif code == GREY:
                    assert value in {None, ""}
        with pytest.raises(InputError, match="cannot be coloured by 'accession'"):
            shown.colour_by_field("accession")


def test_findings_are_what_the_reports_state_read_one_after_the_other(built: Path) -> None:
    lexicon = default_lexicon()
    rank = {Assertion.ABSENT: 1, Assertion.HISTORICAL: 2, Assertion.UNCERTAIN: 3, Assertion.PRESENT: 4}
    with Archive.open(built) as archive:
        shown = the_map(archive, MapKind.REPORTS)
        assert [one.n_present for one in shown.findings] == sorted((o.n_present for o in shown.findings), reverse=True)
        for one in shown.findings[:5]:
            stated = shown.stated(one.finding)
            for key, got in zip(shown.keys, stated.tolist(), strict=True):
                expected = 0
                for report in archive.study(key).reports:
                    for sentence in report.sentences:
                        if sentence.section.value in {"technique", "comparison", "indication"}:
                            continue
                        for mention in stated_findings(sentence.text, place=sentence.place):
                            affirms = mention.assertion is not Assertion.ABSENT
                            family = lexicon.kinds_of(one.finding) if affirms else lexicon.with_parents(one.finding)
                            if mention.finding in family:
                                expected = max(expected, rank[mention.assertion])
                assert got == expected
            assert one.n_present == int((stated >= 3).sum())
            groups = {group.value: group.n_studies for group in shown.colour_by_finding(one.finding).groups}
            assert groups.get("present", 0) + groups.get("possible", 0) == one.n_present
        with pytest.raises(InputError, match="no finding of this name"):
            shown.colour_by_finding("../effusion")


def test_a_selection_is_told_in_numbers_and_written_down_without_content(built: Path) -> None:
    with Archive.open(built) as archive:
        shown = the_map(archive)
        codes = shown.colour_by_field("modality")
        ct = next(group.code for group in codes.groups if group.value == "CT")
        rows = np.flatnonzero(codes.codes == ct)
        told = archive.map.describe(shown, rows.tolist())
        assert told.modalities == (("CT", rows.size),)
        assert told.n_studies == rows.size
        for share in told.findings:
            has = shown.stated(share.finding) >= 3
            assert share.n_inside == int(has[rows].sum())
            assert share.share_inside == share.n_inside / told.n_reported
        assert events(archive)[0] == ("look into map", {"kind": "pictures", "studies": rows.size})
        assert archive.map.describe(shown, []).n_studies == 0
        with pytest.raises(InputError, match="no such point"):
            archive.map.describe(shown, [len(shown.keys)])
        card = archive.map.study(shown, 0)
        assert card.study.study_key == shown.keys[0]
        with pytest.raises(InputError, match="no such point"):
            archive.map.study(shown, -1)
        assert shown.rows_of([shown.keys[3], "st_0000000000000000"]) == [3, None]


@pytest.mark.parametrize(
    ("field", "value"),
    [("format", 99), ("encoder_id", "another"), ("revision", "0"), ("n_studies", 7), ("generation", "g000009-0"),
     ("kind", "reports"), ("sha256", "0" * 64)],
)  # fmt: skip
def test_a_map_that_does_not_fit_is_refused_and_the_field_is_named(copy: Path, field: str, value: object) -> None:
    path = next((copy / "maps").glob("*-pictures.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    with Archive.open(copy) as archive:
        with pytest.raises(MismatchError, match=f"`{field}` does not match"):
            archive.map.shown(MapKind.PICTURES)
        archive.map.build(MapKind.PICTURES)
        assert the_map(archive).is_current


def test_a_damaged_map_is_refused(copy: Path) -> None:
    points = next((copy / "maps").glob("*-pictures.npz"))
    content = points.read_bytes()
    with Archive.open(copy) as archive:
        points.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(MismatchError, match="`sha256` does not match"):
            archive.map.shown(MapKind.PICTURES)
        points.unlink()
        with pytest.raises(ArtifactError, match="missing or incomplete"):
            archive.map.shown(MapKind.PICTURES)
        manifest = next((copy / "maps").glob("*-pictures.json"))
        manifest.write_text("{")
        with pytest.raises(ArtifactError, match="not valid JSON"):
            archive.map.shown(MapKind.PICTURES)
        shutil.rmtree(copy / "maps")
        assert archive.map.shown(MapKind.PICTURES) is None


def test_a_new_index_makes_a_map_stale_until_it_is_built_anew(copy: Path, tmp_path: Path) -> None:
    more = write_demo_sources(tmp_path / "more", 27, 0)
    with Archive.open(copy) as archive:
        old = archive.retriever.current()
        archive.ingest(more.dicom_folder, IngestOptions("dicom", name="more"))
        archive.index()
        assert archive.retriever.current() != old
        stale = the_map(archive)
        assert (stale.is_current, stale.facts.generation) == (False, old)
        assert archive.map.n_studies(MapKind.PICTURES) > len(stale.keys)
        leftover = copy / "maps" / f".new-{old}-pictures.npz"
        leftover.write_bytes(b"half a map, as a killed writer leaves it")
        archive.map.build(MapKind.PICTURES)
        assert the_map(archive).is_current
        assert not leftover.exists()
        assert mapped_generations(copy / "maps", MapKind.PICTURES) == [archive.retriever.current()]
        assert mapped_generations(copy / "maps", MapKind.REPORTS) == [old]  # of another kind: not swept
        with pytest.raises(ArtifactError, match="missing or incomplete"):
            load_map(copy / "maps", MapKind.PICTURES, old)
        with pytest.raises(InputError, match="replaced by a newer one"):
            archive.map.opened(f"{old}-pictures")


def test_too_few_studies_make_no_map(tmp_path: Path, tiny_encoder_folder: Path) -> None:
    sources = write_demo_sources(tmp_path / "sources", 2, 0)
    with Archive.create(tmp_path / "archive", encoder=str(tiny_encoder_folder)) as archive:
        with pytest.raises(ArtifactError, match="nothing is indexed yet"):
            archive.map.build(MapKind.PICTURES)
        archive.ingest(sources.dicom_folder, IngestOptions("dicom"))
        archive.index()
        with pytest.raises(InputError, match=f"at least {FEWEST_STUDIES} studies with pictures; the index has 2"):
            archive.map.build(MapKind.PICTURES)
        assert archive.map.shown(MapKind.PICTURES) is None


def test_one_map_is_built_at_a_time_beside_what_people_do(copy: Path) -> None:
    with Archive.open(copy) as archive:
        shutil.rmtree(copy / "maps")
        assert archive.map.building() is None
        assert archive.map.start(MapKind.PICTURES)
        assert not archive.map.start(MapKind.REPORTS)
        archive.map.stop()
        stopped = archive.map.building()
        assert stopped is not None
        assert (stopped.is_running, stopped.problem) == (False, "")
        wait = threading.Event()
        assert archive.map.start(MapKind.REPORTS)
        while archive.map.building().is_running:
            wait.wait(0.05)
        assert archive.map.building().problem == ""
        assert the_map(archive, MapKind.REPORTS).is_current


BUILDER = """
import sys, time
from radseek.records.archive_map import MapKind
from radseek.service import Archive

def wait(progress):
    print("building", flush=True)
    time.sleep(600)

with Archive.open(sys.argv[1]) as archive:
    archive.map.build(MapKind.REPORTS, wait)
"""


def test_a_build_beside_another_process_is_refused_and_a_killed_one_is_told(copy: Path) -> None:
    def refuse(progress: object) -> None:
        raise InputError("the listener would not hear of it")

    with Archive.open(copy) as archive:
        assert archive.map.cut_off() is None
        with subprocess.Popen([sys.executable, "-c", BUILDER, str(copy)], stdout=subprocess.PIPE) as other:
            try:
                assert other.stdout is not None
                assert other.stdout.readline() == b"building\n"
                assert archive.map.cut_off() is None  # it still runs
                seen = archive.map.building()
                assert (seen.kind, seen.is_running, seen.is_here) == (MapKind.REPORTS, True, False)
                with pytest.raises(BusyError, match="being built already"):
                    archive.map.build(MapKind.PICTURES)
            finally:
                other.kill()
        assert archive.map.building() is None
        assert the_map(archive, MapKind.REPORTS).is_current  # the map that was there before
        assert archive.map.cut_off() is None  # so that nothing is missing
        sweep_maps(copy / "maps", MapKind.REPORTS, keep="none")
        lost = archive.map.cut_off()
        assert (lost.kind, lost.is_running) == (MapKind.REPORTS, False)
        assert lost.began
        assert archive.verify() == []
        with pytest.raises(InputError, match="would not hear"):  # one that fails tells why itself
            archive.map.build(MapKind.PICTURES, refuse)
        assert archive.map.cut_off() is None


def test_who_may_not_search_may_not_look(built: Path) -> None:
    with Archive.open(built, Principal("guest", "nobody")) as archive:
        for action in (archive.map.building, lambda: archive.map.shown(MapKind.PICTURES), archive.map.stop):
            with pytest.raises(PrivacyError, match="unknown role"):
                action()
