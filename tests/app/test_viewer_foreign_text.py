"""Reports in every direction and of every size, hostile text on every page: real archive, server and browser."""

from __future__ import annotations

import pytest
from bad_input_archive import HOSTILE_WORDS, REPORTS, SENTENCES, BadInputArchive, build_bad_input_archive
from chromium import (
    LAPTOP,
    archive_viewer,
    ask,
    browser_marks,
    expect,
    open_study,
    question,
    resting_box,
    wait_until,
    wait_until_run,
    watched,
)

from radseek.records.cohort import CohortDefinition
from radseek.service import Archive

pytestmark = browser_marks

WINDOW = LAPTOP
FOREIGN = ("HEBREW", "ARABIC", "JAPANESE", "CHINESE", "COMBINING", "EMOJI", "MIXED", "DIGITS", "CONTROLS")
LARGE = ("LONG", "MANY", "UNBROKEN")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> BadInputArchive:
    made = build_bad_input_archive(tmp_path_factory.mktemp("foreign"), *FOREIGN, *LARGE, "HOSTILE", "BROKEN")
    with Archive.open(made.path) as archive:
        archive.cohorts.save("hostile", CohortDefinition("left effusion", note=f"{HOSTILE_WORDS} kept"))
        archive.cohorts.run("hostile")
    return made


@pytest.fixture(scope="module")
def url(made: BadInputArchive):
    with archive_viewer(made.path) as url:
        yield url


@pytest.fixture
def page(own_context):
    """A page that nobody's text has taken over in the end."""
    with watched(own_context.new_page()) as page:
        yield page
        assert page.title() != "owned"


def starts_right(page, line: str) -> bool:
    """Whether the report's line that begins with `line` stands at the right edge of its box."""
    return page.locator(".report .text").evaluate(
        """(text, line) => {
          const all = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
          for (let node = all.nextNode(); node; node = all.nextNode()) {
            const at = node.data.indexOf(line)
            if (at < 0) continue
            const range = document.createRange()
            range.setStart(node, at)
            range.setEnd(node, at + line.length)
            const place = range.getBoundingClientRect(), box = text.getBoundingClientRect()
            return box.right - place.right < place.left - box.left
          }
          throw new Error("no such line")
        }""",
        line,
    )


@pytest.mark.parametrize("accession", FOREIGN)
def test_the_text_stands_as_written_and_each_sentence_is_the_one_clicked(
    page, url: str, made: BadInputArchive, accession: str
) -> None:
    with Archive.open(made.path) as archive:
        [report] = archive.study(made.key_of(accession)).reports
    open_study(page, url, made.key_of(accession))
    expect(page.locator(".sentence")).to_have_count(len(report.sentences))
    shown = page.locator(".sentence").evaluate_all(
        """(nodes) => nodes.map((node) =>
          [...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data).join(""))"""
    )
    printable = [
        sentence.text.translate(dict.fromkeys((0x0B, 0x1B, 0x7F), " ")).strip() for sentence in report.sentences
    ]
    assert [text.strip() for text in shown] == printable
    page.locator(".sentence").last.click()
    wait_until(page, lambda: "study=" not in page.url)
    wait_until(page, lambda: question(page).input_value().split() == report.sentences[-1].text.split())


def test_each_line_has_the_direction_of_its_own_language(page, url: str, made: BadInputArchive) -> None:
    open_study(page, url, made.key_of("MIXED"))
    assert not starts_right(page, "Small left")
    assert starts_right(page, "ממצאים")
    assert not starts_right(page, "所見")
    assert not starts_right(page, "No pneumothorax")
    open_study(page, url, made.key_of("HEBREW"))
    assert starts_right(page, "ממצאים")
    assert starts_right(page, "סיכום")


def test_a_sentence_that_is_not_read_is_marked_as_nothing(page, url: str, made: BadInputArchive) -> None:
    """It denies the one English term that it holds."""
    open_study(page, url, made.key_of("HEBREW"))
    expect(page.locator(".sentence.context", has_text="pneumothorax")).to_have_count(1)
    expect(page.locator(".sentence.present")).to_have_count(0)


@pytest.mark.parametrize("accession", LARGE)
def test_a_very_long_report_scrolls_in_its_own_box(page, url: str, made: BadInputArchive, accession: str) -> None:
    open_study(page, url, made.key_of(accession))  # within a minute, as all that is waited for here
    box = resting_box(page, page.locator(".reports"))
    assert box["height"] < 800
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".reports").evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")
    if accession == "MANY":
        expect(page.locator(".sentence")).to_have_count(SENTENCES)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("תפליט פלאורלי קטן משמאל", "English"),
        ("左側に少量の胸水を認める", "English"),
        ("انصباب جنبي صغير", "English"),
        ("?!", None),
        ("🫁", None),
        ("e\u0301panchement \u202eevil\u202c", None),
        ("pleuraleffusion" * 400, None),
        (REPORTS["HOSTILE"], None),
    ],
    ids=["hebrew", "japanese", "arabic", "marks", "emoji", "override", "unbroken", "hostile"],
)
def test_a_question_in_any_writing_gets_a_plain_answer(page, url: str, question: str, words: str | None) -> None:
    page.goto(url)
    ask(page, question)
    page.locator(".card, .notice").first.wait_for()
    wait_until_run(page)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    if words:
        page.locator(".notice", has_text=words).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_hostile_runs_or_is_markup_on_any_page(page, url: str, made: BadInputArchive) -> None:
    """A source name, a body part, a view, a report, a cohort's note and its file hold scripts and pictures."""
    key, other = made.key_of("HOSTILE"), made.key_of("BROKEN")
    addresses = ("", f"study?study={key}", f"compare?left={key}&right={other}", f"similar?study={key}",
                 "cohorts?cohort=hostile", "archive", "about")  # fmt: skip
    for address in addresses:
        page.goto(url + address)
        if not address:
            ask(page, REPORTS["HOSTILE"])
            page.locator(".card").first.wait_for()
        page.get_by_text("not for diagnosis").first.wait_for()
        page.wait_for_load_state("networkidle")
        wait_until_run(page)
        if address == "archive":
            for tab in ("Reports to link", "Jobs"):
                wait_until_run(page)
                page.get_by_role("tab", name=tab).click()
                expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
                page.wait_for_load_state("networkidle")
                wait_until_run(page)
        injected = page.locator("img[src='x'], img[onerror], b:text-is('PA'), svg[onload], script:text('owned')")
        assert injected.count() == 0, address
        assert page.locator('[data-testid="stException"]').count() == 0, address
        assert page.title() == "radseek", address


def test_the_hostile_words_are_there_to_be_read(page, url: str, made: BadInputArchive) -> None:
    open_study(page, url, made.key_of("HOSTILE"))
    expect(page.locator(".report")).to_contain_text("<img src=x")
    expect(page.locator(".report")).to_contain_text("<script>")
    page.get_by_text("<img src=x").first.wait_for()
    page.goto(f"{url}cohorts?cohort=hostile")
    expect(page.locator(".stMain")).to_contain_text("<img src=x", use_inner_text=True)
