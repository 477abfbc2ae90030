"""Which figures a page and a README show first."""

from __future__ import annotations

import re

from radseek.service.evaluation.report import EvaluationReport

_ORDER = (
    r"search/image vectors only/success@10",
    r"search/fused \(with lookup\)/success@10",
    r"pairs/[^/]+/(caption|report)/text_to_study/all/strict/success@10",
    r"pairs/[^/]+/caption/text_to_study/all/strict/success@1",
    r"auroc/[^/]+/labels/macro",
    r"polarity/[^/]+/vectors/affirm_negate",
    r"grounding/dark/[^/]+/true_over_unrelated",
)
"""Keys, most telling first. The polarity of the search is not here: it reads findings as the measure's truth does."""
MOST = 8


def choose_headlines(report: EvaluationReport) -> tuple[str, ...]:
    """Keys of at most `MOST` figures that were measured."""
    keys = [figure.key for figure in report.figures() if figure.value is not None]
    chosen = [key for pattern in _ORDER for key in keys if re.fullmatch(pattern, key)]
    return tuple(chosen[:MOST])
