"""What the tested part shares with the training part, and queries that are their own report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from radseek import __version__
from radseek.errors import LeakError
from radseek.evaluation.leakage import Leak, LeakKind, Member, check_leakage, n_boilerplate
from radseek.evaluation.picture_signature import SIDE, PictureSignature, sign_picture
from radseek.records.progress import Progress, ProgressListener
from radseek.service.evaluation.embedding import VectorCache, file_key, masked_pixels
from radseek.service.evaluation.pictures import Picture
from radseek.service.evaluation.report import LeakLine
from radseek.text import normalise

EXPLANATIONS = {
    LeakKind.PATIENT: "the same patient is in both parts",
    LeakKind.STUDY: "the same study is in both parts",
    LeakKind.REPORT: "the report of a tested study was trained on",
    LeakKind.PIXELS: "a picture of both parts has the same pixels",
    LeakKind.NEAR_PICTURE: "a picture is in both parts, saved again, brightened, cropped, turned or mirrored",
    LeakKind.TEXT: "the same text is in both parts",
    LeakKind.NEAR_TEXT: "the same text with a few words changed is in both parts",
}
OWN_REPORT = "own_report"
_OWN_EXPLANATION = "the text that asks is the study's own report, so that search among texts only looks it up"
OWN_SHARE = 0.25
"""Of the captions that ask, at most this share may be the study's own report; the controls take those out. Above it the
table holds one text twice, and every figure of its text channels is record lookup."""
_EXAMPLES = 3
_PRINT = f"prints-{SIDE}-{__version__}"


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """What was looked for and found."""

    lines: tuple[LeakLine, ...]
    """Every kind of leak with counts and a few keys; empty when there is none."""
    n_boilerplate: int
    """Tested texts that were trained on too, but are too short or too common to tell of a patient: no leaks."""


def find_leaks(
    trained: Sequence[Picture],
    against: Sequence[Picture],
    tested: Sequence[Picture],
    cache: VectorCache,
    progress: ProgressListener,
) -> LeakCheck:
    """Every kind of leak between the tested part and those that were trained on.

    Args:
        trained: Pictures of the same tables or archive.
        against: Pictures of another table: its patients are compared by their plain id.
        tested: The tested part.
        cache: Keeps what was read of each picture.
        progress: Told how far it is.

    Raises:
        InputError: When a picture cannot be read.
        DecodeError: When it is damaged.
    """
    read = _Prints(cache, progress, len(trained) + len(against) + len(tested) if trained or against else 0)
    leaks: list[Leak] = []
    n_common = 0
    for known, identity in ((trained, str), (against, _plain)):
        if known:
            parts = list(_members(known, read, identity)), list(_members(tested, read, identity))
            leaks += check_leakage(*parts)
            n_common += n_boilerplate(*parts)
    cache.flush()
    lines = [_line(kind, [leak for leak in leaks if leak.kind is kind]) for kind in LeakKind]
    return LeakCheck(tuple(line for line in (*lines, _own_reports(tested)) if line is not None), n_common)


def leak_message(leaks: Sequence[LeakLine]) -> str:
    """One plain sentence a kind, with counts and keys, and the way out."""
    lines = [
        f"  {leak.sentence}" + (f" (such as {', '.join(leak.examples)})" if leak.examples else "") for leak in leaks
    ]
    way_out = "Split by patient and take duplicates out, or give --allow-leaks to see the figures marked as leaking."
    return "\n".join(["the tested part leaks into the training part", *lines, way_out])


def check_sentence(n_trained: int, n_against: int, check: LeakCheck) -> str:
    """What was compared, for the page."""
    compared = [
        f"{n:,} pictures of {what}"
        for n, what in ((n_trained, "the training part"), (n_against, "the table given by --against"))
        if n
    ]
    if not compared:
        return "No training part was named, so nothing could be checked for leaks: give --against or --trained-on."
    found = (
        "Compared with"
        if check.lines
        else "No patient, study, pixels, near-duplicate picture or report text is shared with"
    )
    n = check.n_boilerplate
    common = f" {n:,} tested texts are there too, but too short or too common to tell of a patient." if n else ""
    return f"{found} {' and '.join(compared)}.{common}"


class _Prints:
    """Digest and signature of each picture's pixels, read once."""

    def __init__(self, cache: VectorCache, progress: ProgressListener, total: int) -> None:
        self._cache = cache
        self._progress = progress
        self._total = total
        self._done = 0

    def __call__(self, picture: Picture) -> tuple[str, PictureSignature | None]:
        self._done += 1
        self._progress(Progress("look for leaks", min(self._done, self._total), self._total))
        if picture.image is None:
            return "", None
        key = file_key(picture)
        known = self._cache.get(_PRINT, key)
        if known is None:
            known = _print_of(masked_pixels(picture))
            self._cache.put(_PRINT, key, known)
        return known[:32].tobytes().hex(), PictureSignature(known[32:].reshape(SIDE, SIDE))


def _print_of(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """uint8 `[32 + side * side]`: the SHA-256 of size and pixels, then the signature's thumbnail."""
    content = np.ascontiguousarray(pixels)
    digest = hashlib.sha256(f"{content.shape}{content.dtype}".encode() + content.tobytes()).digest()
    with threadpool_limits(1):  # several threads wait for each other longer than they compute: 48 ms against 1.4
        thumbnail = sign_picture(content).thumbnail
    return np.concatenate([np.frombuffer(digest, np.uint8), thumbnail.ravel()])


def _members(pictures: Sequence[Picture], read: _Prints, identity: Callable[[str], str]) -> Iterator[Member]:
    """One for each picture, and one for each text of a study."""
    told: set[tuple[str, str]] = set()
    for picture in pictures:
        digest, signature = read(picture)
        patient, study = identity(picture.patient), identity(picture.study)
        yield Member(picture.key, patient, digest, study=study, signature=signature)
        for text in (*picture.image_texts, *picture.study_texts):
            if (picture.study, text) not in told:
                told.add((picture.study, text))
                yield Member(picture.key, patient, text=text)


def _plain(name: str) -> str:
    """An id without the name of its table; empty where there is none, so that it is not compared."""
    return name.partition("/")[2]


def _line(kind: LeakKind, leaks: Sequence[Leak]) -> LeakLine | None:
    if not leaks:
        return None
    tested = sorted({key for leak in leaks for key in leak.test})
    trained = {key for leak in leaks for key in leak.train}
    return LeakLine(kind.value, EXPLANATIONS[kind], len(trained), len(tested), tuple(tested[:_EXAMPLES]))


def _own_reports(tested: Sequence[Picture]) -> LeakLine | None:
    asking = [picture for picture in tested if picture.image_texts and picture.study_texts]
    own = [picture.key for picture in asking if _is_own(picture)]
    if len(own) <= OWN_SHARE * len(asking):
        return None
    return LeakLine(OWN_REPORT, _OWN_EXPLANATION, len(own), len(own), tuple(sorted(own)[:_EXAMPLES]))


def _is_own(picture: Picture) -> bool:
    return normalise(picture.image_texts[0]) in {normalise(text) for text in picture.study_texts}


def require_no_leaks(leaks: Sequence[LeakLine]) -> None:
    """Passes when there are none.

    Raises:
        LeakError: With counts and keys of each kind.
    """
    if leaks:
        raise LeakError(leak_message(leaks), tuple(leak.sentence for leak in leaks))
