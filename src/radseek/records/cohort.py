"""Cohorts: named, versioned definitions of which studies belong together, and what running one brought.

A definition says how to find the studies, not which they are; a run says which they were at one index generation.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from radseek.errors import InputError
from radseek.records.search import Channel, Where

COHORT_FIELDS = ("modality", "sex", "age_decade", "year", "source", "body_part")
"""Fields by which the studies of a cohort are counted and may be balanced."""

UNKNOWN = "unknown"
"""Under which studies are counted whose field is not known."""
NOTICE = "Research and teaching use, not for diagnosis."
MAX_SEED = 2**63 - 1
MAX_NOTE_CHARACTERS = 2_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STUDY_KEY = re.compile(r"st_[0-9a-f]{16}")


class Grouping(StrEnum):
    """Which studies of one patient a cohort may hold."""

    ALL = "all"
    PATIENT = "patient"
    """At most one: the first in rank order, and before all others one that was included by hand."""


class SampleMethod(StrEnum):
    """How a sample is drawn from the studies found."""

    RANDOM = "random"
    BALANCED = "balanced"
    """Equal shares of the values of one field, as far as there are enough of each."""
    DIVERSE = "diverse"
    """Each next study looks least like those taken: farthest-point greedy over picture vectors."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many studies to draw, and how.

    Raises:
        InputError: When a value is out of range, or the field does not fit the method.
    """

    n: int
    """At least 1; fewer are drawn where there are not enough."""
    method: SampleMethod = SampleMethod.RANDOM
    balance_by: str = ""
    """One of `COHORT_FIELDS` for a balanced sample, else empty."""
    seed: int = 0
    """0 to `MAX_SEED`. The same seed on the same archive draws the same studies."""

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"sample size: expected at least 1, got {self.n}")
        if not 0 <= self.seed <= MAX_SEED:
            raise InputError(f"seed: expected 0 to {MAX_SEED}, got {self.seed}")
        if self.method is SampleMethod.BALANCED and self.balance_by not in COHORT_FIELDS:
            raise InputError(f"unknown field {self.balance_by!r} to balance by; fields: {', '.join(COHORT_FIELDS)}")
        if self.method is not SampleMethod.BALANCED and self.balance_by:
            raise InputError(f"a {self.method.value} sample takes no field to balance by, got {self.balance_by!r}")


@dataclass(frozen=True, slots=True)
class CohortDefinition:
    """What belongs to a cohort: found by a query, by filters alone, or chosen by hand; then grouped and sampled.

    Raises:
        InputError: When two parts contradict each other or a value is out of range.
    """

    query: str = ""
    """As typed, inline filters included. Without words to search for, every study that the filters allow belongs."""
    where: Where = field(default_factory=Where)
    """Filters besides those in the query; both must hold."""
    channels: tuple[Channel, ...] = tuple(Channel)
    k: int | None = None
    """Most studies that the query may bring; None for as many as a search brings."""
    floor: float | None = None
    """Lowest score of a hit that belongs; None for no floor."""
    hand_picked: bool = False
    """True: only what was included by hand belongs, there is no query and no filter."""
    include: tuple[str, ...] = ()
    """Keys of studies that belong whatever the query finds."""
    exclude: tuple[str, ...] = ()
    """Keys of studies that do not belong whatever the query finds."""
    grouping: Grouping = Grouping.ALL
    sampling: Sampling | None = None
    note: str = ""
    """What the cohort is for, in its maker's words."""

    def __post_init__(self) -> None:
        _check_search(self)
        _check_keys("include", self.include)
        _check_keys("exclude", self.exclude)
        both = set(self.include) & set(self.exclude)
        if both:
            raise InputError(f"{', '.join(sorted(both)[:3])}: included and excluded at once; decide for one")
        if len(self.note) > MAX_NOTE_CHARACTERS:
            raise InputError(f"the note has {len(self.note):,} characters; at most {MAX_NOTE_CHARACTERS:,} are kept")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who did something to a cohort, when, and with what."""

    by: str
    at: str
    """ISO 8601, UTC."""
    radseek_version: str
    encoder_id: str
    """Of the index; empty while nothing is indexed."""
    encoder_revision: str


@dataclass(frozen=True, slots=True)
class CohortVersion:
    """One saved version of a cohort; never changed afterwards."""

    name: str
    version: int
    """From 1."""
    definition: CohortDefinition
    saved: Provenance


@dataclass(frozen=True, slots=True)
class CohortRun:
    """One run of a cohort, without its members."""

    number: int
    """From 1, counted over all versions of the cohort; 0 for a run that was not kept."""
    version: int
    ran: Provenance
    generation: str
    """Index generation that was searched; empty while nothing is indexed."""
    n_members: int
    members_sha256: str
    """Of the study keys in rank order, a line each: equal for equal runs."""
    notes: tuple[str, ...] = ()
    """What a reader must know, such as that a limit was reached."""


@dataclass(frozen=True, slots=True)
class CohortResult:
    """What a run brought, beside the run before it."""

    cohort: CohortVersion
    run: CohortRun
    members: tuple[str, ...]
    """Study keys in rank order; those found first, then those that only a hand put there."""
    new: tuple[str, ...]
    """Members that the run before did not have, in rank order; all of them at the first run."""
    gone: tuple[str, ...]
    """What the run before had and this one has not, in its rank order."""
    removed: tuple[str, ...]
    """Those of `gone` that are no longer in the archive at all."""
    since: CohortRun | None
    """The run before: the last one of this version, else of the newest earlier version that was run."""
    counts: Mapping[str, Mapping[str, int]]
    """Field of `COHORT_FIELDS` -> value -> number of members, most frequent first; `unknown` where there is none."""


@dataclass(frozen=True, slots=True)
class CohortCheck:
    """What a saved cohort would bring now, without keeping it."""

    name: str
    version: int
    n_members: int
    n_new: int
    n_gone: int
    since: CohortRun | None
    problem: str = ""
    """Why it could not be run; empty when it could."""


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """One line of the list of cohorts."""

    newest: CohortVersion
    last_run: CohortRun | None
    """The last run of any version."""


@dataclass(frozen=True, slots=True)
class CohortStudy:
    """What is known of a member, by our own keys only."""

    study_key: str
    patient_key: str
    modality: str
    body_part: str
    sex: str
    age_years: float | None
    study_year: int | None
    source: str
    synthetic: bool

    def value(self, name: str) -> str:
        """The value of one of `COHORT_FIELDS` as text, empty when it is not known.

        Raises:
            InputError: When the field is unknown.
        """
        if name == "age_decade":
            return age_decade(self.age_years)
        if name == "year":
            return "" if self.study_year is None else str(self.study_year)
        if name not in COHORT_FIELDS:
            raise InputError(f"unknown field {name!r}; fields: {', '.join(COHORT_FIELDS)}")
        return str(getattr(self, name))


def age_decade(age_years: float | None) -> str:
    """The decade of an age, such as `60-69`; `90+` from ninety on, empty when the age is not known."""
    if age_years is None or math.isnan(age_years):
        return ""
    start = int(age_years // 10) * 10
    return "90+" if start >= 90 else f"{start}-{start + 9}"


def count_fields(studies: Iterable[CohortStudy]) -> dict[str, dict[str, int]]:
    """Field of `COHORT_FIELDS` -> value -> number of studies, most frequent first."""
    rows = list(studies)
    counted = {name: Counter(study.value(name) or UNKNOWN for study in rows) for name in COHORT_FIELDS}
    return {name: dict(sorted(n.items(), key=lambda entry: (-entry[1], entry[0]))) for name, n in counted.items()}


def decided_by_hand(
    definition: CohortDefinition, side: Literal["include", "exclude"], keys: Sequence[str], undo: bool
) -> CohortDefinition:
    """The definition with `keys` on one side and no longer on the other; with `undo`, no longer on that side."""
    wanted = set(keys)
    if undo:
        left = tuple(key for key in getattr(definition, side) if key not in wanted)
        return replace(definition, include=left) if side == "include" else replace(definition, exclude=left)
    added = tuple(dict.fromkeys((*getattr(definition, side), *keys)))
    if side == "include":
        return replace(definition, include=added, exclude=tuple(k for k in definition.exclude if k not in wanted))
    return replace(definition, exclude=added, include=tuple(k for k in definition.include if k not in wanted))


def check_cohort_name(name: str) -> str:
    """The name, when it can be one.

    Raises:
        InputError: When it is not 1 to 64 letters, digits, `.`, `_` or `-`, or does not begin with a letter or digit.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "a cohort's name has 1 to 64 of the characters A-Z a-z 0-9 . _ - and begins with a letter or digit "
            "(it becomes the name of exported files)"
        )
    return name


def is_study_key(text: str) -> bool:
    """Whether `text` has the form of a study key, such as `st_0123456789abcdef`."""
    return _STUDY_KEY.fullmatch(text) is not None


def _check_search(definition: CohortDefinition) -> None:
    if definition.k is not None and definition.k < 1:
        raise InputError(f"k: expected at least 1, got {definition.k}")
    if definition.floor is not None and not math.isfinite(definition.floor):
        raise InputError(f"floor: expected a number, got {definition.floor}")
    if not definition.query and (definition.k is not None or definition.floor is not None):
        raise InputError("k and floor go with a query; filters alone rank nothing: draw a sample instead")
    if not definition.channels or len(set(definition.channels)) != len(definition.channels):
        raise InputError("channels: expected at least one, each once")
    if definition.hand_picked and (definition.query or definition.where != Where()):
        raise InputError("a cohort chosen by hand has no query and no filters")


def _check_keys(name: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if not is_study_key(key):
            raise InputError(f"{name}: expected study keys such as st_0123456789abcdef")
        if key in seen:
            raise InputError(f"{name}: {key} stands there twice")
        seen.add(key)
