"""One person in two windows: searches apart, the same cohort, the same report. Nothing is overwritten unseen."""

from __future__ import annotations

import pytest
from bad_input_archive import BadInputArchive, build_bad_input_archive
from chromium import (
    LAPTOP,
    archive_viewer,
    browser_marks,
    expect,
    fingers,
    question,
    resting_box,
    search,
    wait_for_picture,
    wait_until,
    wait_until_run,
)

from radseek.records.cohort import CohortDefinition
from radseek.service import Archive

pytestmark = browser_marks

WINDOW = LAPTOP


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> BadInputArchive:
    made = build_bad_input_archive(tmp_path_factory.mktemp("two_windows"), "SLICES", "BROKEN", "CONTROLS", "CLIP")
    with Archive.open(made.path) as archive:
        archive.cohorts.save("shared", CohortDefinition("left effusion"))
        archive.cohorts.run("shared")
    return made


@pytest.fixture(scope="module")
def url(made: BadInputArchive):
    with archive_viewer(made.path) as url:
        yield url


@pytest.fixture
def windows(context):
    windows = context.new_page(), context.new_page()
    yield windows
    for window in windows:
        window.close()


def test_two_searches_do_not_mix_and_one_study_opens_in_both(windows, url: str, made: BadInputArchive) -> None:
    one, other = windows
    search(one, url, "gallstone modality:US")
    search(other, url, "left effusion modality:CT")
    expect(question(one)).to_have_value("gallstone modality:US")
    expect(one.locator(".card")).to_have_count(1)
    one.reload()
    one.get_by_text("not for diagnosis").wait_for()
    wait_until_run(one)
    expect(other.locator(".card")).to_have_count(1)
    for window in windows:
        window.goto(f"{url}study?study={made.key_of('SLICES')}")
        wait_for_picture(window)


def test_both_leave_studies_out_of_one_cohort_and_both_hold(windows, url: str, made: BadInputArchive) -> None:
    for window in windows:
        window.goto(f"{url}cohorts?cohort=shared")
        window.locator(".card[data-study]").nth(1).wait_for()
    first, second = (windows[0].locator(".card[data-study]").nth(n).get_attribute("data-study") for n in (0, 1))
    for window, key in zip(windows, (first, second), strict=True):
        card = window.locator(f".listed:has([data-study='{key}'])")
        card.get_by_role("button", name="Leave out").click()
        window.get_by_text("1 study left out.").wait_for()
    with Archive.open(made.path) as archive:
        assert set(archive.cohorts.get("shared").definition.exclude) == {first, second}

    # the first window still offers to undo its own change, on which another one was built: it is not done
    windows[0].get_by_role("button", name="Undo").click()
    wait_until(windows[0], lambda: windows[0].get_by_role("button", name="Undo").count() == 0)
    with Archive.open(made.path) as archive:
        assert set(archive.cohorts.get("shared").definition.exclude) == {first, second}
    windows[1].get_by_role("button", name="Undo").click()
    windows[1].get_by_text("is back").wait_for()
    with Archive.open(made.path) as archive:
        assert archive.cohorts.get("shared").definition.exclude == (first,)


def open_review(window, url: str) -> None:
    window.goto(f"{url}archive")
    window.get_by_role("tab", name="Reports to link").click()
    window.get_by_text("Which study does it describe?").wait_for()


def test_a_report_is_linked_once_by_the_number_that_a_person_names(windows, url: str, made: BadInputArchive) -> None:
    one, other = windows
    for window in windows:
        open_review(window, url)
    key = made.key_of("BROKEN")
    one.get_by_role("textbox", name="Another study, by its number").fill(key)
    one.get_by_role("textbox", name="Another study, by its number").press("Enter")
    one.get_by_role("button", name="This one").click()
    one.locator(".notice", has_text="The report now belongs to").wait_for()

    other.get_by_role("button", name="None of this archive's studies").click()
    other.locator(".notice", has_text="does not wait any more").wait_for()
    with Archive.open(made.path) as archive:
        assert len(archive.study(key).reports) == 2
        assert archive.review.waiting() == []

    one.get_by_role("button", name="Undo").click()
    one.get_by_text("Which study does it describe?").wait_for()
    with Archive.open(made.path) as archive:
        assert len(archive.study(key).reports) == 1
        [waiting] = archive.review.waiting()
        archive.review.link(waiting.report_key, None)
        archive.review.reopen(waiting.report_key)


def test_an_undo_that_came_too_late_says_so(windows, url: str, made: BadInputArchive) -> None:
    one, _ = windows
    open_review(one, url)
    one.get_by_role("button", name="None of this archive's studies").click()
    one.get_by_role("button", name="Undo").wait_for()
    with Archive.open(made.path) as archive, archive.folder.catalogue.reading() as connection:
        from radseek.archive.schema import reports

        key = connection.execute(reports.select().where(reports.c.link_state == "unlinked")).one().report_key
    with Archive.open(made.path) as archive:
        archive.review.reopen(key)
    one.get_by_role("button", name="Undo").click()
    one.locator(".notice", has_text="Nothing was taken back").wait_for()


def test_a_part_is_drawn_by_a_finger(finger_page, url: str, made: BadInputArchive) -> None:
    page = finger_page
    page.goto(f"{url}similar?study={made.key_of('CONTROLS')}")
    page.get_by_text("this patient's own studies are left out").wait_for()  # nothing moves any more
    image = page.locator(".frame img")
    wait_until(page, lambda: image.evaluate("(image) => image.naturalWidth") > 0)
    image.scroll_into_view_if_needed()
    box = resting_box(page, image)
    touch = fingers(page)
    for kind, share in (("touchStart", 0.25), ("touchMove", 0.4), ("touchMove", 0.55), ("touchMove", 0.7)):
        touch(kind, (box["x"] + share * box["width"], box["y"] + share * box["height"]))
    touch("touchEnd")
    wait_until(page, lambda: "region=" in page.url)
    page.get_by_role("radio", name="This part", checked=True).wait_for()
