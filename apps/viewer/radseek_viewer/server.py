"""The viewer's server process: `python -m radseek_viewer.server --archive ARCHIVE`."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from radseek_viewer.connection import ARCHIVE_VARIABLE, disconnect, load_libraries, warm_up
from radseek_viewer.guard import PageGuard
from radseek_viewer.prompt_sockets import send_at_once
from radseek_viewer.routes import viewer_routes
from radseek_viewer.settings import THEMES, streamlit_settings

COLLECTION_THRESHOLDS = (10_000, 10, 10)
"""For `gc.set_threshold`. A search makes some 100,000 small objects, of which Python's own 700 would have most looked
through again and again: a third of its time. Streamlit's full collection after every run is off (`settings.toml`)."""
ENDING_S = 8.0
"""Seconds that open connections and running scripts get after SIGTERM."""

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


def build_app(host_names: Iterable[str] = ()) -> st.App:
    """The ASGI application: Streamlit's pages, our routes, the guard around both.

    Args:
        host_names: Host names that are answered; empty answers all.
    """
    guard = Middleware(PageGuard, hosts=frozenset(name.lower() for name in host_names))
    page = Path(__file__).with_name("app.py")
    return st.App(page, routes=viewer_routes(), middleware=[guard], lifespan=_warming)


@asynccontextmanager
async def _warming(app: st.App) -> AsyncIterator[None]:
    """Load libraries first, index and encoder beside the first page loads; close the archive at the end."""
    del app
    _limit_ending()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    load_libraries()
    send_at_once(st.get_option("server.port"))
    ending = threading.Event()
    warming = threading.Thread(target=warm_up, args=[ending], name="radseek-warm-up")
    warming.start()
    yield
    ending.set()
    warming.join()
    disconnect()


def _limit_ending() -> None:
    """See to it that SIGTERM ends this process in `ENDING_S`, whatever a browser or a script still holds open."""
    graceful = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(graceful):
        return

    def end(number: int, frame: FrameType | None) -> None:
        limit = threading.Timer(ENDING_S, os._exit, args=[1])
        limit.daemon = True
        limit.start()
        graceful(number, frame)

    signal.signal(signal.SIGTERM, end)


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    options = _parse(arguments)
    os.environ[ARCHIVE_VARIABLE] = str(options.archive)
    names = set() if options.any_host_name else LOCAL_NAMES | set(options.host_name)
    settings: dict[str, Any] = streamlit_settings(options.theme) | {
        "server.address": options.host,
        "server.port": options.port,
        "server.allowedHosts": sorted(names),
    }
    if options.host_name:
        settings["browser.serverAddress"] = options.host_name[0]
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn ends in good order, then raises it once more
        build_app(names).run(config=settings)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m radseek_viewer.server", description="Serve the radseek viewer.")
    parser.add_argument("--archive", type=Path, required=True, help="the archive's folder")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: this computer only)")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--theme", choices=THEMES, default="dark")
    parser.add_argument("--host-name", action="append", default=[], help="a name under which people reach the viewer")
    parser.add_argument("--any-host-name", action="store_true", help="answer every name: a proxy has checked it")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
