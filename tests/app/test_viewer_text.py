"""What the viewer writes: literal labels, titles, report pieces."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from fake_archive import HOSTILE, FakeArchive, hit_for, make_study, region_map
from markdown_it import MarkdownIt

from radseek.records.instances import ImageRecord
from radseek.records.reports import Assertion, Section
from radseek.records.search import ReportView, SentenceView, Where
from radseek.records.search_options import Band
from radseek_viewer.plain_text import literal
from radseek_viewer.report_pane import split_report
from radseek_viewer.search_results import result_line, result_notices
from radseek_viewer.stack import group_stacks
from radseek_viewer.wall import Notice, hit_card, study_card, text_pieces
from radseek_viewer.wording import counted, describe_filters, person_and_year, sentence_tone, study_title


@pytest.mark.parametrize(
    "text",
    [
        "CHEST",
        "**bold** _it_ `code`",
        "[a](http://b.example)",
        "<b>x</b> & y",
        "# no heading",
        "$x^2$",
        "1. list",
        "~~x~~",
    ],
)
def test_literal_text_reads_as_it_was_written(text: str) -> None:
    tokens = MarkdownIt().parseInline(literal(text))[0].children or []
    assert {token.type for token in tokens} == {"text"}
    assert "".join(token.content for token in tokens).replace("\u200b", "") == text


def test_literal_breaks_emoji_codes_and_lines() -> None:
    assert ":smile" not in literal(":smile:").replace("\\", "")
    assert literal("a\n# b") == "a \\# b"


def test_titles_say_only_what_is_known() -> None:
    study = make_study(1)
    assert study_title(study) == "Radiograph · Chest"
    assert person_and_year(study) == "F, 41 years · 2021"
    unknown = replace(study, modality="", body_part="", sex="", age_years=None, study_year=None)
    assert study_title(unknown) == "Report"
    assert person_and_year(unknown) == ""
    assert person_and_year(replace(unknown, age_years=0.5)) == "6 months"
    assert study_title(replace(unknown, modality="XYZ")) == "XYZ"


def test_titles_tell_all_modalities_of_a_study() -> None:
    study = make_study(1)
    assert study_title(replace(study, modality="MR", modalities=("CT", "MR"))) == "CT, MR · Chest"
    assert study_title(replace(study, modalities=("CR", "DX"))) == "Radiograph · Chest"


@pytest.mark.parametrize(("n", "text"), [(0, "0 studies"), (1, "1 study"), (2310, "2,310 studies")])
def test_counts_agree_with_their_nouns(n: int, text: str) -> None:
    assert counted(n, "study") == text


def _report(text: str, spans: tuple[tuple[int, int], ...]) -> ReportView:
    sentences = tuple(
        SentenceView(f"s{i}", text[a:b], Section.FINDINGS, Assertion.ABSENT) for i, (a, b) in enumerate(spans)
    )
    return ReportView("r", text, sentences, spans, "table")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", ()),
        ("No sentence found", ()),
        ("One.", ((0, 4),)),
        ("FINDINGS:\n 𝔘nicode 🩻 first. Second.\n", ((11, 28), (29, 36))),
        ("A.B.", ((0, 2), (2, 4))),
    ],
)
def test_pieces_of_a_report_join_to_its_text(text: str, spans: tuple[tuple[int, int], ...]) -> None:
    pieces = split_report(_report(text, spans))
    assert "".join(piece["text"] for piece in pieces) == text
    assert [piece["text"] for piece in pieces if piece["sentence"] is not None] == [text[a:b] for a, b in spans]


def test_sentences_that_only_ask_or_describe_assert_nothing() -> None:
    asked = SentenceView("s", "Cough and fever.", Section.INDICATION, Assertion.PRESENT)
    assert sentence_tone(asked) == ("context", "indication")
    assert sentence_tone(replace(asked, assertion=Assertion.HISTORICAL)) == ("historical", "↶ historical")
    assert sentence_tone(replace(asked, section=Section.IMPRESSION)) == ("present", "+ present")


def test_matched_sentences_are_brought_out() -> None:
    pieces = split_report(_report("A.B.", ((0, 2), (2, 4))), matched={"s1"})
    assert [piece["matched"] for piece in pieces] == [False, True]


def test_a_card_names_what_matched_and_where() -> None:
    card = hit_card(hit_for(make_study(4), 1))
    assert card["href"] == "study?study=study004&image=study004-i0"
    assert card["sentence"]["mark"] == "+ present"
    assert [(c["name"], c["rank"]) for c in card["channels"]] == [("report", 1), ("image", 3)]
    assert "not a probability" in card["channels"][0]["help"]


@pytest.mark.parametrize(
    ("band", "label", "bars"),
    [
        (Band.STRONG, "Strong match", 3),
        (Band.FAIR, "Fair match", 2),
        (Band.WEAK, "Weak match", 1),
        (Band.MISS, "Near miss", 0),
    ],
)
def test_a_card_says_how_sure_it_is(band: Band, label: str, bars: int) -> None:
    badge = hit_card(replace(hit_for(make_study(4), 1), band=band))["band"]
    assert (badge["label"], badge["bars"]) == (label, bars)
    assert badge["help"].startswith("How often such hits answer such queries: ")
    assert badge["help"].endswith("no probability of disease.")


def test_a_card_without_band_map_or_copies_has_none_of_them() -> None:
    hit = hit_for(make_study(4), 1)
    card = hit_card(replace(hit, band=None, region=None, folded=()))
    assert (card["band"], card["map"], card["folded"]) == (None, None, "")
    assert hit_card(replace(hit, folded=("a",)))["folded"] == "+1 near-identical"


def test_a_map_goes_to_the_page_only_when_it_is_lit() -> None:
    hit = hit_for(make_study(4), 1)
    lit = hit_card(hit)["map"]
    assert lit == {"rows": region_map(lit=True).values,
                   "inside": {"left": 28 / 256, "top": 0.0, "right": 228 / 256, "bottom": 1.0}}  # fmt: skip
    assert hit_card(replace(hit, region=region_map(lit=False)))["map"] is None


def test_cards_of_studies_without_pictures_or_reports() -> None:
    bare = make_study(1, images=(), reports=())
    card = hit_card(hit_for(bare, 2))
    assert card["thumbnail"] is None
    assert card["sentence"] is None
    assert card["href"] == "study?study=study001"
    assert study_card(bare)["thumbnail"] is None


def test_stacks_are_volumes_and_loops_and_single_pictures() -> None:
    def picture(ordinal: int, series: str, modality: str, frame: int = 0, n_frames: int = 1) -> ImageRecord:
        return ImageRecord(f"i{ordinal}", "s", series, modality, frame, "default", ordinal, n_frames=n_frames)

    slices = [picture(0, "ct", "CT"), picture(1, "ct", "CT"), picture(2, "ct2", "CT")]
    loops = [picture(n, "us", "US", frame, 30) for n, frame in ((3, 5), (4, 25), (5, 5), (6, 25))]
    others = [picture(7, "us", "US"), picture(8, "dx", "DX"), picture(9, "dx", "DX")]
    images = tuple(reversed([*slices, *loops, *others]))
    groups = [[image.ordinal for image in group] for group in group_stacks(images)]
    assert groups == [[0, 1], [2], [3, 4], [5, 6], [7], [8], [9]]
    assert group_stacks(()) == []


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where(), ""),
        (Where(modality=("CT", "MR"), sex=("F",)), "modality CT or MR, sex F"),
        (Where(age_min_years=60.0, age_max_years=75.5), "age 60 to 75.5"),
        (Where(age_max_years=2.0, has_report=True, has_images=False), "age up to 2, with report, without picture"),
        (Where(date_from=date(2023, 1, 1)), "study date from 2023-01-01"),
    ],
)
def test_filters_in_force_are_named(where: Where, text: str) -> None:
    assert describe_filters(where) == text


def test_lines_about_an_answer() -> None:
    archive = FakeArchive()
    answer = archive.search("effusion", k=5)
    assert result_line(answer) == "5 hits · searched 60 studies, 3 not searched · 0.01 s"
    assert result_line(replace(answer, n_not_searched=0)) == "5 hits · searched 60 studies · 0.01 s"
    assert result_notices(answer) == []
    assert result_notices(archive.search("weak")) == [Notice("No good match", HOSTILE, "weak")]
    nothing = archive.search("nothing")
    assert result_line(nothing).startswith("0 hits")
    assert result_notices(replace(nothing, note="No study is from 1890."))[0].text == "No study is from 1890."


@pytest.mark.parametrize(
    ("phrases", "pieces"),
    [
        ((), ["small left effusion"]),
        (((11, 19),), ["small left ", "*effusion"]),
        (((0, 5), (11, 19)), ["*small", " left ", "*effusion"]),
        (((6, 19), (11, 19)), ["small ", "*left effusion"]),
        (((0, 19),), ["*small left effusion"]),
    ],
)
def test_words_that_answer_are_cut_out_and_nothing_is_lost(phrases, pieces):
    cut = text_pieces("small left effusion", phrases)
    assert ["*" * piece["answers"] + piece["text"] for piece in cut] == pieces
    assert "".join(piece["text"] for piece in cut) == "small left effusion"
