"""Measures over runs and qrels, what to read them against, and the leakage check. numpy, no torch."""

from radseek.evaluation.bootstrap import bootstrap_interval
from radseek.evaluation.leakage import Leak, LeakKind, Member, check_leakage
from radseek.evaluation.measures import DEFAULT_MEASURES
from radseek.evaluation.measuring import Measured, measure_run
from radseek.evaluation.references import ceiling, merge_identical, random_baseline

__all__ = [
    "DEFAULT_MEASURES",
    "Leak",
    "LeakKind",
    "Measured",
    "Member",
    "bootstrap_interval",
    "ceiling",
    "check_leakage",
    "measure_run",
    "merge_identical",
    "random_baseline",
]
