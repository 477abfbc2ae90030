"""Texts about what a study is a case of. No picture shows what they say, but words learn from them where they belong.

A discussion of lacunar infarcts, told of a case with an MR of the head, brings "lacunar infarct" near to prompts for MR
and head, although no caption may name either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.text.normalising import normalise
from radseek.text.sentences import sentence_spans
from radseek.training.config import BackgroundConfig, TableConfig, TrainingConfig
from radseek.training.drawing import DrawnText
from radseek.training.pairs import Pair, table_path
from radseek.training.table_rows import check_columns, read_rows
from radseek.training.targets import NEGATIVE, POSITIVE, UNKNOWN


@dataclass(frozen=True, slots=True)
class BackgroundText:
    """One sentence and what is known of the pictures of its study."""

    text: str
    holds: frozenset[str]
    """Attribute values that all of the pictures have."""
    fails: frozenset[str]
    """Attribute values that none of them has, where each has another value of that kind."""


def read_background(config: TrainingConfig, pairs: Sequence[Pair]) -> list[BackgroundText]:
    """The background of all training studies, sentence by sentence, in the order of the configuration and of the rows.

    A text that is also told of a study outside the train part is left out.

    Raises:
        ConfigError: When a file lacks a column.
        InputError: When a file cannot be read.
    """
    tables = [(table, table.background) for table in config.tables if table.background]
    return [told for table, background in tables for told in _read_table(config, table, background, pairs)]


def background_targets(texts: Sequence[BackgroundText], prompts: Sequence[DrawnText]) -> NDArray[np.float32]:
    """Targets float32 `[n_texts, n_prompts]`: 1 where the prompt's value holds, 0 where it fails, -1 for the rest."""
    targets = np.full((len(texts), len(prompts)), UNKNOWN, dtype=np.float32)
    for row, told in enumerate(texts):
        for column, prompt in enumerate(prompts):
            if prompt.claims & told.fails:
                targets[row, column] = NEGATIVE
            elif prompt.claims and prompt.claims <= told.holds:
                targets[row, column] = POSITIVE
    return targets


def _read_table(
    config: TrainingConfig, table: TableConfig, background: BackgroundConfig, pairs: Sequence[Pair]
) -> Iterator[BackgroundText]:
    what = f"background of table {table.name}"
    rows = read_rows(table_path(config, table).parent / background.path, what)
    check_columns(rows, (background.study_column, *background.columns), what)
    pictures: dict[str, list[Pair]] = {}
    for pair in pairs:
        pictures.setdefault(pair.study, []).append(pair)
    told = [(pictures.get(f"{table.name}/{row[background.study_column]}", []), row) for row in rows]
    trained = [_is_trained(study) for study, _ in told]
    held_out = {
        normalise(row[column])
        for (_, row), is_trained in zip(told, trained, strict=True)
        for column in background.columns
        if not is_trained
    }
    values = frozenset(value for kind in config.prompts.attributes.values() for value in kind.values)
    for (study, row), is_trained in zip(told, trained, strict=True):
        if is_trained:
            holds = frozenset.intersection(*(pair.findings for pair in study)) & values
            known = frozenset.intersection(*(pair.decided for pair in study)) & values
            fails = known - frozenset().union(*(pair.findings for pair in study))
            for sentence in _sentences(row, background.columns, held_out):
                yield BackgroundText(sentence, holds, fails)


def _is_trained(study: Sequence[Pair]) -> bool:
    return bool(study) and all(pair.split == "train" for pair in study)


def _sentences(row: Mapping[str, str], columns: Sequence[str], held_out: set[str]) -> list[str]:
    """Different sentences of a row that have a word, in reading order."""
    texts = [row[column] for column in columns if normalise(row[column]) not in held_out]
    sentences = (text[start:end].strip() for text in texts for start, end in sentence_spans(text))
    return list(dict.fromkeys(sentence for sentence in sentences if normalise(sentence)))
