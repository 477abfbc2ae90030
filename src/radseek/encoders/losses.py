"""The sigmoid pair loss with several, partly true positives a row."""

from __future__ import annotations

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
    true, false = targets > 0.5, (targets >= 0) & (targets <= 0.5)
    gaps = functional.softplus(scores[None] - scores[:, None])  # [true, false, m]
    pairs = (true[:, None] & false[None]).to(gaps.dtype)
    counts = pairs.sum((0, 1))
    means = (gaps * pairs).sum((0, 1)) / counts.clamp(min=1)
    return means.sum() / (counts > 0).sum().clamp(min=1)
