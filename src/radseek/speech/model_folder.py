"""An archive's language model and dictionary on disk: rebuilt whenever it does not fit, never repaired."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

from radseek.errors import ConfigError
from radseek.records.config import build_config
from radseek.speech.language_model import format_arpa
from radseek.speech.pronouncing import Pronouncer, format_dictionary
from radseek.speech.shared_phrases import SharedPhrases

FORMAT = 1
"""Raised whenever the same reports would make other files."""
MANIFEST_NAME, LANGUAGE_MODEL_NAME, DICTIONARY_NAME = "manifest.json", "phrases.arpa", "words.dict"
_NEW = ".new-"


@dataclass(frozen=True, slots=True)
class ModelKey:
    """What a dictation model is made from; another key is another model."""

    generation: str
    """Index generation whose reports it was made of."""
    fewest_people: int
    """People who must share a word or phrase before it gets in."""
    pocketsphinx: str
    """Version, as its dictionary is in the model's."""
    format: int = FORMAT

    @property
    def folder_name(self) -> str:
        """The model's folder, by the digest of the key."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class DictationManifest:
    """All that is known of a dictation model."""

    key: ModelKey
    n_sentences: int
    """Report sentences read. None of them is stored."""
    n_people: int
    n_words: int
    n_phrases: int
    phrases_digest: str
    """SHA-256 of the words and phrases with their counts."""
    files: dict[str, str]
    """Name -> SHA-256."""


@dataclass(frozen=True, slots=True)
class DictationModel:
    """A whole and fitting model on disk."""

    folder: Path
    manifest: DictationManifest

    @property
    def language_model(self) -> Path:
        """ARPA file."""
        return self.folder / LANGUAGE_MODEL_NAME

    @property
    def dictionary(self) -> Path:
        """Pronunciations in the Sphinx format."""
        return self.folder / DICTIONARY_NAME


def model_key(generation: str, fewest_people: int) -> ModelKey:
    """The key of the model for an index generation with the installed PocketSphinx.

    Raises:
        ConfigError: When PocketSphinx is not installed.
    """
    from radseek.speech.sphinx import sphinx_library

    sphinx_library()
    return ModelKey(generation, fewest_people, version("pocketsphinx"))


def find_model(parent: Path, key: ModelKey) -> DictationModel | None:
    """The model of `key` under `parent`; None when there is none, or when it is damaged in any way."""
    folder = parent / key.folder_name
    try:
        fields = json.loads((folder / MANIFEST_NAME).read_bytes())
        manifest = build_config(fields, DictationManifest, where="dictation manifest")
        whole = all(_sha256(folder / name) == digest for name, digest in manifest.files.items())
    except (OSError, ValueError, ConfigError):
        return None
    named = {LANGUAGE_MODEL_NAME, DICTIONARY_NAME} == manifest.files.keys()
    return DictationModel(folder, manifest) if whole and named and manifest.key == key else None


def write_model(parent: Path, key: ModelKey, phrases: SharedPhrases, pronouncer: Pronouncer) -> DictationModel:
    """Builds the model of `key` beside what is there, moves it into place whole, and removes models of other keys.

    Raises:
        InputError: When there is not a single word.
        OSError: When the disk refuses; what was there stays.
    """
    contents = {
        LANGUAGE_MODEL_NAME: format_arpa(phrases.counts).encode(),
        DICTIONARY_NAME: format_dictionary(phrases.words, pronouncer).encode(),
    }
    manifest = DictationManifest(
        key=key,
        n_sentences=phrases.n_sentences,
        n_people=phrases.n_people,
        n_words=len(phrases.words),
        n_phrases=len(phrases.counts),
        phrases_digest=hashlib.sha256(repr(sorted(phrases.counts.items())).encode()).hexdigest(),
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    )
    contents[MANIFEST_NAME] = (json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n").encode()
    parent.mkdir(mode=0o700, exist_ok=True)
    temporary = Path(mkdtemp(prefix=_NEW, dir=parent))
    folder = parent / key.folder_name
    try:
        for name, content in contents.items():
            _write(temporary / name, content)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    for other in _others(parent, key):
        shutil.rmtree(other, ignore_errors=True)
    return DictationModel(folder, manifest)


def _others(parent: Path, key: ModelKey) -> Iterator[Path]:
    return (path for path in parent.iterdir() if path.name != key.folder_name and not path.name.startswith(_NEW))


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
