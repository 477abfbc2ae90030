"""Headers of every answer: the page may load and send nothing beyond its own server, and nobody may frame it."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit

_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@cache
def page_headers() -> dict[str, str]:
    """Header name -> value."""
    return _FIXED | {"Content-Security-Policy": "; ".join(_directives())}


def _directives() -> list[str]:
    # Streamlit runs our component modules from blob addresses and sets styles inline.
    scripts = " ".join(["'self'", "blob:", "'wasm-unsafe-eval'", *inline_script_hashes()])
    return [
        "default-src 'self'",
        f"script-src {scripts}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]


@cache
def inline_script_hashes() -> tuple[str, ...]:
    """Hashes of the inline scripts of Streamlit's own start page: the only ones that may run."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
