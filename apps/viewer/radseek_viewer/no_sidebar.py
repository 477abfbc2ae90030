"""Pages without filters: the room of the sidebar belongs to the scan."""

from __future__ import annotations

import streamlit as st

from radseek_viewer.components import own_style


def hide_sidebar() -> None:
    """Hide what Streamlit may leave of the sidebar of the page before; the wordmark then stands in the page's head."""
    st.html(own_style("no_sidebar.css"))
