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
