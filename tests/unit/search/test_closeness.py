"""Of the studies that state what is asked the closest come first: made by hand, and the slow way over random ones."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from radseek.index import ASSERTION_CODES, SentenceOwners, build_vector_index
from radseek.index.statements import read_statements
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Query
from radseek.search import SearchScope, find
from radseek.search.agreement import agrees, judge_sentences
from radseek.search.channels import Probe, allowed_sentences
from radseek.search.closeness import closeness_of, tells_otherwise
from radseek.search.evidence import Told, gather_evidence
from radseek.text import assert_sentence, default_lexicon, parse_query, stated_findings

DIM = 16


def archive_of(texts, studies=None, seed=0):
    """An index of `texts`, each of a study of its own unless `studies` tells another, with vectors of no meaning."""
    n = len(texts)
    places = np.arange(n, dtype=np.int64)
    codes = np.array([ASSERTION_CODES[assert_sentence(text)] for text in texts], dtype=np.uint8)
    owners = SentenceOwners(places + 5, places if studies is None else np.array(studies, dtype=np.int64), places, codes)
    vectors = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return SimpleNamespace(
        sentences=build_vector_index("exact", owners.ids, vectors),
        vectors=vectors,
        sentence_owners=owners,
        statements=read_statements(owners.ids, texts),
        lexical=SimpleNamespace(word_shares=lambda text, ids: np.zeros(ids.size)),
    )


def ask(query: Query | str, archive, k=1000):
    """Studies in the order of their places, by sentence vectors alone."""
    query = parse_query(query) if isinstance(query, str) else query
    encoder = SimpleNamespace(encode_texts=lambda texts: np.tile(asked_vector(), (len(texts), 1)))
    matches = find(replace(query, channels=(Channel.SENTENCE,)), archive, encoder, SearchScope(), k)
    return [match.study_id for match in matches]


def asked_vector():
    return np.eye(1, DIM, dtype=np.float32)


def places(query, texts):
    """What `query` finds of `texts`, as sets of equally close ones, closest first; nothing that states it not."""
    archive = archive_of(texts)
    agreement = judge_sentences(parse_query(query), archive)
    order = [study for study in ask(query, archive) if agreement.agreed_of(study)]
    levels = {}
    for study in order:
        levels.setdefault(agreement.closeness_of(study), set()).add(texts[study])
    assert list(levels) == sorted(levels, reverse=True)
    return list(levels.values())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("left hydronephrosis", ["Left hydronephrosis.", "Bilateral hydronephrosis.", "Hydronephrosis."]),
        ("bilateral hydronephrosis", ["Bilateral hydronephrosis.", "Hydronephrosis."]),
        (
            "RLL PNA",
            [
                "Right lower lobe pneumonia.",
                "Possible right lower lobe pneumonia.",
                "Right pneumonia.",
                "Bilateral pneumonia.",
                "Pneumonia.",
                "Right upper lobe pneumonia.",
                "Possible right upper lobe pneumonia.",
            ],
        ),
        (
            "pneumonia of the lower lobe",
            ["Left lower lobe pneumonia.", "Left pneumonia.", "Left upper lobe pneumonia."],
        ),
        ("L5-S1 disc herniation", ["Disc herniation at L5-S1.", "Disc herniation.", "Disc herniation at L4-L5."]),
        (
            "fracture of rib 5",
            ["Fourth through seventh rib fractures.", "Rib fracture.", "Fracture of the eighth rib."],
        ),
        (
            "severe hydronephrosis",
            [
                "Severe hydronephrosis.",
                "Moderate hydronephrosis.",
                "Mild hydronephrosis.",
            ],
        ),
        (
            "3.0 cm cyst in the left lobe of the liver",
            [
                "2.5 cm cyst in the left lobe of the liver.",
                "Cyst in the left lobe of the liver.",
                "9 cm cyst in the left lobe of the liver.",
                "28 mm liver cyst.",
                "Liver cyst.",
                "3 cm cyst in the right lobe of the liver.",
                "9 mm cyst in the right lobe of the liver.",
            ],
        ),
        (
            "new right upper lobe opacity",
            [
                "New right upper lobe opacity.",
                "Right upper lobe opacity.",
                "Unchanged right upper lobe opacity.",
                "New right opacity.",
                "Opacity.",
                "New right middle lobe opacity.",
            ],
        ),
        ("increased edema", ["Increased edema.", "Edema.", "Decreased edema."]),
        ("possible meningioma", ["Possible meningioma.", "Meningioma."]),
        ("meningioma", ["Meningioma.", "Possible meningioma."]),
        ("history of meningioma", ["History of meningioma.", "Meningioma."]),
        ("no left effusion", ["No left effusion.", "No bilateral effusion.", "No effusion."]),
        (
            "small left pleural effusion",
            [
                "Small left pleural effusion.",
                "Small bilateral pleural effusions.",
                "Possible small left pleural effusion.",
                "Small pleural effusion.",
                "Pleural effusion.",
                "Large pleural effusion.",
            ],
        ),
    ],
)
def test_the_closest_come_first(query, expected):
    assert places(query, expected[::-1]) == [{text} for text in expected]


def test_what_the_query_does_not_tell_never_matters():
    texts = ["Severe left hydronephrosis.", "Hydronephrosis.", "New 3 cm right hydronephrosis.", "Mild hydronephrosis."]
    assert places("hydronephrosis", texts) == [set(texts)]
    assert places("effusion", ["Effusion.", "Possible effusion.", "Large left effusion."]) == [
        {"Effusion.", "Large left effusion."},
        {"Possible effusion."},
    ]


def test_the_other_side_still_contradicts():
    archive = archive_of(["Right lower lobe pneumonia.", "Left lower lobe pneumonia.", "Lungs are wide."])
    assert 1 not in ask("RLL PNA", archive)


def test_the_best_of_a_study_counts_and_its_sentence_alone_answers():
    texts = ["Severe hydronephrosis.", "Mild hydronephrosis.", "Hydronephrosis."]
    archive = archive_of(texts, (0, 0, 1))
    agreement = judge_sentences(parse_query("mild hydronephrosis"), archive)
    assert agreement.may_answer.tolist() == [False, True, True]
    assert [agreement.closeness_of(study) for study in (0, 1)] == [2, 1]
    assert ask("mild hydronephrosis", archive) == [0, 1]


def test_findings_of_one_sentence_are_compared_one_by_one_and_added_up():
    query = "small left effusion with right lower lobe atelectasis"
    texts = [
        "Small left effusion with right lower lobe atelectasis.",
        "Left effusion, right lower lobe atelectasis.",
        "Left effusion, right upper lobe atelectasis.",
    ]
    assert places(query, texts) == [{text} for text in texts]
    archive = archive_of(["Atelectasis of the right lower lobe.", "A small effusion on the left.", texts[2]], (0, 0, 1))
    assert ask(query, archive) == [0, 1]
    two = archive_of(["Nodule in the right upper lobe.", "Nodule in the right lower lobe.", "Right nodule."], (0, 0, 1))
    assert (
        judge_sentences(parse_query("right upper lobe nodule and right lower lobe nodule"), two).closeness_of(0) == 14
    )


TEXTS_OF = (
    ("", "Possible ", "No ", "History of "),
    ("", "new ", "increased ", "unchanged "),
    ("", "minimal ", "mild ", "moderate ", "severe "),
    ("", "2.0 cm ", "31 mm ", "4.5 cm "),
    ("", "left ", "right ", "bilateral "),
    ("atelectasis", "pneumonia", "nodule", "liver cyst", "herniated disc", "fracture"),
    (
        *(
            "",
            "",
            " in the right lower lobe",
            " in the lingula",
            " in the upper lobe",
            " of the left lobe of the liver",
        ),
        *(" at L4-L5", " at L5", " of T6-T9", " of the fifth rib", " of ribs 4-7", " at L3-L4 and L5-S1"),
    ),
)


def random_text(rng):
    words = ["".join(str(rng.choice(choice)) for choice in TEXTS_OF) for _ in range(1 if rng.random() < 0.8 else 2)]
    return f"{', and '.join(words)}."


@pytest.mark.parametrize("seed", range(12))
def test_random_mentions_are_compared_as_the_slow_way_does(seed, slow_closeness, slow_otherwise):
    rng = np.random.default_rng(seed)
    texts = [random_text(rng) for _ in range(150)]
    archive = archive_of(texts)
    table = archive.statements
    told = sorted(
        ((m, sentence) for sentence, text in enumerate(texts, start=5) for m in stated_findings(text)),
        key=lambda pair: table.lexicon.codes[pair[0].finding],
    )
    n_compared = 0
    for asked in [m for _ in range(10) for m in parse_query(random_text(rng)).stated]:
        rows = np.array([n for n, (m, _) in enumerate(told) if agrees(asked, m, table.lexicon)], dtype=np.int64)
        mentions = [told[n][0] for n in rows.tolist()]
        assert closeness_of(asked, table, rows).tolist() == [slow_closeness(asked, m) for m in mentions]
        assert tells_otherwise(asked, table, rows).tolist() == [slow_otherwise(asked, m) for m in mentions]
        n_compared += rows.size
    assert n_compared > 50


@pytest.mark.parametrize("seed", range(12))
def test_the_whole_order_is_that_of_the_slow_way(seed, slow_closeness):
    """More studies agree than a channel takes: the closest are not cut off, whatever their vectors."""
    rng = np.random.default_rng(seed)
    finding = rng.choice(["atelectasis", "pneumonia", "nodule"])
    change, side, place = (rng.choice(words) for words in (["", "new ", "mild "], ["", "right "], ["", " of the RLL"]))
    query = f"{change}{side}{finding}{place}"
    texts = [random_text(rng) if rng.random() < 0.3 else f"{rng.choice(SOME)} {finding}." for _ in range(700)]
    studies = rng.integers(0, 400, len(texts)).tolist()
    archive, parsed = archive_of(texts, studies, seed), parse_query(query)
    agreement = judge_sentences(parsed, archive)  # which sentences may answer is proved elsewhere
    cosines = archive.vectors @ asked_vector()[0]
    keys = {}
    for study in set(studies):
        mine = [n for n, owner in enumerate(studies) if owner == study]
        close = 0
        if agreement.agreed_of(study):
            told = [m for n in mine for m in stated_findings(texts[n])]
            [asked] = parsed.stated
            close = max(slow_closeness(asked, m) for m in told if agrees(asked, m, default_lexicon()))
        if answering := [cosines[n] for n in mine if agreement.may_answer[n]]:
            keys[study] = (-agreement.agreed_of(study), -close, -max(answering))
    barred = set(agreement.contradicting.tolist())
    expected = sorted(set(keys) - barred, key=lambda study: (keys[study], study))
    assert sum(agreement.by_study > 0) > 110
    assert ask(parsed, archive, 100) == expected[:100]
    assert ask(parsed, archive, 300) == expected[:300]


SOME = ("A", "Left", "Right", "Bilateral", "Mild right", "Severe", "Possible right", "New", "Right lower lobe", "Small")


def test_a_query_without_attributes_is_answered_as_if_no_report_told_any():
    rng = np.random.default_rng(3)
    words = ["Left", "Severe", "New", "Right lower lobe", "2 cm", "Mild bilateral", "A"]
    texts = [f"{rng.choice(words)} {rng.choice(['nodule', 'atelectasis'])}." for _ in range(250)]
    plain = [text.split()[-1] for text in texts]
    studies = rng.integers(0, 200, len(texts)).tolist()
    for query in ("nodule", "atelectasis", "nodule and atelectasis", "something else"):
        assert ask(query, archive_of(texts, studies)) == ask(query, archive_of(plain, studies))


def test_a_channel_gets_the_closest_in_few_groups_and_each_sentence_once():
    texts = [*["Left effusion."] * 3, *["Bilateral effusion."] * 4, *["Effusion."] * 30, *["Large effusion."] * 5]
    archive, query = archive_of(texts), parse_query("small left effusion")
    probe = Probe(query, None, None, judge_sentences(query, archive))
    for depth, sizes in ((1, [3, 39]), (3, [3, 4, 35]), (5, [3, 4, 35]), (7, [7, 30, 5]), (41, [37, 5]), (42, [42])):
        groups = list(allowed_sentences(probe, archive, SearchScope(), depth))
        assert [(n_agreed, ids.size) for n_agreed, ids in groups] == [(1, size) for size in sizes]
        assert sorted(np.concatenate([ids for _, ids in groups]).tolist()) == archive.sentence_owners.ids.tolist()
    one = archive_of(["Left effusion."] * 9, [0] * 8 + [1])  # studies are counted, not sentences
    assert [ids.size for _, ids in allowed_sentences(Probe(query, None, None, None), one, SearchScope(), 2)] == [9]


@pytest.mark.parametrize(
    ("query", "text", "told"),
    [
        ("RLL pneumonia", "Right lower lobe pneumonia.", Told.AS_ASKED),
        ("RLL pneumonia", "Pneumonia.", Told.AS_ASKED),
        ("RLL pneumonia", "Right upper lobe pneumonia.", Told.IN_PART),
        ("RLL pneumonia", "Right upper and lower lobe pneumonia.", Told.AS_ASKED),
        ("RLL pneumonia", "Possible right lower lobe pneumonia. Right upper lobe pneumonia.", Told.IN_PART),
        ("RLL pneumonia", "Right lower lobe pneumonia. Right upper lobe pneumonia.", Told.AS_ASKED),
        ("L5-S1 disc herniation", "Disc herniation at L4-L5.", Told.IN_PART),
        ("fracture of rib 5", "Fracture of the eighth rib.", Told.IN_PART),
        ("severe hydronephrosis", "Moderate hydronephrosis.", Told.AS_ASKED),
        ("severe hydronephrosis", "Mild hydronephrosis.", Told.IN_PART),
        ("left severe hydronephrosis", "Mild left hydronephrosis. Hydronephrosis.", Told.IN_PART),
        ("severe hydronephrosis", "Mild hydronephrosis. Hydronephrosis.", Told.AS_ASKED),
        ("3 cm liver cyst", "9 mm liver cyst.", Told.IN_PART),
        ("3 cm liver cyst", "Liver cyst.", Told.AS_ASKED),
        ("new nodule", "Unchanged nodule.", Told.AS_ASKED),
        ("left effusion", "Bilateral effusions.", Told.AS_ASKED),
        ("possible severe hydronephrosis", "Mild hydronephrosis.", Told.IN_PART),
        ("possible hydronephrosis", "Hydronephrosis.", Told.AS_ASKED),
        ("hydronephrosis", "Possible hydronephrosis.", Told.IN_PART),
        ("small effusion and edema", "Small effusion.", Told.IN_PART),
        ("small effusion and edema", "Large effusion. Edema.", Told.IN_PART),
        ("small effusion and no edema", "Small effusion. No edema.", Told.AS_ASKED),
        ("nodule", "Wide aorta.", Told.NOTHING),
    ],
)
def test_another_place_grade_or_size_answers_in_part(query, text, told):
    texts = [f"{one}." for one in text.rstrip(".").split(". ")]
    archive = archive_of([*texts, "Nodule."], [3] * len(texts) + [1])
    parsed = parse_query(query)
    probe = Probe(parsed, None, None, judge_sentences(parsed, archive))
    assert gather_evidence(probe, archive, {3: [5]})[3].told is told


PASTED = (
    "Small left pleural effusion. Mild cardiomegaly. No pneumothorax. No consolidation. No acute fracture. "
    "The aorta is calcified."
)


def test_of_a_pasted_report_what_states_its_denials_comes_after_what_states_as_much():
    reports = (
        ["Small left pleural effusion.", "Mild cardiomegaly.", "Pneumothorax.", "Calcified aorta."],
        ["Effusion.", "Cardiomegaly.", "Calcified aorta."],
        ["Small left effusion.", "Mild cardiomegaly.", "Pneumothorax and consolidation.", "Calcified aorta."],
        ["Small left effusion.", "Right consolidation."],
        ["Small left effusion.", "No pneumothorax."],
    )
    texts = [text for report in reports for text in report]
    archive = archive_of(texts, [study for study, report in enumerate(reports) for _ in report])
    query = parse_query(PASTED)
    assert {m.finding for m in query.denied} >= {"pneumothorax", "consolidation"}
    assert len(query.parts) == 3
    assert ask(query, archive) == [1, 0, 2, 4, 3]
    assert ask(replace(query, denied=()), archive)[:3] == [0, 2, 1]
    assert all(m.assertion is Assertion.ABSENT for m in query.denied)
