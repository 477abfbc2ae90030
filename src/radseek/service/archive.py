"""`Archive`: the one door to an archive, for commands, viewer and Python."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from radseek.archive.config import ArchiveConfig
from radseek.archive.digest import archive_digest
from radseek.archive.folder import ArchiveFolder
from radseek.archive.indexing import IndexResult, build_index
from radseek.archive.linking import link_reports
from radseek.archive.stack_cache import StackCache
from radseek.archive.stack_queries import SeriesStack
from radseek.archive.status_queries import (
    JobRecord,
    RefusedThing,
    job_list,
    quarantine_list,
)
from radseek.archive.study_queries import (
    image_place,
)
from radseek.archive.verify import Finding, verify_archive
from radseek.dicom import CT_WINDOWS
from radseek.errors import ArtifactError
from radseek.index import Generation
from radseek.records.config import config_folder, read_config, resolved_config
from radseek.records.progress import ProgressListener, no_progress
from radseek.records.search import Answer, Channel, StudyView, Where
from radseek.records.search_options import SearchOptions
from radseek.service.cards import EncoderCard, read_encoder_card
from radseek.service.dictation import dictate
from radseek.service.facet_cache import FacetCache
from radseek.service.filters import build_where
from radseek.service.ingesting import IngestOptions, IngestReport, plain_links, read_source, source_kind
from radseek.service.map_shelf import MapShelf
from radseek.service.patient_timeline import read_timeline
from radseek.service.pictures import FrameValues as FrameValues
from radseek.service.pictures import (
    PictureReader,
    StackView,
    encode_png,
    quantise_frame,
    view_of,
    with_ct_windows,
)
from radseek.service.principal import Permission, Principal, local_principal
from radseek.service.retriever import Retriever
from radseek.service.searching import MAX_HITS as MAX_HITS
from radseek.service.searching import Searched, SearchRequest, answer_request
from radseek.service.study_view import view_study
from radseek.service.suggested_queries import SuggestedQueries
from radseek.service.summary import ArchiveSummary, summarise
from radseek.speech import Transcript

if TYPE_CHECKING:
    from radseek.records.findings import StatedFinding
    from radseek.records.timeline import PatientTimeline
    from radseek.service.archive_map import ArchiveMap
    from radseek.service.cohorts import Cohorts
    from radseek.service.evaluations import Evaluations
    from radseek.service.link_review import LinkReview


class Archive:
    """An open archive. Use it in a `with` block, or close it.

    Every method checks the principal's role; searches, opened studies and changes leave an audit event.

    Args:
        folder: The archive on disk.
        principal: Who asks; the person at this machine by default.
    """

    def __init__(self, folder: ArchiveFolder, principal: Principal | None = None) -> None:
        self._folder = folder
        self.principal = principal or local_principal()
        self.retriever = Retriever(
            folder.index_folder, folder.config.encoder, folder.config.runtime, folder.read_lexicon
        )
        self._pictures = PictureReader(folder.config.limits)
        self._stacks = StackCache()
        self._facet_cache = FacetCache()
        self._map_shelf = MapShelf()
        self._suggested = SuggestedQueries(folder.catalogue)
        self._searched = Searched.of(folder, self.retriever, self._facet_cache)

    @classmethod
    def create(cls, path: str | Path, config: str | Path | None = None, encoder: str | None = None) -> Archive:
        """A new, empty archive.

        Args:
            path: Folder to make; it must be empty or not exist.
            config: YAML file; the shipped default when None.
            encoder: Name or checkpoint folder, in place of the configuration's.

        Raises:
            InputError: When the folder holds something.
            ConfigError: When the configuration is wrong.
            StorageError: When the disk refuses.
        """
        file = Path(config) if config is not None else config_folder() / "archives" / "default.yaml"
        settings = read_config(file, ArchiveConfig)
        if settings.lexicon:
            settings = dataclasses.replace(settings, lexicon=str(file.absolute().parent / settings.lexicon))
        if encoder is not None:
            folder = Path(encoder)
            settings = dataclasses.replace(settings, encoder=str(folder.absolute()) if folder.is_dir() else encoder)
        return cls(ArchiveFolder.create(Path(path), settings))

    @classmethod
    def open(cls, path: str | Path, principal: Principal | None = None) -> Archive:
        """The archive in a folder.

        Raises:
            ArtifactError: When the folder is no archive, or its catalogue is damaged.
        """
        return cls(ArchiveFolder.open(Path(path)), principal)

    def close(self) -> None:
        """End the picture readers and the building of maps, and close the catalogue."""
        self._map_shelf.builder.stop()
        self._pictures.close()
        self._searched.examples.close()
        self._folder.close()

    def __enter__(self) -> Archive:
        """The archive itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    @property
    def folder(self) -> ArchiveFolder:
        """The archive on disk; for the service floor's own modules."""
        return self._folder

    @property
    def cohorts(self) -> Cohorts:
        """Named, versioned sets of studies: save, run, sample, export."""
        from radseek.service.cohorts import Cohorts

        return Cohorts(self)

    @property
    def evaluations(self) -> Evaluations:
        """How good its encoder was found to be here: look, run, compare."""
        from radseek.service.evaluations import Evaluations

        return Evaluations(self)

    @property
    def map(self) -> ArchiveMap:
        """The archive in two dimensions: build the map, look at it, take a selection apart."""
        from radseek.service.archive_map import ArchiveMap

        return ArchiveMap(self, self._map_shelf)

    @property
    def review(self) -> LinkReview:
        """Reports that wait for a person: read them, link them, take a decision back."""
        from radseek.service.link_review import LinkReview

        return LinkReview(self)

    def configuration(self) -> dict[str, Any]:
        """The resolved configuration as plain values."""
        return resolved_config(self._folder.config)

    # Changing

    def ingest(
        self,
        source: str | Path,
        options: IngestOptions | None = None,
        progress: ProgressListener = no_progress,
    ) -> IngestReport:
        """Reads DICOM, a table of images, or reports, then links reports; see `IngestOptions`.

        Raises:
            InputError: When the source does not exist or cannot be read as what it is.
            BusyError: When another process writes to this archive.
            StorageError: When the disk refuses; running again goes on.
        """
        self.principal.require(Permission.INGEST)
        options = options or IngestOptions()
        kind = source_kind(Path(source), options)
        encoder = self.retriever.encoder() if options.encode and kind != "reports" else None
        tally = read_source(self._folder, Path(source), options, encoder, progress)
        links = link_reports(self._folder, progress)
        self._audit("ingest", {"kind": kind, "seen": tally.seen, "ingested": tally.ingested})
        return IngestReport(tally, plain_links(links))

    def index(self, kind: str | None = None, progress: ProgressListener = no_progress) -> IndexResult:
        """Encodes what is new and publishes an index generation.

        Args:
            kind: auto, exact or faiss; None takes the archive's configuration.
            progress: Told how far it is.
        """
        self.principal.require(Permission.INDEX)
        result = build_index(self._folder, self.retriever.encoder(), kind, progress)
        self._audit("index", {"generation": result.generation, "changed": result.changed})
        return result

    def verify(self, deep: bool = False, progress: ProgressListener = no_progress) -> list[Finding]:
        """What is damaged or lost; empty when all is well. Nothing is repaired."""
        self.principal.require(Permission.VERIFY)
        return verify_archive(self._folder, deep=deep, progress=progress)

    def digest(self) -> str:
        """A digest of the archive's content: equal for archives made from the same input, however often interrupted."""
        self.principal.require(Permission.VERIFY)
        return archive_digest(self._folder)

    # Asking

    def search(
        self,
        text: str = "",
        k: int = 10,
        where: Where | Mapping[str, Any] | None = None,
        channels: Sequence[Channel] | None = None,
        options: SearchOptions = SearchOptions(),
    ) -> Answer:
        """The studies that show what `text` says, best first; those of an accession number or UID straight away.

        Args:
            text: A report sentence, a finding, a few words, a whole report; see `radseek.text.parse_query`. It may be
                empty when `options` bring example pictures.
            k: Most studies wanted, 1 to `MAX_HITS`.
            where: Filters besides those in the text; both must hold.
            channels: Ways of searching; all by default.
            options: How to search, and what is asked besides words.

        Raises:
            InputError: When the query, a filter or an example cannot be used.
            ArtifactError: When nothing is indexed yet, or the index is damaged.
            MismatchError: When the index was made by another encoder or lexicon.
        """
        self.principal.require(Permission.SEARCH)
        request = SearchRequest(text, k, build_where(where), tuple(channels or Channel), options)
        answer = answer_request(self._searched, request)
        counts = {"length": len(text), "examples": len(options.examples), "hits": len(answer.hits)}
        self._audit("query", {"query": self._folder.catalogue.keys.query(text), **counts})
        return answer

    def transcribe(self, audio: bytes, model: Path | None = None) -> Transcript:
        """The words in a recording (a WAV file's bytes), to be corrected and then searched; see `dictate`.

        Raises:
            InputError: When the recording cannot be read.
            ArtifactError: When nothing is indexed yet, or the speech model is missing or damaged.
            ConfigError: When the extra `voice` is not installed.
            StorageError: When the disk refuses to take the language model.
        """
        self.principal.require(Permission.SEARCH)
        transcript = dictate(self, audio, model)
        self._audit("dictate", {"bytes": len(audio), "words": len(transcript.text.split())})
        return transcript

    def study(self, study_key: str) -> StudyView:
        """One study for display: pictures, reports, labels, the patient's other studies. No identifiers.

        Raises:
            InputError: When there is no such study.
        """
        self.principal.require(Permission.VIEW)
        with self._folder.catalogue.reading() as connection:
            view = view_study(connection, study_key, self._folder.read_lexicon())
        self._audit("open study", {"study": study_key})
        return view

    def timeline(self, study_key: str, asked: Iterable[StatedFinding] = ()) -> PatientTimeline:
        """All studies of the study's patient in time, and what each report says of the findings `asked`.

        Raises:
            InputError: When there is no such study.
        """
        self.principal.require(Permission.VIEW)
        with self._folder.catalogue.reading() as connection:
            timeline = read_timeline(connection, study_key, asked, self._folder.read_lexicon())
        self._audit("open timeline", {"study": study_key, "studies": len(timeline.studies)})
        return timeline

    def thumbnail(self, image_key: str) -> bytes:
        """The small picture as JPEG.

        Raises:
            InputError: When there is no such picture.
            ArtifactError: When its thumbnail is missing; `radseek index` makes it again.
        """
        self.principal.require(Permission.VIEW)
        with self._folder.catalogue.reading() as connection:
            place = image_place(connection, image_key)
        try:
            return self._folder.thumbnail_path(place.content_key).read_bytes()
        except OSError as error:
            raise ArtifactError("the thumbnail of this picture is missing; run `radseek verify`") from error

    def stack(self, image_key: str) -> StackView:
        """The stack that a picture belongs to.

        Raises:
            InputError: When there is no such picture.
        """
        return view_of(self._stack(image_key))

    def stack_frame_values(self, image_key: str, index: int) -> FrameValues:
        """One slice or frame of the picture's stack, for windowing in the browser; `index` from 0.

        A CT slice also brings the usual CT windows, the one in which the picture was encoded first.

        Raises:
            InputError: When there is no such picture or slice.
            DecodeError: When it cannot be read or decoded any more.
        """
        stack = self._stack(image_key)
        return with_ct_windows(quantise_frame(self._pictures.frame(*stack.place_of(index))), stack.window)

    def frame_png(self, image_key: str) -> bytes:
        """The picture in full size, in the window in which it was encoded, as an 8-bit grey PNG.

        Raises:
            InputError: When there is no such picture.
            DecodeError: When it cannot be read or decoded any more.
        """
        self.principal.require(Permission.VIEW)
        with self._folder.catalogue.reading() as connection:
            place = image_place(connection, image_key)
        return encode_png(self._pictures.frame(place.locator, place.frame_index), CT_WINDOWS.get(place.window))

    def facets(self, where: Where | Mapping[str, Any] | None = None) -> Mapping[str, Mapping[str, int]]:
        """Field -> value -> number of studies that the filters allow."""
        self.principal.require(Permission.SEARCH)
        with self._folder.catalogue.reading() as connection:
            return self._facet_cache.counts(connection, self.retriever.current(), build_where(where))

    def summary(self) -> ArchiveSummary:
        """Counts and versions."""
        self.principal.require(Permission.SEARCH)
        return summarise(self._folder)

    def examples(self) -> tuple[str, ...]:
        """Queries worth trying here: the archive's commonest short sentences that say something is present."""
        self.principal.require(Permission.SEARCH)
        return self._suggested.of(self.retriever.current())

    def encoder_card(self) -> EncoderCard:
        """What searches this archive, in words; loads the encoder.

        Raises:
            ArtifactError: When the encoder is missing or damaged, or its card cannot be read.
            ConfigError: When the shipped cards are missing.
        """
        self.principal.require(Permission.SEARCH)
        return read_encoder_card(self._folder.config.encoder, self.retriever.encoder().spec)

    def quarantined(self) -> list[RefusedThing]:
        """What was quarantined and why, under keys that stand for file names."""
        self.principal.require(Permission.INGEST)
        with self._folder.catalogue.reading() as connection:
            return quarantine_list(connection, self._folder.catalogue.keys)

    def jobs(self, count: int = 20) -> list[JobRecord]:
        """The newest jobs, newest first: what runs or ran, how far it came, and what came of it."""
        self.principal.require(Permission.SEARCH)
        with self._folder.catalogue.reading() as connection:
            return job_list(connection, count)

    def require_index(self) -> Generation:
        """The current index generation.

        Raises:
            ArtifactError: When there is none yet.
        """
        return self.retriever.generation()[0]

    def current_generation(self) -> str:
        """Name of the generation that the next search reads; empty when there is none or CURRENT is damaged."""
        self.principal.require(Permission.SEARCH)
        return self.retriever.current()

    def prepare_libraries(self) -> None:
        """Import what encoders run on: a second in which the process does little else, so best before it serves anyone.

        Raises:
            ImportError: When it is not installed well; `radseek doctor` says why.
        """
        importlib.import_module("radseek.encoders.checkpoint")

    def prepare_frames(self) -> None:
        """Start what a first frame would wait for; raises ConfigError when that cannot be started."""
        self._pictures.prepare()

    def prepare(self) -> None:
        """Load what first searches would wait for; raises as `require_index`."""
        self._searched.prepare()

    def prepare_pictures(self) -> None:
        """Load what a first search with a picture would wait for besides: seconds of work, best when nobody waits."""
        self._searched.prepare_pictures()

    def _stack(self, image_key: str) -> SeriesStack:
        self.principal.require(Permission.VIEW)
        with self._folder.catalogue.reading() as connection:
            return self._stacks.stack_of(connection, image_key)

    def _audit(self, action: str, detail: dict[str, Any]) -> None:
        with self._folder.catalogue.writing() as writer:
            writer.audit(self.principal.name, action, detail)
