"""Which studies belong to a cohort now: found by the search or the filters, then by hand, grouped and sampled."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.cohort_studies import cohort_studies, filtered_study_keys, study_vectors
from radseek.errors import ArtifactError
from radseek.index import load_manifest
from radseek.records.cohort import CohortDefinition, Grouping, SampleMethod, Sampling
from radseek.records.search import Where
from radseek.records.search_options import Band, SearchOptions
from radseek.search.sampling import draw_balanced, draw_diverse, draw_random, first_of_each
from radseek.service.filters import join_where
from radseek.text import parse_query

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.archive.folder import ArchiveFolder
    from radseek.records.cohort import CohortStudy
    from radseek.service.archive import Archive


@dataclasses.dataclass(frozen=True, slots=True)
class IndexedBy:
    """The index generation that answered, and whose vectors it holds; empty while nothing is indexed."""

    generation: str = ""
    encoder_id: str = ""
    encoder_revision: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Members:
    """The studies that belong, in rank order, and what a reader must know of how they came about."""

    studies: tuple[CohortStudy, ...]
    notes: tuple[str, ...]
    indexed: IndexedBy

    @property
    def keys(self) -> tuple[str, ...]:
        """Their study keys."""
        return tuple(study.study_key for study in self.studies)


def find_members(archive: Archive, definition: CohortDefinition) -> Members:
    """The studies that belong to a cohort of this definition, at this moment.

    Raises:
        InputError: When the query cannot be used.
        ArtifactError: When there is a query and nothing is indexed yet, or the index is damaged.
    """
    found, notes, indexed = _found(archive, definition)
    excluded, listed = set(definition.exclude), set(found)
    keys = [key for key in found if key not in excluded]
    keys += [key for key in definition.include if key not in listed]
    with archive.folder.catalogue.reading() as connection:
        studies = list(cohort_studies(connection, keys).values())
        present = {study.study_key for study in studies}
        missing = sum(key not in present for key in definition.include)
        if missing:
            notes.append(f"{missing} of the studies included by hand are not in this archive.")
        if definition.grouping is Grouping.PATIENT:
            studies = _one_a_patient(studies, definition.include, notes)
        if definition.sampling is not None:
            studies = _Draw(archive, connection, definition.include, notes).draw(studies, definition.sampling)
    return Members(tuple(studies), tuple(notes), indexed)


def needs_search(definition: CohortDefinition) -> bool:
    """Whether there are words to search for, besides filters.

    Raises:
        InputError: When the query cannot be used.
    """
    return bool(definition.query.strip()) and bool(parse_query(definition.query).text)


def indexed_by(archive: ArchiveFolder) -> IndexedBy:
    """The current index generation and its encoder; nothing is loaded for the answer."""
    try:
        manifest = load_manifest(archive.index_folder)
    except ArtifactError:
        return IndexedBy()
    return IndexedBy(manifest.generation, manifest.identity.encoder_id, manifest.identity.revision)


def _found(archive: Archive, definition: CohortDefinition) -> tuple[list[str], list[str], IndexedBy]:
    """Study keys in rank order, notes, and what was searched."""
    if definition.hand_picked:
        return [], [], indexed_by(archive.folder)
    if needs_search(definition):
        return _searched(archive, definition)
    inline = parse_query(definition.query).where if definition.query.strip() else Where()
    where = join_where(inline, definition.where)
    if where is None:
        return [], ["The filters contradict each other: no study passes them."], indexed_by(archive.folder)
    with archive.folder.catalogue.reading() as connection:
        return filtered_study_keys(connection, where), [], indexed_by(archive.folder)


def _searched(archive: Archive, definition: CohortDefinition) -> tuple[list[str], list[str], IndexedBy]:
    from radseek.service.archive import MAX_HITS

    wanted = min(definition.k or MAX_HITS, MAX_HITS)
    # A cohort counts studies, so none may stand under another; what was learned later must not change its own floor.
    every_study = SearchOptions(fold=False, floor=Band.MISS)
    answer = archive.search(definition.query, wanted, definition.where, definition.channels, every_study)
    notes = [answer.note] if answer.note else []
    if len(answer.hits) == MAX_HITS and (definition.k is None or definition.k > MAX_HITS):
        notes.append(
            f"The query brought {MAX_HITS:,} studies, the most that one search brings: more may match. Narrow it with "
            "filters, or split it into several cohorts."
        )
    if len(answer.hits) == answer.n_searched > 1 and definition.k is None and definition.floor is None:
        notes.append("The query ranks every study that the filters allow: k or a floor says where the cohort ends.")
    floor = -np.inf if definition.floor is None else definition.floor
    spec = archive.retriever.encoder().spec
    kept = [hit.study_key for hit in answer.hits if hit.score >= floor]
    return kept, notes, IndexedBy(answer.generation, spec.id, spec.revision)


def _one_a_patient(studies: list[CohortStudy], include: Sequence[str], notes: list[str]) -> list[CohortStudy]:
    chosen = first_of_each([study.patient_key for study in studies], _places(studies, include))
    kept = [studies[place] for place in chosen]
    lost = {study.study_key for study in studies} & set(include) - {study.study_key for study in kept}
    if lost:
        notes.append(f"{len(lost)} studies included by hand gave way to another study of the same patient.")
    return kept


def _places(studies: Sequence[CohortStudy], keys: Sequence[str]) -> list[int]:
    """Places of those of `keys` that are there, in the order of `keys`."""
    place = {study.study_key: row for row, study in enumerate(studies)}
    return [place[key] for key in keys if key in place]


class _Draw:
    """Draws samples and writes down what a reader must know of them."""

    def __init__(self, archive: Archive, connection: Connection, include: Sequence[str], notes: list[str]) -> None:
        self._archive, self._connection, self._include, self._notes = archive, connection, include, notes

    def draw(self, studies: list[CohortStudy], sampling: Sampling) -> list[CohortStudy]:
        """The studies drawn, in rank order; those included by hand before all others."""
        if sampling.method is SampleMethod.DIVERSE:
            drawn = self._diverse(studies, sampling)
        else:
            keys, first = [study.study_key for study in studies], _places(studies, self._include)
            if sampling.method is SampleMethod.BALANCED:
                values = [study.value(sampling.balance_by) for study in studies]
                places = draw_balanced(keys, values, sampling.n, sampling.seed, first)
            else:
                places = draw_random(keys, sampling.n, sampling.seed, first)
            drawn = [studies[place] for place in places]
        if len(drawn) < sampling.n:
            self._notes.append(f"A sample of {sampling.n:,} was asked for; there are {len(drawn):,} studies to draw.")
        return drawn

    def _diverse(self, studies: list[CohortStudy], sampling: Sampling) -> list[CohortStudy]:
        keys = [study.study_key for study in studies]
        if not keys:
            return []
        spec = self._archive.retriever.encoder().spec
        vectors, found = study_vectors(self._archive.folder, self._connection, spec, keys)
        if not found.all():
            left_out = int((~found).sum())
            self._notes.append(f"{left_out:,} studies without an encoded picture cannot be drawn by how they look.")
        studies = [study for study, has_one in zip(studies, found, strict=True) if has_one]
        first = _places(studies, self._include)
        places = draw_diverse([study.study_key for study in studies], vectors[found], sampling.n, sampling.seed, first)
        return [studies[place] for place in places]
