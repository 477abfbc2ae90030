import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.records.findings import Change, Severity
from radseek.records.reports import Assertion
from radseek.text import FINDINGS, stated_findings
from radseek.text.attributes import GRADED_BY_AMOUNT

MINIMAL, MILD, MODERATE, SEVERE = Severity
NEW, INCREASED, DECREASED, UNCHANGED, RESOLVED = Change

SEVERITIES = {
    "Moderate left pleural effusion.": {"effusion": MODERATE},
    "Mild to moderate cardiomegaly.": {"cardiomegaly": MODERATE},
    "Moderate-to-severe emphysema.": {"emphysema": SEVERE},
    "The heart is mildly enlarged.": {"cardiomegaly": MILD},
    "Slightly enlarged heart.": {"cardiomegaly": MILD},
    "The effusion is moderate.": {"effusion": MODERATE},
    "The effusion, which is moderate, layers posteriorly.": {"effusion": MODERATE},
    "Effusion (mild) and atelectasis (severe).": {"effusion": MILD, "atelectasis": SEVERE},
    "Hydronephrosis: moderate": {"hydronephrosis": MODERATE},
    "Mild, diffuse emphysema.": {"emphysema": MILD},
    "There is marked cardiomegaly.": {"cardiomegaly": SEVERE},
    "Minimal left basilar atelectasis.": {"atelectasis": MINIMAL},
    "Advanced degenerative changes.": {"degenerative_change": SEVERE},
    "Stable cardiomegaly and mild edema.": {"cardiomegaly": None, "edema": MILD},
    "Mild cardiomegaly, effusion and edema.": {"cardiomegaly": MILD, "effusion": None, "edema": None},
    "Possible mild edema.": {"edema": MILD},
    "Small amount of pleural fluid.": {"effusion": MILD},
    "Mild degree of hydronephrosis.": {"hydronephrosis": MILD},
    # amounts are grades of fluid and free air only
    "Small left effusion.": {"effusion": MILD},
    "Trace right pleural effusion.": {"effusion": MINIMAL},
    "Tiny apical pneumothorax.": {"pneumothorax": MINIMAL},
    "Moderately large effusion.": {"effusion": SEVERE},
    "A very large pericardial effusion.": {"pericardial_effusion": SEVERE},
    "Small nodule and large mass.": {"nodule": None, "mass": None},
    # a grade of something else
    "Mild increase in the right effusion.": {"effusion": None},
    "The effusion has slightly decreased.": {"effusion": None},
    "Minimally displaced fracture.": {"fracture": None},
    "Mildly dense and markedly T2 hypointense nodule.": {"nodule": None},
    "Degenerative changes, most severe at L5-S1.": {"degenerative_change": None},
    "Effusion in a patient with severe pain.": {"effusion": None},
    "No large effusion.": {"effusion": None},
    "There is no severe edema.": {"edema": None},
}

CHANGES = {
    "New left effusion.": {"effusion": NEW},
    "Small effusion, new since the prior study.": {"effusion": NEW},
    "There is interval development of a large pneumothorax.": {"pneumothorax": NEW},
    "A right pneumothorax has developed.": {"pneumothorax": NEW},
    "Newly seen nodule.": {"nodule": NEW},
    "Worsening edema.": {"edema": INCREASED},
    "The edema is worse.": {"edema": INCREASED},
    "Interval increase in size of the left effusion.": {"effusion": INCREASED},
    "Increased left effusion.": {"effusion": INCREASED},
    "The nodule in the right upper lobe has grown.": {"nodule": INCREASED},
    "Nodule increased from 5 mm to 8 mm.": {"nodule": INCREASED},
    "Enlarging pulmonary nodule.": {"nodule": INCREASED},
    "The left effusion has increased, and the right effusion has decreased.": {"effusion": [INCREASED, DECREASED]},
    "Interval improvement in right lower lobe airspace disease.": {"opacity": DECREASED},
    "RLL pneumonia, slightly improved.": {"pneumonia": DECREASED},
    "Moderate effusion appears smaller than on the prior study.": {"effusion": DECREASED},
    "Resolving pneumonia.": {"pneumonia": DECREASED},
    "Near complete resolution of the right effusion.": {"effusion": DECREASED},
    "Right effusion, nearly resolved.": {"effusion": DECREASED},
    "Persistent but decreased effusion.": {"effusion": DECREASED},
    "Stable cardiomegaly.": {"cardiomegaly": UNCHANGED},
    "Cardiomegaly, stable. New effusion.": {"cardiomegaly": UNCHANGED, "effusion": NEW},
    "Heart is enlarged and unchanged.": {"cardiomegaly": UNCHANGED},
    "No change in the effusion.": {"effusion": UNCHANGED},
    "Pleural effusion without significant change.": {"effusion": UNCHANGED},
    "Cardiomegaly has not changed.": {"cardiomegaly": UNCHANGED},
    "Effusion and atelectasis are unchanged.": {"effusion": UNCHANGED, "atelectasis": UNCHANGED},
    "Atelectasis has improved but the effusion persists.": {"atelectasis": DECREASED, "effusion": UNCHANGED},
    "Previously noted nodule in the left lung is unchanged.": {"nodule": UNCHANGED},
    "The effusion has resolved.": {"effusion": RESOLVED},
    "Interval resolution of the right pneumothorax.": {"pneumothorax": RESOLVED},
    "The previously seen pneumothorax is no longer present.": {"pneumothorax": RESOLVED},
    # no change of this finding, or none at all
    "No new effusion.": {"effusion": None},
    "The area has the appearance of a cyst.": {"cyst": None},
    "No pneumothorax, unchanged.": {"pneumothorax": None},
    "Effusion. Heart size is stable.": {"effusion": None},
    "Cardiomegaly, effusion is unchanged.": {"cardiomegaly": None, "effusion": UNCHANGED},
    "Increased patchy opacity at the bases.": {"opacity": None},
    "A smaller left lung nodule is seen.": {"nodule": None},
    "A nodule larger than 8 mm.": {"nodule": None},
    "The effusion has not increased.": {"effusion": None},
    "Stable patient with effusion.": {"effusion": None},
}

SIZES = {
    "A 2.3 x 1.4 cm left renal mass.": {"renal_mass": 23.0},
    "There is a 5-mm nodule.": {"nodule": 5.0},
    "Nodule measuring 1,5 cm.": {"nodule": 15.0},
    "Mass of 23 mm x 14 mm x 9 mm.": {"mass": 23.0},
    "Soft tissue mass, 4x4x5mm.": {"mass": 5.0},
    "A cyst with a diameter of up to 9 mm.": {"cyst": 9.0},
    "4-5 mm stone in the left kidney.": {"renal_stone": 5.0},
    "Aneurysm is 5.5 centimetres.": {"aneurysm": 55.0},
    "Nodule measures 2.1 cm (previously 1.4 cm).": {"nodule": 21.0},
    "Nodule has grown from 5 mm to 8 mm.": {"nodule": 8.0},
    "Mass has shrunk from 3 to 2 cm.": {"mass": 20.0},
    "Left 2.3 cm nodule and right 8 mm mass.": {"nodule": 23.0, "mass": 8.0},
    "Moderate hydronephrosis secondary to a 4 mm stone.": {"hydronephrosis": None, "stone": 4.0},
    "Large mass in the right lobe of the liver measuring 10 x 12 cm.": {"liver_mass": 120.0},
    "Nodules measuring 4, 5 and 8 mm.": {"nodule": 8.0},
    "5 mm midline shift.": {"midline_shift": 5.0},
    # no size
    "Endotracheal tube 3 cm above the carina.": {"endotracheal_tube": None},
    "Nodule 12 mm from the pleura.": {"nodule": None},
    "CT with 5 mm axial slices shows a nodule.": {"nodule": None},
    "Nodule, less than 5 mm.": {"nodule": None},
    "Nodule < 5 mm.": {"nodule": None},
    "Pulmonary hypertension, pressure 40 mm Hg.": {"pulmonary_hypertension": None},
    "No nodule above 5 mm.": {"nodule": None},
    "Three nodules.": {"nodule": None},
}

LEVELS = {
    "T12 compression fracture.": {"compression_fracture": "T12"},
    "Wedging of T11 and T12.": {"compression_fracture": "T11, T12"},
    "Compression fractures at T6 through T9.": {"compression_fracture": "T6-T9"},
    "Compression deformity of the second lumbar vertebra.": {"compression_fracture": "L2"},
    "Disc herniation at L4-5 and L5-S1.": {"herniated_disc": "L4-L5, L5-S1"},
    "Disc herniation at L4-5 and L5-S1 with spinal stenosis.": {"spinal_stenosis": None},
    "Herniated disc, L5/S1.": {"herniated_disc": "L5-S1"},
    "l4-5 disc herniation": {"herniated_disc": "L4-L5"},
    "L5-S1: severe disc herniation.": {"herniated_disc": "L5-S1"},
    "Degenerative changes, most severe at L5-S1.": {"degenerative_change": "L5-S1"},
    "At L2-3 there is spinal stenosis; at L4-5 there is disc herniation.": {
        "spinal_stenosis": "L2-L3",
        "herniated_disc": "L4-L5",
    },
    "At the C3-C4 level a disc herniation and spinal stenosis.": {
        "herniated_disc": "C3-C4",
        "spinal_stenosis": "C3-C4",
    },
    "Fractures of the left 5th and 6th ribs.": {"fracture": "rib 5, rib 6"},
    "Left seventh rib fracture.": {"rib_fracture": "rib 7"},
    "Fractures of the 4th through 7th right ribs.": {"fracture": "rib 4-7"},
    "Rib fractures, ribs 4-7 on the right.": {"rib_fracture": "rib 4-7"},
    "T2 vertebral body fracture.": {"compression_fracture": "T2"},
    "T2 hyperintense mass.": {"mass": None},
    "Mass of low T1 and high T2 signal.": {"mass": None},
    "T2 N0 carcinoma.": {"malignancy": None},
    "Fracture of L9.": {"fracture": None},
    "No fracture of T12.": {"fracture": None},
}

PARTS = {
    "RLL pneumonia, LUL nodule.": {"pneumonia": "right lower lobe", "nodule": "left upper lobe"},
    "There is a nodule in the right upper lobe.": {"nodule": "right upper lobe"},
    "In the right upper lobe there is a nodule.": {"nodule": "right upper lobe"},
    "Right upper and middle lobe consolidation.": {"consolidation": "right upper lobe, right middle lobe"},
    "Bilateral lower lobe opacities.": {"opacity": "lower lobe"},
    "Lingular atelectasis and left lower lobe scarring.": {"atelectasis": "lingula", "scarring": "left lower lobe"},
    "Consolidation in the left lower lobe with small effusion.": {
        "consolidation": "left lower lobe",
        "effusion": None,
    },
    "Mass in the right lobe of the liver.": {"liver_mass": "right hepatic lobe"},
    "Left frontal lobe infarct.": {"infarct": "left frontal lobe"},
    "Bibasilar effusion and some atelectasis within the right middle lobe.": {
        "effusion": None,
        "atelectasis": "right middle lobe",
    },
}

TOLD = [
    (attribute, text, finding, expected)
    for attribute, table in (
        ("severity", SEVERITIES),
        ("change", CHANGES),
        ("size_mm", SIZES),
        ("level", LEVELS),
        ("part", PARTS),
    )
    for text, by_finding in table.items()
    for finding, expected in by_finding.items()
]


@pytest.mark.parametrize(("attribute", "text", "finding", "expected"), TOLD)
def test_each_mention_has_its_own_attributes(attribute: str, text: str, finding: str, expected: object) -> None:
    told = [getattr(m, attribute) for m in stated_findings(text) if m.finding == finding]
    assert told == (expected if isinstance(expected, list) else [expected])


def test_capitals_and_white_space_do_not_matter() -> None:
    for attribute, text, finding, _ in TOLD:
        told = [getattr(m, attribute) for m in stated_findings(text) if m.finding == finding]
        for written in (text.upper(), text.replace(" ", "  ")):
            assert [getattr(m, attribute) for m in stated_findings(written) if m.finding == finding] == told, written


def test_what_is_denied_keeps_only_that_it_has_resolved() -> None:
    text = "No new large left effusion in the RLL at T4 of 3 cm. Severe pneumonia has resolved."
    absent = [m for m in stated_findings(text) if m.assertion is Assertion.ABSENT and m.finding != "normal"]
    assert [(m.finding, m.severity, m.change, m.level, m.part, m.size_mm) for m in absent] == [
        ("effusion", None, None, None, None, None),
        ("pneumonia", None, RESOLVED, None, None, None),
    ]


def test_normality_has_no_attributes() -> None:
    told = stated_findings("The heart is normal in size and stable. Lungs are clear.")
    assert {m.finding for m in told} >= {"normal", "cardiomegaly"}
    assert {(m.severity, m.change, m.level, m.part, m.size_mm) for m in told} == {(None,) * 5}


def test_what_is_graded_by_its_amount_is_known() -> None:
    assert set(FINDINGS) >= GRADED_BY_AMOUNT


PIECES = (
    "mild severe small large new stable unchanged increased resolved no not without and or , . ; : ( ) - with of in "
    "at the is has been effusion nodule atelectasis fracture heart size 5 mm 2.3 x 1.4 cm L4-L5 T12 RLL right left "
    "lower lobe 5th rib ribs 4-7 to from previously <"
).split(" ")


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join) | st.text(max_size=120))
def test_any_text_is_read_and_what_is_told_stands_in_it(text: str) -> None:
    for m in stated_findings(text):
        assert 0 <= m.start < m.end <= len(text)
        assert m.size_mm is None or 0 < m.size_mm <= 2000
        assert m.assertion is not Assertion.ABSENT or (m.severity, m.level, m.part, m.size_mm) == (None,) * 4
        for name in (m.level, m.part):
            assert name is None or name.strip()


@pytest.mark.parametrize(
    "piece",
    [
        "mild effusion, ",
        "5 mm nodule and ",
        "1 x ",
        "5th, ",
        "L4-",
        "increase in ",
        "of in of ",
        "new, ",
        "right upper and ",
    ],
)
def test_the_work_grows_with_the_length_only(piece: str, count_work) -> None:
    lines, characters = zip(
        *(count_work(stated_findings, "effusion " + piece * n) for n in (10, 200, 800)), strict=True
    )
    assert lines[2] < 5 * lines[1]  # 4 for linear, 16 for quadratic
    assert characters[2] < 5 * characters[1]
