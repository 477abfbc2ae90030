"""Pages without filters: the room of the sidebar belongs to the scan."""

from __future__ import annotations

import streamlit as st

from radseek_viewer.components import ASSETS, picture_address


def hide_sidebar() -> None:
    """Hide what Streamlit may leave of the sidebar of the page before; the wordmark then stands in the page's head."""
    style = (ASSETS / "no_sidebar.css").read_text(encoding="utf-8")
    st.html(f"<style>{style.replace('WORDMARK', picture_address('wordmark.svg'))}</style>")
