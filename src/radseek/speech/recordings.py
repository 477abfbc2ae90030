"""A recording in a WAV file to the samples that a recogniser takes."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError, UnsupportedInputError
from radseek.speech.contract import SAMPLE_RATE_HZ

LONGEST_S = 60.0
LARGEST_BYTES = 20_000_000
LOWEST_HZ, HIGHEST_HZ = 8_000, 192_000
MOST_CHANNELS = 8

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNTOLD_SIZE = 0x7FFF_0000
"""Programs that write a WAV into a pipe put this size or a larger one where they do not know it."""
_OTHER_KINDS = {
    b"fLaC": "FLAC",
    b"OggS": "OGG",
    b"ID3": "MP3",
    b"\xff\xfb": "MP3",
    b"\x1aE\xdf\xa3": "WebM or Matroska",
    b"FORM": "AIFF",
    b"caff": "CAF",
    b"#!AMR": "AMR",
}
_CONVERT = "convert it, for example by `ffmpeg -i FILE -ac 1 -ar 16000 out.wav`"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the samples of a WAV file are written."""

    kind: int
    n_channels: int
    rate_hz: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one moment, all channels."""
        return self.n_channels * self.bits // 8


def read_wav(content: bytes) -> NDArray[np.float32]:
    """The samples of a WAV file: mono (channels averaged), 16 kHz, in -1..1, [n].

    Reads PCM of 8, 16, 24 and 32 bits and float of 32 and 64, at 8 to 192 kHz, with up to 8 channels.

    Raises:
        UnsupportedInputError: When it is a recording of another kind.
        InputError: When it is empty, no recording, damaged, cut off, too long or too large.
    """
    if not content:
        raise InputError("the recording is empty")
    if len(content) > LARGEST_BYTES:
        raise InputError(
            f"the recording has {len(content) / 1e6:.0f} MB; at most {LARGEST_BYTES / 1e6:.0f} MB and "
            f"{LONGEST_S:.0f} s are read: dictate one finding at a time"
        )
    layout, samples = _find_chunks(content)
    _check(layout)
    n_frames = len(samples) // layout.frame_bytes
    if n_frames == 0:
        raise InputError("the recording has no samples")
    if n_frames / layout.rate_hz > LONGEST_S:
        raise InputError(
            f"the recording lasts {n_frames / layout.rate_hz:.0f} s; at most {LONGEST_S:.0f} s are read: "
            "dictate one finding at a time"
        )
    values = _values(samples[: n_frames * layout.frame_bytes], layout)
    mono = values.reshape(n_frames, layout.n_channels).mean(axis=1)
    return _resample(mono, layout.rate_hz)


def _find_chunks(content: bytes) -> tuple[_Layout, bytes]:
    """The layout, and the bytes of all samples."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise _not_wav(content)
    layout: _Layout | None = None
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        body = content[at + 8 : at + 8 + size]
        if name == b"fmt ":
            layout = _read_layout(body)
        if name == b"data":
            if layout is None:
                raise InputError("the recording is damaged: its samples come before their description")
            if len(body) < size < _UNTOLD_SIZE:
                raise InputError(f"the recording is cut off: {len(body):,} of {size:,} bytes of samples are there")
            return layout, body
        at += 8 + size + size % 2
    raise InputError("the recording is cut off or damaged: it has no samples")


def _not_wav(content: bytes) -> InputError:
    kind = next((name for start, name in _OTHER_KINDS.items() if content.startswith(start)), "")
    kind = kind or ("MP4 or M4A" if content[4:8] == b"ftyp" else "")
    if kind:
        return UnsupportedInputError(f"the recording is {kind}; only WAV is read: {_CONVERT}")
    return InputError(f"the file is no WAV recording; if it is another kind of recording, {_CONVERT}")


def _read_layout(body: bytes) -> _Layout:
    if len(body) < 16:
        raise InputError("the recording is cut off or damaged: its description is incomplete")
    kind, n_channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if kind == _EXTENSIBLE and len(body) >= 26:
        kind = struct.unpack_from("<H", body, 24)[0]
    return _Layout(kind, n_channels, rate_hz, bits)


def _check(layout: _Layout) -> None:
    if (layout.kind, layout.bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}:
        raise UnsupportedInputError(
            f"the WAV's samples are of kind {layout.kind} with {layout.bits} bits; read are PCM of 8, 16, 24 and "
            f"32 bits and float: {_CONVERT}"
        )
    if not LOWEST_HZ <= layout.rate_hz <= HIGHEST_HZ:
        raise InputError(f"the recording says {layout.rate_hz:,} Hz; expected {LOWEST_HZ:,} to {HIGHEST_HZ:,} Hz")
    if not 1 <= layout.n_channels <= MOST_CHANNELS:
        raise InputError(f"the recording says {layout.n_channels} channels; expected 1 to {MOST_CHANNELS}")


def _values(samples: bytes, layout: _Layout) -> NDArray[np.float64]:
    """All samples in -1..1, channels interleaved."""
    if layout.kind == _FLOAT:
        values = np.frombuffer(samples, dtype=f"<f{layout.bits // 8}").astype(np.float64)
        if not np.isfinite(values).all():
            raise InputError("the recording is damaged: some of its samples are no numbers")
        return np.clip(values, -1.0, 1.0)
    if layout.bits == 8:  # the only unsigned width
        return (np.frombuffer(samples, dtype=np.uint8).astype(np.float64) - 128.0) / 128.0
    if layout.bits == 24:
        padded = np.zeros((len(samples) // 3, 4), dtype=np.uint8)
        padded[:, 1:] = np.frombuffer(samples, dtype=np.uint8).reshape(-1, 3)
        return padded.view("<i4")[:, 0] / 2.0**31
    return np.frombuffer(samples, dtype=f"<i{layout.bits // 8}") / 2.0 ** (layout.bits - 1)


def _resample(samples: NDArray[np.float64], rate_hz: int) -> NDArray[np.float32]:
    if rate_hz != SAMPLE_RATE_HZ:
        from scipy.signal import resample_poly

        common = math.gcd(rate_hz, SAMPLE_RATE_HZ)
        samples = resample_poly(samples, SAMPLE_RATE_HZ // common, rate_hz // common)
    return np.clip(samples, -1.0, 1.0).astype(np.float32)
