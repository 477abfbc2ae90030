"""The page that every address of the viewer loads first: Streamlit's own, with our stylesheet already in its head.

Streamlit brings styles with the script's first run, when the browser has painted already: the page would flash white in
a reading room, and its body would become wider once.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from radseek_viewer.components import ASSETS, picture_address

PAGE_PATHS = ("/", *sorted(f"/{path.stem}" for path in Path(__file__).with_name("app_pages").glob("*.py")))
"""Addresses of the pages. Any other is answered by Streamlit itself, which says that there is no such page."""


def start_page(request: Request) -> Response:
    """What the browser gets at each of `PAGE_PATHS`."""
    del request
    return HTMLResponse(start_page_html(), headers={"Cache-Control": "no-cache"})


@cache
def start_page_html() -> str:
    """Streamlit's page under our name and mark, with our stylesheet and the theme's background."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    page = page.replace('href="./favicon.png"', f'href="{picture_address("mark.svg")}"')
    page = page.replace("<title>Streamlit</title>", "<title>radseek</title>")
    return page.replace("</head>", f"<style>{_background()}{_stylesheet()}</style></head>")


def _stylesheet() -> str:
    return (ASSETS / "page.css").read_text(encoding="utf-8")


def _background() -> str:
    """The style of the ground before anything is drawn; without a fixed theme the computer's preference holds."""
    fixed = st.get_option("theme.backgroundColor")
    if fixed:
        return f":root {{ background: {fixed}; }}\n"
    light, dark = (st.get_option(f"theme.{theme}.backgroundColor") for theme in ("light", "dark"))
    return (
        f":root {{ background: {light}; }}\n@media (prefers-color-scheme: dark) {{ :root {{ background: {dark}; }} }}\n"
    )
