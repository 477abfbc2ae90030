"""What is said of pictures that a study has and that cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.records.outcomes import EXPLANATIONS
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.records.search import StudyView


def tell_no_pictures(study: StudyView, key: str) -> None:
    """Say that a study has no pictures, and why where it should have some."""
    if study.n_pending:
        text = f"{counted(study.n_pending, 'picture')} of this study are known and not made yet. Open it again later."
        show_notice(key, Notice("The pictures are being read in", text))
    elif study.unreadable:
        text = f"{unreadable_words(study)}. The page Archive lists every such file."
        show_notice(key, Notice("The pictures of this study cannot be shown", text, "weak"))
    else:
        st.caption("No picture of this study is in this archive.")


def tell_left_out(study: StudyView) -> None:
    """Say below the pictures which of the study's files are not among them."""
    if study.unreadable:
        st.caption(f"Not shown: {unreadable_words(study)}. The other pictures are complete in themselves.")
    if study.n_pending:
        st.caption(f"{counted(study.n_pending, 'more picture')} of this study are being read in.")


def unreadable_words(study: StudyView) -> str:
    """Such as `2 files (the pixel data does not decode), 1 file (an empty file)`."""
    return ", ".join(f"{counted(n_files, 'file')} ({EXPLANATIONS[reason]})" for reason, n_files in study.unreadable)
