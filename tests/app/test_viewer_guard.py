"""The viewer's routes behind its guard, without Streamlit's pages."""

from __future__ import annotations

import pytest
from fake_archive import FakeArchive
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from radseek.errors import ArtifactError, DecodeError, PrivacyError
from radseek_viewer.components import assets_digest
from radseek_viewer.connection import connect
from radseek_viewer.guard import COOKIE, PageGuard
from radseek_viewer.kept_answers import KEPT_ANSWERS
from radseek_viewer.page_policy import inline_script_hashes
from radseek_viewer.routes import viewer_routes

PAGE = {"Accept": "text/html"}


class RefusingArchive(FakeArchive):
    error: Exception | None = None

    def stack_frame_values(self, image_key, index):
        if self.error:
            raise self.error
        return super().stack_frame_values(image_key, index)


@pytest.fixture
def archive():
    archive = RefusingArchive()
    connect(archive)
    yield archive
    connect(None)


@pytest.fixture
def client(archive):
    KEPT_ANSWERS.keep(archive.search("effusion").hits, "kept")
    routes = [
        Route("/", lambda request: HTMLResponse("page")),
        Route("/media/{name}", lambda request: PlainTextResponse("m")),
        Route("/_stcore/upload_file/{name}", lambda request: PlainTextResponse("u")),
    ]
    guard = Middleware(PageGuard, hosts=frozenset({"127.0.0.1", "[::1]"}))
    app = Starlette(routes=[*viewer_routes(), *routes], middleware=[guard])
    with TestClient(app, base_url="http://127.0.0.1:8501") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    ["/radseek/thumbnails/study000-i0", "/radseek/frames/study000-i0/0", "/radseek/cards/kept/0", "/media/x",
     "/_stcore/upload_file/x"],
)  # fmt: skip
def test_pictures_need_the_cookie_of_the_page(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 403
    client.cookies.set(COOKIE, "guessed")
    assert client.get(path).status_code == 403
    client.cookies.clear()
    client.get("/", headers=PAGE)
    assert client.get(path).status_code == 200


def test_the_cookie_stays_with_the_page(client: TestClient) -> None:
    header = client.get("/", headers=PAGE).headers["set-cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Strict" in header
    assert "set-cookie" not in client.get("/", headers=PAGE).headers  # has it by now


def test_each_process_has_its_own_cookie(archive: FakeArchive) -> None:
    values = set()
    for _ in range(2):
        app = Starlette(routes=[Route("/", lambda request: HTMLResponse("page"))], middleware=[Middleware(PageGuard)])
        values.add(TestClient(app).get("/", headers=PAGE).cookies[COOKIE])
    assert len(values) == 2


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:8501"])
def test_foreign_host_names_are_refused(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9000", "[::1]:8501", "[::1]"])
def test_own_host_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_pages_load_nothing_from_elsewhere(client: TestClient) -> None:
    policy = client.get("/", headers=PAGE).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "http" not in policy
    assert len(inline_script_hashes()) >= 1


def test_patient_pictures_are_not_stored_by_browsers(client: TestClient) -> None:
    client.get("/", headers=PAGE)
    for path in ("/radseek/thumbnails/study000-i0", "/radseek/frames/study000-i0/0", "/radseek/cards/kept/0"):
        assert "no-store" in client.get(path).headers["cache-control"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DecodeError("decode_failed", "the pixel data does not decode"), 404),
        (PrivacyError("the role 'guest' may not view"), 403),
        (ArtifactError("the catalogue is damaged"), 503),
    ],
)
def test_own_errors_become_a_status_and_a_sentence(client, archive, error: Exception, status: int) -> None:
    archive.error = error
    client.get("/", headers=PAGE)
    answer = client.get("/radseek/frames/study000-i0/0")
    assert (answer.status_code, answer.json()) == (status, {"message": str(error)})


@pytest.mark.parametrize(
    "path",
    ["thumbnails/..%2f..%2fetc", "thumbnails/a%20b", "frames/x/minus", "thumbnails/nobody-i0",
     "cards/kept/minus", "cards/kept/10", "cards/another/0", "cards/../kept/0"],
)  # fmt: skip
def test_odd_keys_are_not_found(client: TestClient, path: str) -> None:
    client.get("/", headers=PAGE)
    assert client.get(f"/radseek/{path}").status_code == 404


def test_scripts_are_kept_for_ever_under_their_digest(client: TestClient) -> None:
    answer = client.get(f"/radseek/assets/{assets_digest()}/stack.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/radseek/assets/old/stack.js").headers["cache-control"] == "no-store"
    for name in ("absent.js", "..%2fserver.py", "wall.css"):
        assert client.get(f"/radseek/assets/x/{name}").status_code == 404
