"""Hits with equal scores come in any order from an index of several segments; the smaller ids must still win."""

from collections import namedtuple

import numpy as np
import pytest

from radseek.index import LexicalIndex
from radseek.index.lexical_analyzer import terms_of

Hits = namedtuple("Hits", "hits")


class SegmentedSearcher:
    """Gives (score, id) pairs in a fixed order, best first, ties as they happen to lie."""

    def __init__(self, ranked, num_segments):
        self.ranked, self.num_segments, self.num_docs = ranked, num_segments, len(ranked)
        self.limits = []

    def doc_freq(self, field, term):
        return self.num_docs

    def search(self, query, limit, count):
        self.limits.append(limit)
        return Hits([(score, sentence_id) for score, sentence_id in self.ranked[:limit]])

    def fast_field_values(self, field, addresses):
        return list(addresses)


def ranked(n_better, n_tied, seed=0):
    ids = np.random.default_rng(seed).permutation(n_better + n_tied).tolist()
    return [(2.0, i) for i in ids[:n_better]] + [(1.0, i) for i in ids[n_better:]]


@pytest.mark.parametrize("k", [1, 3, 10, 29, 30])
@pytest.mark.parametrize("use_filter", [False, True])
def test_ties_are_read_out_over_several_segments(k, use_filter):
    hits = ranked(3, 27)
    allowed = np.arange(0, 30, 2) if use_filter else None
    wanted = sorted(hits, key=lambda hit: (-hit[0], hit[1]))
    wanted = [i for _, i in wanted if not use_filter or i % 2 == 0][:k]
    found = LexicalIndex(SegmentedSearcher(hits, 4)).search("effusion", k, allowed)[1]
    assert found[found >= 0].tolist() == wanted


def test_reading_stops_at_the_first_smaller_score():
    hits = [(3.0, 5), (3.0, 2), (2.0, 9)] + [(1.0, i + 10) for i in range(500)]
    searcher = SegmentedSearcher(hits, 2)
    assert LexicalIndex(searcher).search("effusion", 2)[1].tolist() == [2, 5]
    assert searcher.limits == [2, 16]
    one_segment = SegmentedSearcher([(3.0, 2), (3.0, 5), *hits[2:]], 1)
    assert LexicalIndex(one_segment).search("effusion", 2)[1].tolist() == [2, 5]
    assert one_segment.limits == [2]


def test_the_fake_is_asked_with_real_terms():
    assert terms_of("effusion") == ["effus"]
