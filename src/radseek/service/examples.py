"""Example pictures of a query: read, encoded, and held against what the archive has."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.embeddings import IMAGES, EmbeddingStore
from radseek.archive.example_pictures import content_keys, patients_of_studies, picture_of_key, pictures_of_study
from radseek.errors import ArtifactError, InputError
from radseek.search.examples import ExampleVectors, pool_region
from radseek.search.familiarity import SAMPLE, Familiarity, Patients, Resemblance, measure_familiarity
from radseek.service.example_pixels import ExamplePixels, check_region_size

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.archive.example_pictures import ExamplePicture
    from radseek.archive.folder import ArchiveFolder
    from radseek.index import Generation
    from radseek.records.search_options import Example, Region, SearchOptions
    from radseek.service.retriever import Retriever

_KEPT = 64
"""Vectors of uploaded pictures and of regions that are kept, so that a changed filter reads nothing again."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadExample:
    """One example as the search needs it."""

    vector: NDArray[np.float32]
    """Unit vector `[dim]`."""
    unlike: bool
    study_id: int | None
    """Its own study; None for an uploaded picture."""
    resemblance: Resemblance
    """Of an uploaded picture to what the archive has; the archive's own are alike."""


@dataclass(frozen=True, slots=True, eq=False)
class _Encoded:
    """Vectors of a picture from elsewhere, `[dim]` each."""

    whole: NDArray[np.float32]
    part: NDArray[np.float32]
    """Of the region asked; of the whole picture without one."""


class ExampleReader:
    """Turns examples into vectors; safe to use from several threads. Close it when done.

    Args:
        folder: The archive, whose own pictures' vectors are stored already.
        retriever: Has the encoder for all others.
    """

    def __init__(self, folder: ArchiveFolder, retriever: Retriever) -> None:
        self._folder = folder
        self._retriever = retriever
        self._pixels = ExamplePixels(folder.config)
        self._lock = threading.Lock()
        self._encoded: OrderedDict[tuple[str, Region | None], _Encoded] = OrderedDict()
        self._store: tuple[str, EmbeddingStore] | None = None
        self._familiarity: tuple[str, Familiarity | None] | None = None

    def read(
        self, connection: Connection, examples: Sequence[Example], generation: Generation
    ) -> tuple[ReadExample, ...]:
        """The examples in order.

        Raises:
            InputError: When one does not exist, cannot be used, or is asked for and against at once.
            DecodeError: When a file or a picture's source cannot be read.
            ArtifactError: When a picture of the archive is not encoded yet.
            StorageError: When the disk refuses to keep a file while it is read.
        """
        if {replace(e, unlike=False) for e in examples if e.unlike} & {e for e in examples if not e.unlike}:
            raise InputError("one example is given both as like and as unlike; take one of the two out")
        with self._lock:
            return tuple(self._read(connection, example, generation) for example in examples)

    def close(self) -> None:
        """Ends the decoding process and forgets what was uploaded."""
        with self._lock:
            self._pixels.close()
            self._encoded.clear()

    def _read(self, connection: Connection, example: Example, generation: Generation) -> ReadExample:
        if example.picture:
            encoded = self._uploaded(example.picture, example.region)
            alike = Resemblance.ALIKE if example.unlike else self._judge(connection, encoded.whole, generation)
            return ReadExample(encoded.part, example.unlike, None, alike)
        if example.study_key:
            pictures = pictures_of_study(connection, example.study_key)
        else:
            pictures = [picture_of_key(connection, example.image_key)]
        if example.region is None:
            vector = _unit(self._stored([p.content_key for p in pictures], generation).mean(axis=0, dtype=np.float64))
        else:
            vector = self._part_of(pictures[0], example.region)
        return ReadExample(vector, example.unlike, pictures[0].study_id, Resemblance.ALIKE)

    def _uploaded(self, content: bytes, region: Region | None) -> _Encoded:
        def encode() -> _Encoded:
            shown = self._pixels.uploaded(content)
            whole = self._retriever.encoder().encode_images([shown])[0]
            return _Encoded(whole, whole if region is None else self._pooled(shown, region))

        return self._kept((hashlib.sha256(content).hexdigest(), region), encode)

    def _part_of(self, picture: ExamplePicture, region: Region) -> NDArray[np.float32]:
        def encode() -> _Encoded:
            part = self._pooled(self._pixels.archived(picture), region)
            return _Encoded(part, part)

        return self._kept((f"archive {picture.content_key}", region), encode).part

    def _pooled(self, shown: NDArray[np.float32], region: Region) -> NDArray[np.float32]:
        rows, cols = shown.shape
        check_region_size(rows * (region.bottom - region.top), cols * (region.right - region.left))
        return pool_region(self._retriever.encoder().encode_patches([shown])[0], region, (rows, cols))

    def _kept(self, key: tuple[str, Region | None], encode: Callable[[], _Encoded]) -> _Encoded:
        if key not in self._encoded:
            self._encoded[key] = encode()
            if len(self._encoded) > _KEPT:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(key)
        return self._encoded[key]

    def _stored(self, keys: Sequence[str], generation: Generation) -> NDArray[np.float32]:
        """Vectors `[n, dim]` of the archive's pictures, as the index was built from.

        Raises:
            ArtifactError: When one is missing.
        """
        vectors, found = self._embeddings(generation).read(keys)
        if not found.all():
            raise ArtifactError("a picture of this example is not encoded yet; run `radseek index`")
        return vectors

    def _embeddings(self, generation: Generation) -> EmbeddingStore:
        """The store, opened once a generation: its shards are verified when first read."""
        if self._store is None or self._store[0] != generation.name:
            spec = self._retriever.encoder().spec
            self._store = (generation.name, EmbeddingStore(self._folder.embeddings_folder, spec, IMAGES))
        return self._store[1]

    def _judge(self, connection: Connection, vector: NDArray[np.float32], generation: Generation) -> Resemblance:
        if self._familiarity is None or self._familiarity[0] != generation.name:
            self._familiarity = (generation.name, self._measured(connection, generation))
        known = self._familiarity[1]
        if known is None:
            return Resemblance.ALIKE
        scores, _ = generation.images.search(vector[None], 1)
        return known.judge(float(scores[0, 0]))

    def _measured(self, connection: Connection, generation: Generation) -> Familiarity | None:
        ids = generation.image_owners.ids
        sample = np.sort(np.random.default_rng(0).choice(ids, min(SAMPLE, ids.size), replace=False))
        named = [(n, key) for n, key in enumerate(content_keys(connection, sample.tolist())) if key]
        vectors, found = self._embeddings(generation).read([key for _, key in named])
        places = np.array([n for n, _ in named], dtype=np.int64)[found]
        return measure_familiarity(sample[places], vectors[found], generation.images, _patients(connection, generation))


def _patients(connection: Connection, generation: Generation) -> Patients:
    study_ids, patient_ids = patients_of_studies(connection)
    owners = generation.image_owners
    places = np.searchsorted(study_ids, owners.study_ids)
    known = np.isin(owners.study_ids, study_ids)
    table = np.full(owners.ids.size, -1, dtype=np.int64)
    table[known] = patient_ids[places[known]]
    return Patients(owners.ids, table)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vector / (float(np.linalg.norm(vector)) or 1.0)).astype(np.float32)


def kept_examples(options: SearchOptions) -> Iterator[tuple[str, Example]]:
    """The key of each example's chip and the example, without those dropped."""
    for number, example in enumerate(options.examples, start=1):
        if f"example:{number}" not in options.dropped:
            yield f"example:{number}", example


def example_vectors(read: Sequence[ReadExample], text_weight: float, dim: int) -> ExampleVectors:
    """The examples as one, with the share of the words."""
    like = [one.vector for one in read if not one.unlike]
    unlike = [one.vector for one in read if one.unlike]
    empty = np.empty((0, dim), dtype=np.float32)
    return ExampleVectors(np.stack(like) if like else empty, np.stack(unlike) if unlike else empty, text_weight)
