"""Which sentences may answer a query: examples a reader would agree with, and the slow way over all of them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from radseek.index import ASSERTION_CODES, SentenceOwners, build_vector_index
from radseek.index.statements import read_statements
from radseek.records.findings import Side
from radseek.records.reports import Assertion
from radseek.records.search import Channel
from radseek.search.agreement import COMPATIBLE, agrees, count_stated, judge_sentences
from radseek.search.channels import Probe, SearchScope, search_channel
from radseek.text import assert_sentence, default_lexicon, parse_query, stated_findings, with_parents

SENTENCES = (
    "Cardiomegaly without pulmonary edema.",
    "Cardiomegaly with mild pulmonary edema.",
    "No pulmonary edema.",
    "The heart is enlarged.",
    "Heart size is normal.",
    "No pleural effusion or pneumothorax.",
    "Small left pleural effusion.",
    "Right pleural effusion has increased.",
    "Bilateral pleural effusions.",
    "Possible pleural effusion.",
    "No right pleural effusion.",
    "Acute subdural hematoma.",
    "No intracranial hemorrhage.",
    "No subdural hematoma.",
    "Pneumothorax is resolved; there is a small effusion.",
    "The aorta is calcified.",
    "Degenerative changes of the spine.",
    "Normal chest.",
    "",
    "Follow-up in six months is advised.",
)
QUERIES = (
    "pulmonary edema",
    "no pulmonary edema",
    "cardiomegaly",
    "enlarged heart with pulmonary edema",
    "cardiomegaly without edema",
    "pleural effusion",
    "left pleural effusion",
    "no left pleural effusion",
    "bilateral effusions",
    "no effusion",
    "possible effusion",
    "hemorrhage",
    "no hemorrhage",
    "subdural hematoma",
    "no subdural hematoma",
    "effusion, effusion and effusion",
    "small left pleural effusion",
    "increased right effusion with mild edema",
    "small pleural effusion on the left and possible edema",
    "normal chest",
    "words that state nothing",
)


def index_of(texts, studies=None):
    """An index of `texts`, each of a study of its own unless `studies` tells another."""
    ids = np.arange(7, 7 + 3 * len(texts), 3, dtype=np.int64)
    codes = np.array([ASSERTION_CODES[assert_sentence(text)] for text in texts], dtype=np.uint8)
    places = np.arange(len(texts), dtype=np.int64)
    owners = SentenceOwners(ids, places if studies is None else np.array(studies, dtype=np.int64), places, codes)
    return SimpleNamespace(sentence_owners=owners, statements=read_statements(ids, texts))


def answers(query, texts=SENTENCES, studies=None):
    """Text -> number of agreed findings, of all that may answer."""
    agreement = judge_sentences(parse_query(query), index_of(texts, studies))
    judged = zip(texts, agreement.may_answer.tolist(), agreement.n_agreed.tolist(), strict=True)
    return {text: number for text, may, number in judged if may}


BOTH_SIDES = {Side.LEFT, Side.RIGHT}


def same_side(asked, told):
    return asked is None or told is None or asked == told or (told is Side.BILATERAL)


def slow_judgement(query, studies, closeness):
    """Text -> how much of the query its study states, for the texts that may answer; mention by mention.

    `studies` are the studies' sentences, `closeness` is of what is asked and what is told.
    """
    asked = sorted({(m.finding, m.assertion, m.side) for m in query.stated}, key=str)
    mentions = {replace(m, start=0, end=0) for m in query.stated}
    n_denied = sum(assertion is Assertion.ABSENT for _, assertion, _ in asked)
    weights = [1 if assertion is Assertion.ABSENT else 1 + n_denied for _, assertion, _ in asked]
    found = {}
    for study in studies:
        judged = {text: [slow_statement(one, text) for one in asked] for text in study}
        any_agrees = [any(judged[text][i][0] for text in study) for i in range(len(asked))]
        any_opposes = [any(judged[text][i][1] for text in study) for i in range(len(asked))]
        denials = [assertion is Assertion.ABSENT for _, assertion, _ in asked]
        if any(o and (d or not a) for a, o, d in zip(any_agrees, any_opposes, denials, strict=True)):
            continue
        own = {
            text: (
                sum(w for w, (agrees, _) in zip(weights, judged[text], strict=True) if agrees),
                sum(closest(m, [text], closeness) for m in mentions),
            )
            for text in study
        }
        may = {
            text: own[text]
            for text in study
            if (own[text][0] or assert_sentence(text) in COMPATIBLE[query.assertion])
            and not any(opposes and not agrees for agrees, opposes in judged[text])
        }
        best, total = max(may.values(), default=0), sum(w for w, a in zip(weights, any_agrees, strict=True) if a)
        found |= {text: total if number[0] else 0 for text, number in may.items() if number == best}
    return found


def closest(asked, texts, closeness):
    """How close the closest mention that states what is asked is; 0 where none does."""
    told = [m for text in texts for m in stated_findings(text) if agrees(asked, m, default_lexicon())]
    return max((closeness(asked, m) for m in told), default=0)


def slow_statement(asked, text):
    """Whether `text` states what is asked, and whether it states the opposite."""
    finding, assertion, side = asked
    agrees = opposes = False
    for told in stated_findings(text):
        is_kind = finding in with_parents(told.finding)
        is_general = told.finding in with_parents(finding)
        if not same_side(side, told.side):
            affirmed = told.assertion in {Assertion.PRESENT, Assertion.UNCERTAIN}
            opposes |= is_kind and affirmed and assertion is not Assertion.ABSENT and {side, told.side} == BOTH_SIDES
            continue
        if told.assertion is Assertion.ABSENT and side is None and told.side in {Side.LEFT, Side.RIGHT}:
            continue  # the other side is still open
        if assertion is Assertion.ABSENT:
            agrees |= is_general and told.assertion is Assertion.ABSENT
            opposes |= is_kind and told.assertion in {Assertion.PRESENT, Assertion.UNCERTAIN}
        else:
            agrees |= is_kind and told.assertion in COMPATIBLE[assertion]
            opposes |= is_general and told.assertion is Assertion.ABSENT
    return agrees, opposes


@pytest.mark.parametrize("query", QUERIES)
def test_every_sentence_is_judged_as_the_slow_way_does(query, slow_closeness):
    for n_studies in (len(SENTENCES), 7, 3):  # one sentence a study, then several
        studies = [place % n_studies for place in range(len(SENTENCES))]
        parsed, sentences = parse_query(query), [SENTENCES[n::n_studies] for n in range(n_studies)]
        assert answers(query, studies=studies) == slow_judgement(parsed, sentences, slow_closeness)
        judged = judge_sentences(parsed, index_of(SENTENCES, studies))
        for study, texts in enumerate(sentences):
            mentions = {replace(m, start=0, end=0) for m in parsed.stated} if judged.agreed_of(study) else ()
            assert judged.closeness_of(study) == sum(closest(m, texts, slow_closeness) for m in mentions)
        assert judged.closeness_of(len(SENTENCES) + 5) == 0


def test_a_sentence_that_finds_one_and_denies_another_answers_each_rightly():
    mixed = "Cardiomegaly without pulmonary edema."
    assert mixed not in answers("pulmonary edema")
    assert answers("no pulmonary edema")[mixed] == 1
    assert answers("cardiomegaly")[mixed] == 1
    assert answers("cardiomegaly without edema")[mixed] == 2 + 1  # what is affirmed counts more than all denials
    assert mixed not in answers("enlarged heart with pulmonary edema")


def test_a_denial_is_answered_by_what_denies_more_and_never_by_a_kind():
    found = answers("no subdural hematoma")
    assert found["No intracranial hemorrhage."] == found["No subdural hematoma."] == 1
    assert "Acute subdural hematoma." not in found
    assert "Acute subdural hematoma." not in answers("no hemorrhage")
    assert answers("no hemorrhage").get("No subdural hematoma.", 0) == 0
    assert answers("hemorrhage")["Acute subdural hematoma."] == 1


def test_the_other_side_alone_contradicts():
    found = answers("left pleural effusion")
    assert found["Small left pleural effusion."] == found["Bilateral pleural effusions."] == 1
    assert "Right pleural effusion has increased." not in found
    assert "No pleural effusion or pneumothorax." not in found
    assert found["Possible pleural effusion."] == 1
    assert answers("no left pleural effusion")["No right pleural effusion."] == 0


def test_a_denial_of_one_side_neither_denies_the_finding_nor_states_that_there_is_none():
    one_side = "No right pleural effusion."
    assert one_side not in answers("pleural effusion")  # a denial still answers no finding
    assert answers("no pleural effusion")[one_side] == 0
    assert answers("no right effusion")[one_side] == 1
    texts = ("Layering of something on the left.", one_side)
    assert answers("pleural effusion", texts, (0, 0)) == {texts[0]: 0}
    assert answers("right pleural effusion", texts, (0, 0)) == {}


def test_other_words_for_the_finding_agree_and_unknown_words_ask_as_before():
    assert answers("cardiomegaly")["The heart is enlarged."] == 1
    assert "Heart size is normal." not in answers("cardiomegaly")
    unknown = answers("words that state nothing")
    assert set(unknown.values()) == {0}
    fitting = COMPATIBLE[parse_query("words that state nothing").assertion]
    assert set(unknown) == {text for text in SENTENCES if assert_sentence(text) in fitting}


def test_a_study_that_has_the_finding_is_no_answer_to_its_denial_nor_one_that_only_denies_it_to_the_finding():
    texts = ("Large effusion.", "No pneumothorax.", "No effusion.", "Sharp angles on both sides.", "Effusion is gone?")
    studies = (0, 0, 1, 1, 2)
    assert answers("no effusion", texts, studies) == {"No effusion.": 1}
    found = answers("effusion", texts, studies)
    assert found["Large effusion."] == 1
    assert "Sharp angles on both sides." not in found
    both = ("No effusion on the left.", "Right effusion.", "The aorta is wide.")
    assert answers("effusion", both, (0, 0, 0)) == {"Right effusion.": 1}
    assert answers("no effusion", both, (0, 0, 0)) == {}


def test_an_index_without_sentences_answers_nothing():
    assert answers("effusion", ()) == {}


def test_what_is_asked_comes_before_what_only_sounds_alike():
    texts = ("No pneumothorax.", "Costophrenic angles are sharp, no effusion.", "No effusion.", "Large effusion.")
    generation = index_of(texts)
    vectors = np.eye(4, dtype=np.float32)
    query_vector = np.array([[0.8, 0.1, 0.2, 0.7]], dtype=np.float32)
    query_vector /= np.linalg.norm(query_vector)
    generation.sentences = build_vector_index("exact", generation.sentence_owners.ids, vectors)
    query = parse_query("no effusion")
    probe = Probe(query, query_vector, None, judge_sentences(query, generation))
    hits = search_channel(Channel.SENTENCE, probe, generation, SearchScope(), 10)
    assert [(hit.study_id, hit.n_agreed) for hit in hits] == [(2, 1), (1, 1), (0, 0)]
    assert hits[2].score > hits[0].score
    first = search_channel(Channel.SENTENCE, probe, generation, SearchScope(), 2)
    assert first == hits[:2]


def test_sentences_of_one_study_add_up_and_the_one_that_states_most_is_shown():
    texts = ("Cardiomegaly.", "No edema.", "Cardiomegaly without edema.", "Enlarged heart.", "The aorta is wide.")
    found = answers("cardiomegaly without edema", texts, (0, 0, 1, 2, 0))
    assert found == {"Cardiomegaly.": 3, "Cardiomegaly without edema.": 3, "Enlarged heart.": 2}


def test_a_denial_alone_does_not_pass_for_what_is_affirmed_beside_it():
    texts = ("No edema.", "Cardiomegaly.")
    assert answers("cardiomegaly without edema", texts) == {"No edema.": 1, "Cardiomegaly.": 2}


def test_studies_that_contradict_are_told():
    texts = ("Right effusion.", "Left effusion.", "No effusion.", "Left effusion.", "The aorta is wide.")
    generation = index_of(texts, (0, 1, 2, 2, -1))
    assert judge_sentences(parse_query("left effusion"), generation).contradicting.tolist() == [0]
    assert judge_sentences(parse_query("no effusion"), generation).contradicting.tolist() == [0, 1, 2]


def test_what_studies_state_of_several_findings_is_counted():
    texts = (
        "Left effusion.",
        "Possible effusion and edema.",
        "No effusion.",
        "Edema, left effusion.",
        "Left effusion.",
    )
    stated = parse_query("no right effusion, no edema, no left effusion").stated
    assert count_stated(stated, index_of(texts, (0, 1, 2, 1, -1))).tolist() == [1, 3, 0]
    assert count_stated((), index_of(texts, (0, 1, 2, 1, -1))).tolist() == [0, 0, 0]
    assert count_stated(stated, index_of(())).tolist() == []
