"""Losses of pictures with texts, where a text may be true, partly true, wrong or unknown of a picture.

Targets `[n, m]` are those of `radseek.training.targets`. All losses are scalars, and 0 with no gradient where no pair
counts, as in a batch without texts.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def sigmoid_pair_loss(cosines: Tensor, targets: Tensor, log_scale: Tensor, bias: Tensor) -> Tensor:
    """Mean over pictures of the summed binary losses of their pairs (Zhai et al., arXiv:2303.15343, equation 1).

    Args:
        cosines: `[n, m]`, of pictures with texts.
        targets: `[n, m]`: 1 where the text is true of the picture, 0 where it is not, in between where it is partly
            true, -1 where nobody knows (the pair then has no loss and no gradient). See `radseek.training.targets`.
        log_scale: Natural logarithm of the factor on the cosine, a scalar.
        bias: Added to the scaled cosine, a scalar.

    Returns:
        A scalar; 0 when no pair counts.
    """
    logits = cosines.float() * log_scale.exp() + bias  # [n, m]
    known = targets >= 0
    wanted = targets.to(logits.dtype).clamp(min=0)
    losses = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * known
    return losses.sum() / max(cosines.shape[0], 1)


def finding_order_loss(cosines: Tensor, targets: Tensor, log_scale: Tensor) -> Tensor:
    """How often, smoothly, a picture without a finding scores above one with it: mean over texts of log(1 + e^gap).

    A pairwise stand-in for 1 - AUROC: for each text, every picture it is true of against every one it is not. Rare
    findings weigh as much as frequent ones, and no bias can satisfy it.

    Args:
        cosines: `[n, m]`.
        targets: `[n, m]`: above 0.5 true, 0 to 0.5 not, below 0 unknown.
        log_scale: Natural logarithm of the factor on the cosine, a scalar.

    Returns:
        A scalar; 0 when no text has both kinds of pictures.
    """
    scores = cosines.float() * log_scale.exp()
    true, false = _true_and_false(targets)
    gaps = functional.softplus(scores[None] - scores[:, None])  # [true, false, m]
    pairs = (true[:, None] & false[None]).to(gaps.dtype)
    counts = pairs.sum((0, 1))
    means = (gaps * pairs).sum((0, 1)) / counts.clamp(min=1)
    return means.sum() / (counts > 0).sum().clamp(min=1)


def polarity_loss(gaps: Tensor, targets: Tensor, log_scale: Tensor) -> Tensor:
    """How far a picture is from preferring the right one of `X` and `no X`, present and absent counting the same.

    Args:
        gaps: `[n, f]`: cosine with the text that affirms a finding less that with the text that denies it.
        targets: `[n, f]`: above 0.5 the finding is there, 0 to 0.5 it is not, below 0 unknown.
        log_scale: Natural logarithm of the factor on the cosine, a scalar.

    Returns:
        A scalar: the mean over findings and over present and absent of log(1 + e^-right); 0 when nothing is known.
    """
    logits = gaps.float() * log_scale.exp()
    present, absent = _true_and_false(targets)
    sides = ((present, functional.softplus(-logits)), (absent, functional.softplus(logits)))
    total, counted = logits.new_zeros(()), logits.new_zeros(())
    for chosen, losses in sides:
        counts = chosen.sum(0)
        total = total + ((losses * chosen).sum(0) / counts.clamp(min=1)).sum()
        counted = counted + (counts > 0).sum()
    return total / counted.clamp(min=1)


def contrastive_loss(cosines: Tensor, targets: Tensor, log_scale: Tensor) -> Tensor:
    """How far the true pictures of each text are from the top, and the true texts of each picture: InfoNCE both ways.

    With several positives, -log of the share that they have together in the softmax over everything that is known
    (the multi-positive form of van den Oord et al., arXiv:1807.03748). Unlike the pair loss it minds which pictures
    come first: no picture can be near to every text.

    Args:
        cosines: `[n, m]`.
        targets: `[n, m]`: above 0.5 true, 0 to 0.5 not, below 0 unknown.
        log_scale: Natural logarithm of the factor on the cosine, a scalar.

    Returns:
        A scalar; 0 when no text has both kinds of pictures and no picture both kinds of texts.
    """
    logits = cosines.float() * log_scale.exp()
    true, false = _true_and_false(targets)
    parts = [_share_of_true(logits, true, false, axis) for axis in (0, 1)]
    return (parts[0] + parts[1]) / 2


def _true_and_false(targets: Tensor) -> tuple[Tensor, Tensor]:
    """Which pairs count as true (above 0.5) and which as not (0 to 0.5); the others are unknown."""
    return targets > 0.5, (targets >= 0) & (targets <= 0.5)


def _share_of_true(logits: Tensor, true: Tensor, false: Tensor, axis: int) -> Tensor:
    """Mean over one axis of -log of the share that the true ones have in the softmax over the other."""
    if logits.numel() == 0:
        return logits.sum()  # no texts: the logarithm of nothing would be NaN
    known = true | false
    lowest = torch.finfo(logits.dtype).min
    of_true = logits.masked_fill(~true, lowest).logsumexp(axis)
    of_known = logits.masked_fill(~known, lowest).logsumexp(axis)
    counts = true.any(axis) & false.any(axis)
    return ((of_known - of_true) * counts).sum() / counts.sum().clamp(min=1)
