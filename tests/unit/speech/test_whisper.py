"""Whisper-type models from a local folder, proved on a random one of a few thousand weights saved as the hub has it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import numpy as np
import pytest

from radseek.errors import ArtifactError
from radseek.speech import WhisperRecogniser

pytest.importorskip("transformers", reason="the extra public-encoders is not installed")

WORDS = ["left", "right", "effusion", "no", "mass", "small", "lung", "clear"]
SPECIAL = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|nospeech|>", "<|notimestamps|>"]


def save_tiny_whisper(folder: Path, seed: int = 0) -> Path:
    import torch
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperTokenizer,
    )

    folder.mkdir(parents=True, exist_ok=True)
    letters = sorted({letter for word in WORDS for letter in word} | {"Ġ"})
    vocabulary = {token: place for place, token in enumerate([*letters, *(f"Ġ{word}" for word in WORDS)])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = WhisperTokenizer(
        str(folder / "vocab.json"),
        str(folder / "merges.txt"),
        unk_token="<|endoftext|>",
        bos_token="<|endoftext|>",
        eos_token="<|endoftext|>",
    )
    tokenizer.add_special_tokens({"additional_special_tokens": SPECIAL[1:]})
    number = {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}
    start, end = number["<|startoftranscript|>"], number["<|endoftext|>"]
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=80,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_source_positions=1500,
        max_target_positions=32,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=start,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    torch.manual_seed(seed)
    model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        decoder_start_token_id=start,
        eos_token_id=end,
        pad_token_id=end,
        no_timestamps_token_id=number["<|notimestamps|>"],
        is_multilingual=False,
        max_length=32,
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    return folder


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(int(16_000 * seconds))).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_whisper(tmp_path_factory.mktemp("whisper") / "tiny")


def test_text_and_confidence_are_those_of_greedy_decoding_written_out(folder, monkeypatch):
    import torch
    from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizerFast

    monkeypatch.setattr(socket, "socket", lambda *args, **kwargs: pytest.fail("it goes to the network"))
    samples = noise(1.5)
    transcript = WhisperRecogniser(folder).recognise(samples)
    model = WhisperForConditionalGeneration.from_pretrained(folder).eval()
    tokenizer = WhisperTokenizerFast.from_pretrained(folder)
    features = WhisperFeatureExtractor.from_pretrained(folder)(samples, sampling_rate=16_000, return_tensors="pt")
    tokens = [model.generation_config.decoder_start_token_id, model.generation_config.no_timestamps_token_id]
    n_start, odds = len(tokens), []
    with torch.inference_mode():
        while len(tokens) < n_start + 24:
            logits = model(features.input_features, decoder_input_ids=torch.tensor([tokens])).logits[0, -1]
            likelihood = logits.log_softmax(-1)
            tokens.append(int(likelihood.argmax()))
            odds.append(float(likelihood.max()))
            if tokens[-1] == model.config.eos_token_id:
                break
    assert transcript.text == " ".join(tokenizer.decode(tokens, skip_special_tokens=True).split())
    assert transcript.text
    assert transcript.confidence == pytest.approx(np.exp(np.mean(odds)), rel=1e-3)


def test_a_minute_is_heard_in_pieces_cut_where_it_is_quiet(folder):
    from radseek.speech.whisper import _pieces

    samples = noise(58)
    quiet = slice(16_000 * 25, 16_000 * 26)
    samples[quiet] = 0
    pieces = _pieces(samples)
    assert [len(piece) <= 30 * 16_000 for piece in pieces] == [True] * len(pieces)
    np.testing.assert_array_equal(np.concatenate(pieces), samples)
    assert quiet.start <= len(pieces[0]) <= quiet.stop
    assert [len(piece) for piece in _pieces(noise(30))] == [30 * 16_000]
    assert WhisperRecogniser(folder).recognise(samples[: 16_000 * 40]).text


def test_a_folder_that_is_no_speech_model_says_so(tmp_path, folder):
    with pytest.raises(ArtifactError, match=r"config\.json is missing"):
        WhisperRecogniser(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ArtifactError, match="type 'bert'"):
        WhisperRecogniser(tmp_path)
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(ArtifactError, match=r"model\.safetensors"):
        WhisperRecogniser(tmp_path)
