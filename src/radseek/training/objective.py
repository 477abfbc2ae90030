"""What a step makes smaller."""

from __future__ import annotations

from torch import Tensor

from radseek.encoders.aligner import unit_vectors
from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.losses import contrastive_loss, finding_order_loss, polarity_loss, sigmoid_pair_loss
from radseek.training.batches import Batch
from radseek.training.config import ObjectiveConfig


def pair_objective(
    model: DualEncoder, patches: Tensor, texts: Tensor, background: Tensor, batch: Batch, objective: ObjectiveConfig
) -> Tensor:
    """The weighted sum of the configured losses, a scalar.

    Args:
        model: For the scales and biases.
        patches: Patch vectors `[n, rows, cols, dim]` of any length.
        texts: Unit vectors `[m, dim]`.
        background: Unit vectors `[b, dim]` of the batch's background texts.
        batch: Targets, and which texts are prompts.
        objective: Weights.
    """
    images, unit_patches = unit_vectors(patches)
    cosines = images @ texts.T  # [n, m]
    loss = sigmoid_pair_loss(cosines, batch.targets, model.log_scale, model.bias)
    if objective.patches:
        pooled = model.patch_scores(unit_patches, texts)
        loss = loss + objective.patches * sigmoid_pair_loss(
            pooled, batch.targets, model.patch_log_scale, model.patch_bias
        )
    if objective.order:
        columns = batch.is_prompt
        order = finding_order_loss(cosines[:, columns], batch.targets[:, columns], model.log_scale)
        loss = loss + objective.order * order
    if objective.polarity:
        denials = batch.denied_at >= 0
        affirmed = batch.denied_at[denials]  # the column that affirms what each denial denies
        gaps = cosines[:, affirmed] - cosines[:, denials]
        loss = loss + objective.polarity * polarity_loss(gaps, batch.targets[:, affirmed], model.log_scale)
    if objective.contrast:
        columns = ~batch.is_prompt
        contrast = contrastive_loss(cosines[:, columns], batch.targets[:, columns], model.log_scale)
        loss = loss + objective.contrast * contrast
    if objective.own_prompts:
        loss = loss + objective.own_prompts * _own_prompt_loss(model, texts, batch)
    if len(background):
        cosines = background @ texts[batch.is_prompt].T
        told = sigmoid_pair_loss(cosines, batch.background_targets, model.log_scale, model.bias)
        loss = loss + objective.background * told
    return loss


def _own_prompt_loss(model: DualEncoder, texts: Tensor, batch: Batch) -> Tensor:
    """The pair loss of pictures' own texts, in place of the pictures, with all prompts."""
    own = (batch.owners >= 0) & ~batch.is_prompt
    targets = batch.targets[batch.owners[own]][:, batch.is_prompt]  # [n_own, n_prompts]
    return sigmoid_pair_loss(texts[own] @ texts[batch.is_prompt].T, targets, model.log_scale, model.bias)
