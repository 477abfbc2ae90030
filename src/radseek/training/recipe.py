"""Settings for fine-tuning on one's own pairs: the shipped encoder's recipe, gentler, and sized to the pairs."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from radseek.encoders.checkpoint import read_manifest
from radseek.encoders.registry import checkpoint_folder
from radseek.errors import ConfigError
from radseek.records.config import config_folder, read_config
from radseek.training.config import (
    ObjectiveConfig,
    OptimConfig,
    PromptsConfig,
    StartConfig,
    TableConfig,
    TrainingConfig,
    ValidationConfig,
)
from radseek.training.own_table import LABELS, SPLIT, OwnTable

FREEZE = ("none", "image", "text")
SMALL_PAIRS = 1000
"""Below so many training pictures only the last parts of both towers learn: more would be learned by heart."""
_STEPS = 400
"""Steps that a fine-tuning aims at; more change little, and the best epoch is kept anyway."""
_EPOCHS = (6, 30)
_PATIENCE_SHARE = 3
_GENTLER = 3.0
"""The shipped recipe's learning rates, which start further from the goal, are divided by this."""
_MIN_LABELLED = 5
"""A label on fewer training pictures is not prompted for."""


@dataclass(frozen=True, slots=True)
class FineTuneChoices:
    """What a person may choose; None takes what fits the number of pairs."""

    start: str = "radseek-mini"
    """Shipped encoder's name, or a checkpoint's folder."""
    name: str = ""
    """What the encoder is called; the output folder's name when empty."""
    freeze: str = "none"
    """`image` or `text` keeps that tower as it starts."""
    epochs: int | None = None
    batch_size: int | None = None
    rate: float = 1.0
    """Factor on all learning rates: above 1 learns more boldly, below 1 more gently."""
    seed: int = 1


def fine_tuning_config(
    table: OwnTable, written: TableConfig, output: Path, data_root: Path, choices: FineTuneChoices
) -> TrainingConfig:
    """A whole training configuration for `table`.

    Args:
        table: What was found in a person's table.
        written: The same table as `write_own_table` wrote it.
        output: Folder of the run.
        data_root: Folder that `written.path` is relative to.
        choices: What the person chose.

    Raises:
        ConfigError: When a choice has an unknown value or there are too few pictures.
        ArtifactError: When there is no such start encoder.
    """
    if choices.freeze not in FREEZE:
        raise ConfigError(f"freeze is {choices.freeze!r}; known: {', '.join(FREEZE)}")
    if not 0 < choices.rate < math.inf:
        raise ConfigError(f"rate is {choices.rate}; a factor on the learning rates must be above 0")
    for what, chosen in (("epochs", choices.epochs), ("batch_size", choices.batch_size)):
        if chosen is not None and chosen < 1:
            raise ConfigError(f"{what} is {chosen}; at least 1 is needed")
    base = read_config(config_folder() / "training" / "radseek-mini.yaml", TrainingConfig)
    folder = checkpoint_folder(choices.start)
    manifest = read_manifest(folder)
    if manifest.towers.image is None:
        raise ConfigError(f"{manifest.spec.id} has a public image tower: fine-tune it by a training configuration")
    n_blocks = sum(stage.repeats for stage in manifest.towers.image.stages)
    name = choices.name or re.sub(r"[^A-Za-z0-9._-]+", "-", output.absolute().name)
    prompts = _prompts(base.prompts, table)
    return TrainingConfig(
        name=name,
        output=output,
        preprocessing=manifest.spec.preprocessing,
        tables=(written,),
        prompts=prompts,
        licence=f"fine-tuned from {manifest.spec.id} ({manifest.spec.licence}); the terms of the pairs hold too",
        dim=manifest.spec.dim,
        max_tokens=manifest.spec.max_tokens,
        seed=choices.seed,
        start=StartConfig(weights=choices.start if folder != Path(choices.start) else str(folder.absolute())),
        optim=_with_enough_shown(_optim(base.optim, table, choices, n_blocks), table, prompts),
        objective=_objective(base.objective, prompts),
        aligner=manifest.towers.aligner,
        augmentation=base.augmentation,
        validation=_validation(table, written.name),
        data_root=data_root,
    )


def _optim(base: OptimConfig, table: OwnTable, choices: FineTuneChoices, n_blocks: int) -> OptimConfig:
    n_train = sum(row[SPLIT] == "train" for row in table.rows)
    batch_size = choices.batch_size or min(base.batch_size, max(8, n_train // 5))
    if n_train < max(batch_size, 8):
        raise ConfigError(f"{n_train} training pictures are too few; at least {max(batch_size, 8)} are needed")
    fewest, most = _EPOCHS
    epochs = choices.epochs or min(most, max(fewest, round(_STEPS / (n_train // batch_size))))
    small = n_train < SMALL_PAIRS
    kept = base.frozen_image_blocks if not small else round(n_blocks * 3 / 4)
    trained_text_layers = 1 if small else base.trained_text_layers
    factor = choices.rate / _GENTLER
    return dataclasses.replace(
        base,
        epochs=epochs,
        batch_size=batch_size,
        lr_image=base.lr_image * factor,
        lr_projections=base.lr_projections * factor,
        lr_text=base.lr_text * factor,
        trained_text_layers=0 if choices.freeze == "text" else trained_text_layers,
        frozen_image_blocks=n_blocks if choices.freeze == "image" else min(kept, n_blocks),
        freeze_image_tower=choices.freeze == "image",
        patience=max(3, epochs // _PATIENCE_SHARE),
    )


def _with_enough_shown(optim: OptimConfig, table: OwnTable, prompts: PromptsConfig) -> OptimConfig:
    """`optim` without its cap on normal pictures where that leaves less than a batch, as when all are normal."""
    train = [row for row in table.rows if row[SPLIT] == "train"]
    stated = [[prompts.labels.get(label, ()) for label in row[LABELS].split("|")] for row in train]
    n_normal = sum(any(prompts.normal in findings for findings in labels) for labels in stated)
    n_other = len(train) - n_normal
    if n_other + optim.n_normal_shown(n_normal, n_other) >= optim.batch_size:
        return optim
    return dataclasses.replace(optim, max_normal_share=1.0)


def _validation(table: OwnTable, name: str) -> ValidationConfig:
    """Texts ask for their studies; without any text in the val part, prompts tell the labels apart."""
    val = [row for row in table.rows if row[SPLIT] == "val"]
    has_texts = any(row[column] for row in val for column in table.texts)
    return ValidationConfig(retrieval_table=name) if has_texts else ValidationConfig(findings_table=name)


def _objective(base: ObjectiveConfig, prompts: PromptsConfig) -> ObjectiveConfig:
    """The shipped objective without what only labelled pictures can teach, where there are none."""
    changes: dict[str, float] = {"teacher": 0.0}
    if not prompts.findings:
        changes |= {"order": 0.0, "own_prompts": 0.0}
    return dataclasses.replace(base, **changes)


def _prompts(base: PromptsConfig, table: OwnTable) -> PromptsConfig:
    """Prompts for the labels that the table has: known ones in their known wordings, others by their own words."""
    counts = Counter(label for row in table.rows if row[SPLIT] == "train" for label in row[LABELS].split("|") if label)
    known = {label.lower(): stated for label, stated in base.labels.items() if set(stated) <= set(base.findings)}
    labels: dict[str, tuple[str, ...]] = {}
    findings: dict[str, tuple[str, ...]] = {}
    for label, count in sorted(counts.items()):
        if count < _MIN_LABELLED:
            continue
        words = re.sub(r"[_\s]+", " ", label).strip().lower()
        labels[label] = known.get(label.lower(), (words.replace(" ", "_"),))
        findings |= {finding: base.findings.get(finding, (words,)) for finding in labels[label]}
    if not findings and not table.texts:
        raise ConfigError(f"there are no texts, and no label stands on {_MIN_LABELLED} training pictures")
    normal = base.normal if base.normal in findings else ""
    denials = base.denials if findings else ()
    return PromptsConfig(base.frames, findings, labels, normal=normal, denials=denials)
