"""Palette colour tables as one table of luminance (PS3.3 C.7.6.3.1.5 and C.7.6.3.1.6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.dicom.fields import RECOVERABLE, Fields
from radseek.dicom.lookup_table import LookupTable, read_lookup_table
from radseek.errors import DecodeError
from radseek.records.outcomes import Reason

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G and B in luminance: the Y of YBR_FULL (PS3.3 C.7.6.3.1.2)."""

_CHANNELS = ((0x00281101, 0x00281201), (0x00281102, 0x00281202), (0x00281103, 0x00281203))
"""Descriptor and data of red, green and blue."""
_SEGMENTED_RED = 0x00281221


def palette_luminance(fields: Fields) -> LookupTable:
    """The object's palette as a table from pixel value to luminance 0..255.

    Raises:
        DecodeError: BAD_PIXEL_HEADER when tables are missing, too short or do not belong together.
    """
    if _SEGMENTED_RED in fields:
        return _segmented(fields)
    tables = [read_lookup_table(fields, False, descriptor, data) for descriptor, data in _CHANNELS]
    found = [table for table in tables if table is not None]
    if len(found) != 3 or len({(table.first, len(table.entries)) for table in found}) != 1:
        raise DecodeError(Reason.BAD_PIXEL_HEADER, "the palette's tables are missing or do not belong together")
    return LookupTable(found[0].first, _luminance([table.entries for table in found], found[0].bits), 8)


def _segmented(fields: Fields) -> LookupTable:
    """The segmented form (PS3.3 C.7.9.2), expanded by pydicom."""
    from pydicom.pixels.processing import apply_color_lut

    descriptor = [int(value) & 0xFFFF for value in fields.numbers(_CHANNELS[0][0]) if value == value]
    if len(descriptor) != 3:
        raise DecodeError(Reason.BAD_PIXEL_HEADER, "a segmented palette without descriptor")
    n_entries, first, _bits = descriptor
    inputs = first + np.arange(n_entries or 65536)
    try:
        colours: NDArray[Any] = apply_color_lut(inputs, fields.dataset)[..., :3]  # [n_entries, 3]
    except (*RECOVERABLE, NotImplementedError, ArithmeticError) as error:
        raise DecodeError(Reason.BAD_PIXEL_HEADER, f"the palette does not expand ({type(error).__name__})") from error
    channels = [colours[:, channel].astype(np.float32) for channel in range(3)]
    return LookupTable(first, _luminance(channels, 8 * colours.dtype.itemsize), 8)


def _luminance(channels: list[NDArray[np.float32]], bits: int) -> NDArray[np.float32]:
    """float32 `[n_entries]` in 0..255 of red, green and blue tables with `bits` in use, 16 where they exceed them."""
    top = 2.0**bits - 1 if max(float(channel.max()) for channel in channels) < 2**bits else 65535.0
    total = sum(weight * channel for weight, channel in zip(LUMA, channels, strict=True))
    return np.asarray(total * (255.0 / top), dtype=np.float32)
