"""What every speech recogniser of radseek takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
"""Of the samples that a recogniser takes; `read_wav` brings any recording to it."""


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One recognised word and where it was heard."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard, for a person to read and correct before anything is searched."""

    text: str
    """Recognised words; empty when nothing was heard."""
    confidence: float | None = None
    """0 to 1, higher is surer; only comparable within one recogniser. None when it has none to offer."""
    words: tuple[SpokenWord, ...] = ()
    """Empty when the recogniser does not tell where its words were heard."""
    note: str = ""
    """Why nothing was heard, as a plain sentence."""


class SpeechRecogniser(Protocol):
    """Speech to text."""

    @property
    def name(self) -> str:
        """What recognises, with its version; for display and audit."""

    def recognise(self, samples: NDArray[np.float32]) -> Transcript:
        """The words in a recording.

        Args:
            samples: Mono, 16 kHz, in -1..1, finite. [n]
        """
