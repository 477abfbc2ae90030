"""What became of everything that was offered to the archive: every input is in one of four bins, with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from radseek.errors import PrivacyError
from radseek.records.outcomes import EXPLANATIONS, Reason
from radseek_viewer.wall import Notice, show_notice
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from radseek.records.outcomes import Tally
    from radseek.service import ArchiveSummary, RefusedThing
    from radseek_viewer.connection import ViewerArchive

BINS = ("ingested", "known already", "skipped", "quarantined")
"""What may become of an input, as people call it."""

HOW_TO_INGEST = "Bring scans and reports in with: radseek ingest ARCHIVE FOLDER. What becomes of each is counted here."


def show_intake(summary: ArchiveSummary) -> None:
    """A row for each source, and the reasons why something was left out."""
    if not summary.tally.seen:
        show_notice("nothing_seen", Notice("Nothing has come in yet", HOW_TO_INGEST))
        return
    st.markdown("##### Everything seen, by source")
    st.caption("Each file, row or report ends in exactly one column.")
    st.dataframe(_headed(source_rows(summary.by_source)), hide_index=True, width="stretch")
    reasons = reason_rows(summary.tally)
    if reasons:
        st.markdown("##### Why something was left out")
        st.dataframe(_headed(reasons), hide_index=True, width="stretch")


def show_quarantine(archive: ViewerArchive) -> None:
    """What should have worked and did not, one line each, for a person to look at."""
    try:
        refused = archive.quarantined()
    except PrivacyError as error:
        st.caption(str(error))
        return
    if not refused:
        return
    st.markdown("##### Quarantine")
    labels = {thing.reason: f"{thing.reason.replace('_', ' ')}" for thing in refused}
    chosen = st.pills("Reason", list(labels), format_func=labels.__getitem__, selection_mode="multi", key="reasons")
    shown = [thing for thing in refused if not chosen or thing.reason in chosen]
    st.caption(
        f"{counted(len(shown), 'thing')}. Each is named by a key of ours, which stands for its file name: "
        "names can hold those of patients."
    )
    st.dataframe(_headed([quarantine_row(thing) for thing in shown]), hide_index=True, width="stretch")


def _headed(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their columns' names as headings."""
    return [{name.capitalize(): value for name, value in row.items()} for row in rows]


def source_rows(by_source: dict[str, Tally]) -> list[dict[str, Any]]:
    """A table row for each source: its name, what was seen, and the four bins."""
    return [
        {"source": name, "seen": tally.seen}
        | dict(
            zip(
                BINS,
                (tally.ingested, tally.duplicate, sum(tally.skipped.values()), sum(tally.quarantined.values())),
                strict=True,
            )
        )
        for name, tally in by_source.items()
    ]


def reason_rows(tally: Tally) -> list[dict[str, Any]]:
    """A table row for each reason, the commonest first."""
    rows = [
        {"count": count, "bin": name, "reason": EXPLANATIONS[Reason(reason)]}
        for name, reasons in (("skipped", tally.skipped), ("quarantined", tally.quarantined))
        for reason, count in reasons.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["count"])), str(row["reason"])))


def quarantine_row(thing: RefusedThing) -> dict[str, str]:
    """A table row for one quarantined thing."""
    return {
        "key": thing.thing_key,
        "source": thing.source,
        "kind": thing.kind,
        "why": EXPLANATIONS[Reason(thing.reason)],
        "detail": thing.detail,
    }
