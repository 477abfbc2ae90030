"""Real report sentences that state or deny exactly one finding, for pictures with labels and no report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from radseek.text.sentences import sentence_spans
from radseek.training.config import SentencesConfig, TrainingConfig
from radseek.training.pairs import data_root
from radseek.training.stated import findings_of
from radseek.training.table_rows import check_columns, read_rows

_MIN_CHARACTERS = 8


class SentencePool:
    """Sentences by the one finding they speak of."""

    def __init__(self, sentences: Iterable[str], findings: Iterable[str]) -> None:
        wanted = set(findings)
        self._known: dict[tuple[str, bool], list[str]] = {}
        for sentence in dict.fromkeys(sentences):
            stated = findings_of(sentence)
            if len(stated) == 1 and stated.keys() <= wanted:
                self._known.setdefault(next(iter(stated.items())), []).append(sentence)

    def of(self, finding: str, present: bool) -> list[str]:
        """Different sentences that state (or deny) `finding` and nothing else of the lexicon, in reading order."""
        return self._known.get((finding, present), [])


def read_pool(config: TrainingConfig) -> SentencePool:
    """The pool that `config.prompts.sentences` describes; empty without.

    Raises:
        InputError: When a file cannot be read.
        ConfigError: When it lacks a column.
    """
    sentences = [line for source in config.prompts.sentences for line in _sentences(data_root(config), source)]
    return SentencePool(sentences, config.prompts.findings)


def _sentences(root: Path, source: SentencesConfig) -> Iterator[str]:
    rows = read_rows(root / source.path, "sentences")
    check_columns(rows, source.columns, "sentences")
    for row in rows:
        for column in source.columns:
            text = row[column]
            for start, end in sentence_spans(text):
                sentence = text[start:end].strip()
                unusable = source.skip_if_contains and source.skip_if_contains in sentence
                if len(sentence) >= _MIN_CHARACTERS and not unusable:
                    yield sentence
