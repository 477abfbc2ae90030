"""Report text -> sections -> sentences with their place and first assertion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from radseek.records.reports import ParsedReport, Section, Sentence
from radseek.text.assertions import assert_sentence
from radseek.text.sections import SectionSpan, find_sections, heading_end
from radseek.text.sentences import sentence_spans


def parse_report(text: str) -> ParsedReport:
    """`text` unchanged, with its sentences in order: `text[s.start:s.end] == s.text` for each sentence `s`.

    Headings, list marks and pieces without letter or digit belong to no sentence. Text without any known heading is one
    section OTHER. Sentences that were wrapped keep their line breaks; `one_line` folds them for display.
    """
    return ParsedReport(text, _sentences(text, find_sections(text)))


def parse_sections(sections: Mapping[Section, str]) -> ParsedReport:
    """A report made of sections that came apart, such as table columns: `FINDINGS: ...` paragraphs in reading order.

    Text of OTHER stands first without heading, and headings found inside it count. In the other sections only a leading
    repetition of their own heading is left out of the sentences. Blank sections are left out.
    """
    text = ""
    spans: list[SectionSpan] = []
    for section in (Section.OTHER, *(s for s in Section if s is not Section.OTHER)):
        body = sections.get(section, "").strip()
        if not body:
            continue
        text += "\n\n" if text else ""
        text += "" if section is Section.OTHER else f"{section.value.upper()}: "
        if section is Section.OTHER:
            spans += find_sections(body)
        else:
            spans.append(SectionSpan(section, len(text) + heading_end(body, section), len(text) + len(body)))
        text += body
    return ParsedReport(text, _sentences(text, spans))


def _sentences(text: str, spans: Iterable[SectionSpan]) -> tuple[Sentence, ...]:
    places = [(span.section, *place) for span in spans for place in sentence_spans(text, span.start, span.end)]
    return tuple(
        Sentence(section, ordinal, text[start:end], start, end, assert_sentence(text[start:end]))
        for ordinal, (section, start, end) in enumerate(places)
    )
