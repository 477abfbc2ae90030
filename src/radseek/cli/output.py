"""What commands print: JSON or aligned text on stdout, notes on stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from radseek.records.outcomes import EXPLANATIONS, Reason, Tally


def write_json(value: object) -> None:
    """`value` as one JSON document on stdout; dataclasses become objects, dates ISO text."""
    print(json.dumps(_plain(value), indent=2, ensure_ascii=False))


def note(text: str) -> None:
    """A line for people on stderr."""
    print(text, file=sys.stderr)


def write_table(rows: Sequence[Sequence[object]], header: Sequence[str]) -> None:
    """Rows as aligned columns on stdout, under a header."""
    texts = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(header))]
    for row in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def plain_tally(tally: Tally) -> dict[str, object]:
    """The four bins and `seen`, for JSON."""
    return {"seen": tally.seen, **_plain(tally)}


def write_tally(tally: Tally) -> None:
    """The four bins on stdout, each reason with its explanation."""
    print(f"seen         {tally.seen:>8,}")
    print(f"ingested     {tally.ingested:>8,}")
    print(f"duplicate    {tally.duplicate:>8,}")
    for name, bin_counts in (("skipped", tally.skipped), ("quarantined", tally.quarantined)):
        print(f"{name:<12} {sum(bin_counts.values()):>8,}")
        for reason, count in sorted(bin_counts.items(), key=lambda entry: (-entry[1], entry[0])):
            print(f"             {count:>8,}  {reason}: {EXPLANATIONS[Reason(reason)]}")


def _plain(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(entry) for entry in value]
    if isinstance(value, (date, Path)):
        return str(value)
    return value
