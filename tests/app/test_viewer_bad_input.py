"""Files that go bad, a clip, forty views: real archive, real server, real browser. The page says so and goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bad_input_archive import N_FRAMES, N_SLICES, N_VIEWS, BadInputArchive, build_bad_input_archive
from chromium import chromium, free_port, needs_chromium, pixels, viewer_process, wait_until, watch

from radseek.service import Archive
from radseek_viewer.launch import ViewerOptions, viewer_command

pytestmark = [needs_chromium, pytest.mark.browser, pytest.mark.xdist_group("viewer_browser")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> BadInputArchive:
    damaged = (f"SLICES-{damage}" for damage in DAMAGES)
    wanted = ("SLICES", *damaged, "BROKEN", "CLIP", "VIEWS", "CONTROLS")
    return build_bad_input_archive(tmp_path_factory.mktemp("bad_input"), *wanted)


@pytest.fixture(scope="module")
def server(made: BadInputArchive):
    port = free_port()
    with viewer_process(viewer_command(made.path, ViewerOptions(port=port)), port) as url:
        yield url, port


@pytest.fixture(scope="module")
def engine():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(engine):
    page = engine.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    yield page
    page.close()


def open_study(page, server, made: BadInputArchive, accession: str) -> None:
    page.goto(f"{server[0]}study?study={made.key_of(accession)}")
    page.locator(".report").first.wait_for()


def slice_shown(page) -> int:
    return int(page.locator(".stack canvas").get_attribute("data-slice"))


def wait_for_picture(page) -> None:
    wait_until(page, lambda: any(pixels(page)), 60)


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
    def test_the_slice_is_named_and_tried_again(self, page, server, made: BadInputArchive, damage: str) -> None:
        accession = f"SLICES-{damage}"  # a study of its own: a slice that was shown once stays in memory
        path = made.sources / accession / f"{N_SLICES - 1:03d}.dcm"
        whole = path.read_bytes()
        do, words = DAMAGES[damage]
        do(path)
        open_study(page, server, made, accession)
        go_to(page, "End")
        message = page.locator(".message", has_text=f"Slice {N_SLICES}: This picture cannot be shown")
        message.wait_for()
        assert words in message.inner_text()
        assert str(made.sources) not in page.content()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(whole)
        page.get_by_role("button", name="Try again").click()
        wait_until(page, lambda: page.locator(".message").is_hidden(), 60)
        wait_for_picture(page)

    def test_the_other_slices_go_on(self, page, server, made: BadInputArchive) -> None:
        (made.sources / "SLICES" / "001.dcm").write_bytes(b"no DICOM")
        open_study(page, server, made, "SLICES")
        go_to(page, "Home")
        wait_for_picture(page)
        go_to(page, "ArrowDown")
        page.locator(".message", has_text="Slice 2").wait_for()
        go_to(page, "ArrowDown")
        wait_until(page, lambda: slice_shown(page) == 2 and page.locator(".message").is_hidden())
        wait_for_picture(page)


def test_a_study_whose_pictures_never_decoded_is_found_and_says_so(page, server, made: BadInputArchive) -> None:
    open_study(page, server, made, "BROKEN")
    notice = page.locator(".notice", has_text="The pictures of this study cannot be shown")
    assert "1 file (the pixel data does not decode)" in notice.inner_text()
    assert page.locator(".stack").count() == 0
    page.locator(".sentence").click()
    page.locator(".card", has_text="Report only").wait_for()


def test_a_missing_thumbnail_is_no_broken_picture(page, server, made: BadInputArchive) -> None:
    with Archive.open(made.path) as archive:
        image = archive.study(made.key_of("CONTROLS")).images[0].image_key
    page.goto(server[0])
    answers = page.context.request.get(f"{server[0]}radseek/thumbnails/{image}", headers={"Accept": "image/*"})
    assert answers.status == 200
    thumbnails = made.path / "thumbnails"
    hidden = thumbnails.rename(thumbnails.with_name("hidden"))
    try:
        page.goto(server[0])
        field = page.get_by_placeholder("A finding or a report sentence")
        field.fill("small left effusion")
        field.press("Enter")
        page.locator(".nopicture", has_text="Picture not available").first.wait_for()
        open_study(page, server, made, "CONTROLS")
        wait_for_picture(page)
    finally:
        hidden.rename(thumbnails)


class TestAClip:
    def test_it_opens_plays_at_its_own_rate_and_jumps(self, page, server, made: BadInputArchive) -> None:
        asked: list[int] = []
        page.on("request", lambda r: "/radseek/frames/" in r.url and asked.append(int(r.url.rpartition("/")[2])))
        open_study(page, server, made, "CLIP")
        wait_for_picture(page)
        assert page.get_by_label("Slices a second").locator("option:checked").inner_text() == "40 / s, as recorded"
        assert f"Frame {slice_shown(page) + 1} of {N_FRAMES}" in page.locator(".slicelabel").inner_text()

        go_to(page, "Home")
        page.get_by_role("button", name="Play").click()
        wait_until(page, lambda: slice_shown(page) > 40, 60)
        page.get_by_role("button", name="Pause").click()
        here = slice_shown(page)
        in_order = [frame for frame in asked if frame <= here]
        assert set(range(here + 1)) <= set(in_order)  # none is left out

        asked.clear()
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        slow = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
        client.send("Network.emulateNetworkConditions", slow)
        slider = page.get_by_role("slider", name="Slice").bounding_box()
        page.mouse.move(slider["x"] + 0.2 * slider["width"], slider["y"] + slider["height"] / 2)
        page.mouse.down()
        page.mouse.move(slider["x"] + 0.9 * slider["width"], slider["y"] + slider["height"] / 2, steps=60)
        page.mouse.up()
        wait_until(page, lambda: slice_shown(page) > 0.85 * N_FRAMES)
        wait_until(page, lambda: slice_shown(page) in asked, 60)
        n_asked = len(set(asked))
        assert n_asked < 40  # of some sixty that the slider passed, and of their neighbours

    def test_the_server_keeps_its_size(self, page, server, made: BadInputArchive) -> None:
        url, port = server
        open_study(page, server, made, "CLIP")
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
    def test_all_are_reached_named_and_fetched_when_seen(self, page, server, made: BadInputArchive) -> None:
        asked: list[str] = []
        page.on("request", lambda r: "/radseek/frames/" in r.url and asked.append(r.url))
        open_study(page, server, made, "VIEWS")
        assert page.locator(".thumb").count() == N_VIEWS
        wait_for_picture(page)
        assert len(asked) <= 2  # pictures are fetched when they are opened
        strip, window = page.locator(".strip").bounding_box(), page.viewport_size
        assert strip["y"] + 60 < window["height"]  # the thumbnails are in sight
        for _ in range(N_VIEWS - 1):
            page.keyboard.press("ArrowRight")
        last = page.locator(".thumb").last
        assert last.get_attribute("aria-current") == "true"
        assert f"{N_VIEWS} of {N_VIEWS}" in page.locator(".corner.topRight").inner_text()
        assert last.get_attribute("aria-label").endswith(f"{N_VIEWS} of {N_VIEWS}")
        page.keyboard.press("ArrowLeft")
        assert f"{N_VIEWS - 1} of {N_VIEWS}" in page.locator(".corner.topRight").inner_text()

    def test_two_of_them_beside_each_other(self, page, server, made: BadInputArchive) -> None:
        troubles = watch(page)
        page.goto(f"{server[0]}compare?left={made.key_of('VIEWS')}&right={made.key_of('CLIP')}")
        page.locator(".thumb").first.wait_for()
        assert page.locator("[data-side=left] .thumb").count() == N_VIEWS
        wait_for_picture(page)
        assert troubles == []
