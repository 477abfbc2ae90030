import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.records.reports import Assertion
from radseek.text import FINDINGS, affirm, deny, stated_findings, swap_sides

SWAPPED = {
    "Small left pleural effusion.": "Small right pleural effusion.",
    "LEFT LOWER LOBE PNEUMONIA": "RIGHT LOWER LOBE PNEUMONIA",
    "Left-sided chest tube": "Right-sided chest tube",
    "RLL opacity": "LLL opacity",
    "LUQ pain": "RUQ pain",
    "Mass in the right kidney, right renal vein is patent": "Mass in the left kidney, left renal vein is patent",
    "Mild levoscoliosis": "Mild dextroscoliosis",
    "Midline shift leftward": "Midline shift rightward",
}

NOT_SWAPPED = """
Cardiomegaly
Bilateral effusions
Left and right effusions
Right greater than left effusions
Bibasilar atelectasis
Lingular opacity
Right middle lobe consolidation
RML consolidation
Left LUL and RUL nodules
Cleft palate, brightly enhancing
LeFt effusion
""".strip().splitlines()

DENIED = {
    "There is a small left pleural effusion.": "There is no left pleural effusion.",
    "There are multiple calcified granulomas.": "There are no calcified granulomas.",
    "Large left frontal mass": "No left frontal mass",
    "Cardiomegaly without edema": "No cardiomegaly",
    "Small effusion, no pneumothorax": "No effusion",
    "The heart is mildly enlarged.": "No cardiomegaly.",
    "Mild cardiomegaly and small left effusion.": "No cardiomegaly or left effusion.",
    "A 3 cm mass is seen in the right upper lobe.": "No mass in the right upper lobe.",
    "Bibasilar atelectasis": "No bibasilar atelectasis",
    "LLL pneumonia": "No LLL pneumonia",
    "PE in the right lower lobe": "No PE in the right lower lobe",
    "Left-sided chest tube in place": "No left-sided chest tube",
    "Acute infarct in the left middle cerebral artery": "No infarct in the left middle cerebral artery",
    "CT scan of the head showing subdural hematoma on the left side": "No subdural hematoma on the left side",
    "Lungs are clear. Small nodule.": "No nodule.",
    "Bones are osteopenic": "No osteopenia",
    "Hyperexpanded lungs, no focal disease.": "No hyperexpanded lungs.",
    "Large ascites": "No ascites",
}

NOT_DENIED = """
No pneumothorax
The lungs are clear.
Possible pneumonia
History of pneumonia
Normal chest
The sky is blue
Effusion, atelectasis, cardiomegaly and a nodule
""".strip().splitlines()

AFFIRMED = {
    "No pneumothorax.": "Pneumothorax.",
    "There is no acute left rib fracture.": "Left rib fracture.",
    "No focal consolidation, effusion, or pneumothorax.": "Consolidation, effusion and pneumothorax.",
    "No evidence of left lower lobe pneumonia": "Left lower lobe pneumonia",
    "The heart is not enlarged.": "Cardiomegaly.",
    "Small effusion without pneumothorax": "Pneumothorax",
    "Pneumonia is not seen.": "Pneumonia.",
    "The lungs are clear, without infiltrate.": "Infiltrate.",
    "No PE": "PE",
}

NOT_AFFIRMED = """
The lungs are clear
Heart size is normal.
No acute cardiopulmonary abnormality
Pneumothorax
Possible pneumonia
The sky is blue
""".strip().splitlines()

_SIDES = st.sampled_from([
    "left",
    "right",
    "LEFT",
    "Right",
    "left-sided",
    "LLL",
    "RUL",
    "left lower lobe",
    "right frontal",
])
_NAMED = st.sampled_from(sorted(f.title for f in FINDINGS.values() if f.name != "normal"))
_FRAMES = st.sampled_from([
    "{}",
    "{}.",
    "There is a small {}.",
    "Mild {} is noted.",
    "CT shows {}.",
    "New {}, since yesterday",
    "The patient has {}.",
])
_DENYING_FRAMES = st.sampled_from(["No {}", "There is no {}.", "Without {}.", "No evidence of {}.", "{} is not seen."])


@pytest.mark.parametrize("text", SWAPPED)
def test_the_other_side(text: str) -> None:
    assert swap_sides(text) == SWAPPED[text]


@pytest.mark.parametrize("text", [*NOT_SWAPPED, ""])
def test_no_other_side_where_none_or_both_are_told_or_only_one_has_the_part(text: str) -> None:
    assert swap_sides(text) is None


@settings(deadline=None)
@given(st.lists(st.one_of(_SIDES, _NAMED, st.sampled_from(["in the", ",", ".", "of", "\n"])), max_size=8))
def test_swapping_twice_changes_nothing(words: list[str]) -> None:
    text = " ".join(words)
    swapped = swap_sides(text)
    if swapped is not None:
        assert swapped != text
        assert swap_sides(swapped) == text


@pytest.mark.parametrize("text", DENIED)
def test_denied_plainly(text: str) -> None:
    assert deny(text) == DENIED[text]


@pytest.mark.parametrize("text", [*NOT_DENIED, ""])
def test_nothing_to_deny(text: str) -> None:
    assert deny(text) is None


@pytest.mark.parametrize("text", AFFIRMED)
def test_affirmed_plainly(text: str) -> None:
    assert affirm(text) == AFFIRMED[text]


@pytest.mark.parametrize("text", [*NOT_AFFIRMED, ""])
def test_nothing_to_affirm(text: str) -> None:
    assert affirm(text) is None


@settings(deadline=None)
@given(_FRAMES, _NAMED, st.integers(0, 2**32 - 1))
def test_what_was_affirmed_is_denied_in_any_wording(frame: str, title: str, seed: int) -> None:
    text = frame.format(title)
    affirmed = _told(text, Assertion.PRESENT)
    denial = deny(text, np.random.default_rng(seed))
    assert denial is not None
    assert denial.lower() != text.lower()
    assert _told(denial, Assertion.ABSENT) == affirmed
    assert not _told(denial, Assertion.PRESENT)
    assert denial == deny(text, np.random.default_rng(seed))


@settings(deadline=None)
@given(_DENYING_FRAMES, _NAMED, st.integers(0, 2**32 - 1))
def test_what_was_denied_is_affirmed_in_any_wording(frame: str, title: str, seed: int) -> None:
    text = frame.format(title)
    affirmation = affirm(text, np.random.default_rng(seed))
    assert affirmation is not None
    assert affirmation.lower() != text.lower()
    assert _told(affirmation, Assertion.PRESENT) == _told(text, Assertion.ABSENT)
    assert not _told(affirmation, Assertion.ABSENT)


def test_the_generator_varies_the_wording() -> None:
    rng = np.random.default_rng(0)
    denials = {deny("Small left pleural effusion.", rng) for _ in range(200)}
    assert "Negative for left pleural effusion." in denials
    assert "Left pleural effusion is absent." in denials
    assert len(denials) == 9
    assert len({affirm("No pneumothorax.", rng) for _ in range(200)}) == 6


def test_verbs_agree_with_what_they_speak_of() -> None:
    rng = np.random.default_rng(0)
    said = {deny("Small bilateral pleural effusions", rng) for _ in range(200)}
    assert {"Pleural effusions are absent", "There is no evidence of pleural effusions"} <= said
    assert not any(" is absent" in each or "There is no pleural" in each for each in said if each)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_taken(text: str) -> None:
    for made in (swap_sides(text), deny(text), affirm(text)):
        assert made != text


def _told(text: str, assertion: Assertion) -> set[str]:
    return {m.finding for m in stated_findings(text) if m.assertion is assertion and m.finding != "normal"}
