"""The studies of a patient in time, beside the one that is open, drawn by `assets/timeline.js`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from radseek_viewer.components import register_component
from radseek_viewer.distances import distance_words
from radseek_viewer.links import study_url, thumbnail_url
from radseek_viewer.state import asked_findings, hit_of, is_among_hits
from radseek_viewer.wall import text_pieces
from radseek_viewer.wording import ASSERTION_MARKS, MODALITIES, sentence_tone, study_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radseek.records.findings import StatedFinding
    from radseek.records.search import StudyView
    from radseek.records.timeline import PatientStudy, PatientTimeline, ToldFinding
    from radseek_viewer.connection import ViewerArchive

_mount = register_component("timeline")

_KEPT = "patient_timeline"

SHAPES = {"CT": "circle", "MR": "diamond", "US": "triangle", "NM": "hexagon", "PT": "hexagon"}
"""Modality -> shape of its mark; other pictures, which are projections for the most part, have a square."""

NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """What a person did on the timeline in this run: a study's key, or nothing."""

    opened: str | None = None
    compared: str | None = None


def show_timeline(archive: ViewerArchive, study: StudyView) -> TimelineEvent:
    """Draw the patient's studies; a line that says so where there is only this one."""
    if not study.other_studies:
        st.caption("No other study of this patient is in this archive.")
        return TimelineEvent()
    st.markdown("##### Studies of this patient")
    result = _mount(
        key="timeline",
        data=timeline_content(_read(archive, study.study_key, asked_findings()), study.study_key),
        on_open_change=lambda: None,
        on_compare_change=lambda: None,
    )
    known = set(study.other_studies)
    opened, compared = ((str(key) if key in known else None) for key in (result.open, result.compare))
    return TimelineEvent(opened, compared)


def _read(archive: ViewerArchive, study_key: str, asked: Sequence[StatedFinding]) -> PatientTimeline:
    """The timeline, read once while the study is open: each reading leaves an audit event."""
    wanted = (study_key, tuple(asked))
    kept, timeline = st.session_state.get(_KEPT, (None, None))
    if kept != wanted:
        timeline = archive.timeline(study_key, asked)
        st.session_state[_KEPT] = (wanted, timeline)
    read: PatientTimeline = timeline
    return read


def timeline_content(timeline: PatientTimeline, here: str) -> dict[str, Any]:
    """The timeline as the script reads it; `here` is the key of the open study."""
    asked = [finding.title for finding in timeline.studies[0].told]
    return {
        "here": here,
        "asked": ", ".join(asked),
        "n_left_out": timeline.n_left_out,
        "studies": [_entry(study, here) for study in timeline.studies],
    }


def _entry(study: PatientStudy, here: str) -> dict[str, Any]:
    is_here = study.study_key == here
    title, when = study_title(study), "this study" if is_here else distance_words(study.days)
    year = "" if study.study_year is None else str(study.study_year)
    told = [_told(finding) for finding in study.told]
    sentence = _sentence(study)
    spoken = [title, when, year, *(f"{one['title']}: {one['word']}" for one in told)]
    return {
        "study_key": study.study_key,
        "href": study_url(study.study_key, None),
        "days": study.days,
        "when": when,
        "year": year,
        "title": title,
        "letters": study.modality or "Report",
        "shape": _shape(study),
        "thumbnail": thumbnail_url(study.image_key) if study.image_key else None,
        "synthetic": study.synthetic,
        "is_hit": is_among_hits(study.study_key),
        "told": told,
        "sentence": sentence,
        "label": ", ".join([*filter(None, spoken), *([sentence["text"]] if sentence else [])]),
    }


def _shape(study: PatientStudy) -> str:
    if study.image_key is None:
        return "lines"
    return SHAPES.get(study.modality, "square") if study.modality in MODALITIES else "pentagon"


def _told(finding: ToldFinding) -> dict[str, str]:
    """The mark of what a report says: a sign and a word beside the colour."""
    if finding.assertion is None:
        return {"title": finding.title, "tone": "context", "sign": "·", "word": NOT_TOLD}
    sign, word = ASSERTION_MARKS[finding.assertion].split(" ")
    return {"title": finding.title, "tone": finding.assertion.value, "sign": sign, "word": word}


def _sentence(study: PatientStudy) -> dict[str, Any] | None:
    """The sentence that matched, of a hit; else the one that tells of what was asked."""
    hit = hit_of(study.study_key)
    match = next((match for match in hit.matches if match.sentence), None) if hit else None
    sentence = match.sentence if match else next((one.sentence for one in study.told if one.sentence), None)
    if sentence is None:
        return None
    tone, mark = sentence_tone(sentence)
    return {
        "text": sentence.text,
        "tone": tone,
        "mark": mark,
        "pieces": text_pieces(sentence.text, match.phrases if match else ()),
    }
