"""Spoken queries end to end: an archive, its language model, synthesised speech, the command."""

from __future__ import annotations

import io
import json
import shutil
import subprocess

import numpy as np
import pytest
from scipy.io import wavfile
from sqlalchemy import select

from radseek import Archive
from radseek.archive.schema import audit
from radseek.archive.spoken_queries import sentences_by_person
from radseek.cli.main import main
from radseek.errors import ArtifactError, ConfigError, InputError, PrivacyError
from radseek.service import IngestOptions, Principal
from radseek.service.demo import write_demo_sources
from radseek.service.dictation import dictation_model

pytest.importorskip("pocketsphinx", reason="the extra voice is not installed")
needs_synthesiser = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng, which speaks the test phrases, is not installed"
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    sources = write_demo_sources(tmp_path_factory.mktemp("sources"), n_radiographs=6, n_ct=0)
    path = tmp_path_factory.mktemp("dictation") / "archive"
    with Archive.create(path) as archive:
        archive.ingest(sources.dicom_folder, IngestOptions(name="phantoms"))
        archive.ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
        archive.index()
    return path


@pytest.fixture
def archive(path):
    with Archive.open(path) as archive:
        yield archive


def wav(samples) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, 16_000, np.asarray(samples, dtype=np.float32))
    return file.getvalue()


def say(phrase: str, voice: str = "en-us+f2") -> bytes:
    command = ["espeak-ng", "-v", voice, "-s", "150", "--stdout", phrase]
    return subprocess.run(command, capture_output=True, check=True).stdout


@needs_synthesiser
@pytest.mark.parametrize("phrase", ["small left pleural effusion", "no evidence of pneumothorax"])
def test_a_spoken_finding_is_written_down_and_found(archive, tmp_path, capsys, phrase):
    transcript = archive.transcribe(say(phrase))
    assert transcript.text == phrase
    assert 0 < transcript.confidence <= 1
    assert [word.text for word in transcript.words] == phrase.split()
    starts = [word.start_s for word in transcript.words]
    assert starts == sorted(starts)
    (tmp_path / "said.wav").write_bytes(say(phrase))
    capsys.readouterr()
    assert main(["dictate", str(archive.folder.path), str(tmp_path / "said.wav")]) == 0
    out = capsys.readouterr()
    assert out.out == f"{phrase}\n"
    assert out.err == ""


def test_the_model_is_built_once_and_anew_when_it_is_damaged_or_the_index_changed(archive, monkeypatch):
    model = dictation_model(archive)
    times = {path.name: path.stat().st_mtime_ns for path in model.folder.iterdir()}
    assert {path.name: path.stat().st_mtime_ns for path in dictation_model(archive).folder.iterdir()} == times
    model.language_model.write_bytes(model.language_model.read_bytes()[:-10])
    assert dictation_model(archive).manifest == model.manifest
    assert model.language_model.stat().st_mtime_ns != times[model.language_model.name]
    monkeypatch.setattr(archive.retriever, "current", lambda: "g000002-000000000000")
    other = dictation_model(archive)
    assert other.folder != model.folder
    assert not model.folder.exists()
    assert archive.verify() == []


def test_the_model_holds_no_sentence_and_no_word_of_fewer_than_three_people(archive):
    model = dictation_model(archive)
    with archive.folder.catalogue.reading() as connection:
        sentences = list(sentences_by_person(connection))
    people = [person for person, _ in sentences]
    assert [person for place, person in enumerate(people) if person not in people[:place]] == sorted(
        set(people), key=people.index
    )
    assert model.manifest.n_people == len(set(people)) == 6
    assert not any(character.isdigit() for character in model.dictionary.read_text().replace("(2)", "").replace(
        "(3)", "").replace("(4)", ""))  # fmt: skip
    listed = model.language_model.read_text().split("\\3-grams:")[1]
    assert max(len(line.split()) for line in listed.splitlines()) == 4  # odds and three words
    assert oct(model.folder.stat().st_mode & 0o777) == "0o700"
    assert {oct(path.stat().st_mode & 0o777) for path in model.folder.iterdir()} == {"0o600"}


@pytest.mark.parametrize(
    ("samples", "note"),
    [
        (np.zeros(32_000), "is silent"),
        (0.1 * np.random.default_rng(0).standard_normal(32_000), "only noise"),
        (np.zeros(800), "too short"),
    ],
)
def test_nothing_heard_is_said_and_is_no_error(archive, tmp_path, capsys, samples, note):
    transcript = archive.transcribe(wav(samples))
    assert (transcript.text, transcript.words, transcript.confidence) == ("", (), None)
    assert note in transcript.note
    (tmp_path / "r.wav").write_bytes(wav(samples))
    assert main(["dictate", str(archive.folder.path), str(tmp_path / "r.wav"), "--json"]) == 0
    out = capsys.readouterr()
    assert json.loads(out.out)["text"] == ""
    assert note in out.err


def test_bad_recordings_end_in_one_sentence_without_the_file_name(archive, tmp_path, capsys):
    for name, content in {"a": b"", "b": b"not a sound", "c": wav(np.zeros(70 * 16_000))}.items():
        with pytest.raises(InputError, match="recording"):
            archive.transcribe(content)
        (tmp_path / f"SMITH_{name}.wav").write_bytes(content)
        assert main(["dictate", str(archive.folder.path), str(tmp_path / f"SMITH_{name}.wav")]) == 1
        assert "SMITH" not in capsys.readouterr().err
    assert main(["dictate", str(archive.folder.path), str(tmp_path / "missing.wav")]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_a_folder_without_a_speech_model_and_a_principal_without_the_right_are_refused(archive, path, tmp_path):
    voiced = np.sin(2 * np.pi * 130 * np.arange(16_000) / 16_000) * np.sin(np.pi * np.arange(16_000) / 16_000)
    with pytest.raises(ArtifactError, match="no speech model"):
        archive.transcribe(wav(0.5 * voiced), tmp_path)
    with Archive.open(path, Principal("nobody", "unheard")) as stranger, pytest.raises(PrivacyError, match="unknown"):
        stranger.transcribe(wav(voiced))


def test_before_the_first_index_and_without_the_extra_the_way_out_is_told(tmp_path, archive, monkeypatch):
    with Archive.create(tmp_path / "empty") as empty, pytest.raises(ArtifactError, match="radseek index"):
        dictation_model(empty)
    monkeypatch.setitem(__import__("sys").modules, "pocketsphinx", None)
    with pytest.raises(ConfigError, match=r"radseek\[voice\]"):
        dictation_model(archive)


def test_the_audit_event_says_how_long_and_never_what(archive):
    archive.transcribe(wav(np.zeros(32_000)))
    with archive.folder.catalogue.reading() as connection:
        events = connection.execute(select(audit.c.detail).where(audit.c.action == "dictate")).scalars().all()
    assert events
    assert all(event.keys() == {"bytes", "words"} for event in events)
