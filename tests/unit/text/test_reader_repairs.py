"""What a reading of disagreements with expert coding found wrong in the reader, each with a sentence of our own."""

from __future__ import annotations

import pytest

from radseek.records.findings import Side
from radseek.records.reports import Assertion
from radseek.text import default_lexicon, stated_findings

P, A, U = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN

SENTENCES = {
    # hedges
    "Left basal opacity, favoring atelectasis": {"opacity": P, "atelectasis": U},
    "Airspace opacity in the lingula favored as atelectasis": {"opacity": P, "atelectasis": U},
    "Mild blunting may represent effusion, atelectasis, and/or consolidation": {"effusion": U, "consolidation": U},
    "Basal shadow, possibly due to pneumonia or atelectasis": {"pneumonia": U, "atelectasis": U},
    "Question mild cardiomegaly": {"cardiomegaly": U},
    "There is a suggestion of a small effusion": {"effusion": U},
    "Lung volumes are low normal": {"low_lung_volumes": U},
    "Alveolar opacities representing edema versus pneumonia": {"opacity": P, "edema": U, "pneumonia": U},
    "Opacities in the left lung may be compatible with infection, differential diagnosis includes edema": {
        "opacity": P,
        "edema": U,
    },
    "Borderline heart size and aortic tortuosity": {"cardiomegaly": U, "aortic_tortuosity": P},
    # how far a denial or a statement of normality goes
    "No pneumothorax the lungs are hyperinflated": {"pneumothorax": A, "hyperinflation": P},
    "Coarse markings without superimposed focal airspace disease": {"opacity": A},
    "No superimposed pneumonia": {"pneumonia": A},
    "Clear hyperexpanded lungs": {"hyperinflation": P},
    "Heart size is within normal limits given the low lung volumes": {"cardiomegaly": A, "low_lung_volumes": P},
    "Mildly tortuous aorta, otherwise mediastinal contours are within normal limits": {
        "aortic_tortuosity": P,
        "mediastinal_widening": A,
    },
    "Pulmonary vessels are within normal limits": {"vascular_congestion": A},
    # words
    "The thoracic aorta is calcified": {"calcification": P, "aortic_atherosclerosis": P},
    "Calcified and tortuous aorta": {"calcification": P, "aortic_atherosclerosis": P, "aortic_tortuosity": P},
    "The aorta is heavily calcified and tortuous": {"calcification": P, "aortic_tortuosity": P},
    "A tortuous, calcified thoracic aorta": {"aortic_tortuosity": P, "aortic_atherosclerosis": P},
    "Aortic XXXX calcification": {"calcification": P, "aortic_atherosclerosis": P},
    "The heart XXXX is enlarged": {"cardiomegaly": P},
    "Vascular calcifications": {"vascular_calcification": P},
    "Over expanded lungs": {"hyperinflation": P},
    "Endplate changes in the spine": {"degenerative_change": P},
    "Granulomatous mediastinal calcifications": {"granuloma": P, "calcification": P},
    "Round calcific densities": {"calcification": P},
    "Prior calcified granulomatous disease": {"granuloma": P},
    "Stable right paratracheal opacity": {"opacity": P},
    "Interval enlargement of right lower lobe mass": {"mass": P},
    "Abnormal interstitial pattern": {"prominent_markings": P},
    "Tubular airway ectasia": {},
    "Lower lung volumes than before": {"low_lung_volumes": P},
    "Left lower lung volume loss": {"volume_loss": P},
    # what people call a large heart
    "Heart size is enlarged": {"cardiomegaly": P},
    "Enlarged cardiac silhouette": {"cardiomegaly": P},
    "Big heart": {"cardiomegaly": P},
    "Cardiac enlargement": {"cardiomegaly": P},
    "The cardiothoracic ratio is increased": {"cardiomegaly": P},
}

NOTHING_STATED = """
The left lung
Disc height
Heart and mediastinum
The basal ganglia
Breast tissue
The thoracic aorta
Right kidney and left kidney
Gallbladder, pancreas and spleen
Femoral neck
An apple a day
Rotator cuff and labrum
Superior mesenteric artery
Bowel wall
Large abdominal pannus
""".strip().splitlines()

QUERIES = {
    "ptx": "pneumothorax",
    "ggo": "ground_glass_opacity",
    "chf": "heart_failure",
    "htn": "hypertension",
    "sbo": "small_bowel_obstruction",
    "pe": "pulmonary_embolism",
    "dvt": "deep_vein_thrombosis",
    "copd": "copd",
    "tb": "tuberculosis",
    "heart size is enlarged": "cardiomegaly",
    "oesophageal carcinoma": "esophageal_cancer",
    "haemopneumothorax": "pneumothorax",
    "rib fractures": "rib_fracture",
    "acl tear": "anterior_cruciate_tear",
    "torn rotator cuff": "rotator_cuff_tear",
    "spiculated mass": "mass",
    "ring enhancing lesion in the brain": "ring_enhancement",
    "rim-enhancing brain lesions": "ring_enhancement",
    "mass with peripheral enhancement": "ring_enhancement",
    "pancreatic cyst": "pancreatic_cyst",
}


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_that_was_read_wrongly_is_read_rightly(text: str) -> None:
    stated = {m.finding: m.assertion for m in stated_findings(text)}
    assert {name: stated.get(name) for name in SENTENCES[text]} == SENTENCES[text]
    assert SENTENCES[text] or not stated


@pytest.mark.parametrize(
    ("text", "finding", "side"),
    [
        ("3.0 cm cyst in the left lobe of the liver", "liver_cyst", None),
        ("cyst in segment 7 of the liver", "liver_cyst", None),
        ("a hypodense lesion in the dome of the liver", "liver_mass", None),
        ("abscess in the right lobe of the liver", "liver_abscess", None),
        ("hemangioma within the right lobe of the liver", "liver_hemangioma", None),
        ("mass in the upper pole of the left kidney", "renal_mass", Side.LEFT),
        ("stone in the lower pole of the right kidney", "renal_stone", Side.RIGHT),
        ("cyst in the left lobe of the thyroid", "cyst", Side.LEFT),
        ("mass in the right lower lobe of the lung", "mass", Side.RIGHT),
    ],
)
def test_a_lobe_or_pole_before_the_organ_leaves_the_finding_its_organ(
    text: str, finding: str, side: Side | None
) -> None:
    assert [(m.finding, m.side) for m in stated_findings(text)] == [(finding, side)]


@pytest.mark.parametrize(
    ("text", "finding", "side"),
    [
        ("A 3.0 cm cyst is seen in the left lobe of the liver", "liver_cyst", None),
        ("Several cysts are again noted within the liver", "liver_cyst", None),
        ("Cysts are present in both kidneys", "renal_cyst", Side.BILATERAL),
        ("A cyst is seen in the lower pole of the left kidney", "renal_cyst", Side.LEFT),
        ("A mass is identified in the right kidney", "renal_mass", Side.RIGHT),
        ("A stone is seen in the left ureter", "ureteral_stone", Side.LEFT),
        ("cysts seen in the kidneys", "renal_cyst", None),
        ("An abscess is located in the right lobe of the liver", "liver_abscess", None),
    ],
)
def test_a_verb_between_leaves_the_finding_its_organ(text: str, finding: str, side: Side | None) -> None:
    for as_query in (False, True):
        (stated,) = stated_findings(text, as_query=as_query)
        assert (stated.finding, stated.assertion, stated.side) == (finding, P, side)


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("The right kidney shwos mild hydronephrosis, edema and a dilated ureter", [Side.RIGHT, Side.RIGHT]),
        ("Left hydronephrosis with a dilated right ureter", [Side.LEFT, Side.RIGHT]),
        ("A dilated ureter and left hydronephrosis", [None, Side.LEFT]),
        ("Right hydronephrosis, no other hydronephrosis", [Side.RIGHT, None]),
    ],
)
def test_what_is_told_again_is_on_the_side_told_before(text: str, sides: list[Side | None]) -> None:
    assert [m.side for m in stated_findings(text) if m.finding == "hydronephrosis"] == sides


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("No cyst is seen in the liver", A),
        ("A cyst is possibly present in the liver", U),
        ("Possible cyst is seen in the liver", U),
    ],
)
def test_a_verb_between_leaves_denial_and_doubt(text: str, assertion: Assertion) -> None:
    assert {m.assertion for m in stated_findings(text)} == {assertion}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Complete tear of the anterior cruciate ligament", "anterior_cruciate_tear"),
        ("There is disruption of the ACL", "anterior_cruciate_tear"),
        ("ACL rupture", "anterior_cruciate_tear"),
        ("The anterior cruciate ligament is completely torn", "anterior_cruciate_tear"),
        ("Disruption of the fibers of the anterior cruciate ligament", "anterior_cruciate_tear"),
        ("Torn PCL", "posterior_cruciate_tear"),
        ("posterior cruciate ligament injury", "posterior_cruciate_tear"),
        ("Rupture of the medial collateral ligament", "medial_collateral_tear"),
        ("LCL sprain", "lateral_collateral_tear"),
        ("Tear in the posterior horn of the medial meniscus", "medial_meniscal_tear"),
        ("A tear is seen in the lateral meniscus", "lateral_meniscal_tear"),
        ("The lateral meniscus is torn", "lateral_meniscal_tear"),
        ("Medial malleolus fracture", "medial_malleolus_fracture"),
        ("Fracture of the left lateral malleolus", "lateral_malleolus_fracture"),
        ("ventricular septal defect", "ventricular_septal_defect"),
        ("extra-axial lesion", "extra_axial_lesion"),
        ("An extraaxial mass", "extra_axial_mass"),
        ("Small extra-axial fluid collection", "extra_axial_collection"),
        ("Extra-axial cystic lesion", "extra_axial_cyst"),
        ("extra-axial tumor", "brain_tumor"),
        ("cruciate ligament tear", "cruciate_tear"),
        ("torn meniscus", "meniscal_tear"),
        ("Discoid lateral meniscus", "discoid_meniscus"),
    ],
)
def test_what_nobody_takes_for_the_other_is_a_finding_of_its_own(text: str, finding: str) -> None:
    assert [m.finding for m in stated_findings(text)] == [finding]


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("Anterior and posterior cruciate ligament tears", {"anterior_cruciate_tear", "posterior_cruciate_tear"}),
        ("Bimalleolar fracture", {"medial_malleolus_fracture", "lateral_malleolus_fracture"}),
        ("Medial and lateral meniscal tears", {"medial_meniscal_tear", "lateral_meniscal_tear"}),
    ],
)
def test_both_of_a_pair_are_both_findings(text: str, findings: set[str]) -> None:
    assert {m.finding for m in stated_findings(text) if m.assertion is P} >= findings


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("The ACL is intact", "anterior_cruciate_tear"),
        ("Intact posterior cruciate ligament", "posterior_cruciate_tear"),
        ("The cruciate ligaments are intact", "cruciate_tear"),
        ("The medial meniscus is intact", "medial_meniscal_tear"),
        ("The menisci are normal", "meniscal_tear"),
    ],
)
def test_an_intact_ligament_or_meniscus_is_not_torn(text: str, finding: str) -> None:
    assert (finding, A) in {(m.finding, m.assertion) for m in stated_findings(text)}


@pytest.mark.parametrize(
    ("kind", "general"),
    [
        ("anterior_cruciate_tear", "cruciate_tear"),
        ("posterior_cruciate_tear", "ligament_tear"),
        ("medial_meniscal_tear", "meniscal_tear"),
        ("meningioma", "extra_axial_lesion"),
        ("meningioma", "brain_tumor"),
        ("arachnoid_cyst", "extra_axial_lesion"),
        ("subdural_hematoma", "extra_axial_collection"),
        ("ventricular_septal_defect", "septal_defect"),
    ],
)
def test_kinds_are_found_by_the_general_name(kind: str, general: str) -> None:
    assert general in default_lexicon().with_parents(kind)


def test_not_every_extra_axial_lesion_is_a_tumor() -> None:
    lexicon = default_lexicon()
    for name in ("extra_axial_lesion", "extra_axial_mass", "extra_axial_collection", "extra_axial_cyst"):
        assert "brain_tumor" not in lexicon.with_parents(name)


@pytest.mark.parametrize("text", NOTHING_STATED)
def test_anatomy_alone_states_nothing(text: str) -> None:
    for as_query in (False, True):
        assert stated_findings(text, as_query=as_query) == ()


@pytest.mark.parametrize("text", QUERIES)
def test_what_people_type_is_understood(text: str) -> None:
    assert QUERIES[text] in {m.finding for m in stated_findings(text, as_query=True)}


@pytest.mark.parametrize("text", ["as ms ad", "Type it as it is", "speed and copepod", "a dish, the gist"])
def test_ordinary_words_in_a_query_are_no_abbreviations(text: str) -> None:
    assert stated_findings(text, as_query=True) == ()


def test_the_lexicon_reaches_over_the_body() -> None:
    findings = default_lexicon().findings.values()
    assert len(findings) >= 300
    regions = [region.value for finding in findings for region in finding.regions]
    for region, least in {"chest": 100, "abdomen": 80, "head": 60, "limbs": 60, "spine": 25, "neck": 20}.items():
        assert regions.count(region) >= least, region


def test_many_marks_of_de_identification_cost_no_more_than_other_words(count_work) -> None:
    texts = ["dilated " + "XXXX " * n + "aorta" for n in (50, 200, 800)]
    lines, _ = zip(*(count_work(stated_findings, text) for text in texts), strict=True)
    assert lines[2] < 5 * lines[1]
