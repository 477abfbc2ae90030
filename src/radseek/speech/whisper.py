"""Recognition by a Whisper-type model from a local folder, through transformers: no download, none of its code."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import ArtifactError, ConfigError
from radseek.speech.contract import SAMPLE_RATE_HZ, Transcript

_PIECE_S, _CUT_WITHIN_S = 30, 10
"""Whisper hears 30 s at a time; a longer recording is cut at its quietest moment of each piece's last 10 s."""
_QUIET = 3_200
"""Samples over which quiet is measured: 0.2 s."""
_MOST_TOKENS = 200


class WhisperRecogniser:
    """A Whisper-type model in the hub's layout (`config.json`, `model.safetensors`, tokenizer, feature extractor).

    Makes transformers say errors only, in the whole process: it writes progress and advice to stderr otherwise.

    Args:
        folder: Where its files are.

    Raises:
        ConfigError: When transformers is not installed.
        ArtifactError: When the folder holds no such model, or one that cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self._name = _check_folder(folder)
        try:
            from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizerFast
            from transformers.utils import logging
        except ImportError as error:
            raise ConfigError("Whisper models need transformers: pip install 'radseek[public-encoders]'") from error
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            self._extractor = WhisperFeatureExtractor.from_pretrained(folder, local_files_only=True)
            self._tokenizer = WhisperTokenizerFast.from_pretrained(folder, local_files_only=True)
            model = WhisperForConditionalGeneration.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise ArtifactError(
                "the speech model cannot be loaded; the folder needs config.json, model.safetensors, "
                "preprocessor_config.json and the tokenizer's files, as the hub has them"
            ) from error
        if self._extractor.sampling_rate != SAMPLE_RATE_HZ:
            raise ArtifactError(f"the speech model hears {self._extractor.sampling_rate} Hz; needed {SAMPLE_RATE_HZ}")
        self._model = model.eval()

    @property
    def name(self) -> str:
        """The model's architecture and size."""
        return self._name

    def recognise(self, samples: NDArray[np.float32]) -> Transcript:
        """The words in a recording.

        Args:
            samples: Mono, 16 kHz, in -1..1, finite. [n]
        """
        heard = [self._hear(piece) for piece in _pieces(samples)]
        text = " ".join(text for text, _ in heard if text)
        if not text:
            return Transcript("", note="no word was recognised")
        return Transcript(text, float(np.mean([sure for said, sure in heard if said])))

    def _hear(self, samples: NDArray[np.float32]) -> tuple[str, float]:
        """Text and mean likelihood of its tokens."""
        import torch

        features = self._extractor(
            samples, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt", return_attention_mask=True
        )
        with torch.inference_mode():
            made = self._model.generate(
                features.input_features,
                attention_mask=features.attention_mask,
                max_new_tokens=min(_MOST_TOKENS, self._model.config.max_target_positions - 8),
                do_sample=False,
                num_beams=1,
                return_dict_in_generate=True,
                output_scores=True,
                **self._language(),
            )
        scores = self._model.compute_transition_scores(made.sequences, made.scores, normalize_logits=True)
        likelihood = math.exp(min(0.0, float(torch.nan_to_num(scores, neginf=-50.0).mean()))) if scores.numel() else 0.0
        return " ".join(self._tokenizer.decode(made.sequences[0], skip_special_tokens=True).split()), likelihood

    def _language(self) -> dict[str, str]:
        """English, where the model can be told."""
        many = getattr(self._model.generation_config, "is_multilingual", False)
        return {"language": "en", "task": "transcribe"} if many else {}


def _check_folder(folder: Path) -> str:
    try:
        config: Any = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError) as error:
        raise ArtifactError("the folder holds no speech model: config.json is missing or damaged") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind != "whisper":
        raise ArtifactError(f"the folder holds a model of type {kind!r}; a Whisper-type speech model is needed")
    return f"whisper, {config.get('encoder_layers')}+{config.get('decoder_layers')} layers of {config.get('d_model')}"


def _pieces(samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The recording in pieces of at most 30 s, cut where it is quiet."""
    pieces = []
    longest, within = _PIECE_S * SAMPLE_RATE_HZ, _CUT_WITHIN_S * SAMPLE_RATE_HZ
    while len(samples) > longest:
        energy = np.convolve(samples[longest - within : longest].astype(np.float64) ** 2, np.ones(_QUIET), mode="valid")
        cut = longest - within + int(energy.argmin()) + _QUIET // 2
        pieces.append(samples[:cut])
        samples = samples[cut:]
    return [*pieces, samples]
