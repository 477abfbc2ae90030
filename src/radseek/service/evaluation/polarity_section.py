"""Does it know 'no', and left from right - the search as people use it, and the vectors alone?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from radseek.errors import InputError
from radseek.evaluation.polarity import OrderFigure, measure_affirm_negate, measure_excluded, measure_order
from radseek.evaluation.relevance import Statements, finding_labels, present_findings
from radseek.records.search import Channel
from radseek.service.evaluation.bench import SearchBench
from radseek.service.evaluation.embedding import Embedded
from radseek.service.evaluation.report import Figure, Panel, Section
from radseek.service.evaluation.statements import enough_of_both, label_matrix, study_statements
from radseek.service.evaluation.subject import (
    Gallery,
    Subject,
    TextTask,
    build_gallery,
    estimate_figure,
    finding_vectors,
    prompt_vector,
    text_tasks,
)
from radseek.text import FINDINGS, affirm, deny, sentence_spans, swap_sides
from radseek.text.mentions import NORMAL
from radseek.text.sides import side_of_words
from radseek.text.wordings import read_words

DENIALS = ("no {}", "there is no {}", "no evidence of {}")
"""Frames that deny a finding, where the prompts have none."""
K = 10
Turn = Callable[[str], list[tuple[str, str, str]]]
"""Text -> its sentences, each with a copy made wrong and the kind of the pair."""
_NOT_FOUND = -1.0
"""Score of a study that a search does not return: below every cosine."""


def polarity_section(subject: Subject) -> Section:
    """Excluded findings retrieved, order of stating and denying sentences, left against right."""
    panels: list[Panel] = []
    for source, embedded in subject.by_source().items():
        gallery = build_gallery(source, embedded)
        if any(picture.image_texts or picture.study_texts for picture in embedded.pictures):
            panels += _search_panels(subject, gallery)
        if any(picture.decided for picture in embedded.pictures):
            panels += _label_panels(subject, source, embedded)
    panels += [panel for task in text_tasks(subject) for panel in _text_panels(subject, task)]
    return Section(
        "polarity",
        "Negation and sides",
        "Does 'no effusion' bring back effusions? Does 'left' look like left?",
        tuple(panels),
        why_not="" if panels else "no tested picture has complete labels or a text that states a finding",
        notes=(
            "Of excluded findings less is better: 0 is best and the prevalence is chance. Of orders .5 is chance and 1 "
            "is best, the mean of both kinds, so that always preferring 'no' gains nothing. The search reads negation "
            "from sentences and never asks pixels for an absence; vectors alone show why.",
            "What reports state is read here by the lexicon that the search uses too: its figures tell whether it "
            "keeps to what it reads, not whether it reads right. The honest ones, with expert coding of real "
            "reports as the truth, are printed by tests/oracles/test_search_polarity_real_data.py.",
        ),
    )


def _search_panels(subject: Subject, gallery: Gallery) -> list[Panel]:
    """The product's search among report sentences."""
    try:
        bench = SearchBench(subject, gallery)
    except InputError:
        return []
    said = study_statements(gallery)
    present = sorted(set().union(*(present_findings(statements) for statements in said)) - {NORMAL})
    if not present:
        return []
    titles = [FINDINGS[name].title for name in present]
    labels = finding_labels(present, said)
    channels = (Channel.SENTENCE,)
    denied = np.stack([bench.search(f"no {title}", channels) for title in titles])
    stated = np.stack([bench.search(title, channels) for title in titles])
    excluded = measure_excluded(denied, labels, titles, K, subject.options.resampling)
    order = measure_affirm_negate(
        np.nan_to_num(stated, nan=_NOT_FOUND),
        np.nan_to_num(denied, nan=_NOT_FOUND),
        np.where(_told(present, said), labels, -1),
        gallery.patients,
        subject.options.resampling,
    )
    key = f"polarity/{gallery.source}/search"
    figures = [
        estimate_figure(
            f"{key}/excluded@{K}",
            f"excluded finding among the first {K}",
            excluded.share,
            random=excluded.prevalence,
            note=f"{excluded.n_unanswered} questions found nothing" if excluded.n_unanswered else "",
        ),
        *_order_figures(f"{key}/affirm_negate", "'X' and 'no X' in the order of the report", order),
    ]
    return [Panel(key, f"{gallery.source}: search among report sentences", figures=tuple(figures), in_card=True)]


def _told(findings: Sequence[str], said: Sequence[Statements]) -> NDArray[np.bool_]:
    """Whether a study says anything of a finding: `[n_findings, n_studies]`."""
    return np.array([[finding in statements for statements in said] for finding in findings])


def _label_panels(subject: Subject, source: str, embedded: Embedded) -> list[Panel]:
    """Picture vectors against prompts that state and that deny."""
    affirming = finding_vectors(subject)
    affirming.pop(subject.prompts.normal, None)
    labels = label_matrix(embedded, list(affirming))
    kept = enough_of_both(labels, 1)
    names = [name for name, keep in zip(affirming, kept, strict=True) if keep]
    if not names:
        return []
    stated = np.stack([affirming[name] for name in names]) @ embedded.vectors.T
    prompts = subject.prompts
    frames = prompts.denials or DENIALS
    denied = np.stack([prompt_vector(subject, frames, prompts.findings[name]) for name in names]) @ embedded.vectors.T
    patients = [picture.patient for picture in embedded.pictures]
    resampling = subject.options.resampling
    excluded = measure_excluded(denied, labels[kept], names, K, resampling)
    order = measure_affirm_negate(stated, denied, labels[kept], patients, resampling)
    key = f"polarity/{source}/vectors"
    figures = (
        estimate_figure(
            f"{key}/excluded@{K}", f"excluded finding among the first {K}", excluded.share, random=excluded.prevalence
        ),
        *_order_figures(f"{key}/affirm_negate", "'X' and 'no X' in the order of the labels", order),
    )
    title = f"{source}: picture vectors alone, by labels (the search does not ask them for an absence)"
    return [Panel(key, title, figures=figures, in_card=True)]


def _text_panels(subject: Subject, task: TextTask) -> list[Panel]:
    key = f"polarity/{task.key}/sentences"
    figures = [
        *_order(subject, task, _turned, (f"{key}/affirm_negate", "own sentence above its denial or affirmation")),
        *_order(subject, task, _swapped, (f"{key}/sides", "own sentence above its copy with the sides swapped")),
    ]
    title = f"{task.gallery.source}: sentences of the {task.field} with their own study, picture vectors alone"
    return [Panel(key, title, figures=tuple(figures), in_card=True)] if figures else []


def _turned(text: str) -> list[tuple[str, str, str]]:
    """Each sentence that states a finding beside its denial, and each that denies one beside its affirmation."""
    found = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        for wrong, kind in ((deny(sentence), "present"), (affirm(sentence), "absent")):
            if wrong is not None:
                found.append((sentence, wrong, kind))
                break
    return found


def _swapped(text: str) -> list[tuple[str, str, str]]:
    """Each sentence of one side beside its copy of the other."""
    found = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        copy, side = swap_sides(sentence), side_of_words(read_words(sentence).folded)
        if copy is not None and side is not None:
            found.append((sentence, copy, side.value))
    return found


def _order(subject: Subject, task: TextTask, turn: Turn, named: tuple[str, str]) -> list[Figure]:
    """Sentences of every text against their wrong copies, scored with the text's own study by picture vectors."""
    pairs = [(i, *turned) for i, text in enumerate(task.texts) for turned in turn(text)]
    if not pairs:
        return []
    own, places = [task.own[i] for i, *_ in pairs], np.arange(len(pairs))
    right = task.gallery.image_scores(subject.texts([sentence for _, sentence, _, _ in pairs]))[places, own]
    wrong = task.gallery.image_scores(subject.texts([copy for _, _, copy, _ in pairs]))[places, own]
    patients = [task.patients[i] for i, *_ in pairs]
    order = measure_order(
        right.astype(float), wrong.astype(float), [kind for *_, kind in pairs], patients, subject.options.resampling
    )
    return _order_figures(*named, order)


def _order_figures(key: str, label: str, order: OrderFigure) -> list[Figure]:
    kinds = [
        estimate_figure(f"{key}/{kind.kind}", f"{label}: {kind.kind}", kind.share, random=0.5) for kind in order.kinds
    ]
    return [estimate_figure(key, f"{label}, balanced", order.balanced, random=0.5), *(kinds if len(kinds) > 1 else [])]
