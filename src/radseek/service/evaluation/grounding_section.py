"""Do maps light up where a finding is, and stay dark for what is not there?"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import ArtifactError
from radseek.evaluation.grounding import BoxedMap, DarkTest, map_energy, measure_dark_test, measure_grounding
from radseek.evaluation.letterbox import Letterbox
from radseek.records.progress import Progress
from radseek.service.evaluation.embedding import BATCH, SHAPES, encode_into, file_key, patches_kind
from radseek.service.evaluation.example_maps import example_map
from radseek.service.evaluation.pictures import Picture
from radseek.service.evaluation.report import Figure, Panel, Section
from radseek.service.evaluation.statements import statements_of
from radseek.service.evaluation.subject import Floats, MarkedPicture, Subject, estimate_figure, finding_vectors
from radseek.text import deny

MAX_PICTURES = 240
"""Pictures of the dark test, drawn at random where there are more: each needs its patches."""
_EXAMPLES = 8
_TRIES = 25
"""Texts of other patients looked at for one that shares no finding with a picture."""


def grounding_section(subject: Subject) -> Section:
    """Pointing game, contrast and overlap with boxes, and the dark test."""
    patches = PatchMaps(subject)
    panels = [*_box_panels(subject, patches), *_dark_panels(subject, patches)]
    subject.cache.flush()
    return Section(
        "grounding",
        "Where is it",
        "Do maps light up where the finding is, and stay dark for what is not there?",
        tuple(panels),
        why_not="" if panels else "no tested picture has a file with boxes, labels or texts",
        notes=(
            "A map is what the encoder makes of each patch's cosine with the sentence, 0 to 1. Energy is its mean "
            "over the picture. Denied: the same finding with 'no'. Unrelated: a finding, or another patient's text, of "
            "which the picture has none.",
        ),
    )


class PatchMaps:
    """Patch vectors of pictures, kept in the cache, and maps of sentences over them."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._kind = patches_kind(subject.encoder.spec)

    def __call__(self, picture: Picture, vectors: Floats) -> NDArray[np.float64]:
        """Maps in 0..1 `[n_texts, rows, cols]` of unit text vectors `[n_texts, dim]`."""
        patches = self._known(self._kind, picture).astype(np.float64)  # [rows, cols, dim]
        cosines = np.einsum("rcd,nd->nrc", patches, vectors.astype(np.float64))
        return self._subject.encoder.spec.evidence_maps(cosines)

    def letterbox(self, picture: Picture) -> Letterbox:
        """How the picture lies in the square that the encoder sees."""
        rows, cols = (int(side) for side in self._known(SHAPES, picture))
        return Letterbox(rows, cols, self._subject.encoder.spec.preprocessing.size_px)

    def prepare(self, pictures: Sequence[Picture]) -> None:
        """Encodes those that the cache does not have, several at a time."""
        cache = self._subject.cache
        missing = [p for p in pictures if cache.get(self._kind, file_key(p)) is None]
        for start in range(0, len(missing), BATCH):
            encode_into(cache, self._subject.encoder, missing[start : start + BATCH])
            self._subject.progress(Progress("encode patches", min(start + BATCH, len(missing)), len(missing)))

    def _known(self, kind: str, picture: Picture) -> NDArray[Any]:
        found = self._subject.cache.get(kind, file_key(picture))
        if found is None:
            encode_into(self._subject.cache, self._subject.encoder, [picture])
            found = self._subject.cache.get(kind, file_key(picture))
        if found is None:
            raise ArtifactError("a picture changed while it was measured; run the same command again")
        return found


def _box_panels(subject: Subject, patches: PatchMaps) -> list[Panel]:
    if not subject.marked:
        return []
    vectors = {name: _unit(vector) for name, vector in finding_vectors(subject).items()}
    tested = {picture.key for picture in subject.embedded.pictures}
    patches.prepare([marked.picture for marked in subject.marked])
    maps: list[tuple[MarkedPicture, BoxedMap]] = []
    for marked in subject.marked:
        values = patches(marked.picture, vectors[marked.finding][None])[0]
        letterbox = patches.letterbox(marked.picture)
        maps.append((marked, BoxedMap(values, marked.boxes, letterbox, marked.picture.patient, marked.finding)))
    inside = [boxed for marked, boxed in maps if marked.picture.key in tested]
    figures = [*_box_figures(subject, "tested", "tested part", inside)]
    if len(inside) < len(maps):
        figures += _box_figures(subject, "all", "all boxes", [boxed for _, boxed in maps])
    top = max(float(boxed.map.max()) for _, boxed in maps)
    shown = sorted(maps, key=lambda entry: entry[0].picture.key not in tested)[:_EXAMPLES]
    examples = tuple(example_map(subject, marked, boxed, marked.picture.key in tested) for marked, boxed in shown)
    return [
        Panel(
            "grounding/boxes",
            f"{len(maps)} pictures with boxes",
            figures=tuple(figures),
            scale=(-1.0, 1.0),
            in_card=True,
            note="Pictures of the trained part are in 'all boxes': their labels were learned from, never their boxes. "
            "Contrast to noise has no chance level but 0.",
        ),
        Panel("grounding/examples", "Maps and the boxes that people drew", "maps", maps=examples, scale=(0.0, top)),
    ]


def _box_figures(subject: Subject, key: str, words: str, maps: Sequence[BoxedMap]) -> Iterator[Figure]:
    if not maps:
        return
    found = measure_grounding(maps, resampling=subject.options.resampling)
    for name, label, estimate, chance in (
        ("pointing", "brightest patch lies in a box", found.pointing, found.pointing_chance),
        ("cnr", "contrast to noise", found.cnr, 0.0),
        ("miou", "overlap, mean IoU over .1 to .5", found.miou, found.miou_chance),
    ):
        yield estimate_figure(f"grounding/boxes/{key}/{name}", f"{label} ({words})", estimate, random=chance)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Sentences of the dark test for one picture."""

    picture: Picture
    true: Floats
    unrelated: Floats | None
    denied: Floats | None


def _dark_panels(subject: Subject, patches: PatchMaps) -> list[Panel]:
    panels = []
    for source, embedded in subject.by_source().items():
        usable = [p for p in embedded.pictures if p.image is not None and p.image.is_file()]
        usable = _draw(usable, subject.options.seed)
        asked = [entry for entry in (_ask(subject, picture, usable) for picture in usable) if entry is not None]
        if asked:
            panels.append(_dark_panel(subject, source, patches, asked))
    return panels


def _draw(pictures: list[Picture], seed: int) -> list[Picture]:
    return pictures if len(pictures) <= MAX_PICTURES else random.Random(seed).sample(pictures, MAX_PICTURES)


def _ask(subject: Subject, picture: Picture, others: Sequence[Picture]) -> _Asked | None:
    if picture.decided:
        return _ask_labels(subject, picture)
    texts = (*picture.image_texts, *picture.study_texts)
    if not texts:
        return None
    denial, stranger = deny(texts[0]), _stranger(subject, picture, others)
    return _Asked(
        picture,
        subject.texts([texts[0]])[0],
        None if stranger is None else subject.texts([stranger])[0],
        None if denial is None else subject.texts([denial])[0],
    )


def _ask_labels(subject: Subject, picture: Picture) -> _Asked | None:
    prompts = subject.prompts
    present = sorted(picture.findings & set(prompts.findings) - {prompts.normal})
    absent = sorted(picture.decided - picture.findings - {prompts.normal})
    if not present:
        return None
    rng = random.Random(f"{subject.options.seed} {picture.key}")
    finding = rng.choice(present)
    wording, frame = prompts.findings[finding][0], prompts.frames[0]
    unrelated = subject.texts([frame.format(prompts.findings[rng.choice(absent)][0])])[0] if absent else None
    true, denied = subject.texts([frame.format(wording), f"no {wording}"])
    return _Asked(picture, true, unrelated, denied)


def _stranger(subject: Subject, picture: Picture, others: Sequence[Picture]) -> str | None:
    """The first text of another patient that states a finding and none that this picture's texts state."""
    own = set(statements_of((*picture.image_texts, *picture.study_texts)))
    rng = random.Random(f"{subject.options.seed} {picture.key}")
    for other in rng.sample(others, min(_TRIES, len(others))):
        texts = (*other.image_texts, *other.study_texts)
        said = set(statements_of(texts[:1]))
        if other.patient != picture.patient and said and not said & own:
            return texts[0]
    return None


def _dark_panel(subject: Subject, source: str, patches: PatchMaps, asked: Sequence[_Asked]) -> Panel:
    patches.prepare([entry.picture for entry in asked])
    energies = np.full((3, len(asked)), math.nan)
    for place, entry in enumerate(asked):
        letterbox = patches.letterbox(entry.picture)
        for row, vector in enumerate((entry.true, entry.unrelated, entry.denied)):
            if vector is not None:
                energies[row, place] = map_energy(patches(entry.picture, vector[None])[0], letterbox)
        subject.progress(Progress(f"dark test, {source}", place + 1, len(asked)))
    patients = [entry.picture.patient for entry in asked]
    found = measure_dark_test(energies[0], energies[1], energies[2], patients, subject.options.resampling)
    return Panel(
        f"grounding/dark/{source}",
        f"{source}: dark test over {len(asked):,} pictures",
        figures=tuple(_dark_figures(f"grounding/dark/{source}", found)),
        in_card=True,
        note="A ratio of 1 says that the map is as bright for what is not there.",
    )


def _dark_figures(key: str, found: DarkTest) -> Iterator[Figure]:
    for name, label, estimate, chance in (
        ("true_over_unrelated", "energy of true over unrelated sentences", found.true_over_unrelated, 1.0),
        ("true_over_denied", "energy of true over denied sentences", found.true_over_denied, 1.0),
        ("order_unrelated", "true map brighter than unrelated", found.order_unrelated.share, 0.5),
        ("order_denied", "true map brighter than denied", found.order_denied.share, 0.5),
        ("true_energy", "energy of true sentences", found.true_energy, None),
        ("unrelated_energy", "energy of unrelated sentences", found.unrelated_energy, None),
        ("denied_energy", "energy of denied sentences", found.denied_energy, None),
    ):
        yield estimate_figure(f"{key}/{name}", label, estimate, random=chance)


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit
