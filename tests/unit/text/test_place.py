"""Words that mean another finding in another part of the body are read by their sentence, then by their report."""

from __future__ import annotations

import pytest

from radseek.records.findings import Region
from radseek.text import parse_report, report_place, stated_findings

KNEE = "MRI of the left knee. The medial meniscus is torn. The tendons are intact. "
CHEST = "PA view of the chest. The lungs are clear. The heart is large. "
HEAD = "CT of the brain. There is a temporal mass. "
ABDOMEN = "CT of the abdomen. The liver and spleen are normal. "
SPINE = "MRI of the lumbar spine. The discs are dry. "


def _last(report: str) -> set[str]:
    """What the last sentence of `report` states, read in the report."""
    last = parse_report(report).sentences[-1]
    return {m.finding for m in stated_findings(report) if m.start >= last.start}


@pytest.mark.parametrize(
    ("report", "finding"),
    [
        (KNEE + "There is a small effusion.", "joint_effusion"),
        (KNEE + "There is a small pleural effusion.", "effusion"),
        (KNEE + "Small effusion seen in the chest.", "effusion"),
        (CHEST + "There is a small effusion.", "effusion"),
        (CHEST + "No effusion or acute bone abnormality.", "effusion"),
        (CHEST + "The knee has an effusion.", "joint_effusion"),
        (ABDOMEN + "Small bilateral effusions.", "effusion"),
        ("There is a small effusion.", "effusion"),
        (KNEE + "Edema is seen.", "soft_tissue_swelling"),
        (KNEE + "Edema of the head.", "soft_tissue_swelling"),
        ("MR of the hip. Edema is seen in both femoral heads.", "bone_marrow_edema"),
        ("MR of the shoulder. High signal from edema around the humeral head.", "soft_tissue_swelling"),
        (HEAD + "Marked edema is seen.", "brain_edema"),
        (CHEST + "Mild edema on the frontal view.", "edema"),
        (CHEST + "Left ventricular failure with edema.", "edema"),
        (HEAD + "There is a small nodule.", "nodule_elsewhere"),
        (CHEST + "There is a small nodule.", "nodule"),
        (CHEST + "Opacity at the posterior sulcus.", "opacity"),
        (CHEST + "A nodule projects over the spine.", "nodule"),
        (HEAD + "There is atrophy.", "brain_atrophy"),
        (KNEE + "There is atrophy.", "organ_atrophy"),
        (SPINE + "There is collapse.", "compression_fracture"),
        (CHEST + "There is collapse.", "atelectasis"),
    ],
)
def test_a_word_means_what_it_means_in_its_report(report: str, finding: str) -> None:
    assert finding in _last(report)


@pytest.mark.parametrize(
    ("report", "finding"),
    [
        (KNEE + "There is a small effusion.", "effusion"),
        (KNEE + "Edema is seen.", "edema"),
        ("MR of the hip. Edema is seen in both femoral heads.", "brain_edema"),
        (SPINE + "There is edema.", "edema"),
        (HEAD + "There is a small nodule.", "nodule"),
        (HEAD + "Volume loss is seen.", "volume_loss"),
        (CHEST + "Volume loss is seen.", "brain_atrophy"),
        (HEAD + "Tortuosity of the artery.", "aortic_tortuosity"),
        (SPINE + "There is collapse.", "atelectasis"),
    ],
)
def test_a_word_does_not_mean_what_it_means_elsewhere(report: str, finding: str) -> None:
    assert finding not in _last(report)


@pytest.mark.parametrize("opening", [KNEE, CHEST, HEAD, ABDOMEN, SPINE, ""])
@pytest.mark.parametrize("word", ["effusion", "edema", "nodule", "collapse", "atrophy", "hernia", "opacity"])
def test_a_sentence_alone_is_read_as_in_its_report(opening: str, word: str) -> None:
    report = f"{opening}There is {word} today."
    alone = [
        m.finding
        for sentence in parse_report(report).sentences
        for m in stated_findings(sentence.text, place=report_place(report))
    ]
    whole = [m.finding for m in stated_findings(report)]
    assert [name for name in alone if name != "normal"] == [name for name in whole if name != "normal"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (KNEE, Region.LIMBS),
        (CHEST + "There is a fracture of the humerus.", Region.CHEST),
        (ABDOMEN + "The femoral vein is patent.", Region.ABDOMEN),
        ("Frontal view.", Region.HEAD),
        ("Frontal view of the hand and the wrist.", Region.LIMBS),
        ("Nothing to see.", None),
        ("", None),
    ],
)
def test_a_report_is_about_the_part_that_it_names_most(text: str, place: Region | None) -> None:
    assert report_place(text) is place
