"""Report text in, sections, sentences and assertions out; query text in, parsed query out."""

from radseek.text.assertions import assert_sentence
from radseek.text.concepts import Lexicon, default_lexicon
from radseek.text.counterfactuals import affirm, deny, swap_sides
from radseek.text.decoding import decode_text
from radseek.text.filters import FILTERS, Filter
from radseek.text.findings import findings_of_mesh, report_place, stated_findings, with_parents
from radseek.text.lexicon import FINDINGS
from radseek.text.normalising import normalise, one_line
from radseek.text.noun_phrases import finding_phrases
from radseek.text.phantom_reports import PriorStudy, phantom_caption, phantom_report
from radseek.text.queries import MAX_QUERY_CHARACTERS, parse_query
from radseek.text.reports import parse_report, parse_sections
from radseek.text.sentences import sentence_spans
from radseek.text.site_lexicon import load_lexicon
from radseek.text.vocabulary import MODALITIES, SEXES, dicom_body_part, dicom_modalities, dicom_views

__all__ = [
    "FILTERS",
    "FINDINGS",
    "MAX_QUERY_CHARACTERS",
    "MODALITIES",
    "SEXES",
    "Filter",
    "Lexicon",
    "PriorStudy",
    "affirm",
    "assert_sentence",
    "decode_text",
    "default_lexicon",
    "deny",
    "dicom_body_part",
    "dicom_modalities",
    "dicom_views",
    "finding_phrases",
    "findings_of_mesh",
    "load_lexicon",
    "normalise",
    "one_line",
    "parse_query",
    "parse_report",
    "parse_sections",
    "phantom_caption",
    "phantom_report",
    "report_place",
    "sentence_spans",
    "stated_findings",
    "swap_sides",
    "with_parents",
]
