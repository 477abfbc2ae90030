import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.text import parse_report, sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Heart normal. Lungs clear.", ["Heart normal.", "Lungs clear."]),
        ("1. Small effusion. 2. No pneumothorax.", ["Small effusion.", "No pneumothorax."]),
        ("1. Small effusion 2. No pneumothorax 3) Old fracture", ["Small effusion", "No pneumothorax", "Old fracture"]),
        ("1) Effusion.\n2) Nodule.", ["Effusion.", "Nodule."]),
        ("(1) Effusion.\n(2) Nodule.", ["Effusion.", "Nodule."]),
        ("A 2.3 cm nodule. Next.", ["A 2.3 cm nodule.", "Next."]),
        ("Nodule of 3 cm. No effusion.", ["Nodule of 3 cm.", "No effusion."]),
        ("Nodule of 3 cm. in size.", ["Nodule of 3 cm. in size."]),
        ("Discussed with Dr. Smith. Done.", ["Discussed with Dr. Smith.", "Done."]),
        ("Discussed with J. Smith today.", ["Discussed with J. Smith today."]),
        ("Hepatitis B. No mass.", ["Hepatitis B.", "No mass."]),
        (
            "Fluid vs. thickening, e.g. scar, approx. 3 mm thick.",
            ["Fluid vs. thickening, e.g. scar, approx. 3 mm thick."],
        ),
        ("Seen on image no. 5 of series 2. Stable.", ["Seen on image no. 5 of series 2.", "Stable."]),
        ("Called at 10 a.m. on Monday.", ["Called at 10 a.m. on Monday."]),
        ("Clear apex.There is scar.No effusion.", ["Clear apex.", "There is scar.", "No effusion."]),
        ("XXXX. XXXX-year-old with XXXX. .", ["XXXX-year-old with XXXX."]),
        ("No effusions. heart is normal", ["No effusions.", "heart is normal"]),
        ("Pneumonia? No. ? mass.", ["Pneumonia?", "No.", "? mass."]),
        ("- Effusion\n- Nodule\n• Scar", ["Effusion", "Nodule", "Scar"]),
        ("mass • located at T8 • no nodes", ["mass", "located at T8", "no nodes"]),
        ("Lungs clear\nHeart normal\nNo effusion", ["Lungs clear", "Heart normal", "No effusion"]),
        ("No pleural\neffusion", ["No pleural\neffusion"]),
        ("Effusion\n\nNodule", ["Effusion", "Nodule"]),
        ("LUNGS ARE CLEAR. NO EFFUSION.", ["LUNGS ARE CLEAR.", "NO EFFUSION."]),
        ("Findings:\nEffusion", ["Findings:\nEffusion"]),
        ('He said "clear." Then no.', ['He said "clear."', "Then no."]),
        ("C5-C6 and L4. 5 lumbar vertebrae.", ["C5-C6 and L4.", "5 lumbar vertebrae."]),
        ("", []),
        (" \n ", []),
        ("... - .", []),
        ("normal", ["normal"]),
    ],
)
def test_sentences_of_dictated_text(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_wrapped_lines_are_one_sentence_and_keep_their_breaks() -> None:
    text = (
        "The lungs demonstrate a large opacity in the left lower lobe with\n"
        "Kerley lines and a small pleural effusion, which is new. No other\n"
        "Pneumothorax is seen."
    )
    assert sentences(text) == [
        "The lungs demonstrate a large opacity in the left lower lobe with\n"
        "Kerley lines and a small pleural effusion, which is new.",
        "No other\nPneumothorax is seen.",
    ]


def test_a_numbered_list_whose_entries_are_wrapped() -> None:
    text = (
        "1. A cystic mass in the right kidney, concerning\nfor carcinoma; recommend\nfollow-up. \n2. Hepatic lesions\n"
    )
    assert sentences(text) == [
        "A cystic mass in the right kidney, concerning\nfor carcinoma; recommend\nfollow-up.",
        "Hepatic lesions",
    ]


def test_numbers_that_count_on_from_nothing_are_no_list() -> None:
    assert sentences("Grade 2) changes of segment 4) liver") == ["Grade 2) changes of segment 4) liver"]


@given(
    st.text(st.sampled_from('Ab1. \n,;:?!()-•2XX\t"é'), max_size=80)
    | st.lists(
        st.sampled_from(["No effusion", "1.", "2.", "cm", "Dr.", "\n", "IMPRESSION:", "Findings\n", ". ", "- "])
    ).map(" ".join)
)
def test_sentences_are_in_order_apart_trimmed_and_lose_no_letter_but_headings_and_list_marks(text: str) -> None:
    report = parse_report(text)
    assert report.text == text
    end = 0
    for ordinal, sentence in enumerate(report.sentences):
        assert sentence.ordinal == ordinal
        assert end <= sentence.start < sentence.end <= len(text)
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()
        assert any(map(str.isalnum, sentence.text))
        end = sentence.end
    letters = [c for c in text if c in "Tké"] if "IMPRESSION" not in text and "Findings" not in text else []
    assert letters == [c for s in report.sentences for c in s.text if c in letters]


@pytest.mark.parametrize(
    "piece",
    [
        "a. ",
        "1. A ",
        "\n",
        "A",
        "(",
        "HISTORY ",
        "IMPRESSION: ",
        "- ",
        "CT ",
        "vs. ",
    ],
)
def test_the_work_grows_with_the_length_only(piece: str, count_work) -> None:
    lines, characters = zip(*(count_work(parse_report, (piece * n)[:n]) for n in (50, 1500, 6000)), strict=True)
    assert lines[2] < 5 * lines[1]  # 4 for linear, 16 for quadratic
    assert characters[2] < 5 * characters[1]


def test_chinese_and_japanese_sentences_end_at_their_own_full_stop():
    text = "左側に少量の胸水を認める。気胸は認めない。右上葉に8.5mm大の結節あり"
    assert [text[a:b] for a, b in sentence_spans(text)] == [
        "左側に少量の胸水を認める。",
        "気胸は認めない。",
        "右上葉に8.5mm大の結節あり",
    ]
