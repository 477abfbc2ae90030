"""What the figures rest on, said before any of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

from radseek import __version__
from radseek.evaluation.references import ceiling
from radseek.records.ranking import Qrels
from radseek.service.evaluation.leaks import LeakCheck, check_sentence
from radseek.service.evaluation.pictures import Picture
from radseek.service.evaluation.report import DatasetLine, Header, finite
from radseek.service.evaluation.target import EvaluateOptions, Material
from radseek.text import normalise

_DEPTH = 10


def build_header(material: Material, options: EvaluateOptions, check: LeakCheck) -> Header:
    """The header of an evaluation."""
    spec = material.encoder.spec
    datasets = tuple(
        _dataset(source, [picture for picture in material.tested if picture.source == source], spec.training_sets)
        for source in dict.fromkeys(picture.source for picture in material.tested)
    )
    n_synthetic = sum(picture.synthetic for picture in material.tested)
    return Header(
        title=f"{spec.id} on {material.name}",
        target=material.kind,
        datasets=datasets,
        split_rule=material.split_rule,
        unit="the study: it scores by its best picture",
        n_gallery=sum(line.n_studies for line in datasets),
        encoder=spec.id,
        revision=spec.revision,
        numerics=spec.numerics,
        licence=spec.licence,
        training_sets=tuple(spec.training_sets),
        seed=material.config.seed,
        command=options.command,
        radseek_version=__version__,
        leak_check=check_sentence(len(material.trained), len(material.against), check),
        synthetic=f"{n_synthetic:,} of {len(material.tested):,} pictures are drawn: no clinical performance"
        if n_synthetic
        else "",
    )


def _dataset(source: str, pictures: Sequence[Picture], training_sets: Sequence[str]) -> DatasetLine:
    texts: dict[str, str] = {}
    for picture in pictures:
        texts[picture.study] = texts.get(picture.study) or _asking(picture)
    folded = Counter(normalise(text) for text in texts.values() if text)
    n_studies, asking = len(texts), [study for study, text in texts.items() if text]
    qrels = Qrels("own study", {study: {study: 1.0} for study in asking})
    fields = [name for name, has in _FIELDS if any(has(picture) for picture in pictures)]
    return DatasetLine(
        name=source,
        version=_version(pictures),
        n_pictures=len(pictures),
        n_studies=n_studies,
        n_patients=len({picture.patient for picture in pictures}),
        text_field=", ".join(fields) or "none",
        n_repeated_texts=sum(count for count in folded.values() if count > 1),
        random=min(1.0, _DEPTH / n_studies) if asking else None,
        ceiling=finite(ceiling(qrels, texts, ("success@1",))["success@1"]) if asking else None,
        known_training=source in training_sets,
    )


_FIELDS: tuple[tuple[str, Callable[[Picture], bool]], ...] = (
    ("caption of a picture", lambda picture: bool(picture.image_texts)),
    ("report text of the study", lambda picture: bool(picture.study_texts)),
    ("labels", lambda picture: bool(picture.decided or picture.findings)),
)


def _asking(picture: Picture) -> str:
    return next(iter((*picture.study_texts, *picture.image_texts)), "")


def _version(pictures: Sequence[Picture]) -> str:
    """Of which pictures (file name in its folder, study), texts and labels there are."""
    digest = hashlib.sha256()
    for picture in pictures:
        name = picture.image.name if picture.image is not None else picture.key
        said = (*picture.image_texts, *picture.study_texts, *sorted(picture.findings))
        digest.update("\0".join((name, picture.study, picture.mask, *said)).encode() + b"\n")
    return digest.hexdigest()[:12]
