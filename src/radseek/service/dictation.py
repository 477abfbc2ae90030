"""Spoken queries: a recording in, words out, for a person to read and correct before anything is searched."""

from __future__ import annotations

import dataclasses
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.archive.spoken_queries import sentences_by_person
from radseek.archive.storage import plain_storage_errors
from radseek.errors import ArtifactError
from radseek.speech import (
    FEWEST_PEOPLE,
    QUIET_ENDS_S,
    SAMPLE_RATE_HZ,
    DictationModel,
    Pronouncer,
    SphinxRecogniser,
    Transcript,
    WhisperRecogniser,
    common_phrases,
    find_model,
    level,
    model_key,
    read_dictionary,
    read_wav,
    share_phrases,
    stock_dictionary,
    why_nothing_is_heard,
    write_model,
)

if TYPE_CHECKING:
    from radseek.service.archive import Archive
    from radseek.speech import SpeechRecogniser

_ONE_AT_A_TIME = threading.Lock()
"""A recogniser keeps what it is hearing: two recordings at once would be mixed."""


def dictate(archive: Archive, audio: bytes, model: Path | None = None) -> Transcript:
    """The words in a recording; nothing is searched.

    Args:
        archive: Whose words are recognised; its language model is built when there is none for its current index.
        audio: A WAV file's bytes, at most 60 s and 20 MB.
        model: Folder of a Whisper-type model to recognise with instead, which knows nothing of the archive.

    Returns:
        The transcript; with an empty text and a note when nothing was heard.

    Raises:
        InputError: When the recording cannot be read.
        ArtifactError: When nothing is indexed yet, or the model is missing or damaged.
        ConfigError: When the extra `voice` is not installed.
        StorageError: When the disk refuses to take the language model.
    """
    samples = read_wav(audio)
    if reason := why_nothing_is_heard(samples):
        return Transcript("", note=reason)
    with _ONE_AT_A_TIME:
        recogniser = _whisper(model.absolute()) if model is not None else _sphinx(dictation_model(archive))
        return _without_margin(recogniser.recognise(level(samples)), len(samples) / SAMPLE_RATE_HZ)


def dictation_model(archive: Archive, fewest_people: int = FEWEST_PEOPLE) -> DictationModel:
    """The archive's language model and dictionary; built when there are none for its current index generation.

    Raises:
        ArtifactError: When nothing is indexed yet.
        ConfigError: When the extra `voice` is not installed.
        StorageError: When the disk refuses.
    """
    generation = archive.retriever.current()
    if not generation:
        raise ArtifactError("nothing is indexed yet; run `radseek index` first")
    parent = archive.folder.dictation_folder
    key = model_key(generation, fewest_people)
    found = find_model(parent, key)
    if found is not None:
        return found
    with archive.folder.catalogue.reading() as connection:
        phrases = share_phrases(sentences_by_person(connection), common_phrases(), fewest_people)
    with plain_storage_errors("writing the language model of spoken queries"):
        return write_model(parent, key, phrases, Pronouncer(read_dictionary(stock_dictionary())))


def _without_margin(transcript: Transcript, seconds: float) -> Transcript:
    """The transcript with the times of the recording, not of what the recogniser was given."""
    words = tuple(
        dataclasses.replace(
            word,
            start_s=round(min(max(0.0, word.start_s - QUIET_ENDS_S), seconds), 2),
            end_s=round(min(max(0.0, word.end_s - QUIET_ENDS_S), seconds), 2),
        )
        for word in transcript.words
    )
    return dataclasses.replace(transcript, words=words)


def _sphinx(model: DictationModel) -> SpeechRecogniser:
    return _loaded_sphinx(model.language_model, model.dictionary, model.manifest.phrases_digest)


@lru_cache(maxsize=2)
def _loaded_sphinx(language_model: Path, dictionary: Path, digest: str) -> SpeechRecogniser:
    """The recogniser; `digest` is there so that other content in the same place is loaded anew."""
    return SphinxRecogniser(language_model, dictionary)


@lru_cache(maxsize=1)
def _whisper(folder: Path) -> SpeechRecogniser:
    return WhisperRecogniser(folder)
