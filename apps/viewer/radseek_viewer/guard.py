"""What stands before every request: host check, page cookie, and headers that keep the page to itself."""

from __future__ import annotations

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from radseek_viewer.components import PREFIX
from radseek_viewer.page_policy import page_headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "radseek_page"
GUARDED_PATHS = (
    *(f"{PREFIX}/{name}/" for name in ("thumbnails", "frames", "files", "cards", "maps")),
    "/media/",
    "/_stcore/upload_file/",
)
"""Addresses of pictures, shown or asked with, of files, hits and maps: they answer to who loaded the page."""

READY_PATH = f"{PREFIX}/ready"
"""What an open page asks when it has lost its server: another process, which has another cookie, gives it its own."""


class PageGuard:
    """ASGI middleware around Streamlit and the viewer's routes.

    Args:
        app: What it guards.
        hosts: Names in the Host header that are answered, without port; empty answers all of them.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._hosts = hosts
        self._token = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 400 (host) or 403 (cookie)."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._hosts and _host_name(headers.get("host", "")) not in self._hosts:
            await PlainTextResponse("unknown host name", status_code=400)(scope, receive, send)
            return
        has_cookie = self._has_cookie(headers.get("cookie", ""))
        if scope["path"].startswith(GUARDED_PATHS) and not has_cookie:
            await PlainTextResponse("load the page first", status_code=403)(scope, receive, send)
            return
        is_page = "text/html" in headers.get("accept", "") or scope["path"] == READY_PATH
        gives_cookie = scope["type"] == "http" and not has_cookie and is_page
        await self._app(scope, receive, self._sender(scope, send, gives_cookie))

    def _has_cookie(self, header: str) -> bool:
        try:
            morsel = SimpleCookie(header).get(COOKIE)
        except CookieError:
            return False
        return morsel is not None and hmac.compare_digest(morsel.value.encode(), self._token.encode())

    def _sender(self, scope: Scope, send: Send, gives_cookie: bool) -> Send:
        secure = "; Secure" if scope["scheme"] in {"https", "wss"} else ""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in page_headers().items():
                    headers[name] = value
                if gives_cookie:
                    headers.append("Set-Cookie", f"{COOKIE}={self._token}; Path=/; HttpOnly; SameSite=Strict{secure}")
            await send(message)

        return send_with_headers


def _host_name(host: str) -> str:
    """`host` without its port: `127.0.0.1:8501` and `[::1]:8501` give `127.0.0.1` and `[::1]`."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()
