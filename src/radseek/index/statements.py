"""What each sentence of an index states: one row for every mention of a finding, read once when the index is built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radseek.errors import ArtifactError
from radseek.index.contract import Ids
from radseek.index.owners import ASSERTION_CODES
from radseek.index.stored_arrays import read_array, write_array
from radseek.records.findings import Region, Side
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.text import Lexicon, default_lexicon, stated_findings

SIDE_CODES: dict[Side | None, int] = {side: code for code, side in enumerate((None, *Side))}

_RULES = "3"
"""Version of what `stated_findings` does with the lexicon. Raised when sentences may be read differently."""
_TOLD_EVERY = 2000
_COLUMNS = ("sentence_ids", "findings", "assertions", "sides")


def reader_name(lexicon: Lexicon | None = None) -> str:
    """Name, in the manifest, of what read the statements: an index read by another lexicon is refused."""
    return f"radseek_findings_{_RULES}_{(lexicon or default_lexicon()).digest[:8]}"


@dataclass(frozen=True, slots=True, eq=False)
class StatementTable:
    """Mentions of findings, in the order of the findings, and for each in that of the sentences."""

    sentence_ids: Ids
    """int64 `[n]`; a sentence that states nothing is not here."""
    findings: NDArray[np.uint16]
    """uint16 `[n]`, ascending values of `lexicon.codes`."""
    assertions: NDArray[np.uint8]
    """uint8 `[n]`, values of `ASSERTION_CODES`."""
    sides: NDArray[np.uint8]
    """uint8 `[n]`, values of `SIDE_CODES`."""
    lexicon: Lexicon = field(default_factory=default_lexicon)
    """What the sentences were read with."""

    def rows_of(self, findings: Iterable[str]) -> Ids:
        """Rows of these findings of the lexicon, int64 `[m]`, without looking at any other row."""
        codes = np.array(sorted(self.lexicon.codes[name] for name in findings), dtype=np.uint16)
        first, last = np.searchsorted(self.findings, codes), np.searchsorted(self.findings, codes, side="right")
        parts = [np.arange(*span, dtype=np.int64) for span in zip(first.tolist(), last.tolist(), strict=True)]
        return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def read_statements(
    sentence_ids: Ids,
    texts: Sequence[str],
    progress: ProgressListener = no_progress,
    lexicon: Lexicon | None = None,
    places: Sequence[Region | None] | None = None,
) -> StatementTable:
    """What `texts` state, by `radseek.text.stated_findings`, each different text read once a place (a quarter of a ms).

    Args:
        sentence_ids: int64 `[n]`, ascending.
        texts: `n` sentences.
        progress: Told now and then, stage `findings`.
        lexicon: The findings to look for; the shipped ones by default.
        places: The parts of the body that the reports of the `n` sentences are about; not known by default.
    """
    lexicon = lexicon or default_lexicon()
    known: dict[tuple[str, Region | None], list[tuple[int, int, int]]] = {}
    owners: list[int] = []
    rows: list[tuple[int, int, int]] = []
    said = zip(texts, places or [None] * len(texts), strict=True)
    for done, (sentence, (text, place)) in enumerate(zip(sentence_ids.tolist(), said, strict=True)):
        if (text, place) not in known:
            known[text, place] = [
                (lexicon.codes[m.finding], ASSERTION_CODES[m.assertion], SIDE_CODES[m.side])
                for m in stated_findings(text, lexicon, place=place)
            ]
        owners += [sentence] * len(known[text, place])
        rows += known[text, place]
        if done % _TOLD_EVERY == 0:
            progress(Progress("findings", done, len(texts)))
    columns = np.array(rows, dtype=np.uint16).reshape(-1, 3)
    order = np.argsort(columns[:, 0], kind="stable")
    return StatementTable(
        sentence_ids=np.array(owners, dtype=np.int64)[order],
        findings=columns[order, 0],
        assertions=columns[order, 1].astype(np.uint8),
        sides=columns[order, 2].astype(np.uint8),
        lexicon=lexicon,
    )


def write_statements(folder: Path, table: StatementTable) -> None:
    """Writes the table's columns as arrays.

    Raises:
        StorageError: When the disk refuses.
    """
    for name in _COLUMNS:
        write_array(folder / f"{name}.npy", getattr(table, name))


def load_statements(folder: Path, lexicon: Lexicon | None = None) -> StatementTable:
    """The table that `write_statements` wrote of sentences read with `lexicon`, by default the shipped one.

    Raises:
        ArtifactError: When a column is missing, has another type, or another length than the others, or findings are
            not in order.
    """
    table = StatementTable(
        sentence_ids=read_array(folder / "sentence_ids.npy", np.int64, 1),
        findings=read_array(folder / "findings.npy", np.uint16, 1),
        assertions=read_array(folder / "assertions.npy", np.uint8, 1),
        sides=read_array(folder / "sides.npy", np.uint8, 1),
        lexicon=lexicon or default_lexicon(),
    )
    sizes = {len(table.sentence_ids), len(table.findings), len(table.assertions), len(table.sides)}
    if len(sizes) > 1 or bool(np.any(table.findings[1:] < table.findings[:-1])):
        raise ArtifactError("the statements of the index do not belong together; run `radseek index`")
    return table
