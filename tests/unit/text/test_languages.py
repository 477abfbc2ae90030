"""Queries in other languages are told from English ones."""

from __future__ import annotations

import pytest

from radseek.records.findings import StatedFinding
from radseek.text import parse_query
from radseek.text.languages import is_foreign


@pytest.mark.parametrize(
    "text",
    ["Der Hund läuft durch den Park", "El perro come en la casa", "Le chat dort sur le lit", "החתול ישן", "猫",
     "Кошка спит", "القطة تنام", "Kein Hinweis auf einen Erguss"],
)  # fmt: skip
def test_other_languages_are_foreign(text):
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text",
    ["", "🙂🙂", "pleural effusion", "zzz qqq", "no pneumothorax", "en bloc resection", "Café au lait spots",
     "post MI with LV aneurysm", "et al.", "12.5 x 3 mm", "μ-opioid", "CT del abdomen"],
)  # fmt: skip
def test_english_and_what_is_no_language_is_not(text):
    assert not is_foreign(text)


def test_a_german_pronoun_is_no_abbreviation():
    assert parse_query("Ich möchte ein Bier und eine Pizza").stated == ()
    asked = parse_query("ich").stated
    assert [type(one) for one in asked] == [StatedFinding]
