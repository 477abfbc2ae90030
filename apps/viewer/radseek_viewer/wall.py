"""The wall of results: cards, notices and example chips, drawn by `assets/wall.js`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from radseek.records.search_options import Example
from radseek_viewer.components import register_component
from radseek_viewer.links import study_url, thumbnail_url
from radseek_viewer.wording import (
    BANDS,
    CHANNELS,
    band_help,
    channel_help,
    person_and_year,
    sentence_tone,
    study_title,
)

if TYPE_CHECKING:
    from radseek.records.cohort import CohortStudy
    from radseek.records.search import Hit, RegionMap, SentenceView, StudyView
    from radseek.records.search_options import Band

_mount = register_component("wall")

MISSES_HEADING = "Nearest misses, probably not what was asked"

_BARS = {band: 3 - place for place, band in enumerate(BANDS)}
"""Bars of a band's badge: strong has all three, a miss none."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence in a box. Its text is shown as it is."""

    title: str
    text: str = ""
    kind: Literal["info", "weak", "error"] = "info"


@dataclass(frozen=True, slots=True)
class StartScreen:
    """What stands below the search field before the first query."""

    lead: Notice
    examples: tuple[str, ...]
    """Queries that a click runs."""
    tips: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A card that was clicked."""

    study_key: str
    image_key: str | None


@dataclass(frozen=True, slots=True)
class AskedChip:
    """One thing that the query was understood to ask; a click takes it out, or back in."""

    key: str
    label: str
    dropped: bool = False
    thumbnail: str | None = None
    """Address of the picture that is asked."""


@dataclass(frozen=True, slots=True)
class ScrolledAnswer:
    """An answer whose cards are drawn as they come into sight, and can be selected."""

    token: str
    """Another one is another answer: what was selected is forgotten."""
    n_hits: int
    url: str
    """Where the browser gets more cards; the place of the first wanted one follows."""
    block_size: int
    """Cards that the browser gets at once."""
    show_where: bool
    """Mark on the pictures where they show what is asked."""
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done with a selection, said where it was made; another `number` clears the selection."""

    number: int
    text: str
    can_undo: bool = True
    cohort: str = ""
    """Its name is offered to be opened; empty when it is gone."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What a person wants to do with the hits that they selected."""

    action: Literal["keep", "compare"]
    token: str
    places: tuple[int, ...]
    """From 0, in rank order."""


@dataclass(frozen=True, slots=True)
class WallEvent:
    """What a person did on the wall in this run."""

    opened: Opened | None = None
    example: str | None = None
    chip: AskedChip | None = None
    """The chip that was clicked, as it was."""
    picture: Example | None = None
    """A hit's picture, to be asked as what others should, or should not, resemble."""
    picked: str | None = None
    """Key of the study whose own button was pressed."""
    selected: Selected | None = None
    again: bool = False
    """The answer is no longer kept for the browser: search again."""
    done: Literal["undo", "open"] | None = None
    """What to do about what was done with a selection."""


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What stands above the cards of an answer."""

    chips: tuple[AskedChip, ...] = ()
    notices: tuple[Notice, ...] = ()
    suggestions: tuple[str, ...] = ()
    """Queries offered in place of this one; a click runs one."""


def show_wall(
    key: str,
    cards: Sequence[dict[str, Any]] = (),
    head: AnswerHead | None = None,
    start: StartScreen | None = None,
    misses: Sequence[dict[str, Any]] = (),
    answer: ScrolledAnswer | None = None,
) -> WallEvent:
    """Draw the start screen, or chips, notices and cards, whatever of it is given, and return what was clicked.

    Args:
        key: Of the page element.
        cards: Hits or studies; of an `answer` the first ones.
        head: What stands above them.
        start: The start screen.
        misses: Cards of the nearest misses, drawn dimmed under a heading that says so.
        answer: Makes the cards those of an answer of any length.
    """
    head = head or AnswerHead()
    data: dict[str, Any] = {
        "chips": [asdict(chip) for chip in head.chips],
        "notices": [asdict(notice) for notice in head.notices],
        "examples": list(head.suggestions),
        "cards": list(cards),
        "misses": {"heading": MISSES_HEADING, "cards": list(misses)} if misses else None,
        "answer": asdict(answer) if answer else None,
    }
    if start:
        data |= {
            "lead": asdict(start.lead),
            "examples": list(start.examples),
            "tips": [asdict(tip) for tip in start.tips],
        }
    result = _mount(
        key=key,
        data=data,
        on_open_change=_nothing,
        on_example_change=_nothing,
        on_chip_change=_nothing,
        on_picture_change=_nothing,
        on_pick_change=_nothing,
        on_selected_change=_nothing,
        on_again_change=_nothing,
        on_done_change=_nothing,
    )
    return _read_event(result)


def _read_event(result: Any) -> WallEvent:  # noqa: ANN401  Streamlit's result has an attribute for each trigger
    opened, clicked, asked = result.open, result.chip, result.picture
    where = Opened(str(opened["study_key"]), opened.get("image_key")) if opened else None
    chip = AskedChip(str(clicked["key"]), str(clicked["label"])) if clicked else None
    picture = Example(image_key=str(asked["image_key"]), unlike=bool(asked["unlike"])) if asked else None
    picked = str(result.pick) if result.pick else None
    return WallEvent(
        opened=where,
        example=str(result.example) if result.example else None,
        chip=chip,
        picture=picture,
        picked=picked,
        selected=_read_selected(result.selected) if result.selected else None,
        again=bool(result.again),
        done=result.done if result.done in {"undo", "open"} else None,
    )


def _read_selected(told: Mapping[str, Any]) -> Selected | None:
    if told["action"] not in {"keep", "compare"}:
        return None
    action = cast("Literal['keep', 'compare']", told["action"])
    return Selected(action, str(told["token"]), tuple(sorted({int(place) for place in told["places"]})))


def show_notice(key: str, notice: Notice) -> None:
    """Draw one notice."""
    show_wall(key, head=AnswerHead(notices=(notice,)))


def hit_card(hit: Hit) -> dict[str, Any]:
    """A hit as the wall's script reads it."""
    told = next((match for match in hit.matches if match.sentence is not None), None)
    image_key = hit.key_image.image_key if hit.key_image else None
    title = study_title(hit)
    meta = person_and_year(hit)
    band = _band_badge(hit.band) if hit.band is not None else None
    return {
        "study_key": hit.study_key,
        "image_key": image_key,
        "href": study_url(hit.study_key, image_key),
        "rank": hit.rank,
        "title": title,
        "meta": meta,
        "label": ", ".join([f"Hit {hit.rank}: {title}", *([meta] if meta else []), *([band["label"]] if band else [])]),
        "alt": f"{title}, hit {hit.rank}",
        "thumbnail": thumbnail_url(image_key) if image_key else None,
        "map": lit_map(hit.region) if hit.region is not None else None,
        "band": band,
        "folded": f"+{len(hit.folded)} near-identical" if hit.folded else "",
        "synthetic": hit.synthetic,
        "sentence": _sentence(told.sentence, told.phrases) if told and told.sentence else None,
        "why": hit.why or ("" if told else "Matched by the picture alone"),
        "channels": [
            {"name": CHANNELS[match.channel][0], "rank": match.rank, "help": channel_help(match)}
            for match in hit.matches
        ],
    }


def _band_badge(band: Band) -> dict[str, Any]:
    return {"name": band.value, "label": BANDS[band][0], "help": band_help(band), "bars": _BARS[band]}


def lit_map(region: RegionMap) -> dict[str, Any] | None:
    """The map as plain numbers; None when it is dark."""
    return None if region.is_dark else {"rows": region.values, "inside": asdict(region.inside)}


def study_card(study: StudyView, pick: str = "") -> dict[str, Any]:
    """A study without a query, such as another study of the same patient; with a button that says `pick`."""
    picture = study.images[0].image_key if study.images else None
    return _plain_card(study, picture) | {"pick": pick}


def member_card(study: CohortStudy, picture: str | None, rank: int | None, why: str, pick: str) -> dict[str, Any]:
    """A study of a cohort.

    Args:
        study: What is known of it.
        picture: Key of the picture that stands for it.
        rank: Its place in the cohort; None for one that does not belong (yet, or any more).
        why: A line about it, such as that it is new.
        pick: Words of its own button.
    """
    label = f"{study_title(study)}, {person_and_year(study)}"
    label = f"{rank}: {label}" if rank else label
    return _plain_card(study, picture) | {"rank": rank, "why": why, "pick": pick, "alt": label, "label": label}


def _plain_card(study: StudyView | CohortStudy, picture: str | None) -> dict[str, Any]:
    title, meta = study_title(study), person_and_year(study)
    return {
        "study_key": study.study_key,
        "image_key": None,
        "href": study_url(study.study_key, None),
        "rank": None,
        "title": title,
        "meta": meta,
        "label": f"{title}, {meta}",
        "alt": title,
        "thumbnail": thumbnail_url(picture) if picture else None,
        "map": None,
        "band": None,
        "folded": "",
        "synthetic": study.synthetic,
        "sentence": None,
        "why": "",
        "channels": [],
    }


def _sentence(sentence: SentenceView, phrases: Sequence[tuple[int, int]]) -> dict[str, Any]:
    tone, mark = sentence_tone(sentence)
    return {"text": sentence.text, "tone": tone, "mark": mark, "pieces": text_pieces(sentence.text, phrases)}


def text_pieces(text: str, phrases: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """`text` cut where the words that answer begin and end; phrases that overlap an earlier one count from its end."""
    pieces, last = [], 0
    for start, end in sorted(phrases):
        start = max(start, last)
        if start < end:
            pieces += [{"text": text[last:start], "answers": False}, {"text": text[start:end], "answers": True}]
            last = end
    return [piece for piece in [*pieces, {"text": text[last:], "answers": False}] if piece["text"]]


def _nothing() -> None:
    """Streamlit wants a callback for each name that a component may send."""
