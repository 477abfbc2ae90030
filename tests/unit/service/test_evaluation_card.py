"""Figures between markers, and nothing else of the file touched."""

from __future__ import annotations

import dataclasses

import pytest

from radseek.errors import ConfigError, InputError
from radseek.service.evaluation import fill_card
from radseek.service.evaluation.card import plain_number
from radseek.service.evaluation.report import (
    EvaluationReport,
    Figure,
    Header,
    LeakLine,
    Panel,
    Section,
)

CARD = """# Card

<!-- figures: begin -->
old
<!-- figures: end -->

between

<!-- figures-short: begin -->
<!-- figures-short: end -->
after
"""


def build_report() -> EvaluationReport:
    figure = Figure("a/x", "success@10 | <b>", 0.7487, 0.64, 0.835, 187, 0.154, 1.0)
    hidden = Figure("a/y", "not for cards", 0.5)
    panels = (Panel("a", "caption asks", figures=(figure,), in_card=True), Panel("b", "more", figures=(hidden,)))
    header = Header(
        "t",
        "table",
        (),
        "Split.",
        "study",
        65,
        "enc",
        "r1",
        "f32",
        "l",
        (),
        0,
        "radseek evaluate x.csv",
        "0",
        "No leak.",
    )
    sections = (Section("a", "Pairs", "?", panels), Section("b", "Maps", "?", why_not="no boxes"))
    return EvaluationReport(header, sections, headlines=("a/x",))


def test_figures_replace_what_stood_between_the_markers(tmp_path):
    card = tmp_path / "card.md"
    card.write_text(CARD)
    assert fill_card(card, build_report()) == 2
    text = card.read_text()
    assert "old" not in text
    assert "    radseek evaluate x.csv" in text
    assert "| success@10 \\| &lt;b&gt; | .749 (.640 to .835) | .154 | 1.000 | 187 |" in text
    assert "| caption asks: success@10 \\| &lt;b&gt; | .749 (.640 to .835) | .154 |" in text
    assert "*Maps: not measured, no boxes*" in text
    assert "not for cards" not in text
    for kept in ("# Card", "between", "after"):
        assert kept in text


def test_filling_twice_changes_nothing(tmp_path):
    card = tmp_path / "card.md"
    card.write_text(CARD)
    fill_card(card, build_report())
    once = card.read_bytes()
    fill_card(card, build_report())
    assert card.read_bytes() == once
    assert [path.name for path in tmp_path.iterdir()] == ["card.md"]


def test_a_file_without_markers_is_refused_and_kept(tmp_path):
    card = tmp_path / "card.md"
    card.write_text("# Card\n<!-- figures: begin -->\nno end\n")
    with pytest.raises(ConfigError, match="figures: begin"):
        fill_card(card, build_report())
    assert "no end" in card.read_text()


def test_no_card_from_figures_that_leak(tmp_path):
    card = tmp_path / "card.md"
    card.write_text(CARD)
    leaking = dataclasses.replace(build_report(), leaks=(LeakLine("patient", "why", 1, 1, ()),))
    with pytest.raises(ConfigError, match="leaks"):
        fill_card(card, leaking)
    assert card.read_text() == CARD


def test_a_card_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"card\.md"):
        fill_card(tmp_path / "card.md", build_report())


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0.0, ".000"), (0.1549, ".155"), (-0.25, "-.250"), (1.0, "1.000"), (33.0, "33.0")]
)
def test_numbers_are_written_as_tables_of_measures_have_them(value, text):
    assert plain_number(value) == text
