import pytest

from radseek.records.reports import ParsedReport, Section
from radseek.text import parse_report, parse_sections


def by_section(report: ParsedReport) -> list[tuple[str, str]]:
    return [(sentence.section.value, sentence.text) for sentence in report.sentences]


@pytest.mark.parametrize(
    "heading",
    [
        "IMPRESSION:",
        "Impression:",
        "impression:",
        "IMPRESSION\n",
        "Impression\n",
        "IMPRESSION: \n",
        "IMPRESSION -",
        "IMPRESSION",
        "Impression :",
        "**Impression:**",
        "## Impression\n",
        "Opinion:",
        "OPINION\n",
        "CONCLUSION:",
        "Conclusions:",
        "FINAL IMPRESSION:",
        "IMPRESSION/RECOMMENDATION:",
        "IMPRESSION (preliminary):",
        "RECOMMENDATIONS:",
        "SUMMARY:",
    ],
)
def test_headings_of_an_impression(heading: str) -> None:
    report = parse_report(f"FINDINGS: Lungs clear.\n{heading} Small effusion.")
    assert by_section(report) == [("findings", "Lungs clear."), ("impression", "Small effusion.")]


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("INDICATION:", "indication"),
        ("Clinical history:", "indication"),
        ("CLINICAL INFORMATION", "indication"),
        ("Reason for exam:", "indication"),
        ("REASON FOR THIS EXAMINATION:", "indication"),
        ("Hx:", "indication"),
        ("PAST MEDICAL HISTORY:", "indication"),
        ("COMPARISON:", "comparison"),
        ("Comparison", "comparison"),
        ("TECHNIQUE:", "technique"),
        ("Procedure:", "technique"),
        ("EXAMINATION:", "technique"),
        ("FINDINGS:", "findings"),
        ("Findings", "findings"),
        ("CT CHEST FINDINGS:", "findings"),
        ("FINDINGS AND IMPRESSION:", "findings"),
        ("Additional findings:", "findings"),
        ("ADDENDUM:", "other"),
        ("Dictated by:", "other"),
    ],
)
def test_headings_on_a_line_of_their_own(heading: str, section: str) -> None:
    report = parse_report(f"{heading}\nChest pain.")
    assert by_section(report) == [(section, "Chest pain.")]


def test_all_sections_of_a_report_on_one_line() -> None:
    text = "HISTORY: Cough. COMPARISON: None. FINDINGS: Lungs clear. IMPRESSION: Normal chest."
    assert by_section(parse_report(text)) == [
        ("indication", "Cough."),
        ("comparison", "None."),
        ("findings", "Lungs clear."),
        ("impression", "Normal chest."),
    ]


def test_a_heading_in_capitals_after_text_without_full_stop() -> None:
    text = "Bladder is thick. IMPRESSION: Bladder diverticulum HISTORY: 73-year-old male"
    assert by_section(parse_report(text)) == [
        ("other", "Bladder is thick."),
        ("impression", "Bladder diverticulum"),
        ("indication", "73-year-old male"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "FINDINGS ARE CONSISTENT WITH PNEUMONIA.",
        "Comparison is made with the prior study.",
        "No acute findings: see below.",
        "The patient has a history: none known.",
        "Study limited by motion.",
        "LUNGS: clear.",
        "HEART: normal in size.",
    ],
)
def test_plain_words_are_no_headings(text: str) -> None:
    assert by_section(parse_report(text)) == [("other", text)]


def test_text_before_the_first_heading_is_other() -> None:
    report = parse_report("CHEST, TWO VIEWS\n\nFINDINGS:\nNormal.")
    assert by_section(report) == [("other", "CHEST, TWO VIEWS"), ("findings", "Normal.")]


def test_organ_names_inside_findings_stay_in_their_sentences() -> None:
    report = parse_report("FINDINGS:\nLungs: Clear.\nHeart: Normal size.\n")
    assert by_section(report) == [("findings", "Lungs: Clear."), ("findings", "Heart: Normal size.")]


def test_empty_sections_are_left_out() -> None:
    assert by_section(parse_report("FINDINGS:\n\nIMPRESSION: Normal.")) == [("impression", "Normal.")]


def test_parse_sections_writes_headings_and_places_sentences() -> None:
    report = parse_sections({
        Section.IMPRESSION: " Small effusion. ",
        Section.INDICATION: "Cough.",
        Section.COMPARISON: "  ",
    })
    assert report.text == "INDICATION: Cough.\n\nIMPRESSION: Small effusion."
    assert by_section(report) == [("indication", "Cough."), ("impression", "Small effusion.")]
    assert all(report.text[s.start : s.end] == s.text for s in report.sentences)


def test_parse_sections_is_what_parse_report_reads_back() -> None:
    sections = {
        Section.OTHER: "Portable film.",
        Section.INDICATION: "Fever.",
        Section.TECHNIQUE: "One view.",
        Section.FINDINGS: "1. Left effusion. 2. No\npneumothorax.",
        Section.IMPRESSION: "Effusion.",
    }
    report = parse_sections(sections)
    assert parse_report(report.text) == report
    assert len(report.sentences) == 6


def test_a_column_that_repeats_its_heading_or_names_another() -> None:
    report = parse_sections({Section.FINDINGS: "FINDINGS: Clear. IMPRESSION: old"})
    assert by_section(report) == [("findings", "Clear."), ("findings", "IMPRESSION: old")]


def test_other_text_may_be_a_whole_report() -> None:
    report = parse_sections({Section.OTHER: "FINDINGS: Clear.\nIMPRESSION: Normal."})
    assert by_section(report) == [("findings", "Clear."), ("impression", "Normal.")]


def test_no_sections_are_no_text() -> None:
    assert parse_sections({}) == ParsedReport("", ())
