"""Reports as dictation, transcription and export leave them: each line ends up in its section, each sentence whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.records.reports import Assertion
from radseek.text import parse_report, sentence_spans, stated_findings
from radseek.text.layout import laid_out

REPORTS = {
    "a heading glued to its text": (
        "FINDINGS:The lungs are clear.IMPRESSION:Small effusion.",
        ["findings: The lungs are clear.", "impression: Small effusion."],
    ),
    "a numbered list without spaces": (
        "IMPRESSION:1.Small effusion.2.No pneumothorax.",
        ["impression: Small effusion.", "impression: No pneumothorax."],
    ),
    "capitals without colons": (
        "CHEST TWO VIEWS\nCLINICAL HISTORY COUGH\nFINDINGS THE LUNGS ARE CLEAR. THERE IS NO EFFUSION\n"
        "IMPRESSION NORMAL CHEST",
        [
            "other: CHEST TWO VIEWS",
            "indication: COUGH",
            "findings: THE LUNGS ARE CLEAR.",
            "findings: THERE IS NO EFFUSION",
            "impression: NORMAL CHEST",
        ],
    ),
    "capitals without colons or line ends": (
        "HISTORY COUGH. COMPARISON NONE. FINDINGS LUNGS ARE CLEAR. IMPRESSION NO ACUTE DISEASE.",
        ["indication: COUGH.", "comparison: NONE.", "findings: LUNGS ARE CLEAR.", "impression: NO ACUTE DISEASE."],
    ),
    "capitals that only speak of findings": (
        "FINDINGS ARE CONSISTENT WITH EDEMA. HISTORY OF ASTHMA. COMPARISON STUDY SHOWS NO CHANGE.",
        [
            "other: FINDINGS ARE CONSISTENT WITH EDEMA.",
            "other: HISTORY OF ASTHMA.",
            "other: COMPARISON STUDY SHOWS NO CHANGE.",
        ],
    ),
    "an addendum after the impression": (
        "IMPRESSION: Small effusion.\nADDENDUM: There is a rib fracture too. No pneumothorax.\nDictated by: A. Smith",
        [
            "impression: Small effusion.",
            "other: There is a rib fracture too.",
            "other: No pneumothorax.",
            "other: A. Smith",
        ],
    ),
    "an addendum before the report": (
        "*** ADDENDUM #1 ***\nSmall effusion.\n*** END OF ADDENDUM ***\nFINDINGS: Clear.\nIMPRESSION: Normal.",
        ["other: Small effusion.", "findings: Clear.", "impression: Normal."],
    ),
    "an addendum with name and date": (
        "IMPRESSION: Normal.\nAddendum by Dr. Smith on 3/4/2020 10:15: Small effusion is seen.",
        ["impression: Normal.", "other: Small effusion is seen."],
    ),
    "an addendum with sections of its own": (
        "IMPRESSION: Normal.\n\nADDENDUM 12/3/2020\nFINDINGS: Nodule.\nIMPRESSION: Nodule.",
        ["impression: Normal.", "findings: Nodule.", "impression: Nodule."],
    ),
    "a sentence that begins with addendum": (
        "IMPRESSION: Normal. Addendum was requested.",
        ["impression: Normal.", "impression: Addendum was requested."],
    ),
    "carriage returns alone": (
        "Findings:\rLungs clear.\rNo effusion.\rImpression:\rNormal.",
        ["findings: Lungs clear.", "findings: No effusion.", "impression: Normal."],
    ),
    "carriage returns with line feeds": (
        "FINDINGS\r\nLungs clear\r\nNo effusion\r\nIMPRESSION\r\nNormal\r\n",
        ["findings: Lungs clear", "findings: No effusion", "impression: Normal"],
    ),
    "tags": (
        "FINDINGS:<br>Lungs <b>clear</b>.<br/>No effusion.<BR><p>IMPRESSION:</p><p>Normal&nbsp;</p>",
        ["findings: Lungs <b>clear</b>.", "findings: No effusion.", "impression: Normal"],
    ),
    "spaces that do not break": (
        "Findings:\u00a0Clear.\u00a0\u00a0No effusion.\nImpression\u00a0:\u00a0Normal",
        ["findings: Clear.", "findings: No effusion.", "impression: Normal"],
    ),
    "line ends of other systems": (
        "Lungs clear\u2028Heart normal\u2029No effusion\x85Edema\x0bScar",
        ["other: Lungs clear", "other: Heart normal", "other: No effusion", "other: Edema", "other: Scar"],
    ),
    "tabs": (
        "FINDINGS\t: Normal\tIMPRESSION\t:\t1.\tEffusion.\t2.\tNodule.",
        ["findings: Normal", "impression: Effusion.", "impression: Nodule."],
    ),
    "spoken marks": (
        "findings colon heart is normal period no effusion period new paragraph impression colon clear chest period",
        ["findings: heart is normal", "findings: no effusion", "impression: clear chest"],
    ),
    "the period that is a time": (
        "Nodules grew over a period and then during a month period",
        ["other: Nodules grew over a period and then during a month period"],
    ),
    "the colon that is an organ": ("History colon cancer.", ["other: History colon cancer."]),
    "headings in other spelling": (
        "INDICATIONS FOR EXAM: Cough.\nFindings – Clear.\nCONCLUSION- Normal.",
        ["indication: Cough.", "findings: Clear.", "impression: Normal."],
    ),
    "short headings": ("EXAMINATION: Film.\nIMP: Normal.", ["technique: Film.", "impression: Normal."]),
    "a heading with a full stop": ("IMPRESSION.\nNormal chest.", ["impression: Normal chest."]),
    "an underlined heading": ("IMPRESSION\n----------\nNormal\n==========", ["impression: Normal"]),
    "a comment after the indication": (
        "INDICATION: Cough.\nCOMMENT: Small effusion.",
        ["indication: Cough.", "other: Small effusion."],
    ),
    "a signature without full stop": (
        "IMPRESSION: No acute disease Electronically signed by: J. Doe, MD",
        ["impression: No acute disease", "other: J. Doe, MD"],
    ),
    "bullets": (
        "• Effusion\n◦ Nodule\n▪ Mass\n\uf0b7 Fracture\n* Edema\n» Scar\n+ Cyst\n→ Hernia\na. Tumor\nII. Stone",
        [f"other: {word}" for word in "Effusion Nodule Mass Fracture Edema Scar Cyst Hernia Tumor Stone".split()],
    ),
    "numbers with a dash": ("1- Effusion 2- Nodule\n3- Mass", ["other: Effusion", "other: Nodule", "other: Mass"]),
    "ages and sides": (
        "79 y.o. man. Rt. effusion, lt. base. Nodule of 2.3 x 1.4 cm. No mass.",
        ["other: 79 y.o. man.", "other: Rt. effusion, lt. base.", "other: Nodule of 2.3 x 1.4 cm.", "other: No mass."],
    ),
    "a full stop glued to a small letter": (
        "Clear lungs.no pneumothorax.",
        ["other: Clear lungs.", "other: no pneumothorax."],
    ),
    "marks of de-identification alone": (
        "XXXX. XXXX, XXXX. Lungs are clear. XXXX opacity. XXXX",
        ["other: Lungs are clear.", "other: XXXX opacity."],
    ),
    "long lines that were typed": (
        "Small lesion in the left thalamus, dark on the first sequence and bright on the second, and a subcortical "
        "lesion in the right frontal lobe\nThere is no mass",
        [
            "other: Small lesion in the left thalamus, dark on the first sequence and bright on the second, and a "
            "subcortical lesion in the right frontal lobe",
            "other: There is no mass",
        ],
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_reports_as_they_come(name: str) -> None:
    text, expected = REPORTS[name]
    sentences = parse_report(text).sentences
    assert [f"{s.section.value}: {s.text}" for s in sentences] == expected
    assert all(text[s.start : s.end] == s.text for s in sentences)


def test_what_an_addendum_finds_counts() -> None:
    text = "INDICATION: Pneumonia.\nIMPRESSION: Cardiomegaly.\nADDENDUM: There is a nodule. No effusion."
    assert [(m.finding, m.assertion) for m in stated_findings(text)] == [
        ("cardiomegaly", Assertion.PRESENT),
        ("nodule", Assertion.PRESENT),
        ("effusion", Assertion.ABSENT),
    ]


PIECES = (
    "\r",
    "\r\n",
    "<br>",
    "</p>",
    "<",
    "period",
    "new paragraph",
    "&nbsp;",
    "\u00a0",
    "\u2028",
    "Lungs clear",
    ". ",
    " ",
)


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_laying_out_keeps_every_letter_in_its_place(text: str) -> None:
    plain = laid_out(text)
    assert len(plain) == len(text)
    assert all(a == b or b in " \n." for a, b in zip(text, plain, strict=True))
    for start, end in sentence_spans(text):
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "piece", ["<br", "period ", "\r\n", "ADDENDUM ", "ADDENDUM 1.", "IMPRESSION A", "new ", "XXXX ", "1-"]
)
def test_the_work_grows_with_the_length_only(piece: str, count_work) -> None:
    lines, characters = zip(*(count_work(parse_report, (piece * n)[:n]) for n in (50, 1500, 6000)), strict=True)
    assert lines[2] < 5 * lines[1]  # 4 for linear, 16 for quadratic
    assert characters[2] < 5 * characters[1]
