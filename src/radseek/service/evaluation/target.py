"""Whatever a person points at - archive, configuration, table - as the same material: what is tested, by what."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radseek.encoders import load_encoder
from radseek.encoders.spec import Encoder
from radseek.errors import InputError, UnsupportedInputError
from radseek.service.evaluation.config import (
    EvaluationConfig,
    Places,
    TableTarget,
    default_prompts,
    plain_table_target,
    read_table_target,
)
from radseek.service.evaluation.pictures import Picture, choose_tested, choose_trained, read_pictures
from radseek.training.config import PromptsConfig

if TYPE_CHECKING:
    from radseek.service.archive import Archive

DEFAULT_ENCODER = "radseek-mini"


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What a person may choose besides the target."""

    encoder: str = ""
    """Name or checkpoint folder; `radseek-mini` when empty. An archive is measured with its own."""
    out: Path | None = None
    """Folder of the results; `runs/evaluation/NAME` when None."""
    places: Places = field(default_factory=Places)
    against: Path | None = None
    """Table of pairs that the encoder was trained on: its part `train` where it has one, else all of it."""
    trained_on: tuple[str, ...] = ()
    """Sources of an archive that the encoder was trained on: the others are tested."""
    sources: tuple[str, ...] = ()
    """Tables, or sources of an archive, to test; all when empty."""
    sections: tuple[str, ...] = ()
    """Report sections whose text asks in an archive."""
    max_queries: int = 0
    """Most texts that ask the whole search of an archive; 0 for all."""
    seed: int | None = None
    allow_leaks: bool = False
    with_pictures: bool = False
    command: str = ""
    """As typed, for the page."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Everything that an evaluation is made from."""

    kind: str
    name: str
    encoder: Encoder
    prompts: PromptsConfig
    config: EvaluationConfig
    tested: tuple[Picture, ...]
    trained: tuple[Picture, ...]
    against: tuple[Picture, ...]
    """Pictures of a table given besides, that the encoder was trained on."""
    split_rule: str
    vectors: NDArray[np.float32] | None = None
    """Of `tested`, where they are there already."""
    known: tuple[Picture, ...] = ()
    """Every picture of the tables, for boxes on pictures of other parts."""
    table: TableTarget | None = None
    archive: Archive | None = None


def table_material(path: Path, options: EvaluateOptions) -> Material:
    """The material of an evaluation YAML or a plain CSV of pairs.

    Raises:
        UnsupportedInputError: When the file is neither.
        ConfigError: When the configuration or the table's columns cannot be used.
        InputError: When a table cannot be read or nothing is to be tested.
        ArtifactError: When there is no such encoder.
    """
    if options.trained_on or options.sections or options.max_queries:
        raise InputError("--trained-on, --section and --queries are for archives; a table has splits, or --against")
    if path.suffix.lower() in {".yaml", ".yml"}:
        target = read_table_target(path, options.places)
    elif path.suffix.lower() == ".csv":
        target = plain_table_target(path)
    else:
        raise UnsupportedInputError("evaluate takes an archive folder, a .yaml configuration or a .csv table of pairs")
    config = target.config
    if options.sources:
        config = dataclasses.replace(config, tested=options.sources)
    if options.seed is not None:
        config = dataclasses.replace(config, seed=options.seed)
    target = dataclasses.replace(target, config=config)
    pictures = read_pictures(target)
    tested = choose_tested(target, pictures)
    trained = choose_trained(target, pictures)
    return Material(
        kind=target.kind,
        name=config.name,
        encoder=load_encoder(options.encoder or DEFAULT_ENCODER),
        prompts=target.prompts,
        config=config,
        tested=tuple(tested),
        trained=tuple(trained),
        against=_against(options.against),
        split_rule=_split_rule(target),
        known=tuple(pictures),
        table=target,
    )


def archive_material(archive: Archive, options: EvaluateOptions) -> Material:
    """The material of an open archive.

    Raises:
        InputError: When an encoder is given, a source does not exist, or nothing is left to test.
        ArtifactError: When nothing is indexed.
    """
    from radseek.service.evaluation.archive_pictures import TESTED, embed_archive

    if options.encoder:
        raise InputError("an archive is measured with the encoder it was indexed by; leave --encoder out")
    prompts = default_prompts()
    embedded = embed_archive(archive, prompts, options.trained_on)
    rows = [
        row
        for row, picture in enumerate(embedded.pictures)
        if picture.split == TESTED and (not options.sources or picture.source in options.sources)
    ]
    if not rows:
        known = ", ".join(sorted({picture.source for picture in embedded.pictures}))
        raise InputError(f"no indexed picture is left to test; sources: {known}")
    tested = embedded.of(rows)
    trained = [picture for picture in embedded.pictures if picture.split != TESTED]
    name = archive.folder.path.resolve().name
    rule = (
        f"Sources {', '.join(options.trained_on)} were trained on, the others are tested."
        if options.trained_on
        else "The whole archive is tested."
    )
    return Material(
        kind="archive",
        name=name,
        encoder=archive.retriever.encoder(),
        prompts=prompts,
        config=EvaluationConfig(name, seed=options.seed or 0),
        tested=tested.pictures,
        trained=tuple(trained),
        against=_against(options.against),
        split_rule=rule,
        vectors=tested.vectors,
        archive=archive,
    )


def _against(path: Path | None) -> tuple[Picture, ...]:
    """All rows of a table of pairs, or those of its part `train` where it has one."""
    if path is None:
        return ()
    target = plain_table_target(path)
    pictures = read_pictures(target)
    trained = tuple(picture for picture in pictures if picture.split == "train")
    return trained or tuple(pictures)


def _split_rule(target: TableTarget) -> str:
    config = target.config
    parts = ", ".join(config.trained_splits)
    if not parts:
        return "The whole table is tested; it names no training part."
    n_out = len(config.left_out)
    less = f", but for {n_out} {'study' if n_out == 1 else 'studies'} left out by the configuration" if n_out else ""
    return f"Part {config.tested_split!r} is tested{less}; {parts} was trained on."
