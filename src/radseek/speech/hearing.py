"""Whether a recording has a voice in it at all, and the recording brought to the level that recognisers expect.

A recogniser given silence or noise still writes words. A voice is told by its pitch: many short pieces that repeat
themselves 75 to 400 times a second, while their loudness and pitch change, which hiss, hum and a steady tone do not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radseek.speech.contract import SAMPLE_RATE_HZ

SHORTEST_S = 0.25
"""Shorter recordings hold no word."""
SILENT = 0.002
"""Loudest moment (of full scale) of a recording in which nothing can be heard: -54 dB."""
_PIECE, _STEP = 640, 160  # samples: 40 ms, every 10 ms
_SHORTEST_PERIOD, _LONGEST_PERIOD = SAMPLE_RATE_HZ // 400, SAMPLE_RATE_HZ // 75
_REPEATS = 0.55
"""Correlation of a piece with itself one period later, above which it is voiced. White noise stays under 0.35."""
_FEWEST_VOICED = 8
"""Voiced pieces that make a voice: 0.08 s, the vowel of one short word."""
_LASTING = 5
"""Voiced pieces in a row, below which they do not count: two clicks make up to 4."""
_LEAST_CHANGE = 0.05
"""Spread of the voiced pieces' loudness over its mean: of a steady tone it is below 0.02."""
_BAND = 200
"""Samples: half a window of the moving mean that is taken off before pitch is looked for, against rumble."""

_PEAK = 0.3
"""Level of the loudest moment that recognisers get, of full scale."""
_FLOOR = 0.0015
"""Noise laid under every recording, of full scale: in digital silence PocketSphinx loses whole words."""
QUIET_ENDS_S = 0.3
"""Silence before and after: a word cut at the very edge is lost."""


def why_nothing_is_heard(samples: NDArray[np.float32]) -> str:
    """A plain sentence when there is no voice in the recording, else an empty text.

    Args:
        samples: Mono, 16 kHz, in -1..1, finite. [n]
    """
    if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
        return f"the recording lasts {len(samples) / SAMPLE_RATE_HZ:.2f} s, too short for a word"
    centred = samples - samples.mean()
    if float(np.abs(centred).max()) < SILENT:
        return "the recording is silent; check that the right microphone is on"
    loudness = _voiced_loudness(centred)
    if len(loudness) < _FEWEST_VOICED:
        return "no voice was heard in the recording, only noise"
    if float(loudness.std() / loudness.mean()) < _LEAST_CHANGE:
        return "no voice was heard in the recording, only a steady tone"
    return ""


def level(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The recording at a fixed level, with a faint noise under it and a short silence around it: [n + margins].

    The same recording gives the same samples every time.
    """
    centred = samples - samples.mean()
    peak = float(np.abs(centred).max(initial=0.0))
    margin = int(QUIET_ENDS_S * SAMPLE_RATE_HZ)
    scaled = np.pad(centred * (_PEAK / peak if peak > 0 else 0.0), margin)
    noise = np.random.default_rng(0).standard_normal(len(scaled))
    return np.clip(scaled + _FLOOR * noise, -1.0, 1.0).astype(np.float32)


def _voiced_loudness(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Loudness (root mean square) of each voiced piece: [n_voiced]."""
    signal = samples.astype(np.float64)
    signal = signal - np.convolve(signal, np.full(2 * _BAND + 1, 1.0 / (2 * _BAND + 1)), mode="same")
    pieces = np.lib.stride_tricks.sliding_window_view(signal, _PIECE)[::_STEP]  # [n_pieces, 640]
    energy = (pieces**2).mean(axis=1)
    pieces = pieces[energy > max(float(energy.max()) / 1000.0, 1e-10)]
    spectrum = np.fft.rfft(pieces, 2 * _PIECE, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : _LONGEST_PERIOD + 2]
    overlap = 1.0 - np.arange(_LONGEST_PERIOD + 2) / _PIECE
    correlation /= np.maximum(correlation[:, :1], 1e-12) * overlap
    middle = correlation[:, _SHORTEST_PERIOD : _LONGEST_PERIOD + 1]
    is_peak = (middle > correlation[:, _SHORTEST_PERIOD - 1 : _LONGEST_PERIOD]) & (
        middle >= correlation[:, _SHORTEST_PERIOD + 1 : _LONGEST_PERIOD + 2]
    )
    voiced = _lasting(np.where(is_peak, middle, 0.0).max(axis=1, initial=0.0) > _REPEATS)
    loudness: NDArray[np.float64] = np.sqrt((pieces[voiced] ** 2).mean(axis=1))
    return loudness


def _lasting(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those that stand in a row of at least `_LASTING`: [n]."""
    if len(voiced) < _LASTING:
        return np.zeros_like(voiced)
    row = np.ones(_LASTING)
    starts = np.convolve(voiced, row, mode="valid") >= _LASTING
    lasting: NDArray[np.bool_] = np.convolve(starts, row) > 0
    return lasting
