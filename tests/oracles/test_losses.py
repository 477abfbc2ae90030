"""The sigmoid pair loss against a double loop over pairs, value and gradients."""

from __future__ import annotations

import math

import pytest
import torch

from radseek.encoders.losses import sigmoid_pair_loss


def slow_loss(images, texts, targets, log_scale, bias):
    """log(1 + exp(-sign * logit)), summed over known pairs one by one, over the number of pictures."""
    total = torch.zeros((), dtype=images.dtype)
    for i in range(images.shape[0]):
        for j in range(texts.shape[0]):
            if int(targets[i, j]) == -1:
                continue
            logit = sum(images[i, d] * texts[j, d] for d in range(images.shape[1])) * log_scale.exp() + bias
            sign = 1 if int(targets[i, j]) == 1 else -1
            total = total + torch.log1p(torch.exp(-sign * logit))
    return total / max(images.shape[0], 1)


def loss_of(images, texts, targets, log_scale, bias):
    return sigmoid_pair_loss(images @ texts.T, targets, log_scale, bias)


def draw(n: int, m: int, seed: int):
    generator = torch.Generator().manual_seed(seed)
    images, texts = (
        torch.nn.functional.normalize(torch.randn(rows, 6, generator=generator, dtype=torch.float32), dim=1)
        for rows in (n, m)
    )
    targets = torch.randint(-1, 2, (n, m), generator=generator).to(torch.int8)
    targets[0, 0] = 1  # at least one pair counts
    return images, texts, targets


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (4, 1), (5, 7)])
@pytest.mark.parametrize(("scale", "bias"), [(10.0, -10.0), (1.0, 0.0), (30.0, -3.0)])
def test_value_and_gradients_equal_the_double_loop(n, m, scale, bias):
    results = []
    for loss in (loss_of, slow_loss):
        images, texts, targets = draw(n, m, seed=n * 10 + m)
        inputs = [images, texts, torch.tensor(math.log(scale)), torch.tensor(bias)]
        for tensor in inputs:
            tensor.requires_grad_()
        value = loss(inputs[0], inputs[1], targets, inputs[2], inputs[3])
        gradients = torch.autograd.grad(value, inputs, allow_unused=True, materialize_grads=True)
        results.append((value, gradients))
    torch.testing.assert_close(results[0][0], results[1][0])
    for fast, slow in zip(results[0][1], results[1][1], strict=True):
        torch.testing.assert_close(fast, slow, rtol=1e-4, atol=1e-6)


def test_unknown_pairs_have_no_loss_and_no_gradient():
    images, texts, _ = draw(3, 4, seed=1)
    images.requires_grad_()
    value = loss_of(images, texts, torch.full((3, 4), -1), torch.tensor(2.0), torch.tensor(-1.0))
    value.backward()
    assert value.item() == 0
    assert images.grad is not None
    assert images.grad.abs().max() == 0


def test_the_loss_falls_when_the_truth_is_closer():
    image = torch.tensor([[1.0, 0.0]])
    near, far = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    one, scale, bias = torch.ones(1, 1), torch.tensor(math.log(10.0)), torch.tensor(-10.0)
    assert loss_of(image, near, one, scale, bias) < loss_of(image, far, one, scale, bias)
    # logit 10 * 1 - 10 = 0: the loss of a coin flip
    assert loss_of(image, near, one, scale, bias).item() == pytest.approx(math.log(2))
