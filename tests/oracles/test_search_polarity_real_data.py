"""Does the sentence search know 'no'? Asked of real chest reports, the truth being their expert MeSH coding.

The search reads findings by the lexicon; the coders read the reports themselves, so this truth owes it nothing.
"""

from __future__ import annotations

import csv
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radseek.encoders import load_encoder
from radseek.evaluation.polarity import measure_affirm_negate, measure_excluded
from radseek.index import ASSERTION_CODES, GenerationParts, ImageParts, SentenceParts, load_generation, write_generation
from radseek.records.search import Channel
from radseek.search.channels import SearchScope, search_channel
from radseek.search.probes import add_vectors, encode_statements, judge_statements
from radseek.text import FINDINGS, findings_of_mesh, parse_query, parse_report, stated_findings
from radseek.text.mentions import NORMAL

N_REPORTS, N_FINDINGS = 700, 10

pytestmark = [pytest.mark.slow, pytest.mark.real_data]


@pytest.fixture(scope="module")
def coded() -> list[tuple[str, frozenset[str]]]:
    """Report text and coded findings of some reports, drawn with a seed."""
    path = Path(os.environ.get("RADSEEK_DATA", "")) / "iu_reports_text" / "reports.csv"
    if not path.is_file():
        pytest.skip("RADSEEK_DATA names no folder of real data")
    with path.open(newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["mesh_major"] and "No Indexing" not in r["mesh_major"]]
    reports = [
        (f"FINDINGS: {r['findings']}\nIMPRESSION: {r['impression']}", findings_of_mesh(r["mesh_major"].split("|")))
        for r in rows
        if r["findings"] or r["impression"]
    ]
    return random.Random(7).sample(reports, N_REPORTS)


@pytest.fixture(scope="module")
def ask(coded, tmp_path_factory) -> Callable[[str], np.ndarray]:
    """Query -> score of each report by the sentence channel, NaN where it is not found."""
    encoder = load_encoder("radseek-mini")
    told = [(study, s) for study, (text, _) in enumerate(coded) for s in parse_report(text).sentences]
    texts, owners = [s.text for _, s in told], np.array([study for study, _ in told], dtype=np.int64)
    codes = np.array([ASSERTION_CODES[s.assertion] for _, s in told], dtype=np.uint8)
    vectors = encoder.encode_texts(texts)
    sentences = SentenceParts(np.arange(len(told), dtype=np.int64), owners, owners, codes, vectors, texts)
    none = np.zeros(0, dtype=np.int64)
    images = ImageParts(none, none, np.zeros((0, vectors.shape[1]), dtype=np.float32))
    identity = {name: "x" for name in ("encoder_id", "revision", "preprocessing", "runtime", "catalogue_digest")}
    folder = tmp_path_factory.mktemp("index")
    write_generation(folder, GenerationParts(images, sentences), {**identity, "dim": vectors.shape[1]}, "exact")
    generation = load_generation(folder)

    def scores(text: str) -> np.ndarray:
        found = np.full(len(coded), np.nan)
        query = replace(parse_query(text), channels=(Channel.SENTENCE,))
        vectors = encode_statements(query, generation.statements.lexicon, encoder)
        [probe] = add_vectors(judge_statements(query, generation), vectors)
        for hit in search_channel(Channel.SENTENCE, probe, generation, SearchScope(), len(coded)):
            found[hit.study_id] = hit.score + 2 * hit.n_agreed
        return found

    return scores


def test_denials_bring_back_no_finding_and_the_order_is_that_of_the_coding(coded, ask) -> None:
    counts = Counter(finding for _, found in coded for finding in found if finding != NORMAL)
    findings = [finding for finding, _ in counts.most_common(N_FINDINGS)]
    stated = np.stack([ask(FINDINGS[finding].title) for finding in findings])
    denied = np.stack([ask(f"no {FINDINGS[finding].title}") for finding in findings])
    truth = np.array([[finding in found for _, found in coded] for finding in findings]).astype(int)
    patients = [str(place) for place in range(len(coded))]

    excluded = measure_excluded(denied, truth, findings)
    # absent is what a report mentions, in whatever way, and the coders left out; what is not mentioned has no order
    mentioned = [{mention.finding for mention in stated_findings(text)} for text, _ in coded]
    spoken = np.array([[finding in names for names in mentioned] for finding in findings]) | (truth == 1)
    order = measure_affirm_negate(
        np.nan_to_num(stated, nan=-1), np.nan_to_num(denied, nan=-1), np.where(spoken, truth, -1), patients
    )
    print(
        f"\n{findings}\nexcluded@10 {excluded.share.value:.3f} (chance {excluded.prevalence:.3f}),"
        f" order {order.balanced.value:.3f}, {[(k.kind, round(k.share.value, 3), k.share.n) for k in order.kinds]}"
    )
    top = np.argsort(-np.nan_to_num(stated, nan=-1), axis=1)[:, :10]
    precision = np.take_along_axis(truth, top, axis=1).mean()
    print(f"coded among the first 10 for the finding itself: {precision:.3f}")
    assert excluded.share.value < 0.05
    assert order.balanced.value >= 0.95  # coders leave out some of what reports state
