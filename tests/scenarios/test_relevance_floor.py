"""Bands and the floor on a real archive with the shipped encoder; calibration repeated, killed, of another encoder."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest
from archive_kit import HashEncoder

from radseek import Archive
from radseek.cli.main import main
from radseek.errors import InputError, MismatchError
from radseek.records.search import Channel
from radseek.records.search_options import Band, SearchOptions
from radseek.service import IngestOptions
from radseek.service.banding import MOST_NEAREST
from radseek.service.calibrating import calibrate
from radseek.service.demo import write_demo_sources
from radseek.service.relevance_file import RELEVANCE_NAME, parse_learned, read_learned

ALL = SearchOptions(floor=Band.MISS)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    sources = write_demo_sources(tmp_path_factory.mktemp("sources"), n_radiographs=36, n_ct=6)
    with Archive.create(tmp_path_factory.mktemp("floor") / "archive") as archive:
        archive.ingest(sources.dicom_folder, IngestOptions(name="phantoms"))
        archive.ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
        archive.index()
        yield archive


@pytest.fixture
def own_relevance(archive):
    """Where the archive's own file would be; nothing is left there."""
    path = archive.folder.path / RELEVANCE_NAME
    yield path
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("text", ["zzz qqq", "my cat sleeps on the sofa", "猫がソファで寝ています", "🙂🙂🙂"])
def test_nonsense_has_no_good_match_and_the_nearest_misses_are_offered(archive, text):
    answer = archive.search(text)
    assert (answer.hits, answer.no_good_match) == ((), True)
    assert 0 < len(answer.nearest) <= MOST_NEAREST
    assert answer.suggestion == ""  # no word is offered that leads nowhere either
    assert {hit.band for hit in answer.nearest} == {Band.MISS}
    assert "nearest misses" in answer.note
    assert ("English" in answer.note) == (text[0] == "猫")


def test_what_reports_state_is_strong_and_no_miss_stands_among_hits(archive):
    answer = archive.search("left pleural effusion", k=100)
    stated = [hit for hit in answer.hits if hit.why.startswith("Its report says")]
    assert stated
    assert {hit.band for hit in stated} <= {Band.STRONG, Band.FAIR}
    assert Band.STRONG in {hit.band for hit in stated}
    assert Band.MISS not in {hit.band for hit in answer.hits}


@pytest.mark.parametrize("floor", list(Band))
def test_the_floor_cuts_and_changes_nothing_else(archive, floor):
    whole = archive.search("pleural effusion", k=100, options=ALL).hits
    answer = archive.search("pleural effusion", k=100, options=SearchOptions(floor=floor))
    assert [hit.study_key for hit in answer.hits] == [h.study_key for h in whole if h.band.reaches(floor)]
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    assert not any(hit.band.reaches(floor) for hit in answer.nearest)
    assert len(answer.nearest) == min(MOST_NEAREST, len(whole) - len(answer.hits))


def test_either_side_of_an_or_is_enough_and_a_part_of_a_report_is_not(archive):
    either = archive.search("effusion OR lymphangioleiomyomatosis", k=100, options=ALL)
    assert Band.STRONG in {hit.band for hit in either.hits}
    both = archive.search("Pleural effusion. Lymphangioleiomyomatosis of the lungs.", k=100, options=ALL)
    assert Band.STRONG not in {hit.band for hit in both.hits}
    assert Band.FAIR in {hit.band for hit in both.hits}


def test_calibrating_twice_gives_equal_bytes_and_searches_use_it(archive, own_relevance):
    calibrate(archive)
    first = own_relevance.read_bytes()
    calibrate(archive)
    assert own_relevance.read_bytes() == first
    learned = parse_learned(first)
    assert learned.relevance.text is not None
    assert {figure.kind for figure in learned.kinds} >= {"sentence"}
    assert sum(band.n for band in learned.bands if band.kind == "sentence") == next(
        kind.n_checked for kind in learned.kinds if kind.kind == "sentence"
    )
    assert archive.search("zzz qqq").no_good_match


def test_what_was_learned_of_another_encoder_is_not_used_and_said_so(archive, own_relevance):
    calibrate(archive)
    learned = json.loads(own_relevance.read_text())
    with pytest.raises(MismatchError, match="encoder id"):
        read_learned(own_relevance, HashEncoder.spec)
    learned["encoder"]["revision"] = "0" * 12
    own_relevance.write_text(json.dumps(learned))
    assert "damaged" in archive.search("effusion").note  # the digest does not fit any more
    rewritten = parse_learned(_signed(learned))
    assert rewritten.encoder.revision == "0" * 12
    own_relevance.write_bytes(_signed(learned))
    answer = archive.search("effusion", k=3)
    assert "another encoder" in answer.note
    assert answer.hits[0].band is Band.STRONG


def test_a_killed_calibration_leaves_the_old_file_whole(archive, own_relevance):
    calibrate(archive)
    before = own_relevance.read_bytes()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:  # writes the new file beside the old one, and dies right before it would take its place

        def die(name, _):
            if name == "os.rename":
                os.write(write_end, b"reached")
                os.kill(os.getpid(), signal.SIGKILL)

        from radseek.service.relevance_file import write_learned

        sys.addaudithook(die)
        write_learned(own_relevance, parse_learned(before))
        os._exit(0)
    os.close(write_end)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.read(read_end, 10) == b"reached"
    os.close(read_end)
    assert own_relevance.read_bytes() == before
    calibrate(archive)
    assert own_relevance.read_bytes() == before


def test_too_little_to_learn_from_is_said(tmp_path):
    sources = write_demo_sources(tmp_path / "sources", n_radiographs=2, n_ct=1)
    with Archive.create(tmp_path / "small") as archive:
        archive.ingest(sources.dicom_folder, IngestOptions(name="phantoms"))
        archive.index()
        with pytest.raises(InputError, match="too little to learn from"):
            calibrate(archive)
        assert not (archive.folder.path / RELEVANCE_NAME).exists()
        picture = archive.search("zzz qqq", channels=[Channel.IMAGE])
        assert picture.no_good_match


def test_the_commands_show_bands_floor_and_figures(archive, own_relevance, capsys):
    path = str(archive.folder.path)
    assert main(["search", path, "my cat sleeps on the sofa"]) == 0
    assert "nearest misses" in capsys.readouterr().out
    assert main(["search", path, "my cat sleeps on the sofa", "--floor", "none", "-k", "2"]) == 0
    assert "(miss)" in capsys.readouterr().out
    assert main(["search", path, "pleural effusion", "--floor", "strong", "-k", "3"]) == 0
    assert "(strong)" in capsys.readouterr().out
    assert main(["calibrate", path]) == 0
    assert "were right" in capsys.readouterr().out
    assert own_relevance.exists()


def _signed(fields):
    import hashlib

    bare = {name: value for name, value in fields.items() if name != "digest"}
    digest = hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()
    return json.dumps({**bare, "digest": digest}).encode()
