"""Asking with a picture of one's own: the button beside the search field."""

from __future__ import annotations

import streamlit as st

from radseek.records.search_options import Example
from radseek_viewer.state import add_example
from radseek_viewer.wall import Notice, show_notice

MAX_UPLOAD_MB = 64
_N_UPLOADS = "n_uploads"
_IS_EMPTY = "upload_is_empty"


def offer_upload() -> None:
    """Draw the button; a file that is chosen becomes an example, and nothing of it is kept under its name."""
    with st.popover("Ask with a picture", icon=":material/image_search:"):
        st.file_uploader(
            "A PNG, JPEG or DICOM file",
            key=_upload_key(),
            max_upload_size=MAX_UPLOAD_MB,
            on_change=_take_upload,
            help="Finds what looks alike. The file is read with limits, under no name, and is not stored.",
        )


def tell_of_upload() -> None:
    """Say so when the last file had nothing in it."""
    if st.session_state.pop(_IS_EMPTY, False):
        show_notice("bad_upload", Notice("This picture cannot be asked", "The file is empty.", "error"))


def _take_upload() -> None:
    """The chosen file as an example; the field is a new one then, so that Streamlit drops the file."""
    file = st.session_state[_upload_key()]
    if file is None:
        return
    content = file.getvalue()
    if content:
        add_example(Example(picture=content))
    else:
        st.session_state[_IS_EMPTY] = True
    st.session_state[_N_UPLOADS] = st.session_state.get(_N_UPLOADS, 0) + 1


def _upload_key() -> str:
    return f"upload_{st.session_state.get(_N_UPLOADS, 0)}"
