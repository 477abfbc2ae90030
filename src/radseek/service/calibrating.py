"""How sure is a hit: learned on an archive's own findings and sentences, asked of other patients' studies.

The lexicon is the judge here, so it must not help: queries are asked as if it did not know them, which is what a query
is that it does not know. One half of the patients and queries is learned from, the other one checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radseek.archive.told_queries import sources_of_studies
from radseek.errors import InputError
from radseek.evaluation.calibration import halves, measure_calibration
from radseek.records.config import build_config, resolved_config
from radseek.records.progress import ProgressListener, no_progress
from radseek.records.search_options import Band
from radseek.search.relevance import (
    ImageChance,
    Relevance,
    TextChance,
    band_of_chance,
    learn_image_chance,
    learn_text_chance,
)
from radseek.service.calibration_examples import ImageExample, Judge, TextExample, Trial, gather_examples
from radseek.service.principal import Permission
from radseek.service.relevance_file import (
    FORMAT,
    RELEVANCE_NAME,
    BandFigure,
    EncoderName,
    KindFigure,
    Learned,
    write_learned,
)

if TYPE_CHECKING:
    from radseek.service.archive import Archive

FEWEST_EACH = 10
"""Fewer right or wrong hits than this in a half teach nothing."""
_DIGITS = 6
_SEED = 0

Floats = NDArray[np.float64]


def calibrate(archive: Archive, out: Path | None = None, progress: ProgressListener = no_progress) -> Learned:
    """Learns how sure hits are, checks it on other patients, and writes it.

    Killed, the old file stays whole; done again on the same index, it gives the same bytes.

    Args:
        archive: An open archive with an index.
        out: Where to write; by default into the archive, where its searches read it.
        progress: Told how far it is.

    Raises:
        PrivacyError: When the caller may not index.
        ArtifactError: When nothing is indexed yet.
        InputError: When the archive has too little to learn from.
        StorageError: When the disk refuses.
    """
    archive.principal.require(Permission.INDEX)
    generation = archive.require_index()
    encoder = archive.retriever.encoder()
    with archive.folder.catalogue.reading() as connection:
        judge = Judge.of(connection, generation)
        names = sources_of_studies(connection)
    studies = sorted(judge.patients)
    learning = halves([str(judge.patients[study]) for study in studies], _SEED)
    sides = (np.array(studies)[learning], np.array(studies)[~learning])
    asked = [
        gather_examples(Trial(judge, generation, encoder, archive.folder.catalogue), side, number, progress)
        for number, side in enumerate(sides)
    ]
    (images, texts), (checked_images, checked_texts) = [(one.images, one.texts) for one in asked]
    relevance = _rounded(Relevance(_learn_image(images), _learn_text(texts)))
    if relevance == Relevance(None, None):
        raise InputError(
            f"too little to learn from: at least {FEWEST_EACH} right and {FEWEST_EACH} wrong hits among other patients "
            "are needed, of pictures or of sentences; add studies with reports"
        )
    chances = {
        "picture": (_image_chances(relevance.image, checked_images), _right(checked_images), len(images)),
        "sentence": (_text_chances(relevance.text, checked_texts), _right(checked_texts), len(texts)),
    }
    measured = {kind: rest for kind, rest in chances.items() if rest[0].size}
    learned = Learned(
        format=FORMAT,
        encoder=EncoderName.of(encoder.spec),
        relevance=relevance,
        sources=dict(sorted(Counter(names[study] for study in studies).items())),
        n_queries=sum(one.n_queries for one in asked),
        n_patients=len(set(judge.patients.values())),
        kinds=tuple(_kind_figure(kind, *rest) for kind, rest in measured.items()),
        bands=tuple(figure for kind, (p, y, _) in measured.items() for figure in _band_figures(kind, p, y)),
    )
    path = out or archive.folder.path / RELEVANCE_NAME
    if out is None:
        with archive.folder.writer_lock("calibrate"):
            write_learned(path, learned)
    else:
        write_learned(path, learned)
    return learned


def _learn_image(examples: Sequence[ImageExample]) -> ImageChance | None:
    right = _right(examples)
    if not _enough(right):
        return None
    rates = [one.rate for one in examples]
    return learn_image_chance([one.cosine for one in examples], rates, right, _typical_rate(examples))


def _typical_rate(examples: Sequence[ImageExample]) -> float:
    """Mean rate of the findings that occur at all, each once."""
    occurring = {one.finding: one.rate for one in examples if one.occurs}
    return float(np.mean(list(occurring.values())))


def _learn_text(examples: Sequence[TextExample]) -> TextChance | None:
    right = _right(examples)
    if not _enough(right):
        return None
    return learn_text_chance([one.cosine for one in examples], [one.share for one in examples], right)


def _image_chances(chance: ImageChance | None, examples: Sequence[ImageExample]) -> Floats:
    if chance is None or not examples:
        return np.zeros(0)
    return chance.chances([one.cosine for one in examples], [one.rate for one in examples])


def _text_chances(chance: TextChance | None, examples: Sequence[TextExample]) -> Floats:
    if chance is None or not examples:
        return np.zeros(0)
    return chance.chances([one.cosine for one in examples], [one.share for one in examples])


def _right(examples: Sequence[ImageExample] | Sequence[TextExample]) -> NDArray[np.bool_]:
    return np.array([one.right for one in examples], dtype=bool)


def _enough(right: NDArray[np.bool_]) -> bool:
    return min(int(right.sum()), int((~right).sum())) >= FEWEST_EACH


def _rounded(relevance: Relevance) -> Relevance:
    """With so many digits as the figures deserve: the same bytes from the same archive, whatever adds up last."""
    return build_config(_round(resolved_config(relevance)), Relevance)


def _round(value: object) -> object:
    if isinstance(value, dict):
        return {name: _round(entry) for name, entry in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value


def _kind_figure(kind: str, chances: Floats, right: NDArray[np.bool_], n_learned: int) -> KindFigure:
    from sklearn.metrics import roc_auc_score

    def digits(value: float) -> float:
        return round(float(value), _DIGITS)

    found = measure_calibration(chances, right)
    return KindFigure(
        kind=kind,
        n_learned=n_learned,
        n_checked=len(right),
        share_right=digits(right.mean()),
        ece=digits(found.ece),
        brier=digits(found.brier),
        brier_of_base_rate=digits(found.brier_of_base_rate),
        auroc=digits(roc_auc_score(right, chances)) if 0 < right.sum() < len(right) else 0.5,
    )


def _band_figures(kind: str, chances: Floats, right: NDArray[np.bool_]) -> list[BandFigure]:
    bands = np.array([band_of_chance(float(chance)).value for chance in chances])
    figures = []
    for band in Band:
        inside = bands == band.value
        if inside.any():
            mean = round(float(chances[inside].mean()), _DIGITS)
            figures.append(BandFigure(kind, band.value, int(inside.sum()), int(right[inside].sum()), mean))
    return figures
