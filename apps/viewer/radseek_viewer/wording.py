"""The viewer's words for records: titles, ages, channels, assertions. No Markdown, no HTML."""

from __future__ import annotations

from radseek.records.outcomes import EXPLANATIONS, Reason, Tally
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Hit, Match, StudyView

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

SEXES = {"F": "F", "M": "M", "O": "other sex"}

CHANNELS = {
    Channel.SENTENCE: ("report", "the meaning of a report sentence"),
    Channel.LEXICAL: ("words", "the words of the report"),
    Channel.IMAGE: ("image", "the picture itself"),
}
"""Channel -> badge and what it compares with the query."""

ASSERTION_MARKS = {
    Assertion.PRESENT: "+ present",
    Assertion.ABSENT: "− absent",
    Assertion.UNCERTAIN: "? uncertain",
    Assertion.HISTORICAL: "↶ historical",
}
"""A mark beside the colour, so that nobody needs to tell colours apart."""


def study_title(study: Hit | StudyView) -> str:
    """Such as `CT · Chest`."""
    modality = MODALITIES.get(study.modality, study.modality) or "Report"
    return " · ".join(part for part in (modality, study.body_part.capitalize()) if part)


def person_and_year(study: Hit | StudyView) -> str:
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


def describe_tally(tally: Tally) -> str:
    """The outcome law as a Markdown list: every reason with its count and its sentence. Holds no received text."""
    lines = [f"- {tally.seen:,} seen", f"- {tally.ingested:,} ingested", f"- {tally.duplicate:,} known already"]
    for name, reasons in (("skipped", tally.skipped), ("quarantined", tally.quarantined)):
        lines.append(f"- {sum(reasons.values()):,} {name}")
        lines += [f"    - {count:,}: {EXPLANATIONS[Reason(reason)]}" for reason, count in sorted(reasons.items())]
    return "\n".join(lines)


def counted(n: int, word: str) -> str:
    """Such as `1 study`, `2,310 studies`."""
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{n:,} {word if n == 1 else plural}"
