"""Measures over runs, qrels and similarities, what to read them against, and the leakage check. numpy, no torch.

The wider measures live in their own modules: `pair_retrieval`, `relevance`, `finding_auroc`, `polarity`, `grounding`
(with `letterbox`), `calibration`, `comparing`, `controls`, `subgroups`, `embedding_health`, `near_pictures`,
`near_texts`.
"""

from radseek.evaluation.bootstrap import bootstrap_interval
from radseek.evaluation.leakage import Leak, LeakageRules, LeakKind, Member, check_leakage
from radseek.evaluation.measures import DEFAULT_MEASURES
from radseek.evaluation.measuring import Measured, measure_run
from radseek.evaluation.references import ceiling, merge_identical, random_baseline

__all__ = [
    "DEFAULT_MEASURES",
    "Leak",
    "LeakKind",
    "LeakageRules",
    "Measured",
    "Member",
    "bootstrap_interval",
    "ceiling",
    "check_leakage",
    "measure_run",
    "merge_identical",
    "random_baseline",
]
