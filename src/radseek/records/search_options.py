"""How a search is to be done, and what is asked besides words: example pictures, weights, the floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from radseek.errors import InputError

if TYPE_CHECKING:
    from radseek.records.search import Channel


class Band(StrEnum):
    """How relevant a hit is likely to be, as learned on validation data. Never a probability of disease."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"
    MISS = "miss"
    """Below the weakest band: no match, at best a near miss."""

    def reaches(self, floor: Band) -> bool:
        """Whether this band is `floor` or better."""
        return _BANDS.index(self) <= _BANDS.index(floor)


_BANDS = tuple(Band)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle on a picture, in fractions of its width and height from the top left corner.

    Raises:
        InputError: When it is empty or reaches beyond the picture.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise InputError("region: expected left,top,right,bottom in 0..1 with left < right and top < bottom")


@dataclass(frozen=True, slots=True)
class Example:
    """A picture that hits should, or should not, resemble. It has exactly one source.

    Raises:
        InputError: When it has no source or several, or a region without a picture.
    """

    image_key: str = ""
    """A picture of this archive."""
    study_key: str = ""
    """All pictures of a study of this archive."""
    picture: bytes = field(default=b"", repr=False)
    """A PNG, JPEG or DICOM file."""
    region: Region | None = None
    """Only this part of the picture."""
    unlike: bool = False
    """Hits should not resemble it."""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.image_key, self.study_key, self.picture))) != 1:
            raise InputError("an example is one picture of the archive, one study, or one file")
        if self.region is not None and self.study_key:
            raise InputError("a region belongs to a picture, not to a study")


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much each channel counts in the fusion of ranks; 0 leaves its ranks out.

    Raises:
        InputError: When one is negative or not finite, or all are 0.
    """

    image: float = 1.0
    sentence: float = 1.0
    lexical: float = 1.0

    def __post_init__(self) -> None:
        values = (self.image, self.sentence, self.lexical)
        if not all(0 <= value < float("inf") for value in values) or not any(values):
            raise InputError("weights: expected finite numbers from 0 up, at least one above 0")

    def of(self, channel: Channel) -> float:
        """The weight of a channel."""
        return float(getattr(self, channel.value))


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search; what is asked besides words.

    Raises:
        InputError: When `text_weight` is not in 0..1.
    """

    dropped: frozenset[str] = frozenset()
    """Keys of chips (`Answer.query.chips`) that are not to be asked."""
    examples: tuple[Example, ...] = ()
    """Pictures that hits should, or should not, resemble."""
    text_weight: float = 0.5
    """Share of the text, 0 to 1, in what pictures are compared with; the rest is that of the examples."""
    floor: Band = Band.WEAK
    """Hits below this band are no hits, but `Answer.nearest`."""
    fold: bool = True
    """Near-identical studies stand under the best of them."""
    by_patient: bool = False
    """One hit a patient, with the patient's studies in time."""
    weights: FusionWeights | None = None
    """How much each channel counts; None for the archive's own weights."""
    unread_study: str = ""
    """Key of a study whose own report is not read, for honest trials with its sentences."""
    other_patients_than: str = ""
    """Key of a study: it and all other studies of its patient are no hits."""
    rerank: bool = True
    """Compare what is asked with the parts of the best pictures, and order them anew."""
    deferred: bool = False
    """Build each hit when it is first looked at, for long answers of which the beginning is read; the archive must stay
    open as long."""

    def __post_init__(self) -> None:
        if not 0 <= self.text_weight <= 1:
            raise InputError(f"text_weight: expected 0 to 1, got {self.text_weight}")
