"""Recognition by PocketSphinx (BSD licence): small, offline, with a language model of one's own."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import ArtifactError, ConfigError
from radseek.speech.contract import SpokenWord, Transcript

_FRAMES_PER_S = 100
_FULL_SCALE = 32_767
_BEAMS = {"beam": 1e-64, "pbeam": 1e-64, "wbeam": 1e-40}
"""How unlikely a path may become before it is given up: wider than PocketSphinx's own, for a sixth of its speed."""


class SphinxRecogniser:
    """US English acoustic model of PocketSphinx with a given language model and dictionary.

    Args:
        language_model: ARPA file, or PocketSphinx's own binary form.
        dictionary: Pronunciations in the Sphinx format; holds every word of the language model.

    Raises:
        ConfigError: When PocketSphinx is not installed.
        ArtifactError: When it refuses the files.
    """

    def __init__(self, language_model: Path, dictionary: Path) -> None:
        sphinx = sphinx_library()
        try:
            self._decoder = sphinx.Decoder(
                hmm=str(stock_folder() / "en-us"),
                lm=str(language_model),
                dict=str(dictionary),
                loglevel="FATAL",
                **_BEAMS,
            )
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(
                "PocketSphinx refuses the language model or the dictionary; build them again"
            ) from error
        self._name = f"pocketsphinx {version('pocketsphinx')}"

    @property
    def name(self) -> str:
        """PocketSphinx and its version."""
        return self._name

    def recognise(self, samples: NDArray[np.float32]) -> Transcript:
        """The words in a recording.

        Args:
            samples: Mono, 16 kHz, in -1..1, finite. [n]
        """
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw((samples * _FULL_SCALE).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        words = tuple(
            SpokenWord(_plain(part.word), part.start_frame / _FRAMES_PER_S, (part.end_frame + 1) / _FRAMES_PER_S)
            for part in decoder.seg() or ()
            if not part.word.startswith(("<", "[", "+"))
        )
        if hypothesis is None or not words:
            return Transcript("", note="no word was recognised")
        return Transcript(" ".join(word.text for word in words), _confidence(hypothesis.prob, len(words)), words)


def sphinx_library() -> Any:  # noqa: ANN401  (a library without types)
    """The library.

    Raises:
        ConfigError: When it is not installed.
    """
    try:
        import pocketsphinx
    except ImportError as error:
        raise ConfigError("speech recognition needs PocketSphinx: pip install 'radseek[voice]'") from error
    return pocketsphinx


def stock_folder() -> Path:
    """Folder of the US English models that come with PocketSphinx.

    Raises:
        ConfigError: When it is not installed.
    """
    return Path(sphinx_library().get_model_path("en-us"))


def stock_dictionary() -> Path:
    """The US English pronunciation dictionary that comes with PocketSphinx (CMUdict).

    Raises:
        ConfigError: When it is not installed.
    """
    return stock_folder() / "cmudict-en-us.dict"


def _plain(word: str) -> str:
    """A word without the number of its way of being spoken."""
    return word.partition("(")[0]


def _confidence(posterior: float, n_words: int) -> float:
    """How likely the whole text was among all that was still held possible, as a mean for one word: 0 to 1."""
    return float(min(1.0, max(0.0, posterior)) ** (1.0 / n_words))
