"""Whose vector is it."""

import numpy as np

from radseek.index import ASSERTION_CODES, ImageOwners, SentenceOwners
from radseek.records.reports import Assertion


def test_codes_follow_the_order_of_the_assertions_and_fit_a_byte():
    assert list(ASSERTION_CODES) == list(Assertion)
    assert list(ASSERTION_CODES.values()) == list(range(len(Assertion)))
    # Stored in every index: a new assertion goes to the end, and none ever changes its code.
    assert {a.value: c for a, c in ASSERTION_CODES.items()} == {
        "present": 0,
        "absent": 1,
        "uncertain": 2,
        "historical": 3,
    }


def test_studies_of_ids():
    images = ImageOwners(np.array([2, 5, 9]), np.array([20, 50, 90]))
    assert images.studies_of(np.array([9, 2, 2, 3, 100, -1])).tolist() == [90, 20, 20, -1, -1, -1]
    assert images.studies_of(np.empty(0, dtype=np.int64)).tolist() == []
    ids = np.array([1, 2])
    sentences = SentenceOwners(ids, np.array([-1, 7]), np.array([3, 3]), np.zeros(2, dtype=np.uint8))
    assert sentences.studies_of(np.array([1, 2, 3])).tolist() == [-1, 7, -1]


def test_an_empty_table_knows_nobody():
    nobody = np.empty(0, dtype=np.int64)
    assert ImageOwners(nobody, nobody).studies_of(np.array([1, 2])).tolist() == [-1, -1]
