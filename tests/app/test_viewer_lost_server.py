"""The server is killed, stopped and started again below an open page: it says so, keeps what it shows, and goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from bad_input_archive import BadInputArchive, build_bad_input_archive
from chromium import (
    LAPTOP,
    PATIENCE_S,
    ask,
    browser_marks,
    corner,
    expect,
    free_port,
    open_study,
    pixels,
    resting_box,
    wait_for_picture,
    wait_until,
    wait_until_run,
)

from radseek_viewer.launch import ViewerOptions, viewer_command, wait_until_ready

pytestmark = browser_marks

WINDOW = LAPTOP


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> BadInputArchive:
    return build_bad_input_archive(tmp_path_factory.mktemp("lost"), "SLICES", "BROKEN", "CONTROLS")


class Server:
    """The viewer's process at one port, which can be started again."""

    def __init__(self, archive: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._command = ["nice", *viewer_command(archive, ViewerOptions(port=self.port))]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, env=os.environ | {"OMP_NUM_THREADS": "1"})
        assert wait_until_ready(self.port, timeout_s=PATIENCE_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)


@pytest.fixture
def server(made: BadInputArchive):
    server = Server(made.path)
    yield server
    server.kill()


@pytest.fixture
def page(failing_page):
    """Its server goes away."""
    return failing_page


def open_slices(page, server: Server, made: BadInputArchive) -> None:
    open_study(page, server.url, made.key_of("SLICES"))
    wait_for_picture(page)
    page.wait_for_load_state("networkidle")
    resting_box(page, page.locator(".stack canvas"))


def test_a_killed_server_is_told_and_the_page_goes_on_with_the_next_one(page, server, made: BadInputArchive) -> None:
    open_slices(page, server, made)
    before = pixels(page)
    server.kill()
    page.locator(".lost", has_text="The viewer's server does not answer").wait_for()
    assert pixels(page) == before
    expect(page.locator(".report .sentence")).to_have_count(1)
    page.locator(".stack canvas").focus()
    page.keyboard.press("Home")
    page.locator(".message", has_text="Slice 1: The server does not answer").wait_for()
    page.wait_for_timeout(8_000)  # by now Streamlit's own dialog has come, which would cover all
    expect(page.get_by_role("dialog")).to_have_count(0)

    server.start()
    expect(page.locator(".lost")).to_be_hidden()
    expect(page.locator(".message")).to_be_hidden()
    wait_for_picture(page)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".stack canvas")).to_have_attribute("data-slice", "1")
    wait_for_picture(page)
    page.get_by_role("button", name="Similar", exact=True).click()
    page.get_by_text("this patient's own studies are left out").wait_for()


def test_a_picture_asks_for_the_new_servers_cookie_by_itself(page, server, made: BadInputArchive) -> None:
    open_slices(page, server, made)
    page.context.clear_cookies()
    refused: list[int] = []
    page.on("response", lambda answer: answer.status == 403 and refused.append(answer.status))
    page.locator(".stack canvas").focus()
    page.keyboard.press("Home")
    wait_until(page, lambda: bool(refused))
    expect(corner(page, "bottomRight")).to_have_text(re.compile("^1 / "))
    wait_for_picture(page)
    expect(page.locator(".message")).to_be_hidden()


def test_what_was_found_stays_and_the_next_search_runs_on_the_new_server(page, server) -> None:
    page.goto(server.url)
    ask(page, "small left effusion")
    page.locator(".card").first.wait_for()
    wait_until_run(page)
    n_cards = page.locator(".card").count()
    server.kill()
    page.locator(".lost").wait_for()
    expect(page.locator(".card")).to_have_count(n_cards)
    server.start()
    expect(page.locator(".lost")).to_be_hidden()
    ask(page, "large right pneumothorax")
    page.locator(".card", has_text="right pneumothorax").first.wait_for()
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_a_search_waits_for_a_server_that_hangs(page, server) -> None:
    page.goto(server.url)
    ask(page, "small left effusion")
    page.locator(".card").first.wait_for()
    server.signal(signal.SIGSTOP)
    try:
        ask(page, "large right pneumothorax")
        page.locator(".lost", has_text="has not answered for a while").wait_for()
        assert page.locator(".card").count() > 0
    finally:
        server.signal(signal.SIGCONT)
    expect(page.locator(".lost")).to_be_hidden()
    page.locator(".card", has_text="right pneumothorax").first.wait_for()
