"""WAV files of every kind to samples, and everything that is none."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
from scipy.io import wavfile

from radseek.errors import InputError, UnsupportedInputError
from radseek.speech import read_wav


def tone(rate_hz: int, seconds: float = 0.5) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate_hz * seconds)) / rate_hz)


def pcm(values: np.ndarray, rate_hz: int, width: int, channels: int = 1) -> bytes:
    """Written by the standard library."""
    steps = np.round(values * (2 ** (8 * width - 1) - 1)).astype(np.int64) + (128 if width == 1 else 0)
    raw = b"".join(int(step).to_bytes(width, "little", signed=width > 1) for step in np.repeat(steps, channels))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate_hz)
        out.writeframes(raw)
    return file.getvalue()


def header(kind: int = 1, channels: int = 1, rate_hz: int = 16_000, bits: int = 16, n_bytes: int = 32_000) -> bytes:
    fields = struct.pack("<HHIIHH", kind, channels, rate_hz, rate_hz * channels * bits // 8, channels * bits // 8, bits)
    start = b"RIFF" + struct.pack("<I", (36 + n_bytes) % 2**32) + b"WAVEfmt " + struct.pack("<I", 16)
    return start + fields + b"data" + struct.pack("<I", n_bytes)


@pytest.mark.parametrize(("width", "step"), [(1, 2**-7), (2, 2**-15), (3, 2**-23), (4, 2**-31)])
@pytest.mark.parametrize("channels", [1, 2])
def test_pcm_of_each_width_comes_back_within_a_step(width, step, channels):
    values = tone(16_000)
    samples = read_wav(pcm(values, 16_000, width, channels))
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, values, atol=2 * step + 1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_is_read_and_kept_within_full_scale(dtype):
    file = io.BytesIO()
    wavfile.write(file, 16_000, np.array([0.25, -0.5, 3.0, -3.0], dtype=dtype))
    np.testing.assert_allclose(read_wav(file.getvalue()), [0.25, -0.5, 1.0, -1.0])


def test_channels_are_averaged():
    file = io.BytesIO()
    wavfile.write(file, 16_000, np.array([[0.5, -0.1], [0.25, 0.75]], dtype=np.float32))
    np.testing.assert_allclose(read_wav(file.getvalue()), [0.2, 0.5], atol=1e-7)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_sixteen_thousand(rate_hz):
    samples = read_wav(pcm(tone(rate_hz), rate_hz, 2))
    assert len(samples) == pytest.approx(8_000, abs=1)
    np.testing.assert_allclose(samples[500:-500], tone(16_000)[500 : len(samples) - 500], atol=0.02)


def test_what_a_pipe_writes_without_knowing_its_length_is_read():
    body = (tone(16_000) * 32_767).astype("<i2").tobytes()
    assert len(read_wav(header(n_bytes=0x7FFFF000) + body)) == 8_000
    assert len(read_wav(header(n_bytes=0xFFFFFFFF) + body)) == 8_000


def test_chunks_before_the_samples_are_passed_over():
    content = pcm(tone(16_000), 16_000, 2)
    listed = content[:36] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + content[36:]
    np.testing.assert_array_equal(read_wav(listed), read_wav(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"RIFF", "no WAV"),
        (b"hello, this is no sound at all", "no WAV"),
        (header()[:30], "cut off"),
        (header() + bytes(1_000), "cut off: 1,000 of 32,000"),
        (header(n_bytes=0), "no samples"),
        (header(rate_hz=0) + bytes(32_000), "says 0 Hz"),
        (header(rate_hz=2_000_000_000) + bytes(32_000), "2,000,000,000 Hz"),
        (header(channels=0) + bytes(32_000), "0 channels"),
        (header(channels=200) + bytes(32_000), "200 channels"),
        (header(n_bytes=16_000 * 2 * 61) + bytes(16_000 * 2 * 61), "lasts 61 s"),
        (header(n_bytes=21_000_000) + bytes(21_000_000), "21 MB"),
        (header(kind=3, bits=32, n_bytes=8) + struct.pack("<ff", 0.1, float("nan")), "no numbers"),
        (b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", 4) + bytes(4), "before their description"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_bad_recording_is_refused_with_its_reason(content, message):
    with pytest.raises(InputError, match=message):
        read_wav(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"OggS" + bytes(40), "is OGG"),
        (b"fLaC" + bytes(40), "is FLAC"),
        (b"\0\0\0\x20ftypM4A " + bytes(40), "M4A"),
        (header(kind=85) + bytes(32_000), "kind 85"),
        (header(bits=12) + bytes(32_000), "12 bits"),
    ],
)
def test_other_kinds_are_named_with_the_way_out(content, message):
    with pytest.raises(UnsupportedInputError, match=message) as caught:
        read_wav(content)
    assert "ffmpeg" in str(caught.value)


def test_no_damage_of_the_first_bytes_ends_in_anything_but_an_input_error():
    content = bytearray(pcm(tone(16_000, 0.05), 16_000, 2))
    random = np.random.default_rng(0)
    for _ in range(500):
        damaged = bytearray(content)
        for place in random.integers(0, 60, 3):
            damaged[place] = random.integers(256)
        try:
            samples = read_wav(bytes(damaged[: random.integers(1, len(damaged) + 1)]))
        except InputError:
            continue
        assert np.isfinite(samples).all()
        assert np.abs(samples).max(initial=0) <= 1
