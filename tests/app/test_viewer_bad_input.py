"""Files that go bad, a clip, forty views: real archive, real server, real browser. The page says so and goes on."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bad_input_archive import N_FRAMES, N_SLICES, N_VIEWS, BadInputArchive, build_bad_input_archive
from chromium import (
    archive_viewer,
    ask,
    browser_marks,
    corner,
    expect,
    open_study,
    resting_box,
    wait_for_picture,
    wait_until,
    wait_until_run,
    watched,
)

from radseek.service import Archive

pytestmark = browser_marks


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> BadInputArchive:
    damaged = (f"SLICES-{damage}" for damage in DAMAGES)
    wanted = ("SLICES", *damaged, "BROKEN", "CLIP", "VIEWS", "CONTROLS")
    return build_bad_input_archive(tmp_path_factory.mktemp("bad_input"), *wanted)


@pytest.fixture(scope="module")
def url(made: BadInputArchive):
    with archive_viewer(made.path) as url:
        yield url


@pytest.fixture
def page(failing_page):
    """Files are missing here."""
    return failing_page


def slice_shown(page) -> int:
    return int(page.locator(".stack canvas").get_attribute("data-slice"))


def go_to(page, key: str) -> None:
    page.locator(".stack canvas").focus()
    page.keyboard.press(key)


DAMAGES = {
    "deleted": (lambda path: path.unlink(), "its file is not there any more"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:900]), "its file has changed since it was read in"),
    "garbage": (lambda path: path.write_bytes(os.urandom(5000)), "its file has changed since it was read in"),
    "empty": (lambda path: path.write_bytes(b""), "its file has changed since it was read in"),
    "unmounted": (lambda path: path.parent.rename(path.parent.with_name("away")), "its folder is not connected"),
}
"""What happens to the last file of a series -> what the page says."""


class TestFilesThatGoBad:
    @pytest.mark.parametrize("damage", DAMAGES)
    def test_the_slice_is_named_and_tried_again(self, page, url: str, made: BadInputArchive, damage: str) -> None:
        accession = f"SLICES-{damage}"  # a study of its own: a slice that was shown once stays in memory
        path = made.sources / accession / f"{N_SLICES - 1:03d}.dcm"
        whole = path.read_bytes()
        do, words = DAMAGES[damage]
        do(path)
        open_study(page, url, made.key_of(accession))
        go_to(page, "End")
        message = page.locator(".message", has_text=f"Slice {N_SLICES}: This picture cannot be shown")
        expect(message).to_contain_text(words)
        assert str(made.sources) not in page.content()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(whole)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(".message")).to_be_hidden()
        wait_for_picture(page)

    def test_the_other_slices_go_on(self, page, url: str, made: BadInputArchive) -> None:
        (made.sources / "SLICES" / "001.dcm").write_bytes(b"no DICOM")
        open_study(page, url, made.key_of("SLICES"))
        go_to(page, "Home")
        wait_for_picture(page)
        go_to(page, "ArrowDown")
        page.locator(".message", has_text="Slice 2").wait_for()
        go_to(page, "ArrowDown")
        expect(page.locator(".stack canvas")).to_have_attribute("data-slice", "2")
        expect(page.locator(".message")).to_be_hidden()
        wait_for_picture(page)


def test_a_study_whose_pictures_never_decoded_is_found_and_says_so(page, url: str, made: BadInputArchive) -> None:
    open_study(page, url, made.key_of("BROKEN"))
    notice = page.locator(".notice", has_text="The pictures of this study cannot be shown")
    expect(notice).to_contain_text("1 file (the pixel data does not decode)")
    wait_until_run(page)
    expect(page.locator(".stack")).to_have_count(0)
    page.locator(".sentence").click()
    page.locator(".card", has_text="Report only").wait_for()


def test_a_missing_thumbnail_is_no_broken_picture(page, url: str, made: BadInputArchive) -> None:
    with Archive.open(made.path) as archive:
        image = archive.study(made.key_of("CONTROLS")).images[0].image_key
    page.goto(url)
    answers = page.context.request.get(f"{url}radseek/thumbnails/{image}", headers={"Accept": "image/*"})
    assert answers.status == 200
    thumbnails = made.path / "thumbnails"
    hidden = thumbnails.rename(thumbnails.with_name("hidden"))
    try:
        page.goto(url)
        ask(page, "small left effusion")
        page.locator(".nopicture", has_text="Picture not available").first.wait_for()
        open_study(page, url, made.key_of("CONTROLS"))
        wait_for_picture(page)
    finally:
        hidden.rename(thumbnails)


class TestAClip:
    def test_it_opens_plays_at_its_own_rate_and_jumps(self, page, url: str, made: BadInputArchive) -> None:
        asked: list[int] = []
        page.on("request", lambda r: "/radseek/frames/" in r.url and asked.append(int(r.url.rpartition("/")[2])))
        open_study(page, url, made.key_of("CLIP"))
        wait_for_picture(page)
        expect(page.get_by_label("Slices a second").locator("option:checked")).to_have_text("40 / s, as recorded")
        expect(page.locator(".slicelabel")).to_contain_text(f"Frame {slice_shown(page) + 1} of {N_FRAMES}")

        go_to(page, "Home")
        page.get_by_role("button", name="Play").click()
        wait_until(page, lambda: slice_shown(page) > 40)
        page.get_by_role("button", name="Pause").click()
        here = slice_shown(page)
        in_order = [frame for frame in asked if frame <= here]
        assert set(range(here + 1)) <= set(in_order)  # none is left out

        asked.clear()
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        slow = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
        client.send("Network.emulateNetworkConditions", slow)
        slider = resting_box(page, page.get_by_role("slider", name="Slice"))
        page.mouse.move(slider["x"] + 0.2 * slider["width"], slider["y"] + slider["height"] / 2)
        page.mouse.down()
        page.mouse.move(slider["x"] + 0.9 * slider["width"], slider["y"] + slider["height"] / 2, steps=60)
        page.mouse.up()
        wait_until(page, lambda: slice_shown(page) > 0.85 * N_FRAMES)
        wait_until(page, lambda: slice_shown(page) in asked)
        n_asked = len(set(asked))
        assert n_asked < 40  # of some sixty that the slider passed, and of their neighbours

    def test_the_server_keeps_its_size(self, page, url: str, made: BadInputArchive) -> None:
        port = urlsplit(url).port
        open_study(page, url, made.key_of("CLIP"))
        with Archive.open(made.path) as archive:
            image = archive.study(made.key_of("CLIP")).images[0].image_key
        request = page.context.request
        n_bytes = len(request.get(f"{url}radseek/frames/{image}/0").body())
        sizes = []
        for frame in range(1200):
            if frame % 400 == 0:
                sizes.append(resident_mib(port))
            assert request.get(f"{url}radseek/frames/{image}/{frame}").ok
        sizes.append(resident_mib(port))
        as_floats = 2 * 400 * n_bytes / 2**20  # what is kept of 400 frames, up to 256 MiB
        assert sizes[3] - sizes[2] < as_floats + 30


def resident_mib(port: int) -> float:
    """Of the server that listens there, by /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"radseek_viewer.server" in words and str(port).encode() in words:
                return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        except OSError:
            continue
    raise AssertionError("the server is gone")


class TestFortyViews:
    def test_all_are_reached_named_and_fetched_when_seen(self, page, url: str, made: BadInputArchive) -> None:
        asked: list[str] = []
        page.on("request", lambda r: "/radseek/frames/" in r.url and asked.append(r.url))
        open_study(page, url, made.key_of("VIEWS"))
        expect(page.locator(".thumb")).to_have_count(N_VIEWS)
        wait_for_picture(page)
        assert len(asked) <= 2  # pictures are fetched when they are opened
        strip = resting_box(page, page.locator(".strip"))
        assert strip["y"] + 60 < page.viewport_size["height"]  # the thumbnails are in sight
        for _ in range(N_VIEWS - 1):
            page.keyboard.press("ArrowRight")
        last = page.locator(".thumb").last
        expect(last).to_have_attribute("aria-current", "true")
        expect(corner(page, "topRight")).to_contain_text(f"{N_VIEWS} of {N_VIEWS}")
        expect(last).to_have_attribute("aria-label", re.compile(f"{N_VIEWS} of {N_VIEWS}$"))
        page.keyboard.press("ArrowLeft")
        expect(corner(page, "topRight")).to_contain_text(f"{N_VIEWS - 1} of {N_VIEWS}")

    def test_two_of_them_beside_each_other(self, own_context, url: str, made: BadInputArchive) -> None:
        with watched(own_context.new_page()) as page:
            page.goto(f"{url}compare?left={made.key_of('VIEWS')}&right={made.key_of('CLIP')}")
            expect(page.locator("[data-side=left] .thumb")).to_have_count(N_VIEWS)
            wait_for_picture(page)
