"""A voice is told from what is none."""

from __future__ import annotations

import numpy as np
import pytest

from radseek.speech import level, why_nothing_is_heard

N = 48_000
TIME_S = np.arange(N) / 16_000


def coloured(power: float) -> np.ndarray:
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(N))
    values = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** power)
    return 0.3 * values / np.abs(values).max()


def sung(seconds: float = 1.0) -> np.ndarray:
    """A pulse train of gliding pitch that swells and fades, as a vowel does."""
    time_s = np.arange(int(seconds * 16_000)) / 16_000
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(6 * time_s)) / 16_000
    return 0.1 * sum(np.sin(k * phase) / k for k in range(1, 12)) * np.sin(np.pi * time_s / seconds)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(0), "too short"),
        (np.zeros(2_000), "too short"),
        (np.zeros(N), "is silent"),
        (np.full(N, 0.4), "is silent"),
        (0.0005 * coloured(0), "is silent"),
        (coloured(0), "only noise"),
        (coloured(0.5), "only noise"),
        (coloured(1), "only noise"),
        (0.3 * np.sin(2 * np.pi * 50 * TIME_S), "only noise"),
        (0.3 * np.sin(2 * np.pi * 220 * TIME_S), "steady tone"),
        (0.8 * (np.random.default_rng(0).random(N) < 0.0005), "only noise"),
    ],
)
def test_silence_noise_and_tones_are_no_voice(samples, reason):
    assert reason in why_nothing_is_heard(samples.astype(np.float32))


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("gain", [0.1, 1.0, 4.0])
def test_a_voiced_sound_is_heard_at_any_loudness(gain, noise):
    samples = gain * (sung() + noise * np.random.default_rng(0).standard_normal(16_000))
    assert why_nothing_is_heard(samples.clip(-1, 1).astype(np.float32)) == ""


def test_level_makes_quiet_and_loud_recordings_alike_and_the_same_every_time():
    quiet, loud = (level((gain * sung()).astype(np.float32)) for gain in (0.05, 2.0))
    np.testing.assert_allclose(quiet, loud, atol=1e-4)
    np.testing.assert_array_equal(loud, level((2.0 * sung()).astype(np.float32)))
    assert len(loud) == 16_000 + 2 * 4_800
    assert np.abs(loud).max() == pytest.approx(0.3, abs=0.01)
    assert 0 < np.abs(loud[:4_000]).max() < 0.01
    assert np.isfinite(level(np.zeros(16_000, dtype=np.float32))).all()
