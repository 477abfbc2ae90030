"""What the sentences of an index state: read once, kept as arrays, refused when damaged."""

from __future__ import annotations

import numpy as np
import pytest

from radseek.errors import ArtifactError
from radseek.index import ASSERTION_CODES, SIDE_CODES
from radseek.index.place_codes import lobe_bits, rib_bits, vertebra_bits
from radseek.index.statements import (
    CHANGE_CODES,
    SEVERITY_CODES,
    StatementTable,
    load_statements,
    read_statements,
    reader_name,
    write_statements,
)
from radseek.records.findings import Region
from radseek.text import FINDINGS, default_lexicon, load_lexicon, stated_findings

CODES = default_lexicon().codes
COLUMNS = (
    *("sentence_ids", "findings", "assertions", "sides", "severities", "changes"),
    *("vertebrae", "ribs", "lobes", "sizes_mm"),
)

TEXTS = [
    "Left pleural effusion without pneumothorax.",
    "",
    "Nothing of that.",
    "Heart size is normal.",
    "Left pleural effusion without pneumothorax.",
    "Bilateral effusions, possible pneumonia.",
    "New severe L4-L5 disc herniation, 7 mm, and a fracture of the left ribs 4-6.",
    "Unchanged 3.0 cm mass in the right upper lobe.",
]
IDS = np.array([3, 4, 9, 10, 40, 41, 50, 52], dtype=np.int64)


def rows(table: StatementTable) -> list[tuple[float | None, ...]]:
    """Row by row; None for no size, which equals itself."""
    sizes = [None if np.isnan(size) else size for size in table.sizes_mm.tolist()]
    return list(zip(*(getattr(table, name).tolist() for name in COLUMNS[:-1]), sizes, strict=True))


def test_there_is_one_row_for_each_mention_by_finding_and_then_by_sentence() -> None:
    expected = [
        (
            *(sentence, CODES[m.finding], ASSERTION_CODES[m.assertion], SIDE_CODES[m.side]),
            *(SEVERITY_CODES[m.severity], CHANGE_CODES[m.change]),
            *(vertebra_bits(m.level), rib_bits(m.level), lobe_bits(m.part), m.size_mm),
        )
        for sentence, text in zip(IDS.tolist(), TEXTS, strict=True)
        for m in stated_findings(text)
    ]
    table = read_statements(IDS, TEXTS)
    assert rows(table) == sorted(expected, key=lambda row: row[1])
    assert len(expected) >= 11
    for column in range(len(COLUMNS)):  # each says something of some mention, and not of all
        assert len({row[column] for row in expected}) > 1
    for asked in ((), ("effusion",), ("pneumothorax", "effusion"), ("hernia",), tuple(CODES)):
        codes = [CODES[name] for name in asked]
        assert table.rows_of(asked).tolist() == [place for place, row in enumerate(rows(table)) if row[1] in codes]


@pytest.mark.parametrize("n", [0, len(IDS)])
def test_what_was_written_is_loaded(tmp_path, n: int) -> None:
    table = read_statements(IDS[:n], TEXTS[:n])
    write_statements(tmp_path, table)
    assert rows(load_statements(tmp_path)) == rows(table)
    for name in COLUMNS:
        assert getattr(load_statements(tmp_path), name).dtype == getattr(table, name).dtype
    assert (table.vertebrae.dtype, table.lobes.dtype, table.sizes_mm.dtype) == (np.uint64, np.uint32, np.float32)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_is_missing_short_or_of_another_type_is_refused(tmp_path, name: str) -> None:
    table = read_statements(IDS, TEXTS)
    write_statements(tmp_path, table)
    path, column = tmp_path / f"{name}.npy", getattr(table, name)
    path.unlink()
    with pytest.raises(ArtifactError, match=f"{name}.npy of the index cannot be read; run `radseek index`"):
        load_statements(tmp_path)
    np.save(path, column[:-1])
    with pytest.raises(ArtifactError, match="statements of the index do not belong together; run `radseek index`"):
        load_statements(tmp_path)
    np.save(path, column.astype(np.float64))
    with pytest.raises(ArtifactError, match=f"{name}.npy of the index has another type"):
        load_statements(tmp_path)
    np.save(path, column)
    assert rows(load_statements(tmp_path)) == rows(table)


def test_findings_that_are_not_in_order_are_refused(tmp_path) -> None:
    table = read_statements(IDS, TEXTS)
    write_statements(tmp_path, table)
    np.save(tmp_path / "findings.npy", table.findings[::-1])
    with pytest.raises(ArtifactError, match="statements of the index do not belong together; run `radseek index`"):
        load_statements(tmp_path)


def test_codes_are_of_all_findings_and_the_name_tells_the_lexicon() -> None:
    assert list(CODES) == sorted(FINDINGS)
    assert max(CODES.values()) == len(FINDINGS) - 1 < 2**16
    assert SIDE_CODES[None] == 0
    assert reader_name().startswith("radseek_findings_4_")
    assert reader_name() == reader_name(default_lexicon())


def test_sentences_are_read_with_the_lexicon_that_is_given(tmp_path) -> None:
    (tmp_path / "site.yaml").write_text("words: {effusion: {wordings: [pleural puddle]}}")
    site = load_lexicon(tmp_path / "site.yaml")
    texts = ["Left pleural puddle.", "Left effusion."]
    shipped, own = (read_statements(IDS[:2], texts, lexicon=lexicon) for lexicon in (None, site))
    assert own.lexicon is site
    assert shipped.sentence_ids[shipped.rows_of(["effusion"])].tolist() == [4]
    assert own.sentence_ids[own.rows_of(["effusion"])].tolist() == [3, 4]
    assert reader_name(site) != reader_name()
    write_statements(tmp_path, own)
    assert load_statements(tmp_path, site).lexicon is site


def test_progress_is_told() -> None:
    told = []
    read_statements(np.arange(4001, dtype=np.int64), ["No effusion."] * 4001, told.append)
    assert [(p.stage, p.done, p.total) for p in told] == [("findings", n, 4001) for n in (0, 2000, 4000)]


def test_a_sentence_is_read_as_part_of_its_report() -> None:
    texts = ["There is a small effusion."] * 3
    table = read_statements(IDS[:3], texts, places=[Region.CHEST, Region.LIMBS, None])
    assert table.sentence_ids[table.rows_of({"effusion"})].tolist() == [IDS[0], IDS[2]]
    assert table.sentence_ids[table.rows_of({"joint_effusion"})].tolist() == [IDS[1]]
