import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.records.reports import Assertion
from radseek.text import assert_sentence
from radseek.text.cues import CUES, DEVICES, NEUTRAL, OPENERS, PREDICATES, TERMINATORS, Kind

PRESENT = """
Small left pleural effusion
Small effusion, no pneumothorax
No pneumothorax, small left effusion
No pneumothorax but a small effusion
No abnormality other than mild cardiomegaly
No acute disease except for a healing rib fracture
There is cardiomegaly without edema
Cardiomegaly and normal vascularity
Effusion with possible pneumonia
Opacity in the left base, which may represent atelectasis
Consolidation, likely pneumonia
No change
No interval change in the effusion
No significant change in the effusion
No significant interval change of the nodule
Without change in the effusion
The nodule has not changed
The mass is not significantly changed
Not only effusion but pneumothorax
Partially resolved effusion
Near complete resolution of the effusion leaves a small pneumothorax
Unchanged effusion compared to prior study
Larger than on the previous CT
Comparison is made to prior radiographs, and the effusion has grown
Previously seen nodule is larger
Sternal wires are intact
Endotracheal tube in normal position
Left chest port with tip in satisfactory position
Reversal of the normal cervical lordosis
Nodule not well seen on this view
Findings compatible with pneumonia
Findings consistent with pneumonia
Chest pain, history of asthma
Recommend follow-up CT
If the opacity does not resolve, CT is advised
Density in the left base, possibly a skin fold
Consider follow-up radiograph
Effusion
heart
10:30
""".strip().splitlines()

ABSENT = """
No pleural effusion
no pneumothorax or effusion
No focal consolidation, large pleural effusion, or pneumothorax.
No focal consolidation, pneumothorax or new effusion is seen
There is no evidence of acute disease
Without evidence of metastasis
The lungs are free of infiltrate
Negative for fracture
Negative chest
Absence of edema
Lungs are clear
The lungs are clear without focal consolidation.
Clear lungs
Heart size is normal
Normal heart size
Normal heart, lungs and mediastinum
Bones and soft tissues are unremarkable
Cardiac silhouette, mediastinum, and pulmonary vasculature are within normal limits
Osseous structures are intact
The trachea is midline
Ribs are intact with no fracture
Pneumonia has been ruled out
Fracture is excluded
The effusion is no longer seen
The effusion is no longer present
Pneumothorax is not identified
The heart is not enlarged
No findings suggestive of pneumonia
No opacity to suggest pneumonia
No findings consistent with metastasis
No suspicious nodule
Effusion has resolved
Resolved effusion
Interval resolution of the effusion
The chest tube has been removed
Interval removal of the chest tube
Neither effusion nor pneumothorax
Pneumonia is unlikely
No evidence of prior infection
Specifically, no sign of tuberculosis
The overlying bones reveal no fracture
None
LUNGS: CLEAR.
NO EFFUSION.
""".strip().splitlines()

UNCERTAIN = """
Possible pneumonia
Probable atelectasis
Opacity may represent atelectasis
Opacities could represent pneumonia or edema
This may be related to technique or scarring
Cannot exclude pneumonia
Can't exclude a nodule
Pneumonia cannot be excluded
A small effusion cannot be entirely ruled out
Underlying nodule is not excluded
Suspicious for malignancy
Findings concerning for metastasis
Questionable nodule
Atelectasis versus pneumonia
Atelectasis vs. pneumonia
Atelectasis vs pneumonia
Findings suggest edema
Borderline cardiomegaly
Heart size is at the upper limits of normal
? pneumonia
Pneumonia?
Rule out pneumonia
R/O PNEUMONIA
No effusion, cannot exclude pneumonia
Possible effusion without pneumothorax
""".strip().splitlines()

HISTORICAL = """
History of breast cancer
history of asthma, COPD, and hypertension
Status post coronary bypass
S/P CABG
h/o lymphoma
Prior granulomatous disease
Previous pneumonia
Past medical history of sarcoidosis
60 year old man with history of lymphoma
""".strip().splitlines()


@pytest.mark.parametrize("text", PRESENT)
def test_present(text: str) -> None:
    assert assert_sentence(text) is Assertion.PRESENT


@pytest.mark.parametrize("text", ABSENT)
def test_absent(text: str) -> None:
    assert assert_sentence(text) is Assertion.ABSENT


@pytest.mark.parametrize("text", UNCERTAIN)
def test_uncertain(text: str) -> None:
    assert assert_sentence(text) is Assertion.UNCERTAIN


@pytest.mark.parametrize("text", HISTORICAL)
def test_historical(text: str) -> None:
    assert assert_sentence(text) is Assertion.HISTORICAL


@pytest.mark.parametrize("text", ["", " ", ".", "...", "XXXX", "12"])
def test_nothing_said_is_present_as_nothing_denies_it(text: str) -> None:
    assert assert_sentence(text) is Assertion.PRESENT


FINDINGS = st.sampled_from(["pneumothorax", "pleural effusion", "nodule", "rib fracture", "pneumonia", "hiatal hernia"])


@given(FINDINGS, FINDINGS)
def test_the_same_frame_judges_every_finding_alike(one: str, other: str) -> None:
    assert assert_sentence(f"There is a {one}.") is Assertion.PRESENT
    assert assert_sentence(f"There is no {one}.") is Assertion.ABSENT
    assert assert_sentence(f"No {one} or {other}.") is Assertion.ABSENT
    assert assert_sentence(f"Possible {one}.") is Assertion.UNCERTAIN
    assert assert_sentence(f"History of {one}.") is Assertion.HISTORICAL
    assert assert_sentence(f"No {one}. Small {other}.") is Assertion.PRESENT


@given(st.text(max_size=200))
def test_any_text_has_an_assertion(text: str) -> None:
    assert assert_sentence(text) in set(Assertion)


def test_case_and_line_breaks_do_not_matter() -> None:
    for text in PRESENT + ABSENT + UNCERTAIN + HISTORICAL:
        assert assert_sentence(text.upper()) is assert_sentence(text), text
        assert assert_sentence(text.replace(" ", "\n")) is assert_sentence(text), text


def test_every_cue_and_terminator_is_an_expression_over_lower_case_words() -> None:
    for pattern in [p for cue in CUES for p in cue.patterns] + list(TERMINATORS):
        re.compile(pattern)
        assert pattern.replace("\\W", "").replace("\\S", "") == pattern.replace("\\W", "").replace("\\S", "").lower()


def test_no_word_is_both_a_claim_free_word_and_a_device() -> None:
    assert not DEVICES & NEUTRAL
    assert all(word == word.lower() for word in DEVICES | NEUTRAL | OPENERS | PREDICATES)


def test_each_kind_has_cues() -> None:
    assert {cue.kind for cue in CUES} == set(Kind)
