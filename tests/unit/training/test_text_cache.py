"""What frozen text layers make of texts: computed once each, and no more of it kept than may be."""

import pytest
import torch

from radseek.training.text_cache import FrozenTextCache

TEXTS = [[2, 4 + n, 5 + n, 3] for n in range(8)]
BYTES_OF_ONE = 4 * 24 * 2  # tokens, width, float16


@pytest.fixture
def counted(tiny_checkpoint, monkeypatch):
    """The model, and the texts that its frozen layers were asked for."""
    tower, asked = tiny_checkpoint.model.text_tower, []
    lower = tower.lower

    def count(ids, mask, n_layers):
        asked.append(ids[0].tolist())
        return lower(ids, mask, n_layers)

    monkeypatch.setattr(tower, "lower", count)
    return tiny_checkpoint.model, asked


def test_each_text_is_computed_once_and_alone(counted):
    model, asked = counted
    cache = FrozenTextCache(model, 1)
    first = cache.text_vectors([*TEXTS, TEXTS[0]])
    assert asked == TEXTS
    assert torch.equal(first[0], first[-1])
    with torch.no_grad():
        assert torch.allclose(cache.text_vectors(TEXTS[::-1]).flip(0), first[:8], atol=1e-6)
    assert asked == TEXTS


def test_the_longest_unused_are_forgotten_and_nothing_else_changes(counted):
    model, asked = counted
    small, large = FrozenTextCache(model, 1, 3 * BYTES_OF_ONE), FrozenTextCache(model, 1)
    for texts in (TEXTS[:3], TEXTS[:2], TEXTS[3:5]):
        assert torch.equal(small.text_vectors(texts), large.text_vectors(texts))
    del asked[:]
    small.text_vectors([TEXTS[1]])  # was used after TEXTS[0] and is kept
    assert asked == []
    small.text_vectors([TEXTS[0]])
    assert asked == [TEXTS[0]]


def test_a_batch_larger_than_the_allowance_is_still_encoded(counted):
    model, asked = counted
    small, large = FrozenTextCache(model, 1, 1), FrozenTextCache(model, 1)
    assert torch.equal(small.text_vectors(TEXTS), large.text_vectors(TEXTS))
    del asked[:]
    small.text_vectors(TEXTS[:1])
    assert asked == []
