"""The lexicon of findings: which words state what, by part of the body, and the headings of expert MeSH coding."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from radseek.records.findings import Finding
from radseek.text.lexicon.abdomen import ABDOMEN_FINDINGS
from radseek.text.lexicon.bones import BONE_FINDINGS
from radseek.text.lexicon.brain import BRAIN_FINDINGS
from radseek.text.lexicon.general import GENERAL_FINDINGS
from radseek.text.lexicon.heart import HEART_FINDINGS
from radseek.text.lexicon.kidneys import KIDNEY_FINDINGS
from radseek.text.lexicon.lungs import LUNG_FINDINGS
from radseek.text.lexicon.pleura import PLEURA_FINDINGS

FINDINGS: Mapping[str, Finding] = MappingProxyType({
    finding.name: finding
    for findings in (
        GENERAL_FINDINGS,
        LUNG_FINDINGS,
        PLEURA_FINDINGS,
        HEART_FINDINGS,
        BONE_FINDINGS,
        BRAIN_FINDINGS,
        ABDOMEN_FINDINGS,
        KIDNEY_FINDINGS,
    )
    for finding in findings
})
"""Every finding that `stated_findings` knows, by name."""

__all__ = ["FINDINGS"]
