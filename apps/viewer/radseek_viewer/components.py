"""The viewer's own page elements (Streamlit components v2). `routes` serves their scripts; their styles go inline."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
PREFIX = "/radseek"
"""Where the viewer's own routes begin."""


@cache
def assets_digest() -> str:
    """Changes with any script, so that browsers may keep them for ever."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.glob("*.js")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def picture_address(name: str) -> str:
    """An SVG of our assets as an address that holds it."""
    return f"data:image/svg+xml;base64,{base64.b64encode((ASSETS / name).read_bytes()).decode()}"


@cache
def own_style(name: str) -> str:
    """A stylesheet of our assets for `st.html`; the pictures that it names stand in it."""
    style = (ASSETS / name).read_text(encoding="utf-8")
    return f"<style>{re.sub(r'[a-z_]+[.]svg', lambda found: picture_address(found[0]), style)}</style>"


def register_component(name: str, *with_styles: str) -> Callable[..., Any]:
    """The mount command of the component whose module is `assets/NAME.js`, with its style and those of `with_styles`.

    Streamlit gets two lines that import the module from our own route: so the modules can import each other, and
    the browser keeps them.
    """
    files = ("assertions.css", *(f"{style}.css" for style in (*with_styles, name)))
    styles = "\n".join((ASSETS / file).read_text(encoding="utf-8") for file in files)
    url = f"{PREFIX}/assets/{assets_digest()}/{name}.js"
    script = f"const module = await import(new URL({url!r}, document.baseURI).href)\nexport default module.default\n"
    mount: Callable[..., Any] = st.components.v2.component(f"radseek.{name}", css=styles, js=script)
    return mount
