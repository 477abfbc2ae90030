"""An answer that is kept while the archive goes on: said so, with a way to ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek_viewer.state import forget_answer

if TYPE_CHECKING:
    from radseek.records.search import Answer
    from radseek_viewer.connection import ViewerArchive


def offer_newer(archive: ViewerArchive, answer: Answer) -> None:
    """Say so when the archive was indexed again since `answer`, and offer to search anew.

    The kept answer stays as it is until then: cards must not change places while somebody reads them.
    """
    current = archive.current_generation()
    if not current or current == answer.generation:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="older_answer"):
        st.caption("The archive was indexed again since this search: there may be more, and some may be gone.")
        if st.button("Search again", key="search_again", icon=":material/refresh:"):
            forget_answer()
            st.rerun()
