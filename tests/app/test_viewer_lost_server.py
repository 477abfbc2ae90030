"""The server is killed, stopped and started again below an open page: it says so, keeps what it shows, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from bad_input_archive import BadInputArchive, build_bad_input_archive
from chromium import chromium, free_port, needs_chromium, pixels, wait_until

from radseek_viewer.launch import ViewerOptions, viewer_command, wait_until_ready

pytestmark = [needs_chromium, pytest.mark.browser, pytest.mark.xdist_group("viewer_browser")]


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
        assert wait_until_ready(self.port, timeout_s=60)

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


@pytest.fixture(scope="module")
def engine():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(engine):
    page = engine.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(60_000)
    yield page
    page.close()


def open_study(page, server: Server, made: BadInputArchive, accession: str) -> None:
    page.goto(f"{server.url}study?study={made.key_of(accession)}")
    page.locator(".report").first.wait_for()
    wait_until(page, lambda: any(pixels(page)), 60)
    page.wait_for_load_state("networkidle")


def ask(page, text: str) -> None:
    field = page.get_by_placeholder("A finding or a report sentence")
    field.fill(text)
    field.press("Enter")


def test_a_killed_server_is_told_and_the_page_goes_on_with_the_next_one(page, server, made: BadInputArchive) -> None:
    open_study(page, server, made, "SLICES")
    before = pixels(page)
    server.kill()
    page.locator(".lost", has_text="The viewer's server does not answer").wait_for()
    assert pixels(page) == before
    assert page.locator(".report .sentence").count() == 1
    page.locator(".stack canvas").focus()
    page.keyboard.press("Home")
    page.locator(".message", has_text="Slice 1: The server does not answer").wait_for()
    page.wait_for_timeout(8_000)  # by now Streamlit's own dialog has come, which would cover all
    assert page.get_by_role("dialog").count() == 0

    server.start()
    wait_until(page, lambda: page.locator(".lost").is_hidden(), 60)
    wait_until(page, lambda: page.locator(".message").is_hidden(), 60)
    wait_until(page, lambda: any(pixels(page)), 60)
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: page.locator(".stack canvas").get_attribute("data-slice") == "1")
    wait_until(page, lambda: any(pixels(page)), 60)
    page.get_by_role("button", name="Similar", exact=True).click()
    page.get_by_text("this patient's own studies are left out").wait_for()


def test_a_picture_asks_for_the_new_servers_cookie_by_itself(page, server, made: BadInputArchive) -> None:
    open_study(page, server, made, "SLICES")
    page.context.clear_cookies()
    refused: list[int] = []
    page.on("response", lambda answer: answer.status == 403 and refused.append(answer.status))
    page.locator(".stack canvas").focus()
    page.keyboard.press("Home")
    wait_until(page, lambda: bool(refused), 60)
    wait_until(page, lambda: any(pixels(page)), 60)
    assert page.locator(".message").is_hidden()


def test_what_was_found_stays_and_the_next_search_runs_on_the_new_server(page, server) -> None:
    page.goto(server.url)
    ask(page, "small left effusion")
    page.locator(".card").first.wait_for()
    n_cards = page.locator(".card").count()
    server.kill()
    page.locator(".lost").wait_for()
    assert page.locator(".card").count() == n_cards
    server.start()
    wait_until(page, lambda: page.locator(".lost").is_hidden(), 60)
    ask(page, "large right pneumothorax")
    page.locator(".card", has_text="right pneumothorax").first.wait_for()
    assert page.locator('[data-testid="stException"]').count() == 0


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
    wait_until(page, lambda: page.locator(".lost").is_hidden(), 60)
    page.locator(".card", has_text="right pneumothorax").first.wait_for()
