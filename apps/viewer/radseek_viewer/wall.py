"""The wall of results: cards, notices and example chips, drawn by `assets/wall.js`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from radseek_viewer.components import register_component
from radseek_viewer.links import study_url, thumbnail_url
from radseek_viewer.wording import (
    CHANNELS,
    channel_help,
    person_and_year,
    sentence_tone,
    study_title,
)

if TYPE_CHECKING:
    from radseek.records.search import Hit, SentenceView, StudyView

_mount = register_component("wall")


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
class WallEvent:
    """What a person did on the wall in this run."""

    opened: Opened | None = None
    example: str | None = None


def show_wall(
    key: str,
    cards: Sequence[dict[str, Any]] = (),
    notices: Sequence[Notice] = (),
    start: StartScreen | None = None,
) -> WallEvent:
    """Draw the start screen, then notices, then cards, whatever of it is given, and return what was clicked."""
    data: dict[str, Any] = {"notices": [asdict(notice) for notice in notices], "cards": list(cards)}
    if start:
        data |= {
            "lead": asdict(start.lead),
            "examples": list(start.examples),
            "tips": [asdict(tip) for tip in start.tips],
        }
    result = _mount(key=key, data=data, on_open_change=_nothing, on_example_change=_nothing)
    opened = result.open
    where = Opened(str(opened["study_key"]), opened.get("image_key")) if opened else None
    return WallEvent(where, str(result.example) if result.example else None)


def show_notice(key: str, notice: Notice) -> None:
    """Draw one notice."""
    show_wall(key, notices=[notice])


def hit_card(hit: Hit) -> dict[str, Any]:
    """A hit as the wall's script reads it."""
    sentence = next((match.sentence for match in hit.matches if match.sentence is not None), None)
    image_key = hit.key_image.image_key if hit.key_image else None
    title = study_title(hit)
    meta = person_and_year(hit)
    return {
        "study_key": hit.study_key,
        "image_key": image_key,
        "href": study_url(hit.study_key, image_key),
        "rank": hit.rank,
        "title": title,
        "meta": meta,
        "label": f"Hit {hit.rank}: {title}, {meta}",
        "alt": f"{title}, hit {hit.rank}",
        "thumbnail": thumbnail_url(image_key) if image_key else None,
        "synthetic": hit.synthetic,
        "sentence": _sentence(sentence) if sentence else None,
        "channels": [
            {"name": CHANNELS[match.channel][0], "rank": match.rank, "help": channel_help(match)}
            for match in hit.matches
        ],
    }


def study_card(study: StudyView) -> dict[str, Any]:
    """A study without a query, such as another study of the same patient."""
    image_key = study.images[0].image_key if study.images else None
    title = study_title(study)
    return {
        "study_key": study.study_key,
        "image_key": None,
        "href": study_url(study.study_key, None),
        "rank": None,
        "title": title,
        "meta": person_and_year(study),
        "label": f"{title}, {person_and_year(study)}",
        "alt": title,
        "thumbnail": thumbnail_url(image_key) if image_key else None,
        "synthetic": study.synthetic,
        "sentence": None,
        "channels": [],
    }


def _sentence(sentence: SentenceView) -> dict[str, str]:
    tone, mark = sentence_tone(sentence)
    return {"text": sentence.text, "tone": tone, "mark": mark}


def _nothing() -> None:
    """Streamlit wants a callback for each name that a component may send."""
