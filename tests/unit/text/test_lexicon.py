"""The lexicon as an object, and a site's own words: what is added is read, and what is wrong is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radseek.errors import ConfigError
from radseek.records.findings import Region, Side
from radseek.records.reports import Assertion
from radseek.text import FINDINGS, Lexicon, default_lexicon, load_lexicon, parse_query, stated_findings, with_parents
from radseek.text.wordings import CLASSES, ORDINARY, check_wording, examples_of, read_words

SITE = """
concepts:
  zorblax:
    title: zorblax sign
    regions: [chest]
    wordings: [zorblax, "{degree}* zorblaxed lung"]
    parents: [opacity]
    abbreviations: [ZXS]
  deep_zorblax:
    title: deep zorblax
    regions: [chest, abdomen]
    parents: [zorblax]
    sided: false
    denied_by_normal: [zorblax zone]
words:
  effusion:
    wordings: [pleural puddle]
    abbreviations: [PLEFF]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.yaml"


def load(path: Path, text: str) -> Lexicon:
    path.write_text(text, encoding="utf-8")
    return load_lexicon(path)


def told(text: str, lexicon: Lexicon | None = None, **how: bool) -> dict[str, Assertion]:
    return {m.finding: m.assertion for m in stated_findings(text, lexicon, **how)}


def test_the_shipped_lexicon_is_one_object_and_its_closures_are_those_of_a_slow_walk() -> None:
    lexicon = default_lexicon()
    assert lexicon is default_lexicon()
    assert list(lexicon.findings) == list(FINDINGS)
    assert dict(lexicon.codes) == {name: n for n, name in enumerate(sorted(FINDINGS))}

    def above(name: str) -> set[str]:
        return {name}.union(*(above(parent) for parent in FINDINGS[name].parents))

    for name in FINDINGS:
        assert lexicon.with_parents(name) == with_parents(name) == above(name)
        assert lexicon.kinds_of(name) == {other for other in FINDINGS if name in above(other)}
    assert "subdural_hematoma" in lexicon.kinds_of("hemorrhage")


def test_what_a_site_adds_is_read_and_nothing_shipped_is_lost(path: Path) -> None:
    site = load(path, SITE)
    text = "Left zorblax sign. No deep zorblax. The zorblax zone is normal. Small right pleural puddle. ZXS or PLEFF."
    assert told(text) == {}
    stated = [(m.finding, m.assertion, m.side) for m in stated_findings(text, site)]
    assert stated[:2] == [
        ("zorblax", Assertion.PRESENT, Side.LEFT),
        ("deep_zorblax", Assertion.ABSENT, None),
    ]
    assert ("effusion", Assertion.PRESENT, Side.RIGHT) in stated
    assert [name for name, *_ in stated][-2:] == ["zorblax", "effusion"]
    assert told("Severely zorblaxed lungs", site) == {"zorblax": Assertion.PRESENT}
    assert site.with_parents("deep_zorblax") == {"deep_zorblax", "zorblax", "opacity"}
    assert site.kinds_of("opacity") == default_lexicon().kinds_of("opacity") | {"zorblax", "deep_zorblax"}
    assert site.findings["deep_zorblax"].regions == (Region.CHEST, Region.ABDOMEN)
    assert set(site.findings) == set(FINDINGS) | {"zorblax", "deep_zorblax"}
    assert site.digest != default_lexicon().digest
    assert told("Cardiomegaly without edema", site) == told("Cardiomegaly without edema")
    assert told("Zorblax") == {}


def test_the_digest_tells_what_lexicons_say_not_which_objects_they_are(path: Path) -> None:
    assert load(path, SITE).digest == load(path, SITE).digest
    assert load(path, "").digest == default_lexicon().digest
    assert load(path, SITE).digest != load(path, SITE.replace("PLEFF", "PLEF")).digest


def test_a_lexicon_can_be_added_to_again(path: Path) -> None:
    first = load(path, SITE)
    path.write_text("concepts: {quux: {title: quux, regions: [head], parents: [deep_zorblax]}}")
    assert load_lexicon(path, first).with_parents("quux") == {"quux", "deep_zorblax", "zorblax", "opacity"}


def test_queries_are_parsed_with_the_words_of_the_site(path: Path) -> None:
    site = load(path, SITE)
    assert [m.finding for m in parse_query("no zxs, pleff", site).stated] == ["zorblax", "effusion"]
    assert parse_query("no zxs").stated == ()


NEW = "concepts: {{my_thing: {{title: my thing, regions: [chest], {}}}}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("finding: {}", "site.yaml: unknown key finding; known keys: concepts, words"),
        ("concepts: [a]", "site.yaml: concepts: expected a mapping"),
        ("concepts: {my_thing: 3}", "concepts: my_thing: expected a mapping, got int"),
        (NEW.format("parent: [mass]"), "concepts: my_thing: unknown key parent; known keys: abbreviations, .*wordings"),
        (NEW.format("parents: [mas]"), "concepts: my_thing: unknown parent mas; near: mass.*radseek lexicon show"),
        (NEW.format("wordings: [no, yes]"), "my_thing: wordings: expected str, got False"),
        (NEW.format("parents: [my_thing]"), "my_thing: its parents lead back to it: my_thing > my_thing"),
        (NEW.format('wordings: ["{degre} thing"]'), r"unknown class \{degre\}; classes: \{be\}, .*\{bone\}"),
        (NEW.format('wordings: ["{any}"]'), r"wording '\{any\}': it needs at least one word"),
        (NEW.format('wordings: [""]'), "wording '': it has no word"),
        (NEW.format('wordings: ["x-ray sign"]'), "'x-ray' is no word of letters and digits"),
        (NEW.format("wordings: [effusion]"), "my_thing: wording 'effusion': 'effusion' means effusion already"),
        (NEW.format("wordings: [pleural fluids|foam]"), "'pleural fluid' means effusion already"),
        (NEW.format("wordings: [left lung]"), "'left lung' names no finding by itself"),
        (NEW.format("wordings: [heart size]"), "'heart size' names no finding by itself|means cardiomegaly already"),
        (NEW.format("abbreviations: [PTX]"), "wording 'PTX': 'PTX' means pneumothorax already"),
        (NEW.format("abbreviations: [ptx]"), "abbreviation 'ptx': expected one word with a capital"),
        (NEW.format("abbreviations: [A B]"), "abbreviation 'A B': expected one word with a capital"),
        ("concepts: {my_thing: {title: my thing, regions: [torso]}}", "unknown region torso; regions: chest, head, .*"),
        (
            "concepts: {my_thing: {title: my thing, regions: []}}",
            "my_thing: at least one region is needed; regions: ch",
        ),
        ("concepts: {my_thing: {title: my thing}}", "concepts: my_thing: missing key regions"),
        ("concepts: {My thing: {title: my thing, regions: [head]}}", "My thing: a name has small letters"),
        ("concepts: {mass: {title: my thing, regions: [head]}}", "mass: the shipped lexicon has this finding; .*words"),
        ("words: {effusions: {wordings: [x]}}", "words: effusions: no shipped finding has this name; near: effusion"),
        ("words: {effusion: {title: wet lung}}", "words: effusion: unknown key title; known keys: abbreviations, den"),
        (
            "words: {effusion: {wordings: [pneumothorax]}}",
            "effusion: wording 'pneumothorax': .* means pneumothorax alr",
        ),
        ("words: {effusion: {denied_by_normal: ['{no} x']}}", r"unknown class \{no\}"),
        ("concepts: {a: {title: zorb, regions: [head]}, b: {title: zorb, regions: [head]}}", "'zorb' means b already"),
        ("{", "site.yaml is not valid YAML"),
        ("a: !!python/object/apply:os.getcwd []", "site.yaml is not valid YAML"),
        ("- a", "site.yaml: expected a mapping, got list"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named_with_what_is_allowed(path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(path, text)


def test_parents_of_several_new_findings_may_not_form_a_circle(path: Path) -> None:
    entries = [f"thing_{n}: {{title: zorb{n}, regions: [head], parents: [thing_{(n + 1) % 3}]}}" for n in range(3)]
    with pytest.raises(
        ConfigError, match="thing_0: its parents lead back to it: thing_0 > thing_1 > thing_2 > thing_0"
    ):
        load(path, f"concepts: {{{', '.join(entries)}}}")


def test_a_word_may_also_mean_a_kind_of_what_it_means_already(path: Path) -> None:
    site = load(path, "concepts: {wet: {title: pleural fluid, regions: [chest], parents: [effusion]}}")
    assert set(told("No pleural fluid", site)) == {"wet"}  # the most special says all that it is a kind of


def test_a_missing_or_huge_file_is_refused(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the configuration file .*site.yaml: No such file"):
        load_lexicon(path)
    path.write_bytes(b"#" * 2_000_001)
    with pytest.raises(ConfigError, match="the lexicon site.yaml is larger than 2,000,000 bytes"):
        load_lexicon(path)


def test_abbreviations_in_a_query_need_no_capitals_unless_they_are_words() -> None:
    for text, finding in {
        "ptx": "pneumothorax",
        "small Pe": "pulmonary_embolism",
        "ggo": "ground_glass_opacity",
        "chf": "heart_failure",
        "sbo": "small_bowel_obstruction",
        "left ptx, no chf": "pneumothorax",
    }.items():
        assert finding in told(text, as_query=True), text
        assert finding not in told(text), text
        assert finding in {m.finding for m in parse_query(text).stated}
    for text in ("a dish of water", "the gist of it", "pres", "pes planus", "asd123"):
        assert told(text, as_query=True) == {}, text
    assert told("DISH", as_query=True) == told("DISH") == {"osteophyte": Assertion.PRESENT}


def test_every_wording_of_the_shipped_lexicon_is_well_written_and_its_examples_are_found() -> None:
    trie = default_lexicon().trie
    for finding in FINDINGS.values():
        for wording in (finding.title.replace("-", " "), *finding.wordings, *finding.denied_by_normal):
            assert not check_wording(wording), (finding.name, wording)
            for words in examples_of(wording):
                found = trie.find(read_words(" ".join(words)))
                assert finding.name in {m.finding for f in found for m in f.meanings}, (finding.name, words)
    assert not ORDINARY & {short for finding in FINDINGS.values() for short in finding.abbreviations}


def test_the_examples_of_a_wording_are_all_its_choices() -> None:
    assert sorted(examples_of("wet|dry lungs? {any} {degree}*")) == sorted(
        (first, *second, "word", *degree)
        for first in ("wet", "dry")
        for second in ((), ("lung",))
        for degree in ((), (min(CLASSES["degree"]),))
    )
    assert len(examples_of("a|b " * 12, most=50)) == 50


def test_the_example_in_the_documents_is_a_lexicon(path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "lexicon.md").read_text()
    site = load(path, page.split("```yaml\n")[1].split("```")[0])
    assert told("Contrast-induced severe reaction, small pleural puddle", site) == {
        "contrast_reaction": Assertion.PRESENT,
        "effusion": Assertion.PRESENT,
    }
    for name in CLASSES:
        assert re.search(rf"\b{name}\b", page), name
    for region in Region:
        assert region.value in page
