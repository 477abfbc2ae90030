"""The windows and the VOI LUT that a file brings along (PS3.3 C.11.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radseek.dicom.display import usable_window
from radseek.dicom.fields import Fields
from radseek.dicom.functional_groups import FunctionalGroups
from radseek.dicom.lookup_table import read_lookup_table
from radseek.records.instances import Window

_MAX_WINDOWS = 32


def file_windows(fields: Fields, groups: FunctionalGroups, frame_index: int) -> tuple[Window, ...]:
    """All usable windows of a frame, in the file's order; the frame's own (0028,9132) Frame VOI LUT first."""
    for place in (groups.macro(frame_index, 0x00289132), fields):
        windows = _windows(place) if place is not None else ()
        if windows:
            return windows
    return ()


def _windows(fields: Fields) -> tuple[Window, ...]:
    centers, widths = fields.numbers(0x00281050), fields.numbers(0x00281051)
    names = fields.texts(0x00281055)
    function = fields.text(0x00281056)
    found = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        name = names[index][:64] if index < len(names) else ""
        window = usable_window(center, width, name, function)
        if window is not None:
            found.append(window)
    return tuple(found[:_MAX_WINDOWS])


def file_voi_lut(fields: Fields, signed_values: bool) -> NDArray[np.float32] | None:
    """The first VOI LUT as float32 `[n_entries, 2]` of (modality value, display value 0..1), or None.

    Args:
        fields: The instance's outermost fields.
        signed_values: Whether modality values can be negative, which decides how the first mapped value is read.
    """
    item = fields.item(0x00283010)
    table = read_lookup_table(item, signed_values) if item is not None else None
    if table is None:
        return None
    # Bits of a descriptor are often wrong: a table that exceeds them sets its own scale.
    top = max(float(2**table.bits - 1), float(table.entries.max()))
    inputs = table.first + np.arange(len(table.entries), dtype=np.float64)
    return np.stack([inputs, table.entries / top], axis=1).astype(np.float32)
