"""The encoder and the current index generation, loaded once and exchanged when a newer one is published."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radseek.encoders import load_encoder
from radseek.encoders.spec import Encoder
from radseek.errors import ArtifactError
from radseek.index import Generation, Needed, load_generation, read_current
from radseek.text import Lexicon, default_lexicon


class Retriever:
    """Loads lazily; safe to use from several threads.

    Args:
        index_folder: The archive's index folder.
        encoder: Name or folder of the encoder.
        runtime: Its runtime.
        read_lexicon: What the index was read with, asked again for each generation; the shipped lexicon by default.
    """

    def __init__(
        self,
        index_folder: Path,
        encoder: str,
        runtime: str,
        read_lexicon: Callable[[], Lexicon] = default_lexicon,
    ) -> None:
        self._read_lexicon = read_lexicon
        self._index_folder = index_folder
        self._encoder_name = encoder
        self._runtime = runtime
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None
        self._generation: Generation | None = None
        self._studies: NDArray[np.int64] = np.array([], dtype=np.int64)

    def encoder(self) -> Encoder:
        """The encoder, loaded at the first call.

        Raises:
            ArtifactError: When it is missing or damaged.
        """
        with self._lock:
            return self._loaded_encoder()

    def generation(self) -> tuple[Generation, NDArray[np.int64]]:
        """The current generation and the ids of all studies in it, ascending.

        Raises:
            MismatchError: When the index was made by another encoder or lexicon; the message names the field.
            ArtifactError: When there is no index yet, or it is damaged.
            ConfigError: When the site's lexicon cannot be used.
        """
        with self._lock:
            current = self.current()
            if not current and self._generation is None:
                raise ArtifactError("nothing is indexed yet, or the index is damaged; run `radseek index` first")
            if self._generation is None or (current and self._generation.name != current):
                self._generation = load_generation(self._index_folder, self._needed(), self._read_lexicon())
                self._studies = _studies_of(self._generation)
            return self._generation, self._studies

    def current(self) -> str:
        """Name of the current generation, empty when there is none yet."""
        try:
            return read_current(self._index_folder)[0]
        except ArtifactError:
            return ""

    def _loaded_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = load_encoder(self._encoder_name, self._runtime)
        return self._encoder

    def _needed(self) -> Needed:
        spec = self._loaded_encoder().spec
        return Needed(
            encoder_id=spec.id,
            revision=spec.revision,
            dim=spec.dim,
            preprocessing=spec.preprocessing.digest,
            runtime=spec.numerics,
        )


def _studies_of(generation: Generation) -> NDArray[np.int64]:
    owners = np.concatenate([generation.image_owners.study_ids, generation.sentence_owners.study_ids])
    return np.unique(owners[owners >= 0])
