"""A map on its way to the browser: a JSON header and plain numbers, so that zooming and colouring need no server."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import numpy as np

from radseek_viewer.map_wording import colour_label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radseek.service import Colouring, ShownMap

MEDIA_TYPE = "application/vnd.radseek.map"
_GREATEST = np.iinfo(np.uint16).max


def pack_points(shown: ShownMap) -> bytes:
    """Header with the number of points, then x of all points and y of all points, uint16, of 0..65535.

    `assets/map_points.js` reads it.
    """
    scaled: NDArray[np.uint16] = np.round(shown.points.T * _GREATEST).astype("<u2")  # [2, n]
    return _packed({"n": len(shown.keys)}, scaled.tobytes())


def pack_colouring(colouring: Colouring, colour: str) -> bytes:
    """Header with the legend, then the group of each point, uint8.

    Args:
        colouring: The groups.
        colour: What the map is coloured by: a field, or `finding`.
    """
    legend = [
        {"code": group.code, "label": colour_label(colour, group.code, group.value), "count": group.n_studies}
        for group in colouring.groups
    ]
    return _packed({"scale": colouring.scale.value, "legend": legend}, colouring.codes.tobytes())


def _packed(header: dict[str, object], numbers: bytes) -> bytes:
    """Header length (uint32), JSON header padded to 4 bytes, the numbers; all little-endian."""
    text = json.dumps(header, allow_nan=False).encode()
    return struct.pack("<I", len(text)) + text + b" " * (-len(text) % 4) + numbers
