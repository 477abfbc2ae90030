"""Modality and VOI lookup tables as they stand in a file (PS3.3 C.11.1.1 and C.11.2.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radseek.dicom.fields import Fields

LUT_DESCRIPTOR, LUT_DATA = 0x00283002, 0x00283006


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A table for the input values `first`, `first + 1`, ...; inputs outside take the nearest entry."""

    first: int
    entries: NDArray[np.float32]
    """float32 `[n_entries]`."""
    bits: int
    """Bits of each entry as declared: 8 to 16."""

    def apply(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """`values` (whole numbers) mapped, float32 of the same shape."""
        indices = np.clip(values - np.float32(self.first), 0, len(self.entries) - 1).astype(np.intp)
        mapped: NDArray[np.float32] = self.entries[indices]
        return mapped


def read_lookup_table(
    item: Fields, signed_input: bool, descriptor_tag: int = LUT_DESCRIPTOR, data_tag: int = LUT_DATA
) -> LookupTable | None:
    """The table of a LUT sequence item (or of another place, by its tags), or None when it is not usable.

    The descriptor's first value is 0 for 65,536 entries; its second one is signed when the input is. Entries are 16-bit
    words, or bytes when the data is exactly that short.
    """
    descriptor = [int(value) for value in item.numbers(descriptor_tag) if value == value]
    if len(descriptor) != 3:
        return None
    n_entries, first, bits = (value & 0xFFFF for value in descriptor)
    n_entries = n_entries or 65536
    if signed_input and first >= 0x8000:
        first -= 0x10000
    entries = _entries(item, data_tag, n_entries)
    if entries is None or not 1 <= bits <= 16:
        return None
    return LookupTable(first, entries.astype(np.float32), bits)


def _entries(item: Fields, data_tag: int, n_entries: int) -> NDArray[np.uint16] | None:
    value = item.raw(data_tag)
    if isinstance(value, bytes):
        if len(value) >= 2 * n_entries:
            order = "<" if item.little_endian(data_tag) else ">"
            return np.frombuffer(value, dtype=f"{order}u2", count=n_entries).astype(np.uint16)
        if len(value) >= n_entries:
            packed = np.frombuffer(value[: len(value) // 2 * 2], dtype=np.uint8)
            if not item.little_endian(data_tag):  # bytes lie in words, the first one in the low half
                packed = packed.reshape(-1, 2)[:, ::-1].ravel()
            return packed[:n_entries].astype(np.uint16)
        return None
    numbers = item.numbers(data_tag)
    if len(numbers) < n_entries:
        return None
    return (np.array(numbers[:n_entries]).astype(np.int64) & 0xFFFF).astype(np.uint16)
