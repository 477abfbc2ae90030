"""What each sentence of an index states: one row for every mention of a finding, read once when the index is built."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import ArtifactError
from radseek.index.contract import Ids
from radseek.index.owners import ASSERTION_CODES
from radseek.index.place_codes import lobe_bits, rib_bits, vertebra_bits
from radseek.index.stored_arrays import read_array, write_array
from radseek.records.findings import Change, Region, Severity, Side, StatedFinding
from radseek.records.progress import Progress, ProgressListener, no_progress
from radseek.text import Lexicon, default_lexicon, stated_findings

SIDE_CODES: dict[Side | None, int] = {side: code for code, side in enumerate((None, *Side))}
SEVERITY_CODES: dict[Severity | None, int] = {grade: code for code, grade in enumerate((None, *Severity))}
"""Codes in the order of the grades: those of two grades differ by how far they are apart."""
CHANGE_CODES: dict[Change | None, int] = {change: code for code, change in enumerate((None, *Change))}

_RULES = "4"
"""Version of what `stated_findings` does with the lexicon. Raised when sentences may be read differently."""
_TOLD_EVERY = 2000
_COLUMNS: dict[str, type[np.generic]] = {
    "sentence_ids": np.int64,
    "findings": np.uint16,
    "assertions": np.uint8,
    "sides": np.uint8,
    "severities": np.uint8,
    "changes": np.uint8,
    "vertebrae": np.uint64,
    "ribs": np.uint16,
    "lobes": np.uint32,
    "sizes_mm": np.float32,
}
_ROW = np.dtype([(name, dtype) for name, dtype in _COLUMNS.items() if name != "sentence_ids"])


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
    severities: NDArray[np.uint8]
    """uint8 `[n]`, values of `SEVERITY_CODES`."""
    changes: NDArray[np.uint8]
    """uint8 `[n]`, values of `CHANGE_CODES`."""
    vertebrae: NDArray[np.uint64]
    """uint64 `[n]`, `vertebra_bits` of the level; 0 where none is told, also in the next two."""
    ribs: NDArray[np.uint16]
    """uint16 `[n]`, `rib_bits` of the level."""
    lobes: NDArray[np.uint32]
    """uint32 `[n]`, `lobe_bits` of the part."""
    sizes_mm: NDArray[np.float32]
    """float32 `[n]`, the largest dimension; NaN where no size is told."""
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
    known: dict[tuple[str, Region | None], list[tuple[float, ...]]] = {}
    owners: list[int] = []
    rows: list[tuple[float, ...]] = []
    said = zip(texts, places or [None] * len(texts), strict=True)
    for done, (sentence, (text, place)) in enumerate(zip(sentence_ids.tolist(), said, strict=True)):
        if (text, place) not in known:
            known[text, place] = [_row(mention, lexicon) for mention in stated_findings(text, lexicon, place=place)]
        owners += [sentence] * len(known[text, place])
        rows += known[text, place]
        if done % _TOLD_EVERY == 0:
            progress(Progress("findings", done, len(texts)))
    columns = np.array(rows, dtype=_ROW)
    order = np.argsort(columns["findings"], kind="stable")
    return StatementTable(
        sentence_ids=np.array(owners, dtype=np.int64)[order],
        **{name: np.ascontiguousarray(columns[name][order]) for name in _ROW.names or ()},
        lexicon=lexicon,
    )


def _row(mention: StatedFinding, lexicon: Lexicon) -> tuple[float, ...]:
    """The fields of `_ROW`."""
    return (
        lexicon.codes[mention.finding],
        ASSERTION_CODES[mention.assertion],
        SIDE_CODES[mention.side],
        SEVERITY_CODES[mention.severity],
        CHANGE_CODES[mention.change],
        vertebra_bits(mention.level),
        rib_bits(mention.level),
        lobe_bits(mention.part),
        math.nan if mention.size_mm is None else mention.size_mm,
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
    columns: dict[str, Any] = {name: read_array(folder / f"{name}.npy", dtype, 1) for name, dtype in _COLUMNS.items()}
    table = StatementTable(**columns, lexicon=lexicon or default_lexicon())
    sizes = {len(column) for column in columns.values()}
    if len(sizes) > 1 or bool(np.any(table.findings[1:] < table.findings[:-1])):
        raise ArtifactError("the statements of the index do not belong together; run `radseek index`")
    return table
