"""Reports beside the scan: the text as written, sentences marked by assertion, drawn by `assets/report_pane.js`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from radseek.records.reports import Assertion
from radseek_viewer.components import register_component
from radseek_viewer.wording import ASSERTION_MARKS, sentence_tone

if TYPE_CHECKING:
    from radseek.records.search import ReportView, SentenceView

_mount = register_component("report_pane")

_LINKED_BY = {
    "study_uid": "linked by study UID",
    "accession": "linked by accession number",
    "patient_date_modality": "linked by patient, date and modality",
    "table": "from the same table row",
}


def show_reports(reports: Sequence[ReportView], matched: Collection[str] = (), key: str = "reports") -> str | None:
    """Draw reports and return the text of a sentence that was clicked in this run.

    Args:
        reports: What is shown, in order.
        matched: Keys of sentences to bring out.
        key: Of the page element.
    """
    shown = [_shown(report, place, matched) for place, report in enumerate(reports)]
    legend = [{"tone": assertion.value, "mark": ASSERTION_MARKS[assertion]} for assertion in Assertion]
    result = _mount(key=key, data={"reports": shown, "legend": legend}, on_search_change=lambda: None)
    if not result.search:
        return None
    return reports[int(result.search["report"])].sentences[int(result.search["sentence"])].text


def _shown(report: ReportView, place: int, matched: Collection[str]) -> dict[str, Any]:
    title = "Report" if place == 0 else f"Report {place + 1}"
    how = _LINKED_BY.get(report.linked_by, "")
    return {"title": f"{title}, {how}" if how else title, "pieces": split_report(report, matched)}


def split_report(report: ReportView, matched: Collection[str] = ()) -> list[dict[str, Any]]:
    """The report's text cut at its sentences; the pieces joined give the text back.

    Cutting is done here, since the spans count code points and JavaScript's strings count UTF-16 units.
    """
    text = report.text
    pieces: list[dict[str, Any]] = []
    at = 0
    for place, (sentence, (start, end)) in enumerate(zip(report.sentences, report.spans, strict=True)):
        if start > at:
            pieces.append({"text": text[at:start], "sentence": None})
        pieces.append(_piece(sentence, text[start:end], place, sentence.sentence_key in matched))
        at = end
    if at < len(text):
        pieces.append({"text": text[at:], "sentence": None})
    return pieces


def _piece(sentence: SentenceView, text: str, place: int, is_matched: bool) -> dict[str, Any]:
    tone, mark = sentence_tone(sentence)
    return {
        "text": text,
        "sentence": place,
        "tone": tone,
        "mark": mark,
        "matched": is_matched,
        "key": sentence.sentence_key,
    }
