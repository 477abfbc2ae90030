"""A person at the viewer without a browser: speaks Streamlit's protocol, and fetches pictures as the page would."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from radseek_viewer.launch import viewer_environment

WALL = "radseek.wall"
LONGEST_S = 60.0
N_FIRST_ROWS = 12
"""Thumbnails that a screen of 1440 x 900 shows, and the row below."""


class ViewerError(Exception):
    """The server refused, closed the line, or showed an error on the page."""


@dataclass
class ViewerClient:
    """One open page. Use `opened`."""

    url: str
    """With a slash at the end."""
    cookie: str
    line: Any
    widgets: dict[str, str] = field(default_factory=dict)
    """A widget's own key or label -> its id."""
    pages: dict[str, str] = field(default_factory=dict)
    """A page's path -> its hash."""
    values: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Widget id -> its kind of value and value."""
    cards: list[dict[str, Any]] = field(default_factory=list)
    page_hash: str = ""

    @classmethod
    async def opened(cls, url: str) -> Self:
        """The start page, loaded.

        Raises:
            ViewerError: When the server does not give it.
        """
        cookie = await asyncio.to_thread(_page_cookie, url)
        stream = url.replace("http", "ws", 1) + "_stcore/stream"
        origin = url.rstrip("/")
        line = await websockets.connect(
            stream, origin=origin, additional_headers={"Cookie": cookie}, subprotocols=["streamlit"], max_size=None
        )
        client = cls(url, cookie, line)
        await client.rerun()
        return client

    async def close(self) -> None:
        """Leave."""
        await self.line.close()

    async def search(self, text: str) -> float:
        """Seconds from asking until the last message of the answer."""
        self.values[self.widgets["query_text"]] = ("string_value", text)
        return await self.rerun(page="")

    async def open_study(self, card: dict[str, Any]) -> float:
        """Seconds until the study's page is told."""
        query = urlencode({"study": card["study_key"]} | ({"image": card["image_key"]} if card["image_key"] else {}))
        return await self.rerun(page="study", query=query)

    async def rerun(self, page: str | None = None, query: str = "") -> float:
        """Seconds of one run of a page's script, with everything that it sends.

        Raises:
            ViewerError: When the page shows an error.
        """
        message = BackMsg()
        run = message.rerun_script
        run.query_string = query
        if page is not None:
            self.page_hash = self.pages[page]
        run.page_script_hash = self.page_hash
        for widget, (kind, value) in self.values.items():
            state = run.widget_states.widgets.add(id=widget)
            setattr(state, kind, value)
        began_s = time.perf_counter()
        await self.line.send(message.SerializeToString())
        while True:
            try:
                received = ForwardMsg.FromString(await asyncio.wait_for(self.line.recv(), LONGEST_S))
            except (websockets.ConnectionClosed, TimeoutError) as error:
                raise ViewerError("the server closed the line, or said nothing for a minute") from error
            if received.WhichOneof("type") == "script_finished":
                if received.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                return time.perf_counter() - began_s
            self._take(received)

    async def fetch_thumbnails(self) -> None:
        """The pictures of the first cards.

        Raises:
            ViewerError: When one is refused.
        """
        paths = [card["thumbnail"] for card in self.cards[:N_FIRST_ROWS] if card["thumbnail"]]
        await asyncio.gather(*(asyncio.to_thread(self._fetch, path) for path in paths))

    def _fetch(self, path: str) -> None:
        request = urllib.request.Request(self.url.rstrip("/") + path, headers={"Cookie": self.cookie})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                response.read()
        except OSError as error:
            raise ViewerError(f"a thumbnail: {error}") from error

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            for page in message.navigation.app_pages:
                if page.is_default:
                    self.pages[""] = page.page_script_hash
        if kind != "delta" or message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        name = element.WhichOneof("type")
        if name == "exception":
            raise ViewerError("the page shows an error")
        told = getattr(element, name)
        if name == "bidi_component" and told.component_name == WALL:
            self._take_wall(json.loads(told.json or told.mixed.json))
        elif hasattr(told, "id") and told.id:
            self.widgets[told.id.rpartition("-")[2] or getattr(told, "label", "")] = told.id

    def _take_wall(self, wall: dict[str, Any]) -> None:
        if any(notice["kind"] == "error" for notice in wall.get("notices", ())):
            raise ViewerError("the page says that the search did not work")
        self.cards = wall.get("cards") or (wall.get("misses") or {}).get("cards", [])


def server_environment() -> dict[str, str]:
    """For a server that is measured: as many threads as the machine has, modules compiled once as everywhere."""
    own = {name: value for name, value in viewer_environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {"OMP_NUM_THREADS": "2", "OPENBLAS_THREAD_TIMEOUT": "4"}


def _page_cookie(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return "; ".join(value.partition(";")[0] for value in response.headers.get_all("Set-Cookie", []))
