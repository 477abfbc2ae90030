"""What a session remembers of the map: which studies of which map are selected. Nothing of it is in the URL."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radseek.service import ShownMap

_SELECTION = "map_selection"


def remember_selection(shown: ShownMap, packed: str) -> None:
    """Keep what the browser says is selected.

    Args:
        shown: The map.
        packed: A bit for each study, eight to a byte, lowest first, in base64; anything else selects nothing.
    """
    try:
        content = base64.b64decode(packed, validate=True)
    except (ValueError, binascii.Error):
        content = b""
    n = len(shown.keys)
    bits = np.unpackbits(np.frombuffer(content, np.uint8), count=n, bitorder="little")
    st.session_state[_SELECTION] = (shown.name, np.flatnonzero(bits))


def selected_rows(shown: ShownMap) -> NDArray[np.int64]:
    """Rows that are selected on this map, ascending; a newer map begins without any."""
    name, rows = st.session_state.get(_SELECTION, ("", None))
    return rows if name == shown.name and rows is not None else np.zeros(0, dtype=np.int64)


def pack_rows(rows: NDArray[np.int64], n: int) -> str:
    """Rows of `n` as `remember_selection` reads them; empty for none."""
    if not rows.size:
        return ""
    bits = np.zeros(n, dtype=np.uint8)
    bits[rows] = 1
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode("ascii")
