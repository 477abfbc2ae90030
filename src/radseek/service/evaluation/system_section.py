"""How fast this encoder answers on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from radseek.service.evaluation.report import Figure, Panel, Section
from radseek.service.evaluation.subject import Subject, finding_texts

_TRIALS = 30
_WARM_UP = 3


def system_section(subject: Subject) -> Section:
    """Latency of one query over the tested pictures, exact. Depends on the machine: no two runs agree to the digit."""
    texts = finding_texts(subject.prompts)
    vectors = subject.embedded.vectors
    asked = [texts[place % len(texts)] for place in range(_TRIALS + _WARM_UP)]

    def answer(place: int) -> None:
        scores = subject.encoder.encode_texts([asked[place]]) @ vectors.T
        np.argsort(-scores, kind="stable")

    seconds = _timed(answer)
    p50, p95 = (float(np.quantile(seconds, share)) * 1000 for share in (0.5, 0.95))
    figures = (
        Figure(
            "system/queries_per_second", "queries a second, one after the other", 1 / float(np.mean(seconds)), n=_TRIALS
        ),
        Figure("system/p50_ms", "milliseconds a query, half are faster", p50, n=_TRIALS),
        Figure("system/p95_ms", "milliseconds a query, 95 in 100 are faster", p95, n=_TRIALS),
        Figure("system/bytes_per_picture", "bytes a picture in memory", float(vectors.itemsize * vectors.shape[1])),
    )
    return Section(
        "system",
        "Speed",
        f"How fast is a sentence answered over these {len(vectors):,} pictures, on this machine?",
        (Panel("system", "Encoding the sentence and ranking every picture exactly", figures=figures),),
    )


def _timed(answer: Callable[[int], None]) -> list[float]:
    seconds = []
    for place in range(_WARM_UP + _TRIALS):
        began_s = time.perf_counter()
        answer(place)
        seconds.append(time.perf_counter() - began_s)
    return seconds[_WARM_UP:]
