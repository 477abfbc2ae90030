"""Cards: those that ship, and that of somebody's own checkpoint."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from radseek.encoders.registry import shipped_spec
from radseek.service.cards import cards_folder, own_licence, read_encoder_card

ROOT = Path(__file__).resolve().parents[3]


def test_the_shipped_encoder_has_its_card_and_those_of_what_it_learned_from():
    spec = shipped_spec("radseek-mini")
    card = read_encoder_card("radseek-mini", spec)
    assert card.is_shipped
    assert card.text.startswith("# radseek-mini")
    assert set(card.data_cards) == {path.stem for path in cards_folder().glob("*.md")} - {"radseek-mini"}
    assert (card.revision, card.licence) == (spec.revision, spec.licence)


def test_an_own_checkpoint_has_the_card_that_lies_beside_it(tmp_path):
    spec = replace(shipped_spec("radseek-mini"), training_sets=("medpix2 (texts)", "mine"))
    assert read_encoder_card(str(tmp_path), spec).text == ""
    (tmp_path / "README.md").write_bytes(b"# Mine \xff")
    card = read_encoder_card(str(tmp_path), spec)
    assert (card.text, card.is_shipped, list(card.data_cards)) == ("# Mine \ufffd", False, ["medpix2"])
    (tmp_path / "model_card.md").write_text("x" * 300_000)
    assert len(read_encoder_card(str(tmp_path), spec).text) == 200_000


def test_the_package_holds_the_cards_and_says_its_licence():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["data_cards"] == "radseek/data_cards"
    assert own_licence() == settings["project"]["license"]
