"""What is asked of the reader and what it brings back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radseek.errors import InputError
from radseek.records.instances import Frame, InstanceHeader
from radseek.records.outcomes import Refusal


@dataclass(frozen=True, slots=True)
class Locator:
    """Where the bytes of one instance are."""

    path: Path
    member: str = ""
    """Entry of the zip archive at `path`; empty when the file itself is meant."""


@dataclass(frozen=True, slots=True)
class RefusedLocator:
    """Something that was seen on the way and is not read, with the reason.

    For an unsafe zip entry or DICOMDIR reference, `locator.member` is the name as received: never open it.
    """

    locator: Locator
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class HeaderRead:
    """One file's header, or why there is none: exactly one of `header` and `refusal` is set."""

    locator: Locator
    sha256: str
    """Lower-case hex of the whole content; empty when it could not be read, or is larger than the limits."""
    n_bytes: int
    header: InstanceHeader | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """Which frames of which instance are wanted, indices from 0, in the order in which they come back.

    Raises:
        InputError: On a negative index.
    """

    locator: Locator
    frame_indices: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if any(index < 0 for index in self.frame_indices):
            raise InputError(f"frame indices start at 0, got {min(self.frame_indices)}")


@dataclass(frozen=True, slots=True)
class FrameRead:
    """The frames asked for, all of them, or no frame and the reason."""

    request: FrameRequest
    frames: tuple[Frame, ...]
    refusal: Refusal | None
