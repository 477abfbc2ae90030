"""Files wait under a random word, are given once, and are nobody's without the page's cookie."""

from __future__ import annotations

import time

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from radseek_viewer.components import PREFIX
from radseek_viewer.guard import PageGuard
from radseek_viewer.handed_out import WAITING_FILES, HandedOut, WaitingFiles
from radseek_viewer.routes import viewer_routes

FILE = HandedOut("chests.csv", b"a,b", "text/csv")


def test_a_file_is_given_once() -> None:
    counter = WaitingFiles()
    token = counter.put(FILE)
    assert counter.take("another") is None
    assert counter.take(token) == FILE
    assert counter.take(token) is None


def test_what_nobody_fetches_is_dropped() -> None:
    counter = WaitingFiles(kept_s=0.01)
    token = counter.put(FILE)
    time.sleep(0.05)
    assert counter.take(token) is None
    few = WaitingFiles(most_kept=2)
    tokens = [few.put(FILE) for _ in range(3)]
    assert [few.take(token) is None for token in tokens] == [True, False, False]


def test_the_route_asks_for_the_pages_cookie() -> None:
    app = Starlette(routes=viewer_routes(), middleware=[Middleware(PageGuard)])
    with TestClient(app) as client:
        url = f"/{PREFIX.lstrip('/')}/files/{WAITING_FILES.put(FILE)}"
        assert client.get(url).status_code == 403
        client.get("/", headers={"accept": "text/html"})
        answer = client.get(url)
        assert (answer.status_code, answer.content) == (200, b"a,b")
        assert answer.headers["content-disposition"] == 'attachment; filename="chests.csv"'
        assert "no-store" in answer.headers["cache-control"]
        assert client.get(url).status_code == 404
