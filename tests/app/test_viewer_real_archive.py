"""The whole way in a real browser: a real archive, `viewer_command`'s process, search, study, slices, sentence."""

from __future__ import annotations

import pytest
from chromium import (
    archive_viewer,
    browser_marks,
    drag,
    expect,
    open_first_hit,
    pixels,
    question,
    search,
    wait_until,
    wait_until_run,
)
from fake_archive import HOSTILE, picture_file
from real_archive import build_real_archive

pytestmark = browser_marks


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory):
    archive = build_real_archive(tmp_path_factory.mktemp("viewer"), n_radiographs=3, n_ct=1)
    with archive_viewer(archive) as url:
        yield url


def test_search_to_slices(page, url: str) -> None:
    search(page, url, "liver modality:CT")
    expect(page.locator(".card")).to_have_count(1)
    wait_until(page, lambda: page.locator(".card img").first.evaluate("(image) => image.naturalWidth") > 0)
    expect(page.locator(".card .synthetic")).to_have_text("SYNTHETIC")
    open_first_hit(page)
    first = pixels(page)
    assert len(set(first)) > 20
    expect(page.locator(".stack .badge")).to_have_text("SYNTHETIC")

    page.locator(".stack canvas").hover()
    page.mouse.wheel(0, 120)
    wait_until(page, lambda: pixels(page) != first)
    second = pixels(page)
    drag(page, 0, 120)
    wait_until(page, lambda: pixels(page) != second)

    page.locator(".stack canvas").focus()
    page.keyboard.press("2")
    presets = page.locator("select option").all_inner_texts()
    assert any("lung" in preset for preset in presets)
    assert any("bone" in preset for preset in presets)


def test_hostile_report_is_shown_as_written_and_searches(page, url: str) -> None:
    search(page, url, "onerror document title owned script")
    page.locator(".card", has_text="onerror").first.click()
    expect(page.locator(".report")).to_contain_text(HOSTILE)
    sentence = page.locator(".report .sentence", has_text="onerror").first
    text = " ".join(sentence.inner_text().split())
    sentence.click()
    page.get_by_text("searched 4 studies").wait_for()
    wait_until(page, lambda: question(page).input_value() in text)
    wait_until_run(page)
    assert page.title() == "radseek"
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_about_page_says_what_searches(page, url: str) -> None:
    page.goto(f"{url}about")
    page.get_by_text("radseek 0.").wait_for()


def test_archive_page_shows_bins_report_and_jobs(page, url: str) -> None:
    page.goto(f"{url}archive")
    page.get_by_text("Everything seen, by source").wait_for()
    page.get_by_role("tab", name="Reports to link").click()
    page.locator(".report").wait_for()
    page.get_by_role("button", name="None of this archive's studies").click()
    page.get_by_role("button", name="Undo").click()
    page.locator(".report").wait_for()
    page.get_by_role("tab", name="Jobs").click()
    page.get_by_text("started 20").first.wait_for()
    assert "report" not in page.url


def test_files_of_ones_own_are_asked_or_refused_in_plain_words(page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Ask with a picture").click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "Doe.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nbroken"})
    page.get_by_role("alert").get_by_text("This search did not work").wait_for()
    told = page.get_by_role("alert").inner_text()
    assert "Doe" not in told
    assert "Traceback" not in told
    page.keyboard.press("Escape")
    page.locator(".chip").click()
    page.locator(".lead").wait_for()

    page.get_by_role("button", name="Ask with a picture").click()
    page.locator("input[type=file]").set_input_files({
        "name": "a.png",
        "mimeType": "image/png",
        "buffer": picture_file(),
    })
    page.locator(".chip.asked", has_text="like a picture").wait_for()
    wait_until(page, lambda: page.locator(".card").count() > 0)  # MONAI is imported for the first picture
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More like this").first.click()
    expect(page.locator(".chip.asked")).to_have_count(2)
    expect(page.locator(".chip img")).to_have_count(1)  # the archive's own picture is shown, the file is not
