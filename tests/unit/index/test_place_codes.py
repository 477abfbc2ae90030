"""Levels and parts as bits: which places answer which, and that every name the reader writes has some."""

from __future__ import annotations

from itertools import product

import pytest

from radseek.index.place_codes import (
    answering_lobe_bits,
    answering_vertebra_bits,
    lobe_bits,
    rib_bits,
    vertebra_bits,
)
from radseek.text.levels import find_levels, find_parts


@pytest.mark.parametrize(
    ("asked", "alike", "other"),
    [
        ("L4-L5", ["L4-L5", "L4", "L5", "L3-L5", "L4-S1", "L4-L5, L5-S1", "T1, L5"], ["L5-S1", "L3-L4", "L3", "T4-T5"]),
        ("L5-S1", ["L5-S1", "L4-S1", "S1", "L5"], ["L4-L5", "L3-L5", "S2", "S1-S2"]),
        ("L5", ["L5", "L4-L5", "L5-S1", "L2-S1"], ["L4", "S1", "L3-L4", "L6"]),
        ("T1", ["T1", "C7-T1", "T1-T2", "C5-T3"], ["C7", "T2", "C6-C7"]),
        ("T6-T9", ["T7", "T9", "T8-T9", "T5-T7"], ["T5", "T10", "T9-T10"]),
        ("T11, T12", ["T12", "T11-T12", "T12-L1"], ["T10", "L1-L2"]),
        ("L6", ["L6", "L5-L6", "L6-S1", "L5-S1"], ["S1", "L5", "L4-L5"]),
        ("C8", ["C8", "C7-T1"], ["C7", "T1", "C6-C7"]),
    ],
)
def test_levels_answer_where_they_touch(asked, alike, other):
    answering = answering_vertebra_bits(asked)
    assert [level for level in alike if not vertebra_bits(level) & answering] == []
    assert [level for level in other if vertebra_bits(level) & answering] == []
    assert rib_bits(asked) == 0


def test_ribs_are_numbers():
    assert rib_bits("rib 4-7") == sum(2 ** (n - 1) for n in (4, 5, 6, 7))
    assert rib_bits("rib 3, rib 12") == 2**2 + 2**11
    assert rib_bits("rib 7-4") == rib_bits("rib 4-7")
    assert vertebra_bits("rib 4-7") == answering_vertebra_bits("rib 4-7") == 0


@pytest.mark.parametrize(
    ("asked", "alike", "other"),
    [
        (
            "right lower lobe",
            ["right lower lobe", "lower lobe", "right upper lobe, right lower lobe"],
            ["left lower lobe"],
        ),
        ("lower lobe", ["right lower lobe", "left lower lobe", "lower lobe"], ["middle lobe", "left upper lobe"]),
        ("lingula", ["lingula", "left upper lobe", "upper lobe"], ["right upper lobe", "left lower lobe"]),
        ("left upper lobe", ["lingula"], ["right upper lobe"]),
        ("right upper lobe", ["upper lobe"], ["lingula"]),
        ("left hepatic lobe", ["left hepatic lobe", "hepatic lobe"], ["right hepatic lobe", "left thyroid lobe"]),
    ],
)
def test_lobes_answer_by_name_and_side(asked, alike, other):
    answering = answering_lobe_bits(asked)
    assert [part for part in alike if not lobe_bits(part) & answering] == []
    assert [part for part in other if lobe_bits(part) & answering] == []


@pytest.mark.parametrize("name", [None, "", "the moon", "X4", "L44-L45", "rib 40", "right big lobe"])
def test_what_is_no_known_place_has_no_bits(name):
    assert {vertebra_bits(name), answering_vertebra_bits(name), rib_bits(name), lobe_bits(name)} == {0}


def test_all_that_the_reader_names_has_bits_that_fit_their_columns():
    vertebrae = [f"{part}{n}" for part, last in (("C", 8), ("T", 12), ("L", 6), ("S", 5)) for n in range(1, last + 1)]
    texts = [f"fracture of the {name} vertebra" for name in vertebrae]
    texts += [f"disc at {one}-{other}" for one, other in zip(vertebrae, vertebrae[1:], strict=False)]
    texts += [f"fracture of rib {n}" for n in range(1, 13)]
    levels = [label.name for text in texts for label in find_levels(text)]
    assert len(levels) == len(texts)
    assert all(vertebra_bits(level) or rib_bits(level) for level in levels)
    assert max(map(answering_vertebra_bits, levels)) < 2**64
    assert max(map(rib_bits, levels)) < 2**16
    lobes = (
        "upper lobe",
        "middle lobe",
        "lower lobe",
        "frontal lobe",
        "parietal lobe",
        "temporal lobe",
        "hepatic lobe",
    )
    lobes += ("occipital lobe", "thyroid lobe", "lobe of the liver", "lingula")
    places = [" ".join(words) for words in product(("right", "left", "bilateral", ""), lobes)]
    parts = [label.name for place in (*places, "RUL", "RML", "RLL", "LUL", "LLL") for label in find_parts(place)]
    assert len(parts) == len(places) + 5
    assert all(lobe_bits(part) for part in parts)
    assert max(map(answering_lobe_bits, parts)) < 2**32
