"""Searches whose right answers are known: findings and sentences of an archive, asked of other patients' studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radseek.archive.told_queries import labels_of_studies, patients_of_studies, texts_of_sentences
from radseek.index import ASSERTION_CODES
from radseek.records.progress import Progress, ProgressListener
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Query
from radseek.search.agreement import COMPATIBLE, judge_sentences
from radseek.search.channels import ChannelHit, Probe, SearchScope, search_channel
from radseek.search.evidence import Evidence, gather_evidence
from radseek.text import stated_findings
from radseek.text.mentions import NORMAL

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.archive.catalogue import Catalogue
    from radseek.encoders.spec import Encoder
    from radseek.index import Generation
    from radseek.text import Lexicon

HITS = 10
"""Hits of each channel that are judged: what a person looks at."""
SENTENCES_EACH = 3
"""Sentences asked for each finding and assertion, in each half."""
_REPORT_CHANNELS = (Channel.SENTENCE, Channel.LEXICAL)
_ASSERTIONS = tuple(ASSERTION_CODES)


@dataclass(frozen=True, slots=True)
class ImageExample:
    """A picture found by a finding's name."""

    finding: str
    cosine: float
    rate: float
    """Share of the half's studies that have the finding, never quite 0 or 1."""
    occurs: bool
    """Whether any has it."""
    right: bool
    """Whether its study's report, or label, states the finding."""


@dataclass(frozen=True, slots=True)
class TextExample:
    """A study found by a finding's name or by another patient's sentence, by its best sentences."""

    cosine: float
    share: float
    right: bool
    """Whether one of the sentences states what the query states."""


@dataclass(frozen=True, slots=True)
class Examples:
    """All of one half."""

    images: list[ImageExample]
    texts: list[TextExample]
    n_queries: int


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """What is known of each indexed study."""

    patients: Mapping[int, int]
    """Study id -> patient id."""
    said: Mapping[int, frozenset[tuple[str, Assertion]]]
    """Sentence id -> findings with their assertions."""
    shown: Mapping[int, frozenset[str]]
    """Study id -> findings present and all that they are kinds of; studies without report or label are not in it."""
    lexicon: Lexicon

    @classmethod
    def of(cls, connection: Connection, generation: Generation) -> Judge:
        """By the statements of the index, and by the labels of studies without report."""
        table, owners = generation.statements, generation.sentence_owners
        names = sorted(table.lexicon.findings)
        said: dict[int, set[tuple[str, Assertion]]] = {}
        rows = (table.sentence_ids.tolist(), table.findings.tolist(), table.assertions.tolist())
        for sentence, finding, code in zip(*rows, strict=True):
            said.setdefault(sentence, set()).add((names[finding], _ASSERTIONS[code]))
        shown: dict[int, set[str]] = {int(study): set() for study in np.unique(owners.study_ids) if study >= 0}
        labelled = {study: told for study, told in labels_of_studies(connection).items() if study not in shown}
        for study, told in labelled.items():
            mentions = [m for name in told for m in stated_findings(name.replace("_", " "), table.lexicon)]
            shown[study] = {name for m in mentions for name in table.lexicon.with_parents(m.finding)}
        for sentence, study in zip(owners.ids.tolist(), owners.study_ids.tolist(), strict=True):
            for finding, assertion in said.get(sentence, ()):
                if assertion is Assertion.PRESENT and study >= 0:
                    shown[study] |= table.lexicon.with_parents(finding)
        indexed = {*np.unique(owners.study_ids).tolist(), *np.unique(generation.image_owners.study_ids).tolist()}
        patients = patients_of_studies(connection)
        return cls(
            {study: patients[study] for study in indexed if study in patients},
            {sentence: frozenset(told) for sentence, told in said.items()},
            {study: frozenset(names) for study, names in shown.items()},
            table.lexicon,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What is asked, and who judges."""

    judge: Judge
    generation: Generation
    encoder: Encoder
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    finding: str
    assertion: Assertion
    patient: int | None
    """Whose sentence it is; that patient's studies are not searched."""


def gather_examples(trial: Trial, studies: NDArray[np.int64], half: int, progress: ProgressListener) -> Examples:
    """All examples among `studies`, ascending ids.

    Args:
        trial: What is asked.
        studies: The studies of one half of the patients.
        half: 0 or 1: each half asks every second finding by its name, so that no question is asked in both.
        progress: Told how far it is.
    """
    findings = [name for name in sorted(trial.judge.lexicon.findings) if name != NORMAL]
    titles = {name: trial.judge.lexicon.findings[name].title for name in findings}
    images = list(_image_examples(trial, studies, titles))
    questions = [_Question(titles[name], name, Assertion.PRESENT, None) for name in findings[half::2]]
    questions += _sentence_questions(trial, studies)
    vectors = trial.encoder.encode_texts([question.text for question in questions])
    texts: list[TextExample] = []
    for number, (question, vector) in enumerate(zip(questions, vectors, strict=True)):
        texts += _text_examples(trial, studies, question, vector)
        progress(Progress(f"half {half + 1} of 2: questions", number + 1, len(questions)))
    return Examples(images, texts, len(questions))


def _image_examples(trial: Trial, studies: NDArray[np.int64], titles: Mapping[str, str]) -> Iterator[ImageExample]:
    shown, pictured = trial.judge.shown, set(np.unique(trial.generation.image_owners.study_ids).tolist())
    known = np.array([study for study in studies.tolist() if study in pictured and study in shown], dtype=np.int64)
    if not known.size:
        return
    vectors = trial.encoder.encode_texts(list(titles.values()))
    for (finding, title), vector in zip(titles.items(), vectors, strict=True):
        n_shown = sum(finding in shown[study] for study in known.tolist())
        probe = Probe(Query(title), vector[None], vector[None], None)
        for hit in search_channel(Channel.IMAGE, probe, trial.generation, SearchScope(known), HITS):
            rate = (n_shown + 0.5) / (known.size + 1)
            yield ImageExample(finding, hit.score, rate, n_shown > 0, finding in shown[hit.study_id])


def _sentence_questions(trial: Trial, studies: NDArray[np.int64]) -> list[_Question]:
    """Some sentences that state one finding, of each finding and assertion, evenly spread over the half's studies."""
    owners, inside = trial.generation.sentence_owners, set(studies.tolist())
    of_kind: dict[tuple[str, Assertion], list[tuple[int, int]]] = {}
    for sentence, study in zip(owners.ids.tolist(), owners.study_ids.tolist(), strict=True):
        told = [one for one in trial.judge.said.get(sentence, ()) if one[0] != NORMAL]
        if study in inside and len(told) == 1:
            of_kind.setdefault(told[0], []).append((sentence, study))
    chosen = [
        (kind, *those[place])
        for kind, those in sorted(of_kind.items())
        for place in sorted({len(those) * n // SENTENCES_EACH for n in range(SENTENCES_EACH)})
    ]
    with trial.catalogue.reading() as connection:
        texts = texts_of_sentences(connection, [sentence for _, sentence, _ in chosen])
    return [
        _Question(texts[sentence], *kind, trial.judge.patients[study])
        for kind, sentence, study in chosen
        if sentence in texts
    ]


def _text_examples(
    trial: Trial, studies: NDArray[np.int64], question: _Question, vector: NDArray[np.float32]
) -> Iterator[TextExample]:
    """The hits of a question that is asked without the lexicon: its polarity alone is known."""
    query = Query(question.text, assertion=question.assertion)
    probe = Probe(query, vector[None], None, judge_sentences(query, trial.generation))
    patients = trial.judge.patients
    allowed = np.array([study for study in studies.tolist() if patients[study] != question.patient], dtype=np.int64)
    found: dict[int, list[int]] = {}
    for channel in _REPORT_CHANNELS:
        for hit in search_channel(channel, probe, trial.generation, SearchScope(allowed), HITS):
            found.setdefault(hit.study_id, []).extend(_sentence_of(hit))
    for evidence in gather_evidence(probe, trial.generation, found).values():
        if evidence.sentence_cosine is not None:
            yield TextExample(evidence.sentence_cosine, evidence.word_share, _is_right(trial.judge, question, evidence))


def _sentence_of(hit: ChannelHit) -> list[int]:
    return [] if hit.sentence_id is None else [hit.sentence_id]


def _is_right(judge: Judge, question: _Question, evidence: Evidence) -> bool:
    denies = question.assertion is Assertion.ABSENT
    names = judge.lexicon.with_parents(question.finding) if denies else judge.lexicon.kinds_of(question.finding)
    fitting = COMPATIBLE[question.assertion]
    return any(
        finding in names and assertion in fitting
        for sentence in evidence.sentence_ids
        for finding, assertion in judge.said.get(sentence, ())
    )
