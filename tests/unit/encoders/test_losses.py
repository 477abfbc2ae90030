"""The losses against sums written out pair by pair."""

import math

import pytest
import torch

from radseek.encoders.aligner import Aligner, text_conditioned_scores, unit_vectors
from radseek.encoders.aligner_config import AlignerConfig
from radseek.encoders.losses import contrastive_loss, finding_order_loss, polarity_loss, sigmoid_pair_loss

SCALE, BIAS = torch.tensor(math.log(4.0)), torch.tensor(-1.5)


def drawn(n, m, seed=0):
    return torch.rand(n, m, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_the_pair_loss_is_the_sum_over_known_pairs():
    cosines = drawn(3, 4)
    targets = torch.tensor([[1, 0, -1, 0.3], [0, 1, 1, -1], [-1, -1, -1, -1]])
    expected = 0.0
    for row in range(3):
        for column in range(4):
            wanted = float(targets[row, column])
            if wanted >= 0:
                chance = 1 / (1 + math.exp(-(4 * float(cosines[row, column]) - 1.5)))
                expected -= wanted * math.log(chance) + (1 - wanted) * math.log(1 - chance)
    assert float(sigmoid_pair_loss(cosines, targets, SCALE, BIAS)) == pytest.approx(expected / 3, rel=1e-5)


def test_unknown_pairs_have_no_gradient():
    cosines = drawn(2, 2).requires_grad_()
    sigmoid_pair_loss(cosines, torch.tensor([[1.0, -1.0], [-1.0, 0.0]]), SCALE, BIAS).backward()
    assert (cosines.grad != 0).tolist() == [[True, False], [False, True]]


def test_the_order_loss_is_the_mean_over_pairs_of_each_text():
    cosines = drawn(4, 3, seed=1)
    targets = torch.tensor([[1, 1, 1.0], [0, -1, 1], [0.2, 0, 1], [0.9, 0, -1]])
    per_text = []
    for column in range(3):
        gaps = [
            math.log1p(math.exp(4 * float(cosines[low, column] - cosines[high, column])))
            for high in range(4)
            for low in range(4)
            if targets[high, column] > 0.5 and 0 <= targets[low, column] <= 0.5
        ]
        per_text += [sum(gaps) / len(gaps)] if gaps else []
    assert len(per_text) == 2  # the third text has no picture it is wrong of
    expected = sum(per_text) / 2
    assert float(finding_order_loss(cosines, targets, SCALE)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_the_order_loss_without_pairs_is_nothing(value):
    assert float(finding_order_loss(drawn(3, 2), torch.full((3, 2), value), SCALE)) == 0


@pytest.mark.parametrize(
    "loss",
    [
        lambda cosines, targets: sigmoid_pair_loss(cosines, targets, SCALE, BIAS),
        lambda cosines, targets: finding_order_loss(cosines, targets, SCALE),
        lambda cosines, targets: contrastive_loss(cosines, targets, SCALE),
        lambda cosines, targets: polarity_loss(cosines, targets, SCALE),
    ],
    ids=["pair", "order", "contrast", "polarity"],
)
def test_a_batch_without_texts_has_no_loss(loss):
    """Pictures with labels only, so that no text of a report is drawn."""
    cosines = torch.zeros(3, 0, requires_grad=True)
    value = loss(cosines, torch.zeros(3, 0))
    value.backward()
    assert float(value.detach()) == 0


def test_text_conditioned_pooling_looks_at_the_patch_that_answers():
    patches = torch.zeros(1, 2, 2, 3)
    patches[..., 1] = 1
    patches[0, 1, 0] = torch.tensor([1.0, 0, 0])
    texts = torch.eye(3)[:2]
    sharp = text_conditioned_scores(patches, texts, 0.01)
    assert sharp.tolist() == [[pytest.approx(1), pytest.approx(1)]]
    flat = text_conditioned_scores(patches, texts, 1e6)
    torch.testing.assert_close(flat, torch.tensor([[0.25, 0.75]]), atol=1e-4, rtol=0)


def test_a_new_aligner_is_its_projection_and_its_layers_let_patches_see_each_other():
    torch.manual_seed(0)
    aligner = Aligner(5, 8, AlignerConfig(layers=2, heads=2, inner_width=16)).eval()
    features = torch.randn(2, 5, 3, 4)
    plain = torch.einsum("nchw,dc->nhwd", features, aligner.projection.weight)
    torch.testing.assert_close(aligner(features), plain)
    for layer in aligner.layers:
        torch.nn.init.normal_(layer.attended.weight)
    other = features.clone()
    other[:, :, 0, 0] += 1
    assert not torch.allclose(aligner(other)[:, 2, 3], aligner(features)[:, 2, 3])
    picture, patches = unit_vectors(aligner(features))
    torch.testing.assert_close(picture.norm(dim=-1), torch.ones(2))
    torch.testing.assert_close(patches.norm(dim=-1), torch.ones(2, 3, 4))


def test_the_contrast_is_the_share_of_the_true_ones_both_ways():
    cosines = drawn(3, 3, seed=2)
    targets = torch.tensor([[1, 0, -1.0], [1, 1, 0], [0, 0.3, 1]])
    odds = torch.exp(4 * cosines).tolist()
    per_text, per_picture = [], []
    for i in range(3):
        for values, truth, out in (
            ([row[i] for row in odds], targets[:, i], per_text),
            (odds[i], targets[i], per_picture),
        ):
            true = sum(value for value, target in zip(values, truth, strict=True) if target > 0.5)
            known = sum(value for value, target in zip(values, truth, strict=True) if target >= 0)
            out.append(math.log(known / true))
    expected = (sum(per_text) / 3 + sum(per_picture) / 3) / 2
    assert float(contrastive_loss(cosines, targets, SCALE)) == pytest.approx(expected, rel=1e-5)


def test_the_contrast_leaves_out_texts_without_a_choice():
    cosines = drawn(2, 2).requires_grad_()
    loss = contrastive_loss(cosines, torch.tensor([[-1.0, -1.0], [1.0, -1.0]]), SCALE)
    loss.backward()
    assert float(loss.detach()) == 0
    assert bool((cosines.grad == 0).all())


def test_polarity_weighs_present_and_absent_the_same():
    gaps = torch.tensor([[0.5, -0.2], [-0.1, 0.3], [0.2, 0.4]])
    targets = torch.tensor([[1.0, -1.0], [0.0, -1.0], [0.0, 1.0]])

    def wrong(gap):
        return math.log1p(math.exp(-4 * gap))

    expected = (wrong(0.5) + (wrong(0.1) + wrong(-0.2)) / 2 + wrong(0.4)) / 3
    assert float(polarity_loss(gaps, targets, SCALE)) == pytest.approx(expected, rel=1e-5)
    assert float(polarity_loss(gaps, torch.full_like(gaps, -1), SCALE)) == 0
