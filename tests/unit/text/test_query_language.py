"""What a query asks beside its words: exclusions, phrases, alternatives, statements of a report, and its chips."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.errors import InputError
from radseek.records.findings import Side
from radseek.records.reports import Assertion
from radseek.records.search import Where
from radseek.text import parse_query
from radseek.text.query_parts import MAX_STATEMENTS

REPORT = """CLINICAL HISTORY: Cough, rule out pneumonia.
COMPARISON: None.
FINDINGS: The heart is enlarged. There is a small left pleural
effusion. No pneumothorax. Old fracture of a right rib.
IMPRESSION: 1. Cardiomegaly. 2. Left effusion. 3. Changes of a rare syndrome nobody knows."""


def chips(text: str, *dropped: str) -> dict[str, str]:
    return {chip.key: chip.label for chip in parse_query(text, dropped=dropped).chips}


@pytest.mark.parametrize(
    ("text", "left", "excluded"),
    [
        ("effusion -pneumothorax", "effusion", ["pneumothorax"]),
        ("-pneumothorax effusion", "effusion", ["pneumothorax"]),
        ("appendicitis -perforat*", "appendicitis", ["perforat*"]),
        ('effusion -"chest tube" -mass', "effusion", ["chest tube", "mass"]),
        ("effusion NOT pleural thickening", "effusion", ["pleural thickening"]),
        ('effusion NOT "pleural thickening" modality:CT', "effusion", ["pleural thickening"]),
        ("effusion NOT pneumothorax AND cardiomegaly", "effusion cardiomegaly", ["pneumothorax"]),
        ("effusion not pneumothorax", "effusion not pneumothorax", []),
        ("follow-up film", "follow-up film", []),
        ("T2 - weighted", "T2 - weighted", []),
        ("size 3 -4 cm", "size 3 -4 cm", []),
        ("NOT SEEN BEFORE", "NOT SEEN BEFORE", []),
        ("- effusion\n-pneumothorax", "- effusion\n-pneumothorax", []),
    ],
)
def test_what_must_not_be_stated_comes_out_of_the_text(text, left, excluded):
    query = parse_query(text)
    assert (query.text, [exclusion.text for exclusion in query.excluded]) == (left, excluded)


def test_an_exclusion_knows_the_findings_that_its_words_name_whatever_their_polarity():
    [exclusion] = parse_query("effusion -PTX").excluded
    assert [m.finding for m in exclusion.stated] == ["pneumothorax"]
    [exclusion] = parse_query('effusion -"left pneumothorax"').excluded
    assert [(m.finding, m.side) for m in exclusion.stated] == [("pneumothorax", Side.LEFT)]
    [exclusion] = parse_query("effusion -blurred").excluded
    assert exclusion.stated == ()


def test_quoted_words_are_a_phrase_and_stay_searched():
    query = parse_query('"tree in bud" opacities')
    assert (query.text, query.phrases) == ("tree in bud opacities", ("tree in bud",))
    assert parse_query('a lone " mark').phrases == ()
    assert parse_query('"" effusion').phrases == ()
    assert chips('"tree in bud" opacities')["phrase:1"] == "“tree in bud”"
    assert parse_query('"tree in bud" opacities', dropped=["phrase:1"]).phrases == ()


def test_the_sides_of_or_are_asked_one_by_one_with_the_same_constraints():
    query = parse_query("effusion OR left pneumothorax -mass sex:F")
    assert [(part.text, [m.finding for m in part.stated]) for part in query.parts] == [
        ("effusion", ["effusion"]),
        ("left pneumothorax", ["pneumothorax"]),
    ]
    assert all(part.where == Where(sex=("F",)) and part.excluded == query.excluded for part in query.parts)
    assert parse_query("effusion or pneumothorax").parts == ()
    assert parse_query("effusion OR").parts == ()


def test_a_report_becomes_what_it_affirms_or_suspects_each_thing_once():
    query = parse_query(REPORT)
    assert [part.text for part in query.parts] == [
        "The heart is enlarged.",
        "There is a small left pleural effusion.",
        "Old fracture of a right rib.",
        "Changes of a rare syndrome nobody knows.",
    ]
    assert [[(m.finding, m.side) for m in part.stated] for part in query.parts] == [
        [("cardiomegaly", None)],
        [("effusion", Side.LEFT)],
        [("healed_fracture", Side.RIGHT)],
        [],
    ]
    for part in query.parts:
        for mention in part.stated:
            assert part.text[mention.start : mention.end].lower() in {
                "heart is enlarged",
                "pleural effusion",
                "old fracture",
            }
    assert list(chips(REPORT)) == ["statement:1", "statement:2", "statement:3", "statement:4"]
    fewer = parse_query(REPORT, dropped=["statement:1", "statement:4"])
    assert [part.text[:9] for part in fewer.parts] == ["There is ", "Old fract"]
    assert len(parse_query(" ".join(f"There is a {n} cm mass on the left, {n}." for n in range(40))).parts) == 1
    many = (
        "Effusion. Pneumothorax. Mass. Cyst. Lipoma. Abscess. Stent. Nodule. Bulla. Scoliosis. Kyphosis. Stone. Cavity."
    )
    assert len(parse_query(many).parts) == MAX_STATEMENTS


def test_a_few_sentences_keep_what_they_deny_as_something_that_must_not_be():
    query = parse_query("Small left effusion. No pneumothorax.")
    assert [part.text for part in query.parts] == ["Small left effusion."]
    assert chips("Small left effusion. No pneumothorax.")["not:1"] == "not pneumothorax"
    assert [m.finding for m in query.excluded[0].stated] == ["pneumothorax"]
    assert parse_query("No effusion. No pneumothorax.").parts == ()
    assert parse_query("No effusion. No pneumothorax.").excluded == ()


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("CT liver cyst", ("CT",)),
        ("liver cyst on ct", ("CT",)),
        ("chest x-ray with cardiomegaly", ("CR", "DX", "RG")),
        ("MRI brain glioma", ("MR",)),
        ("CT or MRI of a glioma", ("CT", "MR")),
        ("CT nodule modality:MR", ("MR",)),
        ("recommend CT for a nodule", ()),
        ("nodule, compared with prior CT", ()),
        ("contact lens", ()),
        ("pt with effusion", ()),
    ],
)
def test_modality_words_of_a_short_query_narrow_it(text, modality):
    assert parse_query(text).where.modality == modality


def test_chips_tell_what_was_understood_and_go_one_by_one():
    text = "CT left effusion without pneumothorax -mass"
    assert chips(text) == {
        "finding:effusion": "pleural effusion",
        "side:left": "left side",
        "no:pneumothorax": "no pneumothorax",
        "not:1": "not mass",
        "modality:ct": "CT",
    }
    assert parse_query(text, dropped=["modality:ct"]).where == Where()
    assert [m.side for m in parse_query(text, dropped=["side:left"]).stated] == [None, None]
    assert [m.finding for m in parse_query(text, dropped=["no:pneumothorax"]).stated] == ["effusion"]
    assert parse_query(text, dropped=["not:1"]).excluded == ()
    assert chips(text, *chips(text)) == {}
    assert parse_query(text, dropped=["unknown:9"]) == parse_query(text)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("effusion without effusion", "pleural effusion"),
        ("effusion -effusion", "pleural effusion"),
        ("left effusion, no effusion", "pleural effusion"),
        ("subdural hematoma without hemorrhage", "hemorrhage"),
        ("hemorrhage without subdural hematoma", ""),
        ("left effusion without right effusion", ""),
        ("stable effusion, no new effusion", ""),
        ("effusion without pneumothorax", ""),
        ("effusion OR pneumothorax", ""),
    ],
)
def test_what_is_asked_and_denied_at_once_is_told(text, finding):
    assert parse_query(text).contradiction == finding


def test_a_qualified_denial_beside_the_finding_denies_nothing():
    assert [(m.finding, m.assertion) for m in parse_query("stable effusion, no new effusion").stated] == [
        ("effusion", Assertion.PRESENT)
    ]


DENYING = (
    "Small left effusion. No right effusion. Acute subdural hematoma. No intracranial hemorrhage elsewhere. "
    "No pneumothorax. There is no pneumothorax on the left. No pneumothorax. Heart size is normal."
)


def test_what_a_longer_report_denies_beside_what_it_affirms_is_kept():
    query = parse_query(DENYING)
    assert query.excluded == ()
    denied = [(m.finding, m.side) for m in query.denied]
    assert denied == [("pneumothorax", None), ("pneumothorax", Side.LEFT), ("cardiomegaly", None)]
    assert {m.assertion for m in query.denied} == {Assertion.ABSENT}


@pytest.mark.parametrize(
    "text",
    [
        "no effusion",
        "effusion without pneumothorax",
        "Effusion. No pneumothorax.",
        "No effusion. No edema. No mass. No fracture. No nodule.",
    ],
)
def test_other_queries_keep_no_denials_apart(text):
    assert parse_query(text).denied == ()


def test_only_an_exclusion_is_a_query_without_text():
    query = parse_query("-effusion")
    assert (query.text, len(query.excluded)) == ("", 1)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='ab-"*\nNOTRAD :.,“”éЖ胸😀', max_size=60))
def test_any_marks_are_read_or_refused_and_every_chip_can_be_dropped(text):
    try:
        query = parse_query(text)
    except InputError:
        return
    without = parse_query(text, dropped=[chip.key for chip in query.chips])
    assert without.chips == without.excluded == without.phrases == without.parts == ()
