"""A search's question and answer, as the viewer, the commands and Python see them.

Scores are higher-is-better and comparable inside one channel of one query only; none is a probability of disease.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from radseek.records.deferred_list import DeferredList
from radseek.records.findings import Region as BodyRegion
from radseek.records.findings import StatedFinding
from radseek.records.instances import ImageRecord
from radseek.records.outcomes import Reason
from radseek.records.reports import Assertion, Section
from radseek.records.search_options import Band, Region


class Channel(StrEnum):
    """Ways in which a study can match."""

    IMAGE = "image"
    SENTENCE = "sentence"
    LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class RegionMap:
    """Where a picture shows what is asked: rows of values in 0..1, top row first; all dark when nowhere.

    The map covers the square into which the picture was fitted; `inside` is the part of it that the picture fills.
    """

    values: tuple[tuple[float, ...], ...]
    inside: Region

    @property
    def is_dark(self) -> bool:
        """Whether it points nowhere."""
        return max((value for row in self.values for value in row), default=0.0) < DARK_BELOW


DARK_BELOW = 0.5
"""Map values below this are dark."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One study of a hit's patient."""

    study_key: str
    study_year: int | None
    days: int | None
    """Days after the hit's study, negative before; None where a date is missing."""
    modality: str
    body_part: str
    is_hit: bool
    """Whether it answers the query too."""


@dataclass(frozen=True, slots=True)
class Where:
    """Structured filters. Empty means no constraint; several values of one field mean any of them."""

    modality: tuple[str, ...] = ()
    body_part: tuple[str, ...] = ()
    view_position: tuple[str, ...] = ()
    sex: tuple[str, ...] = ()
    age_min_years: float | None = None
    age_max_years: float | None = None
    date_from: date | None = None
    date_to: date | None = None
    source: tuple[str, ...] = ()
    """Names of sources as given at ingest (`--name`)."""
    has_report: bool | None = None
    has_images: bool | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something that no sentence of a hit's reports may state: `-pneumothorax`, `NOT "post operative"`."""

    text: str
    """Its words; one that ends in `*` stands for any ending."""
    stated: tuple[StatedFinding, ...] = ()
    """Findings of the lexicon that the words name. Without any, the words themselves are looked for."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that a query was understood to ask. Parsed again with `key` among `dropped`, it is not asked."""

    key: str
    """Such as `side:left`, `modality:CT`, `finding:effusion`, `not:1`."""
    label: str
    """What people read."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    text: str
    """What is searched, after filters were taken out."""
    where: Where = field(default_factory=Where)
    assertion: Assertion = Assertion.PRESENT
    """Polarity of the query: sentences that contradict it do not count."""
    stated: tuple[StatedFinding, ...] = ()
    """Findings of the lexicon that the text states, each with its own polarity and side, by place in the text."""
    channels: tuple[Channel, ...] = (Channel.IMAGE, Channel.SENTENCE, Channel.LEXICAL)
    excluded: tuple[Exclusion, ...] = ()
    """What hits must not state; the same for all parts."""
    denied: tuple[StatedFinding, ...] = ()
    """What a pasted report denies beside what it affirms: studies that state it come after those that do not."""
    phrases: tuple[str, ...] = ()
    """Word sequences that a report of each hit must hold; the same for all parts."""
    parts: tuple[Query, ...] = ()
    """The statements of a pasted report, or the sides of an OR, each searched by itself; empty for other queries."""
    either: bool = False
    """Whether one of the parts is enough: they are the sides of an OR."""
    chips: tuple[Chip, ...] = ()
    """What was understood, in the order of the text."""
    contradiction: str = ""
    """Title of a finding that is both asked for and denied; then nothing can be found."""


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A report sentence for display."""

    sentence_key: str
    text: str
    section: Section
    assertion: Assertion
    place: BodyRegion | None = None
    """The part of the body that its report is about, by which its words are read; None where nothing tells it."""
    states_finding: bool = True
    """Whether any finding of the lexicon is named in it; without one its assertion says nothing to people."""


@dataclass(frozen=True, slots=True)
class Match:
    """How one channel found a study: which sentence or which picture, with rank and score."""

    channel: Channel
    rank: int
    """Rank of the study in this channel, from 1."""
    score: float
    sentence: SentenceView | None = None
    image: ImageRecord | None = None
    part_score: float | None = None
    """Of a picture: how well the part of it that fits best fits; its rank is by the sum of both scores."""
    phrases: tuple[tuple[int, int], ...] = ()
    """Start and end in the sentence's text of the words that answer the query."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One found study."""

    rank: int
    """From 1."""
    score: float
    """Reciprocal rank fusion score."""
    study_key: str
    modality: str
    body_part: str
    sex: str
    age_years: float | None
    study_year: int | None
    source: str
    n_images: int
    has_report: bool
    matches: tuple[Match, ...]
    """One for each channel that found the study, best rank first."""
    key_image: ImageRecord | None
    """The picture to show: the best matching one, else the study's first."""
    synthetic: bool = False
    """True for phantoms of the demo: the viewer labels them."""
    why: str = ""
    """One plain line saying why it was found."""
    band: Band | None = None
    """How relevant it is likely to be; None where that was never learned for this encoder."""
    region: RegionMap | None = None
    """Where `key_image` shows what is asked; None where pixels were not asked."""
    folded: tuple[str, ...] = ()
    """Keys of near-identical studies that stand under this one."""
    timeline: tuple[TimelineEntry, ...] = ()
    """All studies of the patient in time, when hits are grouped by patient."""
    modalities: tuple[str, ...] = ()
    """All of the study's pictures, in alphabetical order; `modality` is the one that the study goes by."""


class DeferredHits(DeferredList[Hit]):
    """Hits that are built when they are first looked at; their studies and bands are known before.

    Args:
        keys: Of the studies, best first.
        bands: Of the hits, as many.
        build: (first, after), places from 0 -> the hits of these places, as many.
    """

    def __init__(
        self, keys: Sequence[str], bands: Sequence[Band | None], build: Callable[[int, int], Sequence[Hit]]
    ) -> None:
        super().__init__(keys, build)
        self.bands = tuple(bands)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search brought back."""

    query: Query
    hits: Sequence[Hit]
    """Best first: a tuple, or, where the options deferred them, `DeferredHits`."""
    n_searched: int
    """Studies that the filters allowed."""
    n_not_searched: int
    """Studies known but not in the index generation (pending or without anything to search)."""
    seconds: float
    generation: str
    facets: Mapping[str, Mapping[str, int]]
    """Field -> value -> number of allowed studies."""
    nearest: tuple[Hit, ...] = ()
    """The nearest misses, best first: what lies below the floor, where nothing or little lies above."""
    no_good_match: bool = False
    is_exact: bool = False
    """The query was a number of these studies, such as an accession number; nothing was ranked."""
    note: str = ""
    """A plain sentence for people, such as why nothing was found."""
    suggestion: str = ""
    """The query with the nearest known words in place of unknown ones, to be offered; empty when there is none."""
    n_folded: int = 0
    """Near-identical studies that stand under the hits."""

    @property
    def study_keys(self) -> tuple[str, ...]:
        """Keys of the hits' studies, best first; deferred hits are not built for them."""
        if isinstance(self.hits, DeferredList):
            return self.hits.keys
        return tuple(hit.study_key for hit in self.hits)

    @property
    def bands(self) -> tuple[Band | None, ...]:
        """Bands of the hits, best first; deferred hits are not built for them."""
        if isinstance(self.hits, DeferredHits):
            return self.hits.bands
        return tuple(hit.band for hit in self.hits)


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report for display."""

    report_key: str
    text: str
    sentences: tuple[SentenceView, ...]
    spans: tuple[tuple[int, int], ...]
    """Start and end of each sentence in `text`, in the order of `sentences`."""
    linked_by: str
    """study_uid, accession, patient_date_modality or table; empty when unlinked."""


@dataclass(frozen=True, slots=True)
class StudyView:
    """A study for display: pseudonymous, no identifiers."""

    study_key: str
    patient_key: str
    modality: str
    body_part: str
    description: str
    sex: str
    age_years: float | None
    study_year: int | None
    source: str
    images: tuple[ImageRecord, ...]
    reports: tuple[ReportView, ...]
    labels: tuple[str, ...]
    other_studies: tuple[str, ...]
    """Study keys of the same patient, by date."""
    synthetic: bool = False
    modalities: tuple[str, ...] = ()
    """All of the study's pictures, in alphabetical order; `modality` is the one that the study goes by."""
    unreadable: tuple[tuple[Reason, int], ...] = ()
    """Why files of this study show no picture, and how many of them; the commonest reason first."""
    n_pending: int = 0
    """Pictures that are known and not made yet: they are being read in, or wait for it."""
