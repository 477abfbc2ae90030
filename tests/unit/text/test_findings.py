import csv
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.records.findings import Side
from radseek.records.reports import Assertion
from radseek.text import FINDINGS, findings_of_mesh, report_place, stated_findings, with_parents

P, A, U, H = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN, Assertion.HISTORICAL

STATED = {
    "Cardiomegaly without pulmonary edema": {"cardiomegaly": P, "edema": A},
    "no effusion or pneumothorax": {"effusion": A, "pneumothorax": A},
    "mild cardiomegaly, no effusion": {"cardiomegaly": P, "effusion": A},
    "No pneumothorax, small left effusion": {"pneumothorax": A, "effusion": P},
    "No focal consolidation, pleural effusion, or pneumothorax.": {
        "consolidation": A,
        "effusion": A,
        "pneumothorax": A,
    },
    "possible pneumonia": {"pneumonia": U},
    "? pneumonia": {"pneumonia": U},
    "Pneumonia cannot be excluded": {"pneumonia": U},
    "history of pneumonia": {"pneumonia": H},
    "Pneumonia has resolved": {"pneumonia": A},
    "Opacity may represent pneumonia": {"opacity": P, "pneumonia": U},
    "Nodule, likely granuloma": {"nodule": P, "granuloma": U},
    "Streaky opacities which could be atelectasis or scarring": {"opacity": P, "atelectasis": U, "scarring": U},
    "Atelectasis versus pneumonia": {"atelectasis": U, "pneumonia": U},
    "Possible opacity concerning for pneumonia": {"opacity": U, "pneumonia": U},
    "Effusion with possible pneumonia": {"effusion": P, "pneumonia": U},
    "Findings consistent with pneumonia": {"pneumonia": P},
    "No opacity to suggest pneumonia": {"opacity": A, "pneumonia": A},
    "Differential diagnosis includes infection, pulmonary edema": {"edema": U},
    "Please correlate clinically for pneumonia": {"pneumonia": U},
    "No acute, displaced rib fractures are demonstrated": {"rib_fracture": A},
    "Fractures may not be demonstrated": {"fracture": U},
    "Evidence of prior granulomatous disease": {"granuloma": P},
    "Pneumothorax: none": {"pneumothorax": A},
    "Effusion: yes": {"effusion": P},
    "No change in the effusion": {"effusion": P},
    "Pleural thickening": {"pleural_thickening": P},
    "Calcified granuloma": {"granuloma": P, "calcification": P},
    "Calcified lingular granulomas": {"granuloma": P, "calcification": P},
    "Hiatal hernia": {"hernia": P},
    "Inguinal hernia": {"inguinal_hernia": P},
    "Disc herniation at L4": {"herniated_disc": P},
    "Pericardial effusion": {"pericardial_effusion": P},
    "Knee effusion": {"joint_effusion": P},
    "No pleural or pericardial effusion": {"effusion": A, "pericardial_effusion": A},
    "Vasogenic oedema": {"brain_edema": P},
    "Pulmonary oedema": {"edema": P},
    "Brain tumours": {"brain_tumor": P},
    "Hepatic metastases": {"liver_metastases": P},
    "Bilateral pneumothoraces": {"pneumothorax": P},
    "Acute subdural haematoma": {"subdural_hematoma": P},
    "SAH": {"subarachnoid_hemorrhage": P},
    "Filling defects consistent with PE": {"thrombosis": P, "pulmonary_embolism": P},
    "pe": {},
    "Subdural hematoma with midline shift": {"subdural_hematoma": P, "midline_shift": P},
    "Cholelithiasis without cholecystitis": {"gallstones": P, "cholecystitis": A},
    "Left hydronephrosis due to a ureteral stone": {"hydronephrosis": P, "ureteral_stone": P},
    "The heart is mildly enlarged": {"cardiomegaly": P},
    "The heart is not enlarged": {"cardiomegaly": A, "normal": None},
    "Borderline cardiomegaly": {"cardiomegaly": U},
    "Heart size is at the upper limits of normal": {"cardiomegaly": U},
    "Left chest port with tip in the SVC": {"lines_and_tubes": P},
    "Sternotomy wires are intact": {"sternotomy": P},
    "Pulmonary vascular engorgement appears within normal limits": {"vascular_congestion": A},
    "T10 compression deformity": {"compression_fracture": P},
    "Edema": {"edema": P},
    "FLAIR images of the brain show a mass with edema": {"mass": P, "brain_edema": P},
    "MRI of the knee. Small effusion.": {"joint_effusion": P},
    "Chest and brain CT. No edema.": {"edema": A},
    "The apple is red": {},
    "": {},
}

NORMALITY = {
    "Heart size is normal": {"cardiomegaly"},
    "Normal heart size": {"cardiomegaly"},
    "The lungs are clear": {"opacity", "consolidation"},
    "Clear lungs": {"opacity", "consolidation"},
    "Pleural spaces are clear": {"effusion", "pneumothorax"},
    "Heart size and mediastinal contours are within normal limits": {"cardiomegaly", "mediastinal_widening"},
    "Pulmonary vascularity is normal": {"vascular_congestion"},
    "No acute bony abnormality": {"fracture"},
    "Osseous structures are intact": {"fracture"},
    "The ventricles are normal in size": {"hydrocephalus"},
    "The pancreas is unremarkable": {"pancreatic_mass", "pancreatitis"},
}

NORMAL = """
normal
Normal.
Normal chest radiograph
Chest is negative
No acute cardiopulmonary abnormality.
No active disease
Unremarkable CT of the brain
The lungs are clear.
Heart size is normal. The lungs are clear. No pneumothorax.
History of asthma. The lungs are clear.
INDICATION: pneumonia. FINDINGS: The lungs are clear.
""".strip().splitlines()

NOT_NORMAL = """
No pneumothorax
Stable cardiomegaly. No acute cardiopulmonary abnormality.
The lungs are clear. Pacemaker leads are intact.
Heart size is normal. Possible nodule.
Reversal of the normal lordosis
Abnormal chest
""".strip().splitlines()

SIDES = {
    "Small left pleural effusion": {"effusion": Side.LEFT},
    "Small left pleural effusion and right pneumothorax": {"effusion": Side.LEFT, "pneumothorax": Side.RIGHT},
    "Left lower lobe opacity with small right effusion": {"opacity": Side.LEFT, "effusion": Side.RIGHT},
    "Left pneumothorax and no effusion": {"pneumothorax": Side.LEFT, "effusion": None},
    "Bilateral pleural effusions, right greater than left": {"effusion": Side.BILATERAL},
    "Right greater than left pleural effusions": {"effusion": Side.BILATERAL},
    "Right and left basal opacities": {"opacity": Side.BILATERAL},
    "Opacities in the right and left lung bases": {"opacity": Side.BILATERAL},
    "Bibasilar atelectasis": {"atelectasis": Side.BILATERAL},
    "Pleural effusion on the left": {"effusion": Side.LEFT},
    "Left-sided pneumothorax": {"pneumothorax": Side.LEFT},
    "There is a nodule in the right upper lobe": {"nodule": Side.RIGHT},
    "In the right upper lobe there is a nodule": {"nodule": Side.RIGHT},
    "A mass is seen in the LUL": {"mass": Side.LEFT},
    "RLL pneumonia": {"pneumonia": Side.RIGHT},
    "Lingular consolidation": {"consolidation": Side.LEFT},
    "Left effusion and atelectasis": {"effusion": Side.LEFT, "atelectasis": Side.LEFT},
    "Effusion and atelectasis at the left base": {"effusion": Side.LEFT, "atelectasis": Side.LEFT},
    "Left pleural effusion, cardiomegaly": {"effusion": Side.LEFT, "cardiomegaly": None},
    "Left effusion. Pneumothorax.": {"effusion": Side.LEFT, "pneumothorax": None},
    "The left lung is clear": {"opacity": Side.LEFT},
    "Left subdural hematoma with midline shift to the right": {
        "subdural_hematoma": Side.LEFT,
        "midline_shift": Side.RIGHT,
    },
    "Elevated right hemidiaphragm": {"elevated_diaphragm": Side.RIGHT},
    "Left basilar opacity consistent with atelectasis": {"opacity": Side.LEFT, "atelectasis": Side.LEFT},
    "Right opacity, likely scarring or atelectasis": {"scarring": Side.RIGHT, "atelectasis": Side.RIGHT},
    "Right opacity without pneumothorax": {"opacity": Side.RIGHT, "pneumothorax": None},
    "Calcified right lower lobe granuloma": {"calcification": Side.RIGHT, "granuloma": Side.RIGHT},
    "Effusion": {"effusion": None},
}


def _assertions(text: str) -> dict[str, Assertion]:
    return {m.finding: m.assertion for m in stated_findings(text)}


@pytest.mark.parametrize("text", STATED)
def test_each_mention_has_its_own_assertion(text: str) -> None:
    assert _assertions(text) == {finding: a for finding, a in STATED[text].items() if a is not None}


@pytest.mark.parametrize("text", NORMALITY)
def test_what_is_normal_denies_what_it_excludes(text: str) -> None:
    assert _assertions(text) == dict.fromkeys(NORMALITY[text], A) | {"normal": P}


@pytest.mark.parametrize("text", NORMAL)
def test_a_text_of_normality_alone_is_normal(text: str) -> None:
    stated = [m for m in stated_findings(text) if m.finding == "normal"]
    assert [m.assertion for m in stated] == [P]


@pytest.mark.parametrize("text", NOT_NORMAL)
def test_denying_something_or_affirming_anything_is_not_normal(text: str) -> None:
    assert "normal" not in _assertions(text)


@pytest.mark.parametrize("text", SIDES)
def test_each_mention_has_its_own_side(text: str) -> None:
    said = {m.finding: m.side for m in stated_findings(text)}
    assert {finding: said[finding] for finding in SIDES[text]} == SIDES[text]


def test_every_mention_is_told_not_every_finding() -> None:
    text = "Small left effusion. No right effusion."
    assert [(m.finding, m.assertion, m.side) for m in stated_findings(text)] == [
        ("effusion", P, Side.LEFT),
        ("effusion", A, Side.RIGHT),
    ]


def test_spans_are_the_words_of_the_mention() -> None:
    text = "FINDINGS:\n1. Mild Cardiomegaly.\n2. No pleural\neffusion or PTX."
    assert [text[m.start : m.end] for m in stated_findings(text)] == ["Cardiomegaly", "pleural\neffusion", "PTX"]


def test_what_was_asked_and_how_it_was_made_states_nothing() -> None:
    text = "INDICATION: Pneumonia.\nCOMPARISON: Effusion in May.\nTECHNIQUE: Catheter in place.\nFINDINGS: A nodule."
    assert _assertions(text) == {"nodule": P}


def test_case_and_line_breaks_do_not_matter() -> None:
    for text, stated in STATED.items():
        if not any(word.isupper() for word in text.split() if len(word) > 1) and text != "pe":
            assert _assertions(text.upper()) == _assertions(text), text
        assert _assertions(text.replace(" ", "\n ")) == {k: a for k, a in stated.items() if a is not None}, text


def test_abbreviations_need_their_capitals() -> None:
    assert _assertions("LAD and PE") == {"pulmonary_embolism": P}
    assert _assertions("pes planus, pe") == {}


@pytest.mark.parametrize("finding", sorted(set(FINDINGS) - {"normal"}))
def test_the_title_of_every_finding_states_it_in_every_frame(finding: str) -> None:
    title = FINDINGS[finding].title
    for frame, assertion in (
        ("{}", P),
        ("There is {}.", P),
        ("No {}.", A),
        ("No evidence of {} is seen.", A),
        ("Possible {}.", U),
        ("History of {}.", H),
    ):
        stated = stated_findings(frame.format(title))
        assert {m.assertion for m in stated if m.finding != "normal"} == {assertion}, frame.format(title)
        assert any(finding in with_parents(m.finding) for m in stated), title


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_and_every_span_lies_in_it(text: str) -> None:
    for m in stated_findings(text):
        assert 0 <= m.start < m.end <= len(text)
        assert m.finding in FINDINGS


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(STATED)), max_size=5))
def test_a_report_states_what_its_sentences_state(sentences: list[str]) -> None:
    text = ". ".join(sentences)
    said = {(m.finding, m.assertion) for m in stated_findings(text) if m.finding != "normal"}
    place = report_place(text)  # a lone word means what it means in a report about that part of the body
    alone = {
        (m.finding, m.assertion)
        for sentence in sentences
        for m in stated_findings(sentence, place=place)
        if m.finding != "normal"
    }
    assert said == alone


def test_letters_that_grow_in_lower_case_do_not_move_spans() -> None:
    text = "\u0130\u0130\u0130 no effusion"
    (stated,) = stated_findings(text)
    assert (text[stated.start : stated.end], stated.assertion) == ("effusion", A)


def test_the_work_grows_with_the_length_only(count_work) -> None:
    texts = ["no left effusion or mass, opacity and " * n for n in (10, 200, 800)]
    lines, characters = zip(*(count_work(stated_findings, text) for text in texts), strict=True)
    assert lines[0] > 1000  # the first reading fills the caches
    assert lines[2] < 5 * lines[1]  # 4 for linear, 16 for quadratic
    assert characters[2] < 5 * characters[1]


def test_the_lexicon_holds_together() -> None:
    required = """normal atelectasis cardiomegaly effusion infiltration mass nodule pneumonia pneumothorax consolidation
    edema emphysema fibrosis pleural_thickening hernia covid granuloma calcification scoliosis degenerative_change
    fracture opacity hyperinflation lines_and_tubes pacemaker""".split()
    assert set(required) <= set(FINDINGS)
    titles = [f.title for f in FINDINGS.values()]
    assert len(set(titles)) == len(titles)
    for name, finding in FINDINGS.items():
        assert name == finding.name
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert finding.regions
        assert set(finding.parents) <= set(FINDINGS)
        assert name in with_parents(name)
        assert all(short != short.lower() for short in finding.abbreviations)


def test_kinds_are_closed_under_their_parents() -> None:
    assert with_parents("subdural_hematoma") == {
        "subdural_hematoma",
        "hematoma",
        "hemorrhage",
        "extra_axial_collection",
        "extra_axial_lesion",
    }
    assert with_parents("covid") == {"covid", "pneumonia", "opacity"}
    assert with_parents("normal") == {"normal"}
    for name in FINDINGS:
        assert all(with_parents(parent) <= with_parents(name) for parent in with_parents(name))
    with pytest.raises(KeyError, match="no_such"):
        with_parents("no_such")


def test_mesh_headings_state_the_same_names() -> None:
    assert findings_of_mesh(["Cardiomegaly/mild", "Pleural Effusion/left"]) == {"cardiomegaly", "effusion"}
    assert findings_of_mesh(["normal"]) == {"normal"}
    assert findings_of_mesh(["Thickening/pleura/apex/bilateral"]) == {"pleural_thickening"}
    assert findings_of_mesh(["Thickening/skin"]) == set()
    assert findings_of_mesh(["Lung/hypoinflation", " Spine/degenerative/mild "]) == {
        "low_lung_volumes",
        "degenerative_change",
    }
    assert findings_of_mesh(["Cardiomegaly/borderline"]) == set()
    assert findings_of_mesh([]) == findings_of_mesh(["", "No Indexing"]) == set()


FLOORS = {  # finding: precision and recall that must not be lost, some points under what is measured
    "normal": (0.92, 0.92),
    "opacity": (0.92, 0.90),
    "degenerative_change": (0.91, 0.95),
    "calcification": (0.94, 0.88),
    "granuloma": (0.95, 0.94),
    "atelectasis": (0.93, 0.86),
    "cardiomegaly": (0.94, 0.94),
    "low_lung_volumes": (0.95, 0.91),
    "aortic_tortuosity": (0.95, 0.83),
    "hyperinflation": (0.95, 0.92),
    "scarring": (0.92, 0.87),
    "nodule": (0.91, 0.86),
    "effusion": (0.93, 0.87),
    "emphysema": (0.94, 0.86),
}


@pytest.mark.real_data
@pytest.mark.skipif("RADSEEK_DATA" not in os.environ, reason="RADSEEK_DATA names no folder of real data")
def test_reports_state_what_experts_coded() -> None:
    with (Path(os.environ["RADSEEK_DATA"]) / "iu_reports_text/reports.csv").open(newline="") as file:
        rows = [
            r for r in csv.DictReader(file) if "No Indexing" not in r["mesh_major"] and r["findings"] + r["impression"]
        ]
    said = [_affirmed(f"{row['findings']}\n\n{row['impression']}") for row in rows]
    coded = [_closed(findings_of_mesh(row["mesh_major"].split("|"))) for row in rows]
    for finding, (precision, recall) in FLOORS.items():
        n_both = sum(finding in s and finding in c for s, c in zip(said, coded, strict=True))
        assert n_both >= precision * sum(finding in s for s in said), finding
        assert n_both >= recall * sum(finding in c for c in coded), finding


def _affirmed(text: str) -> set[str]:
    return _closed(m.finding for m in stated_findings(text) if m.assertion is P)


def _closed(findings) -> set[str]:
    return {name for finding in findings for name in with_parents(finding)}
