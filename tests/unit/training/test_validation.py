"""Figures of the val part, with an encoder whose answers are known."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from radseek.encoders import load_encoder
from radseek.errors import ConfigError
from radseek.images import normalise
from radseek.training import train as train_it
from radseek.training.config import ValidationConfig
from radseek.training.pairs import Pair, read_pairs
from radseek.training.plan import plan_training
from radseek.training.validation import (
    caption_to_case,
    check_validation,
    encode_pixels,
    evaluate_pairs,
    finding_auroc,
    finding_scores,
)


class KnownTexts:
    """Encodes a text as the unit vector of the number in it."""

    def __init__(self, dim: int):
        self.dim = dim

    def encode_texts(self, texts):
        return np.eye(self.dim, dtype=np.float32)[[int(text.split()[-1]) for text in texts]]


def pair(study, caption="", findings=()):
    texts = (caption,) if caption else ()
    return Pair("t", Path("x"), study, study, "val", "none", texts, (), frozenset(findings), frozenset(), True, False)


def test_a_study_scores_by_its_best_picture_and_every_caption_asks():
    pairs = [pair("a", "text 0"), pair("a", "text 1"), pair("b", "text 2"), pair("c")]
    vectors = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0.6, 0.8]], dtype=np.float32)
    figures = caption_to_case(KnownTexts(3), pairs, vectors)
    # text 0 looks like the other picture of its own study; text 1 and 2 like their own
    assert figures["caption_to_case/success@1"] == 1
    assert figures["caption_to_case/queries"] == 3
    assert figures["first_caption_to_case/queries"] == 2
    assert figures["caption_to_case/studies"] == 3
    assert figures["caption_to_case/random_success@1"] == 1 / 3
    assert figures["caption_to_case/random_success@10"] == 1


def test_a_missed_caption_counts_by_its_rank():
    pairs = [pair("a", "text 0"), pair("b", "text 1")]
    vectors = np.array([[0, 1], [1, 0]], dtype=np.float32)  # each looks like the other
    figures = caption_to_case(KnownTexts(2), pairs, vectors)
    assert figures["caption_to_case/success@1"] == 0
    assert figures["caption_to_case/mrr"] == 0.5


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    pairs = [pair(str(place), findings=["mass"] if place < 2 else []) for place in range(5)]
    values = np.array([0.9, 0.3, 0.5, 0.3, 0.1], dtype=np.float32)
    right = sum((values[p] > values[n]) + 0.5 * (values[p] == values[n]) for p in (0, 1) for n in (2, 3, 4))
    figures = finding_auroc(pairs, {"mass": values}, min_positives=1)
    assert figures["findings/auroc/mass"] == pytest.approx(right / 6)
    assert figures["findings/macro_auroc"] == pytest.approx(right / 6)
    assert figures["findings/measured"] == 1


def test_findings_with_too_few_positives_or_negatives_are_left_out():
    pairs = [pair(str(place), findings=["mass"] if place < 2 else ["all but two"]) for place in range(9)]
    values = np.zeros(9, dtype=np.float32)
    assert finding_auroc(pairs, {"mass": values, "absent": values}, min_positives=3) == {}
    assert finding_auroc(pairs, {"mass": values, "absent": values}, min_positives=2)["findings/measured"] == 1


def test_finding_scores_are_the_mean_over_frames_and_wordings(config, tiny_encoder_folder):
    encoder = load_encoder(tiny_encoder_folder, "torch-f32")
    vectors = encoder.encode_texts(["left effusion", "a mass"])
    scores = finding_scores(encoder, config.prompts, vectors)
    texts = ["left effusion", "effusion", "there is left effusion", "there is effusion"]
    expected = [np.mean([vector @ encoder.encode_texts([text])[0] for text in texts]) for vector in vectors]
    np.testing.assert_allclose(scores["effusion"], expected, atol=1e-5)


def test_a_val_part_on_which_nothing_can_be_measured_is_refused(config, tiny_encoder_folder):
    def named(**tables):
        return dataclasses.replace(config, validation=ValidationConfig(**tables))

    pairs = read_pairs(config)
    train = [pair for pair in pairs if pair.split == "train"]
    silent = [dataclasses.replace(pair, image_texts=(), study_texts=()) for pair in pairs]
    check_validation(named(), train)
    check_validation(named(retrieval_table="drawn", findings_table="drawn"), pairs)
    check_validation(named(findings_table="drawn"), silent)
    for tables in ({"retrieval_table": "drwan"}, {"findings_table": "drwan"}):
        with pytest.raises(ConfigError, match="table 'drwan' has no val pictures; tables here: drawn"):
            check_validation(named(**tables), pairs)
    with pytest.raises(ConfigError, match="table 'drawn' has no val pictures"):
        check_validation(named(findings_table="drawn"), train)
    with pytest.raises(ConfigError, match="retrieval_table 'drawn' has no text that could ask"):
        check_validation(named(retrieval_table="drawn"), silent)
    for begin in (train_it, plan_training, lambda c: evaluate_pairs(c, load_encoder(tiny_encoder_folder))):
        with pytest.raises(ConfigError, match="table 'drwan' has no val pictures"):
            begin(named(retrieval_table="drwan"))
    few = named(findings_table="drawn", min_positives=5)  # four of each
    with pytest.raises(ConfigError, match="no finding has 5 val pictures with and without it"):
        evaluate_pairs(few, load_encoder(tiny_encoder_folder))
    with pytest.raises(ConfigError, match="names no retrieval_table or findings_table"):
        evaluate_pairs(named(), load_encoder(tiny_encoder_folder))


def test_many_pictures_are_encoded_like_few(tiny_encoder_folder):
    encoder = load_encoder(tiny_encoder_folder, "torch-f32")
    pixels = np.random.default_rng(0).integers(0, 256, (259, 64, 64), dtype=np.uint8)
    grey = torch.from_numpy(pixels).float() / 255
    expected = encoder.encode_prepared(normalise(grey, encoder.spec.preprocessing))[0]
    np.testing.assert_array_equal(encode_pixels(encoder, pixels), expected)
    assert encode_pixels(encoder, pixels[:0]).shape == (0, 16)


def test_any_encoder_is_measured_on_the_val_part(config, tiny_encoder_folder):
    encoder = load_encoder(tiny_encoder_folder, "torch-f32")
    figures = evaluate_pairs(config, encoder)
    val = [pair for pair in read_pairs(config) if pair.split == "val"]
    assert figures["caption_to_case/queries"] == len(val)
    assert figures["caption_to_case/success@10/low"] <= figures["caption_to_case/success@10"]
    assert figures == evaluate_pairs(config, encoder)
