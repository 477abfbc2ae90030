"""Does the report search keep to what is asked? `python benchmarks/report_search.py --data-root DATA`.

Asked of the Indiana University chest reports with their expert MeSH coding, by sentences and words, no pictures:
- of the first 20 hits of the ten commonest findings, how many the coders gave that finding, and how many contradict it;
- how many of the studies that any name of a finding reaches, each single name, abbreviation or description reaches.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from radseek.encoders import load_encoder
from radseek.encoders.spec import Encoder
from radseek.index import (
    ASSERTION_CODES,
    Generation,
    GenerationParts,
    ImageParts,
    SentenceParts,
    load_generation,
    write_generation,
)
from radseek.records.reports import Assertion
from radseek.records.search import Channel
from radseek.search import SearchScope, StudyMatch, find
from radseek.text import FINDINGS, findings_of_mesh, parse_query, parse_report, report_place, stated_findings
from radseek.text.mentions import NORMAL

N_FINDINGS, N_HITS, EVERYTHING = 10, 20, 4000
NAMES = {
    "cardiomegaly": (
        "cardiomegaly",
        "enlarged heart",
        "heart size is enlarged",
        "enlarged cardiac silhouette",
        "big heart",
    ),
    "effusion": ("pleural effusion", "effusions", "pleural fluid", "fluid in the pleural space", "hydrothorax"),
    "atelectasis": ("atelectasis", "atelectatic change", "collapsed lung"),
    "pneumothorax": ("pneumothorax", "ptx", "PTX", "pneumothoraces"),
    "granuloma": ("granuloma", "granulomatous disease", "granulomata"),
    "aortic_tortuosity": ("tortuous aorta", "ectatic aorta", "aortic tortuosity"),
    "emphysema": ("emphysema", "emphysematous change", "emphysematous lungs"),
    "heart_failure": ("chf", "CHF", "congestive heart failure", "cardiac failure"),
    "edema": ("pulmonary oedema", "pulmonary edema", "edema"),
    "copd": ("copd", "COPD", "chronic obstructive pulmonary disease"),
}
"""Finding -> names that people use for it."""


@dataclass(frozen=True)
class CodedReport:
    """A report's text and the findings that the coders gave it."""

    text: str
    coded: frozenset[str]


@dataclass(frozen=True)
class Archive:
    """All reports, searchable; a report is a study by its place."""

    reports: Sequence[CodedReport]
    generation: Generation
    encoder: Encoder

    def ask(self, text: str, k: int) -> list[StudyMatch]:
        """The `k` best reports by sentences and words."""
        query = replace(parse_query(text), channels=(Channel.SENTENCE, Channel.LEXICAL))
        return find(query, self.generation, self.encoder, SearchScope(), k)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    archive = build_archive(read_reports(parser.parse_args().data_root / "iu_reports_text" / "reports.csv"))
    print(f"{len(archive.reports)} coded reports\n\nfirst {N_HITS} hits           coded  contradicted by the report")
    counts = Counter(finding for report in archive.reports for finding in report.coded if finding != NORMAL)
    for finding, _ in counts.most_common(N_FINDINGS):
        hits = [archive.reports[match.study_id] for match in archive.ask(FINDINGS[finding].title, N_HITS)]
        n_coded = sum(finding in hit.coded for hit in hits)
        print(f"{finding:<25}{n_coded:>7}{sum(contradicts(hit, finding) for hit in hits):>15}")
    print("\nshare of what all names together reach, by name")
    for finding, names in NAMES.items():
        reached = [stating(archive, name) for name in names]
        together = frozenset().union(*reached)
        shares = ", ".join(f"{name} {len(one) / len(together):.3f}" for name, one in zip(names, reached, strict=True))
        print(f"{finding} ({len(together)} reports): {shares}")


def read_reports(path: Path) -> list[CodedReport]:
    """Reports with text and coding."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["mesh_major"] and "No Indexing" not in row["mesh_major"]]
    return [
        CodedReport(
            f"FINDINGS: {row['findings']}\nIMPRESSION: {row['impression']}",
            findings_of_mesh(row["mesh_major"].split("|")),
        )
        for row in rows
        if row["findings"] or row["impression"]
    ]


def build_archive(reports: Sequence[CodedReport]) -> Archive:
    encoder = load_encoder("radseek-mini")
    told = [
        (study, sentence) for study, report in enumerate(reports) for sentence in parse_report(report.text).sentences
    ]
    texts = [sentence.text for _, sentence in told]
    places = [report_place(reports[study].text) for study, _ in told]
    distinct = sorted(set(texts), key=len)
    vector_of = dict(zip(distinct, encoder.encode_texts(distinct), strict=True))
    owners = np.array([study for study, _ in told], dtype=np.int64)
    codes = np.array([ASSERTION_CODES[sentence.assertion] for _, sentence in told], dtype=np.uint8)
    vectors = np.stack([vector_of[text] for text in texts])
    sentences = SentenceParts(
        np.arange(len(told), dtype=np.int64), owners, owners, codes, vectors, texts, places=places
    )
    none = np.zeros(0, dtype=np.int64)
    images = ImageParts(none, none, np.zeros((0, vectors.shape[1]), dtype=np.float32))
    made_from = dict.fromkeys(("encoder_id", "revision", "preprocessing", "runtime", "catalogue_digest"), "trial")
    with tempfile.TemporaryDirectory() as folder:
        identity = {**made_from, "dim": vectors.shape[1]}
        write_generation(Path(folder), GenerationParts(images, sentences), identity, "exact")
        return Archive(reports, load_generation(Path(folder)), encoder)


def contradicts(report: CodedReport, finding: str) -> bool:
    """Whether the report denies the finding and states it nowhere."""
    told = {mention.assertion for mention in stated_findings(report.text) if mention.finding == finding}
    return Assertion.ABSENT in told and not told & {Assertion.PRESENT, Assertion.UNCERTAIN}


def stating(archive: Archive, name: str) -> frozenset[int]:
    """Reports that the search finds under `name` because they state it."""
    matches = archive.ask(name, EVERYTHING)
    return frozenset(match.study_id for match in matches if any(hit.n_agreed for _, _, hit in match.channels))


if __name__ == "__main__":
    main()
