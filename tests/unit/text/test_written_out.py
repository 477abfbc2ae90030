"""Abbreviations are written out for encoders, and nothing else is touched."""

from __future__ import annotations

import pytest

from radseek.text import default_lexicon, parse_query
from radseek.text.written_out import write_out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RLL PNA", "right lower lobe pneumonia"),
        ("left ptx", "left pneumothorax"),
        ("edema", "edema"),
        ("pleural effusion in the LLL", "pleural effusion in the left lower lobe"),
        ("ptx, rul mass", "pneumothorax, right upper lobe mass"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_abbreviations_are_written_out(text, expected):
    query = parse_query(text)
    assert write_out(query.text, query.stated, default_lexicon()) == expected
