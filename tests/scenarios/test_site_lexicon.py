"""A site's own words in an archive of its own: found with them only, read again when they change, encoded once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from archive_kit import write_instance, write_sr

from radseek import Archive
from radseek.errors import ConfigError, MismatchError
from radseek.records.search import Channel
from radseek.records.search_options import Band, SearchOptions
from radseek.service import IngestOptions

REPORTS = {
    "has": "There is a left zorblax. Heart size is normal.",
    "denies": "Small nodule without zorblax. Heart size is normal.",
    "other": "Left pleural effusion is again seen. Heart size is normal.",
    "short": "Moderate ZBX is unchanged.",
}
DENIAL = "Small nodule without zorblax."
SITE = "concepts: {zorblax: {title: zorblax, regions: [chest], parents: [opacity], abbreviations: [ZBX]}}\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("source")
    for number, (name, text) in enumerate(REPORTS.items()):
        write_instance(root / name / "pa.dcm", name, seed=number)
        write_sr(root / name / "report.dcm", name, text)
    return root


@pytest.fixture(scope="module")
def plain(tmp_path_factory, source) -> Path:
    """An archive without words of its own, indexed."""
    path = tmp_path_factory.mktemp("plain") / "archive"
    with Archive.create(path) as archive:
        archive.ingest(source, IngestOptions(name="site"))
        archive.index()
    return path


@pytest.fixture
def path(tmp_path, plain) -> Path:
    shutil.copytree(plain, tmp_path / "archive")
    return tmp_path / "archive"


def use(path: Path, words: str) -> None:
    """The archive at `path` with a site's `words`, as a person edits it."""
    (path / "lexicon.yaml").write_text(words)
    configuration = path / "radseek.yaml"
    lines = [line for line in configuration.read_text().splitlines() if not line.startswith("lexicon:")]
    configuration.write_text("\n".join([*lines, "lexicon: lexicon.yaml"]) + "\n")


def agreed(archive: Archive, text: str) -> set[str]:
    """Sentences by which the sentence channel answers `text`."""
    answer = archive.search(text, channels=[Channel.SENTENCE], options=SearchOptions(floor=Band.MISS))
    return {match.sentence.text for hit in answer.hits for match in hit.matches if match.sentence is not None}


def stated(archive: Archive, text: str) -> set[str]:
    """The findings of the query that the archive understands."""
    return {mention.finding for mention in archive.search(text).query.stated}


def test_a_word_of_the_site_is_understood_only_with_its_lexicon(path):
    with Archive.open(path) as archive:
        assert stated(archive, "zorblax") == stated(archive, "zbx") == set()
        assert DENIAL in agreed(archive, "zbx")
    use(path, SITE)
    with Archive.open(path) as archive:
        with pytest.raises(MismatchError, match=r"`lexicon` does not match.*radseek index"):
            archive.search("zorblax")
        built = archive.index()
        assert (built.changed, built.encoded_images, built.encoded_sentences) == (True, 0, 0)
        assert stated(archive, "zorblax") == stated(archive, "zbx") == {"zorblax"}
        after = agreed(archive, "zbx")
        assert REPORTS["short"] in after
        assert "There is a left zorblax." in after
        assert DENIAL not in after
        assert DENIAL in agreed(archive, "no zorblax")
        assert not agreed(archive, "no zorblax") & {"There is a left zorblax.", REPORTS["short"]}
        first = archive.search("opacity", channels=[Channel.SENTENCE]).hits[:2]  # a zorblax is a kind of opacity
        assert {hit.matches[0].sentence.text for hit in first} == {"There is a left zorblax.", REPORTS["short"]}
        assert not archive.index().changed
        assert archive.verify() == []


def test_a_change_of_the_lexicon_is_read_again_by_an_open_archive(path):
    use(path, SITE)
    with Archive.open(path) as reader, Archive.open(path) as writer:
        writer.index()
        assert stated(reader, "gleepglorp") == set()
        use(path, SITE + "words: {effusion: {wordings: [gleepglorp]}}\n")
        assert writer.index().changed
        assert stated(reader, "gleepglorp") == {"effusion"}
        assert "Left pleural effusion is again seen." in agreed(reader, "gleepglorp")


def test_the_lexicon_of_the_configuration_is_copied_into_the_archive(tmp_path, monkeypatch):
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "archive.yaml").write_text("lexicon: words/ours.yaml\n")
    (tmp_path / "settings" / "words").mkdir()
    (tmp_path / "settings" / "words" / "ours.yaml").write_text(SITE)
    monkeypatch.chdir(tmp_path / "settings" / "words")  # the way leads from the configuration, not from here
    with Archive.create(tmp_path / "archive", config=tmp_path / "settings" / "archive.yaml") as archive:
        assert archive.configuration()["lexicon"] == "lexicon.yaml"
    shutil.rmtree(tmp_path / "settings")
    monkeypatch.chdir(tmp_path)
    with Archive.open(tmp_path / "archive") as archive:
        assert "zorblax" in archive.folder.read_lexicon().findings
        assert archive.verify() == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (None, r"cannot read the configuration file .*ours\.yaml"),
        ("words: {x: {}}", r"ours\.yaml: words: x: no shipped finding"),
    ],
)
def test_an_archive_is_not_made_with_a_lexicon_that_cannot_be_used(tmp_path, words, message):
    (tmp_path / "archive.yaml").write_text("lexicon: ours.yaml\n")
    if words is not None:
        (tmp_path / "ours.yaml").write_text(words)
    with pytest.raises(ConfigError, match=message):
        Archive.create(tmp_path / "archive", config=tmp_path / "archive.yaml")
    assert not (tmp_path / "archive").exists()


def test_an_archive_whose_lexicon_was_spoiled_opens_and_says_so_when_it_is_needed(path):
    use(path, "words: {x: {}}")
    with Archive.open(path) as archive:
        assert archive.summary().n_studies == len(REPORTS)
        for ask in (archive.index, lambda: archive.search("effusion")):
            with pytest.raises(ConfigError, match=r"lexicon\.yaml: words: x: no shipped finding has this name"):
                ask()
