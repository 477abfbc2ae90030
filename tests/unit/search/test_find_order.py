"""What reports state comes first in the fused ranking, however near other pictures lie."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from radseek.index import ASSERTION_CODES, ImageOwners, SentenceOwners, build_vector_index
from radseek.index.statements import read_statements
from radseek.records.reports import Assertion
from radseek.records.search import Channel
from radseek.search import SearchScope, find
from radseek.text import parse_query

TEXTS = ["A large pleural effusion.", "The lungs are clear.", "Pleural effusions and a nodule.", "A nodule."]


def test_the_studies_that_state_more_of_it_come_before_nearer_pictures():
    rng = np.random.default_rng(4)
    vectors = rng.standard_normal((8, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = vectors[0]
    pictures = np.stack([-asked, asked, -asked, asked])  # the studies that state it have the least alike pictures
    ids = np.arange(4, dtype=np.int64)
    codes = np.full(4, ASSERTION_CODES[Assertion.PRESENT], np.uint8)
    lexical = SimpleNamespace(search=lambda text, k, allowed: (np.zeros(0, np.float32), np.zeros(0, np.int64)))
    generation = SimpleNamespace(
        images=build_vector_index("exact", ids, pictures),
        image_owners=ImageOwners(ids, ids),
        sentences=build_vector_index("exact", ids, vectors[4:]),
        sentence_owners=SentenceOwners(ids, ids, ids, codes),
        statements=read_statements(ids, TEXTS),
        lexical=lexical,
    )
    encoder = SimpleNamespace(encode_texts=lambda texts: np.stack([asked for _ in texts]))
    query = parse_query("pleural effusion with a nodule")
    assert query.channels == tuple(Channel)
    order = [match.study_id for match in find(query, generation, encoder, SearchScope(), 4)]
    assert order[0] == 2
    assert set(order[1:3]) == {0, 3}
    assert order[3] == 1
