"""The studies that the compare page shows, read once while it shows them: each reading leaves an audit event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from radseek.records.search import StudyView
    from radseek_viewer.connection import ViewerArchive

_OPENED = "opened_studies"
_KEPT = 4
"""Two that are shown, and two before them: who swaps sides or goes back opens nothing anew."""


def opened_study(archive: ViewerArchive, study_key: str) -> StudyView:
    """The study.

    Raises:
        InputError: When there is no such study.
    """
    kept: dict[str, StudyView] = st.session_state.setdefault(_OPENED, {})
    if study_key not in kept:
        kept[study_key] = archive.study(study_key)
        for oldest in list(kept)[:-_KEPT]:
            del kept[oldest]
    return kept[study_key]
