"""Cards of models and data sets on a page: radseek's own as Markdown, anybody else's as plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from radseek.service import EncoderCard

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FILE_LINK = re.compile(r"\[([^\]]*)\]\((?!https?://)[^)]*\)")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_TITLE = re.compile(r"\A# .+\n")


def show_card(card: EncoderCard) -> None:
    """The card of an encoder, a fold for each section, and the cards of what it learned from."""
    if not card.text:
        st.caption("No card lies beside this encoder: what it learned from and how well it does is not told here.")
    elif card.is_shipped:
        lead, *sections = card_sections(card.text)
        st.markdown(lead[1])
        for title, body in sections:
            with st.expander(title):
                st.markdown(body)
    else:
        with st.expander("Card of this encoder, as its maker wrote it"):
            st.text(card.text)
    for name, text in card.data_cards.items():
        with st.expander(f"Data set: {name.replace('_', ' ')}"):
            st.markdown(card_sections(text)[0][1])


def card_sections(text: str) -> list[tuple[str, str]]:
    """Title and body of each section; first, under an empty title, what stands before them.

    Links to files are left as words: the files are in radseek's source, not on this server.
    """
    plain = _FILE_LINK.sub(r"\1", _TITLE.sub("", _COMMENT.sub("", text)))
    lead, *rest = _HEADING.split(plain)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return [("", lead.strip()), *((title.strip(), body.strip()) for title, body in pairs)]
