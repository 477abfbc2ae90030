"""`ArchiveMap`: the maps of one archive: build them, look at them, take a selection apart."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.catalogue_writes import utc_now
from radseek.archive.map_claim import claim_map, cut_off_build, running_build
from radseek.archive.map_files import (
    FORMAT,
    MapManifest,
    MapNeeded,
    load_map,
    mapped_generations,
    pack_points,
    read_manifest,
    sweep_maps,
    write_map,
)
from radseek.archive.map_studies import map_studies
from radseek.errors import ArtifactError, InputError
from radseek.records.archive_map import FEWEST_STUDIES, MapFacts, MapKind, MapSelection
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.search.neighbourhoods import N_NEIGHBOURS, measure_neighbourhoods
from radseek.search.projection import ProjectionSettings, project
from radseek.search.study_means import picture_means, sentence_means
from radseek.search.study_statements import StudyStatements
from radseek.service.map_building import MapBuilding, built_elsewhere
from radseek.service.map_shelf import MapShelf
from radseek.service.principal import Permission
from radseek.service.shown_map import ShownMap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radseek.index import Generation
    from radseek.records.cohort import CohortStudy
    from radseek.service.archive import Archive

_LIBRARIES = ("numpy", "opentsne", "scikit-learn", "scipy")
_SETTINGS = ProjectionSettings()


@dataclass(frozen=True, slots=True)
class MappedStudy:
    """A study of a map, for its card."""

    study: CohortStudy
    image_key: str | None
    """Key of the picture that stands for it."""


class ArchiveMap:
    """The maps of one archive; get it as `archive.map`.

    Who may search may build maps and look at them. Building one, opening one and looking into a selection leave an
    audit event with counts only.

    Args:
        archive: The open archive.
        shelf: What it keeps of its maps.
    """

    def __init__(self, archive: Archive, shelf: MapShelf) -> None:
        self._archive, self._shelf = archive, shelf
        self._folder = archive.folder.maps_folder

    # Building

    def build(self, kind: MapKind, progress: ProgressListener = no_progress) -> MapFacts:
        """Lays out the studies of the current index generation and keeps the map; older maps of this kind go.

        The same index gives the same map. A listener may raise to stop it: nothing is kept.

        Raises:
            ArtifactError: When nothing is indexed yet, or the index is damaged.
            InputError: When there are fewer than `FEWEST_STUDIES` studies to lay out.
            BusyError: When a map of this archive is being built already, here or by another process.
            StorageError: When the disk refuses.
        """
        self._require()
        with claim_map(self._folder, kind, progress) as noting:
            return self._build(kind, noting)

    def start(self, kind: MapKind) -> bool:
        """Begins to build a map beside what people do; False when this process builds one already."""
        self._require()
        return self._shelf.builder.start(kind, lambda progress: self.build(kind, progress))

    def building(self) -> MapBuilding | None:
        """The build that goes on in whatever process, else the one that `start` began last, or why that failed."""
        self._require()
        own = self._shelf.builder.now()
        if own is not None and own.is_running:
            return own
        other = running_build(self._folder)
        return built_elsewhere(other) if other is not None else own

    def cut_off(self) -> MapBuilding | None:
        """The build that ended with its process, such as by a kill, while there is no map of the current index.

        The same index gives the same map: once there is one, or one was built again, nothing is missing.
        """
        self._require()
        noted = cut_off_build(self._folder)
        if noted is None or self._archive.current_generation() in mapped_generations(self._folder, noted.kind):
            return None
        return built_elsewhere(noted, is_running=False)

    def built(self) -> list[MapFacts]:
        """What is written down of each map that is there, the newest first; one whose facts are damaged is left out."""
        self._require()
        facts = []
        for kind in MapKind:
            for generation in mapped_generations(self._folder, kind):
                with suppress(ArtifactError):  # `shown` tells what is wrong with it
                    facts.append(_facts_of(read_manifest(self._folder, kind, generation)))
        return sorted(facts, key=lambda one: one.written, reverse=True)

    def stop(self) -> None:
        """Ends the build that `start` began; nothing of it is kept."""
        self._require()
        self._shelf.builder.stop()

    # Looking

    def n_studies(self, kind: MapKind) -> int:
        """Studies in the current index that have what this kind of map compares.

        Raises:
            ArtifactError: When nothing is indexed yet, or the index is damaged.
        """
        self._require()
        return _n_studies(self._archive.retriever.generation()[0], kind)

    def shown(self, kind: MapKind) -> ShownMap | None:
        """The map of the current index generation, else the newest one; None when there is none at all.

        Raises:
            MismatchError: When it was made from something else than it says; its `field` says which.
            ArtifactError: When nothing is indexed yet, or the map is damaged.
        """
        self._require()
        with self._shelf.lock:
            generation, _ = self._archive.retriever.generation()
            known = mapped_generations(self._folder, kind)
            wanted = generation.name if generation.name in known else next(iter(known), None)
            at, kept = self._shelf.shown.get(kind, ("", None))
            if wanted is None:
                return None
            stamp = f"{generation.name} {self._stamp(wanted, kind)}"
            if kept is None or at != stamp:
                kept = self._load(kind, wanted, generation)
                self._shelf.shown[kind] = (stamp, kept)
            return kept

    def opened(self, name: str) -> ShownMap:
        """The shown map of this name, for a page that was told it.

        Raises:
            InputError: When another one is shown by now.
        """
        for kind in MapKind:
            if name.endswith(f"-{kind}"):
                shown = self.shown(kind)
                if shown is not None and shown.name == name:
                    return shown
        raise InputError("this map was replaced by a newer one; load the page again")

    def study(self, shown: ShownMap, row: int) -> MappedStudy:
        """The study in a row of a map, for its card.

        Raises:
            InputError: When the map has no such row, or the study was removed since.
        """
        self._archive.principal.require(Permission.VIEW)
        if not 0 <= row < len(shown.keys):
            raise InputError("the map has no such point")
        key = shown.keys[row]
        found = self._archive.cohorts.studies([key])
        if key not in found:
            raise InputError("this study was removed from the archive")
        return MappedStudy(found[key], self._archive.cohorts.pictures([key]).get(key))

    def note_opened(self, shown: ShownMap) -> None:
        """Writes down that somebody opened a map."""
        self._audit("open map", {"kind": shown.facts.kind.value, "studies": len(shown.keys)})

    def describe(self, shown: ShownMap, rows: Sequence[int]) -> MapSelection:
        """What the studies of these rows are, beside all others on the map.

        Raises:
            InputError: When the map has no such row.
        """
        self._require()
        chosen = np.unique(np.array(rows, dtype=np.int64))
        if chosen.size and not 0 <= chosen[0] <= chosen[-1] < len(shown.keys):
            raise InputError("the map has no such point")
        self._audit("look into map", {"kind": shown.facts.kind.value, "studies": int(chosen.size)})
        return shown.describe(chosen)

    # The rest is for these methods only

    def _require(self) -> None:
        self._archive.principal.require(Permission.SEARCH)

    def _build(self, kind: MapKind, progress: ProgressListener) -> MapFacts:
        began = time.monotonic()
        generation, _ = self._archive.retriever.generation()
        progress(Progress("vectors", 0, None))
        means = picture_means(generation) if kind is MapKind.PICTURES else sentence_means(generation)
        n = means.study_ids.size
        if n < FEWEST_STUDIES:
            raise InputError(f"a map needs at least {FEWEST_STUDIES} studies with {kind}; the index has {n}")
        projection = project(means.vectors, _SETTINGS, progress)
        progress(Progress("measure", 0, None))
        measured = measure_neighbourhoods(means.vectors, projection.points, _SETTINGS.seed)
        content = pack_points(means.study_ids, projection.points)
        manifest = MapManifest(
            kind=kind.value,
            generation=generation.name,
            encoder_id=generation.manifest.identity.encoder_id,
            revision=generation.manifest.identity.revision,
            n_studies=n,
            format=FORMAT,
            n_landmarks=projection.n_landmarks,
            n_neighbours=N_NEIGHBOURS,
            kept_neighbours=measured.kept if measured else None,
            trustworthiness=measured.trustworthiness if measured else None,
            seed=_SETTINGS.seed,
            seconds=round(time.monotonic() - began, 2),
            written=utc_now(),
            versions={name: version(name) for name in _LIBRARIES},
            sha256=hashlib.sha256(content).hexdigest(),
        )
        write_map(self._folder, manifest, content)
        sweep_maps(self._folder, kind, keep=generation.name)
        self._audit("build map", {"kind": kind.value, "generation": generation.name, "studies": n})
        return _facts_of(manifest)

    def _stamp(self, generation: str, kind: MapKind) -> str:
        """Changes when a map is written anew."""
        try:
            return str((self._folder / f"{generation}-{kind}.json").stat().st_mtime_ns)
        except OSError:
            return ""

    def _load(self, kind: MapKind, name: str, generation: Generation) -> ShownMap:
        is_current = name == generation.name
        stored = load_map(self._folder, kind, name, _needed(kind, generation) if is_current else None)
        with self._archive.folder.catalogue.reading() as connection:
            studies = map_studies(connection, stored.study_ids)
        ids: NDArray[np.int64] = stored.study_ids[studies.places]
        points = stored.points[studies.places]
        return ShownMap(_facts_of(stored.manifest), points, studies, StudyStatements(generation, ids), is_current)

    def _audit(self, action: str, detail: dict[str, str | int]) -> None:
        with self._archive.folder.catalogue.writing() as writer:
            writer.audit(self._archive.principal.name, action, detail)


def _needed(kind: MapKind, generation: Generation) -> MapNeeded:
    identity = generation.manifest.identity
    n = _n_studies(generation, kind)
    return MapNeeded(kind.value, generation.name, identity.encoder_id, identity.revision, n)


def _n_studies(generation: Generation, kind: MapKind) -> int:
    owners = generation.image_owners if kind is MapKind.PICTURES else generation.sentence_owners
    return int(np.unique(owners.study_ids[owners.study_ids >= 0]).size)


def _facts_of(manifest: MapManifest) -> MapFacts:
    return MapFacts(
        kind=MapKind(manifest.kind),
        generation=manifest.generation,
        n_studies=manifest.n_studies,
        n_landmarks=manifest.n_landmarks,
        n_neighbours=manifest.n_neighbours,
        kept_neighbours=manifest.kept_neighbours,
        trustworthiness=manifest.trustworthiness,
        seconds=manifest.seconds,
        written=manifest.written,
    )
