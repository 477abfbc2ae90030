"""What a finding is called, and one mention of it in a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from radseek.records.reports import Assertion


class Side(StrEnum):
    """The patient's side."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Severity(StrEnum):
    """How grave a finding is said to be, from least to most: the grades that radiologists dictate."""

    MINIMAL = "minimal"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Change(StrEnum):
    """What a text says became of a finding since an earlier study."""

    NEW = "new"
    INCREASED = "increased"
    DECREASED = "decreased"
    """Smaller, better, or on its way to being gone."""
    UNCHANGED = "unchanged"
    RESOLVED = "resolved"
    """Gone: the one attribute that a finding keeps when it is denied."""


class Region(StrEnum):
    """Parts of the body in which a finding occurs."""

    CHEST = "chest"
    HEAD = "head"
    NECK = "neck"
    ABDOMEN = "abdomen"
    SPINE = "spine"
    LIMBS = "limbs"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding with the words that state it. How wordings are written is told in `radseek.text.wordings`."""

    name: str
    """Snake case, such as `pleural_thickening`."""
    title: str
    """The noun phrase for a sentence or a prompt, such as `pleural thickening`."""
    regions: tuple[Region, ...]
    wordings: tuple[str, ...]
    parents: tuple[str, ...] = ()
    """Names of what it is a kind of."""
    abbreviations: tuple[str, ...] = ()
    """Matched with their capitals."""
    denied_by_normal: tuple[str, ...] = ()
    """Wordings of what is normal or clear where the finding is absent: `heart size` of cardiomegaly."""
    sided: bool = True
    """False for what lies in the midline or everywhere: its mentions have no side."""


@dataclass(frozen=True, slots=True)
class StatedFinding:
    """One mention of a finding in a text: `text[start:end]` are its words."""

    finding: str
    assertion: Assertion
    side: Side | None
    """None where no side is told."""
    start: int
    end: int
    severity: Severity | None = None
    """The graver one of `mild to moderate`. Of fluid and free air, small and large are grades too."""
    change: Change | None = None
    level: str | None = None
    """Vertebrae, discs and ribs: `T12`, `L4-L5`, `T6-T9`, `rib 5`, several as `L4-L5, L5-S1`."""
    part: str | None = None
    """Lobes with the side told with them: `right upper lobe`, `lower lobe`, `lingula`, several with comma."""
    size_mm: float | None = None
    """The largest dimension measured."""
