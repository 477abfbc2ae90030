"""What this archive holds, what searches it and learned from what, how it is used, and what it must not be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek.errors import RadseekError
from radseek.service import own_licence
from radseek_viewer.card_view import show_card
from radseek_viewer.components import register_component
from radseek_viewer.connection import connected_archive
from radseek_viewer.plain_text import literal
from radseek_viewer.tour import offer_tour
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import DISCLAIMER

if TYPE_CHECKING:
    from radseek.service import ArchiveSummary, EncoderCard
    from radseek_viewer.connection import ViewerArchive

_mount_keys = register_component("key_table")

NOT_FOR_DIAGNOSIS = Notice(
    "Not for diagnosis",
    f"{DISCLAIMER} Hits are ranked by similarity to the query. A high rank is no probability of a disease, "
    "and a study that is not among the hits may still show the finding.",
    "weak",
)

PRIVACY = """
- Patients, studies and pictures go by keys made for this archive. Names, numbers and dates of patients are not shown;
  years, ages and distances in days are.
- The page loads and sends nothing beyond the server that it came from; pictures are given only to a browser that
  loaded the page. No query, report text or file name is in an address or in a log.
- The archive notes who searched, opened and changed what, never the words of a query.
- A picture to ask with is kept in the memory of the session only.
- There is no login: before other computers may reach the viewer, a proxy with login and TLS has to stand before it.
"""

GUIDE = """
- The tour above, on this archive's own studies.
- `docs/first-hour.md`, `docs/viewer.md` and `docs/searching.md` in radseek's source: setting up, the pages, how to ask.
- `radseek --help`, and `radseek COMMAND --help` with examples, in a terminal.
"""


def show_counts(summary: ArchiveSummary) -> None:
    """How much the archive holds."""
    counts = {
        "Studies": summary.n_studies,
        "Pictures": summary.n_images,
        "Reports": summary.n_reports,
        "Sentences": summary.n_sentences,
    }
    with st.container(horizontal=True):
        for name, count in counts.items():
            st.metric(name, f"{count:,}", border=True)


def show_what_searches(archive: ViewerArchive, summary: ArchiveSummary) -> None:
    """Version, index and encoder, with the encoder's card."""
    st.markdown("##### What searches it")
    generation = f"{summary.generation}, written {summary.indexed_at[:16].replace('T', ' ')} UTC"
    lines = [
        f"- radseek {literal(summary.version)}, licence {literal(own_licence())}",
        f"- index generation {literal(generation) if summary.generation else 'none yet: run `radseek index`'}",
    ]
    try:
        card = archive.encoder_card()
    except RadseekError as error:
        st.markdown("\n".join([*lines, f"- encoder {literal(summary.encoder or 'none yet')}"]))
        show_notice("no_encoder", Notice("The encoder cannot be shown", str(error), "error"))
        return
    st.markdown("\n".join([*lines, *encoder_lines(card)]))
    show_card(card)


def encoder_lines(card: EncoderCard) -> list[str]:
    """The encoder in a few lines."""
    told = [f"encoder {card.name}, revision {card.revision}, vectors of {card.dim} numbers, licence {card.licence}"]
    told += [f"before its use: {card.gating}"] if card.gating else []
    told += [f"public weights inside: {', '.join(card.sources)}"] if card.sources else []
    told += [f"learned from: {', '.join(card.training_sets)}"] if card.training_sets else []
    return [f"- {literal(line)}" for line in told]


archive = connected_archive()
summary = archive.summary()
st.markdown("### About this archive")
show_notice("not_for_diagnosis", NOT_FOR_DIAGNOSIS)
show_counts(summary)
offer_tour(archive, always=True)
show_what_searches(archive, summary)
st.markdown("##### Keys")
_mount_keys(key="keys", data={})
st.markdown("##### How privacy is kept")
st.markdown(PRIVACY)
st.markdown("##### Where to read on")
st.markdown(GUIDE)
