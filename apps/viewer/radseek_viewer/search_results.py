"""What stands below the search field: the start screen, or an answer's hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from radseek_viewer.card_blocks import BLOCK_SIZE, cards_url
from radseek_viewer.links import thumbnail_url
from radseek_viewer.selection_actions import what_was_done
from radseek_viewer.state import N_HITS, answer_token, dropped_chips, example_chips
from radseek_viewer.wall import (
    AnswerHead,
    AskedChip,
    Notice,
    ScrolledAnswer,
    StartScreen,
    WallEvent,
    hit_card,
    show_wall,
)
from radseek_viewer.wording import counted, describe_filters, example_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.errors import RadseekError
    from radseek.records.search import Answer
    from radseek.records.search_options import Example
    from radseek.service import ArchiveSummary
    from radseek_viewer.state import Question

_NO_GOOD_MATCH = "No good match"

TIPS = (
    Notice(
        "Ask as a report would say it",
        "A finding, a sentence or a whole report: small left pleural effusion. Say no, or possible, and the answer "
        "keeps to it.",
    ),
    Notice(
        "Narrow it down", "Use the filters at the left, or type them: modality:CT body:chest age:>60 sex:F after:2023"
    ),
    Notice(
        "See why it was found",
        "Each hit shows the sentence that matched and what it asserts. Open it for the scan beside its report, and "
        "click a sentence there to search on.",
    ),
)


def show_start(summary: ArchiveSummary, examples: tuple[str, ...]) -> WallEvent:
    """The screen before the first query: what this is, and `examples`, queries worth trying."""
    counts = (
        f"{counted(summary.n_studies, 'study')}, {counted(summary.n_images, 'picture')} and "
        f"{counted(summary.n_reports, 'report')} are in this archive."
    )
    invitation = "Try one of these, or type your own." if examples else "Type a finding above and press Enter."
    lead = Notice("Find scans by what their reports say", f"{counts} {invitation}")
    return show_wall("start", start=StartScreen(lead, examples, TIPS))


def show_results(answer: Answer, question: Question, show_where: bool) -> WallEvent:
    """What was understood of the question, the answer's notices, and its hits or the nearest misses.

    The page is given the first cards only: the browser gets the others as they come into sight.

    Args:
        answer: What was found.
        question: What was asked.
        show_where: Mark on the pictures where they show what is asked.
    """
    head = AnswerHead(asked_chips(answer, question), tuple(result_notices(answer)), _suggestions(answer))
    if not answer.hits:
        return show_wall("results", head=head, misses=[hit_card(hit) | {"map": None} for hit in answer.nearest])
    token = answer_token()
    scrolled = ScrolledAnswer(
        token=token,
        n_hits=len(answer.hits),
        url=cards_url(token),
        block_size=BLOCK_SIZE,
        show_where=show_where,
        done=what_was_done(token),
    )
    return show_wall("results", [hit_card(hit) for hit in answer.hits[:BLOCK_SIZE]], head, answer=scrolled)


def choose_maps(answer: Answer) -> bool:
    """Draw the switch for the maps, where one of the first hits has one; True when they are to be shown."""
    if not any(hit.region is not None and not hit.region.is_dark for hit in answer.hits[:BLOCK_SIZE]):
        return False
    shown: bool = st.toggle(
        "Show where",
        value=True,
        key="show_where",
        help="Marks on each picture where it shows what is asked. A picture that points nowhere has no mark.",
        persist_state="session",
    )
    return shown


def asked_chips(answer: Answer, question: Question) -> tuple[AskedChip, ...]:
    """The query's chips, then those that a person took out, to be put back."""
    dropped = dropped_chips(question.text)
    thumbnails = {key: _thumbnail(example) for key, example in example_chips(question.examples).items()}
    asked = tuple(AskedChip(chip.key, chip.label, thumbnail=thumbnails.get(chip.key)) for chip in answer.query.chips)
    return asked + tuple(AskedChip(key, label, dropped=True) for key, label in dropped.items())


def show_trouble(error: RadseekError, examples: Sequence[Example]) -> WallEvent:
    """What is wrong with the query, below the examples that it asks with: any of them can be taken out."""
    chips = [
        AskedChip(key, example_label(example), thumbnail=_thumbnail(example))
        for key, example in example_chips(examples).items()
    ]
    notice = Notice("This search did not work", str(error), "error")
    return show_wall("bad_query", head=AnswerHead(tuple(chips), (notice,)))


def _thumbnail(example: Example) -> str | None:
    return thumbnail_url(example.image_key) if example.image_key else None


def _suggestions(answer: Answer) -> tuple[str, ...]:
    return (answer.suggestion,) if answer.suggestion else ()


def result_line(answer: Answer) -> str:
    """Such as `37 hits · searched 2,310 studies, 14 not searched · 0.08 s`."""
    n_hits = (
        f"first {N_HITS:,} hits" if N_HITS <= len(answer.hits) < answer.n_searched else counted(len(answer.hits), "hit")
    )
    searched = f"searched {counted(answer.n_searched, 'study')}"
    searched += f", {answer.n_not_searched:,} not searched" if answer.n_not_searched else ""
    filters = describe_filters(answer.query.where)
    return " · ".join(part for part in (n_hits, searched, filters, f"{answer.seconds:.2f} s") if part)


def result_notices(answer: Answer) -> list[Notice]:
    """Plain sentences about an answer that is empty or weak, or that the service has something to say about."""
    asked = [Notice("Did you mean", "A word of the query is not known. Click below to search this instead.")]
    return _said(answer) + (asked if answer.suggestion else [])


def _said(answer: Answer) -> list[Notice]:
    if answer.no_good_match and answer.nearest:
        return [Notice(_NO_GOOD_MATCH, answer.note.replace(f"{_NO_GOOD_MATCH}. ", ""), "weak")]
    if not answer.hits:
        why = answer.note or "Try fewer filters, or other words for the finding."
        return [Notice("No hits", why)]
    return [Notice("Please note", answer.note)] if answer.note else []
