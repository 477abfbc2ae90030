"""Made-up reports in numbers: sentences of phantoms and of every finding that the lexicon knows, ten a report.

A sentence is a core, of which there are thousands and which is really encoded, and in some of them a tail (which slice,
which earlier study) that makes its words its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np

from radseek.images.phantom_lesions import draw_lesions
from radseek.records.phantoms import Scene
from radseek.records.reports import Section
from radseek.text import default_lexicon
from radseek.text.phantom_reports import phantom_report
from radseek.text.sentences import sentence_spans

SENTENCES_A_REPORT = 10
SCENES = (*(Scene.CHEST_RADIOGRAPH,) * 3, Scene.CHEST_CT, Scene.ABDOMEN_CT, Scene.HEAD_CT)
"""Half of the studies are chest radiographs."""
_WITH_TAIL = 0.3
_STATED = (
    ("There is {degree} {side}{title}.", 4),
    ("{Degree} {side}{title}.", 2),
    ("{Side}{title} is again seen.", 2),
    ("{Degree} {side}{title}, unchanged from the prior study.", 1),
    ("Interval increase in {side}{title}.", 1),
    ("No {title}.", 5),
    ("No evidence of {side}{title}.", 3),
    ("There is no {title}.", 2),
    ("Possible {side}{title}.", 2),
    ("{Side}{title} cannot be excluded.", 1),
    ("History of {side}{title}.", 1),
)
"""Statements of a finding, and how often each is made."""
_DEGREES = ("mild", "severe", "small")


@dataclass(frozen=True, slots=True)
class MadeSentence:
    """One sentence of a report."""

    section: Section
    text: str
    core: str
    """The text without its tail."""


def scene_of(study: int) -> Scene:
    """What kind of picture a study is."""
    return SCENES[study % len(SCENES)]


def make_report(study: int) -> list[MadeSentence]:
    """The sentences of a study's report, the same at every call."""
    scene, rng = scene_of(study), Random(f"latency report {study}")
    told = phantom_report(draw_lesions(np.random.default_rng([6, study]), scene), study, scene)
    cores = [(section, core) for section in (Section.FINDINGS, Section.IMPRESSION) for core in _split(told[section])]
    wanted = max(2, SENTENCES_A_REPORT - len(cores))
    cores = [(Section.FINDINGS, make_statement(rng)) for _ in range(wanted)] + cores
    return [
        MadeSentence(section, core[:-1] + _tail(rng) + "." if rng.random() < _WITH_TAIL else core, core)
        for section, core in cores[:SENTENCES_A_REPORT]
    ]


def make_statement(rng: Random) -> str:
    """A sentence that states, denies or suspects one of the lexicon's findings."""
    title, sided = rng.choice(_titles())
    templates, weights = zip(*_STATED, strict=True)
    side = rng.choice(("left ", "right ", "bilateral ")) if sided and rng.random() < 0.6 else ""
    words = {"title": title, "side": side, "degree": rng.choice(_DEGREES)}
    capitals = {name.capitalize(): word[:1].upper() + word[1:] for name, word in words.items()}
    text = rng.choices(templates, weights)[0].format(**words, **capitals)
    return text[:1].upper() + text[1:]


@cache
def _titles() -> tuple[tuple[str, bool], ...]:
    return tuple((finding.title, finding.sided) for finding in default_lexicon().findings.values())


@cache
def _split(text: str) -> tuple[str, ...]:
    return tuple(text[start:end] for start, end in sentence_spans(text) if text[start:end].endswith("."))


def _tail(rng: Random) -> str:
    """What makes a sentence one of a kind."""
    day = f"{rng.randint(1, 28)} {rng.choice(('March', 'June', 'October'))} {rng.randint(2009, 2024)}"
    return rng.choice((
        f", series {rng.randint(2, 9)} image {rng.randint(1, 400)}",
        f" (image {rng.randint(1, 400)} of series {rng.randint(2, 9)})",
        f" compared with {day}",
        f", as on the study of {day}",
    ))
