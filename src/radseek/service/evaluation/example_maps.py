"""Example maps for the page: the grid and the boxes, and the picture itself only where that was asked for."""

from __future__ import annotations

import base64
import io

import numpy as np

from radseek.evaluation.grounding import BoxedMap
from radseek.images import fit_square
from radseek.service.evaluation.embedding import masked_pixels
from radseek.service.evaluation.report import EvidenceMap
from radseek.service.evaluation.subject import MarkedPicture, Subject

_SIDE_PX = 150


def example_map(subject: Subject, marked: MarkedPicture, boxed: BoxedMap, tested: bool) -> EvidenceMap:
    """The map of one marked picture, named by its finding and part: no key, no file name."""
    rows, cols = boxed.map.shape
    part = "tested part" if tested else "trained part"
    edges = [boxed.letterbox.edges(box) for box in boxed.boxes]
    return EvidenceMap(
        title=f"{marked.finding.replace('_', ' ')}, {part}",
        rows=rows,
        cols=cols,
        values=tuple(float(value) for value in boxed.map.ravel()),
        boxes=tuple((left, top, right - left, bottom - top) for top, bottom, left, right in edges),
        picture_png=_picture_png(subject, marked) if subject.options.with_pictures else "",
    )


def _picture_png(subject: Subject, marked: MarkedPicture) -> str:
    from PIL import Image

    square = fit_square(masked_pixels(marked.picture), subject.encoder.spec.preprocessing)
    picture = Image.fromarray(np.rint(square * 255).astype(np.uint8)).resize((_SIDE_PX, _SIDE_PX))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode("ascii")
