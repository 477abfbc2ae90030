"""The sigmoid pair loss with several positives a row."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def sigmoid_pair_loss(images: Tensor, texts: Tensor, targets: Tensor, log_scale: Tensor, bias: Tensor) -> Tensor:
    """Mean over pictures of the summed binary losses of their pairs (Zhai et al., arXiv:2303.15343, equation 1).

    Args:
        images: Unit vectors `[n, dim]`.
        texts: Unit vectors `[m, dim]`.
        targets: `[n, m]`: 1 where the text is true of the picture, 0 where it is not, -1 where nobody knows (the pair
            then has no loss and no gradient). Identical texts are positives of each other's pictures: see
            `radseek.training.targets`.
        log_scale: Natural logarithm of the factor on the cosine, a scalar.
        bias: Added to the scaled cosine, a scalar.

    Returns:
        A scalar; 0 when no pair counts.
    """
    logits = (images @ texts.T).float() * log_scale.exp() + bias  # [n, m]
    signs = targets.to(logits.dtype) * 2 - 1
    losses = -functional.logsigmoid(signs * logits) * (targets >= 0)
    return losses.sum() / max(images.shape[0], 1)
