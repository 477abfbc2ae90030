"""Before and after: known encoders give known verdicts, and no gain is not told as one."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from radseek.evaluation.estimates import Estimate
from radseek.images import Preprocessing
from radseek.training.comparison import _verdict, compare_encoders
from radseek.training.pairs import read_pairs


class Known:
    """Knows the number in each caption; sees a share of the pictures right and the others as the next one."""

    def __init__(self, places, n_wrong):
        self.places, self.n_wrong = places, n_wrong
        self.spec = dataclasses.make_dataclass("Spec", [("preprocessing", Preprocessing)])(Preprocessing("known", 8))

    def encode_texts(self, texts):
        return np.eye(len(self.places), dtype=np.float32)[[self.places[text] for text in texts]]

    def encode_prepared(self, pictures):
        n = len(self.places)
        seen = [(place + 1) % n if place < self.n_wrong else place for place in range(n)]
        return np.eye(n, dtype=np.float32)[seen], None


@pytest.fixture
def captions(config):
    """Each picture of the val part is a study of its own with a caption of its own."""
    table = dataclasses.replace(config.tables[0], study_texts=(), study_column="image", labels_column="")
    config = dataclasses.replace(config, tables=(dataclasses.replace(table, path=Path("drawn/pairs.csv")),))
    pairs = [pair for pair in read_pairs(config) if pair.split == "val"]
    return config, {pair.image_texts[0]: place for place, pair in enumerate(pairs)}


def test_a_better_encoder_is_told_with_its_gain(captions):
    config, places = captions
    found = compare_encoders(config, Known(places, 8), Known(places, 0))
    assert (found.n_texts, found.n_studies, found.n_patients) == (8, 8, 2)
    figures = {(figure.direction, figure.measure): figure for figure in found.figures}
    first = figures["text_to_study", "success@1"]
    assert (first.before.value, first.after.value, first.change.value) == (0, 1, 1)
    assert first.random == pytest.approx(1 / 8)
    assert figures["text_to_study", "median_rank"].after.value == 1
    assert figures["text_to_study", "median_rank"].change.n == 0
    assert found.is_better
    assert found.verdict.startswith("Better on the val part: ")


def test_no_change_and_a_loss_are_told_plainly(captions):
    config, places = captions
    same = compare_encoders(config, Known(places, 3), Known(places, 3))
    assert not same.is_better
    assert same.verdict.startswith("NOT clearly better")
    worse = compare_encoders(config, Known(places, 0), Known(places, 8))
    assert not worse.is_better
    assert worse.verdict.startswith("WORSE")


def test_one_patient_decides_nothing():
    verdict, is_better = _verdict(Estimate(0.5, math.nan, math.nan, 3, 1))
    assert not is_better
    assert verdict.startswith("Not decided")
