"""The viewer's words for records: titles, ages, channels, assertions. No Markdown, no HTML."""

from __future__ import annotations

from datetime import date

from radseek.records.cohort import CohortStudy
from radseek.records.reports import Assertion, Section
from radseek.records.search import Channel, Hit, Match, SentenceView, StudyView, Where
from radseek.records.search_options import Band, Example
from radseek.records.timeline import PatientStudy

DISCLAIMER = "Research and teaching use, not for diagnosis."

MODALITIES = {
    "CR": "Radiograph",
    "CT": "CT",
    "DX": "Radiograph",
    "MG": "Mammogram",
    "MR": "MR",
    "NM": "Nuclear medicine",
    "PT": "PET",
    "RF": "Fluoroscopy",
    "RG": "Radiograph",
    "US": "Ultrasound",
    "XA": "Angiography",
    "XR": "Radiograph",
}
"""DICOM modality -> what people call it; others are shown as they are."""

SEXES = {"F": "F", "M": "M", "O": "Other sex"}

BODY_PARTS = {
    "CSPINE": "Cervical spine",
    "LSPINE": "Lumbar spine",
    "LSSPINE": "Lumbosacral spine",
    "TSPINE": "Thoracic spine",
    "TLSPINE": "Thoracolumbar spine",
    "WHOLEBODY": "Whole body",
}
"""DICOM body part -> what people call it, where it is no word of theirs."""

FILTER_WORDS = {
    "modality": "modality",
    "body_part": "body part",
    "view_position": "view",
    "sex": "sex",
    "source": "source",
}
"""Field of `Where` that holds values -> what people call it."""

CHANNELS = {
    Channel.SENTENCE: ("report", "the meaning of a report sentence"),
    Channel.LEXICAL: ("words", "the words of the report"),
    Channel.IMAGE: ("image", "the picture itself"),
}
"""Channel -> badge and what it compares with the query."""

BANDS = {
    Band.STRONG: ("Strong match", "at least four of five such hits answer, or the report states all that is asked"),
    Band.FAIR: ("Fair match", "every second such hit answers, or the report states or suspects a part of it"),
    Band.WEAK: ("Weak match", "every fifth such hit answers"),
    Band.MISS: ("Near miss", "fewer than every fifth such hit answers"),
}
"""Band -> badge, and how often such hits answer such queries."""

FLOORS = {
    Band.STRONG: "Strong only",
    Band.FAIR: "Fair and better",
    Band.WEAK: "Weak and better",
    Band.MISS: "Show all",
}
"""Weakest band that is shown -> what people choose."""

ASSERTION_MARKS = {
    Assertion.PRESENT: "+ present",
    Assertion.ABSENT: "− absent",
    Assertion.UNCERTAIN: "? uncertain",
    Assertion.HISTORICAL: "↶ historical",
}
"""A mark beside the colour, so that nobody needs to tell colours apart."""


CONTEXT_SECTIONS = frozenset({Section.INDICATION, Section.COMPARISON, Section.TECHNIQUE})
"""Sections that ask or describe rather than find: a plain sentence there asserts no finding."""


def sentence_tone(sentence: SentenceView) -> tuple[str, str]:
    """The style class and the mark of a sentence: its assertion, or its section where that says more.

    A plain sentence that names no finding, such as `Two views are submitted.`, affirms nothing.
    """
    if sentence.assertion is Assertion.PRESENT:
        if sentence.section in CONTEXT_SECTIONS:
            return "context", sentence.section.value
        if not sentence.states_finding:
            return "context", "names no finding"
    return sentence.assertion.value, ASSERTION_MARKS[sentence.assertion]


def study_title(study: Hit | StudyView | CohortStudy | PatientStudy) -> str:
    """Such as `CT · Chest`, or `CT, MR · Head` where the study has both."""
    several = () if isinstance(study, CohortStudy) else study.modalities
    names = (MODALITIES.get(modality, modality) for modality in several or (study.modality,))
    modality = ", ".join(name for name in dict.fromkeys(names) if name) or "Report"
    return " · ".join(part for part in (modality, body_part_label(study.body_part)) if part)


def body_part_label(body_part: str) -> str:
    """Such as `Chest`, `Cervical spine`."""
    return BODY_PARTS.get(body_part.upper(), body_part.capitalize())


def person_and_year(study: Hit | StudyView | CohortStudy) -> str:
    """Such as `F, 63 years · 2021`; only what is known."""
    age = None if study.age_years is None else _age(study.age_years)
    person = ", ".join(part for part in (SEXES.get(study.sex), age) if part)
    year = None if study.study_year is None else str(study.study_year)
    return " · ".join(part for part in (person, year) if part)


def _age(years: float) -> str:
    if years < 2:
        return f"{round(years * 12)} months"
    return f"{int(years)} years"


def channel_help(match: Match) -> str:
    """What a channel badge says when pointed at."""
    compared = CHANNELS[match.channel][1]
    return f"Place {match.rank} when the query is compared with {compared} (score {match.score:.3f}, not a probability)"


def band_help(band: Band) -> str:
    """What a band's badge says when pointed at."""
    return f"How often such hits answer such queries: {BANDS[band][1]}. This is no probability of disease."


def example_label(example: Example) -> str:
    """What the chip of an example says while there is no answer to name it."""
    return "unlike a picture" if example.unlike else "like a picture"


def describe_filters(where: Where) -> str:
    """The filters in force, such as `modality CT or MR, age 60 to 75`; empty when there are none."""
    parts = [
        f"{word} {' or '.join(getattr(where, field))}" for field, word in FILTER_WORDS.items() if getattr(where, field)
    ]
    parts += _range("age", where.age_min_years, where.age_max_years)
    parts += _range("study date", where.date_from, where.date_to)
    presence = {"report": where.has_report, "picture": where.has_images}
    parts += [f"{'with' if wanted else 'without'} {noun}" for noun, wanted in presence.items() if wanted is not None]
    return ", ".join(parts)


def _range(word: str, low: float | date | None, high: float | date | None) -> list[str]:
    ends = [f"{end:g}" if isinstance(end, float) else f"{end}" for end in (low, high) if end is not None]
    if len(ends) == 2:
        return [f"{word} {ends[0]} to {ends[1]}"]
    return [f"{word} {'from' if low is not None else 'up to'} {ends[0]}"] if ends else []


def counted(n: int, word: str) -> str:
    """Such as `1 study`, `2,310 studies`."""
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{n:,} {word if n == 1 else plural}"
