"""From stored samples to grey modality values: palette, colour, padding, modality LUT or rescale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.dicom.display import CT_WINDOWS, FULL_RANGE, auto_window
from radseek.dicom.fields import Fields
from radseek.dicom.frame_rate import frames_per_second
from radseek.dicom.functional_groups import FunctionalGroups
from radseek.dicom.header import pixel_spacing_mm
from radseek.dicom.lookup_table import read_lookup_table
from radseek.dicom.palette import LUMA, palette_luminance
from radseek.dicom.pixel_description import PixelDescription
from radseek.dicom.voi import file_voi_lut, file_windows
from radseek.errors import DecodeError
from radseek.records.instances import Frame, Window
from radseek.records.outcomes import Reason


class GreyScale:
    """The steps from one instance's stored samples to its grey frames.

    Args:
        fields: The instance's outermost fields.
        description: Its checked pixel description.
    """

    def __init__(self, fields: Fields, description: PixelDescription) -> None:
        self._fields = fields
        self._description = description
        self._groups = FunctionalGroups(fields)
        self._rate = frames_per_second(fields)
        self._is_ct = fields.text(0x00080060).upper() == "CT"

    def frame(self, samples: NDArray[Any], photometric: str, index: int) -> Frame:
        """The grey frame of stored `samples` `[rows, cols]` or `[rows, cols, 3]` in colour space `photometric`.

        Raises:
            DecodeError: BAD_PIXEL_HEADER when the modality step or palette cannot be applied.
        """
        spacing = pixel_spacing_mm(self._fields, self._groups, index)
        if photometric not in {"MONOCHROME1", "MONOCHROME2"}:
            luminance = self._luminance(samples, photometric)
            return Frame(luminance, (FULL_RANGE,), spacing_mm=spacing, frames_per_second=self._rate)
        values, signed = self._modality_values(samples, index)
        padding = self._padding_mask(samples)
        if not np.isfinite(values).all():
            hidden = ~np.isfinite(values)
            padding = hidden if padding is None else padding | hidden
        valid = None if padding is None else ~padding
        windows = file_windows(self._fields, self._groups, index) or (auto_window(values, valid),)
        inverted = photometric == "MONOCHROME1"
        if padding is not None:
            values[padding] = self._black(values, valid, windows, inverted)
        return Frame(
            values, windows, inverted, file_voi_lut(self._fields, signed), spacing, self._rate, self._unit(index)
        )

    def _unit(self, index: int) -> str:
        """`HU` for a CT that is rescaled and names no other unit; secondary captures of a CT are not rescaled."""
        place = self._transformation(index)
        is_rescaled = self._fields.item(0x00283000) is None and bool(place.numbers(0x00281052))
        kind = place.text(0x00281054).upper()  # Rescale Type; a CT without one is in HU (PS3.3 C.8.2.1)
        return "HU" if self._is_ct and is_rescaled and kind in {"", "HU"} else ""

    def _transformation(self, index: int) -> Fields:
        """Where the frame's rescale stands: Pixel Value Transformation Sequence, else outermost."""
        return self._groups.macro(index, 0x00289145) or self._fields

    def _modality_values(self, samples: NDArray[Any], index: int) -> tuple[NDArray[np.float32], bool]:
        """float32 modality values, and whether negative ones can occur."""
        signed = self._description.signed
        values = samples.astype(np.float32)
        item = self._fields.item(0x00283000)  # Modality LUT Sequence
        table = read_lookup_table(item, signed) if item is not None else None
        if table is not None:
            return table.apply(values), False
        place = self._transformation(index)
        slope = _rescale(place, 0x00281053, "Rescale Slope", 1.0)
        intercept = _rescale(place, 0x00281052, "Rescale Intercept", 0.0)
        if slope == 0:
            raise DecodeError(Reason.BAD_PIXEL_HEADER, "(0028,1053) Rescale Slope = 0")
        if (slope, intercept) != (1.0, 0.0):
            with np.errstate(over="ignore", invalid="ignore"):
                values *= np.float32(slope)
                values += np.float32(intercept)
        if samples.size and self._description.keyword == "PixelData" and not np.isfinite(values).all():
            raise DecodeError(Reason.BAD_PIXEL_HEADER, "rescaled values leave the range of float32")
        return values, signed or slope < 0 or intercept < 0

    def _padding_mask(self, samples: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Pixels between (0028,0120) Pixel Padding Value and (0028,0121) Range Limit, or None when there are none."""
        first = self._stored_value(0x00280120)
        if first is None or samples.dtype.kind not in "iu":
            return None
        last = self._stored_value(0x00280121)
        low, high = sorted((first, last if last is not None else first))
        mask: NDArray[np.bool_] = (samples >= low) & (samples <= high)
        return mask if mask.any() else None

    def _stored_value(self, tag: int) -> int | None:
        """A padding element as a stored value: writers mix up US and SS, so its 16 bits are read as the pixels are."""
        value = self._fields.integer(tag)
        if value is None:
            return None
        value &= 0xFFFF
        return value - 0x10000 if self._description.signed and value >= 0x8000 else value

    def _black(
        self,
        values: NDArray[np.float32],
        valid: NDArray[np.bool_] | None,
        windows: tuple[Window, ...],
        inverted: bool,
    ) -> float:
        """A modality value that shows black in the file's windows, and in the customary ones for CT."""
        seen = values[valid] if valid is not None else values
        shown = (*windows, *(CT_WINDOWS.values() if self._is_ct else ()))
        edges: list[float] = [w.center + (w.width if inverted else -w.width) / 2.0 for w in shown]
        if seen.size:
            edges.append(float(np.max(seen) if inverted else np.min(seen)))
        return max(edges) if inverted else min(edges)

    def _luminance(self, samples: NDArray[Any], photometric: str) -> NDArray[np.float32]:
        """float32 luminance 0..255 of palette, RGB or YBR samples."""
        if photometric == "PALETTE COLOR":
            return palette_luminance(self._fields).apply(samples)
        bits = self._description.bits_stored
        scale = np.float32(255.0 / (2**bits - 1))
        if photometric.startswith("YBR_FULL"):
            luma: NDArray[np.float32] = samples[..., 0].astype(np.float32)
            return luma * scale
        if photometric.startswith("YBR_PARTIAL"):  # black at 16, white at 235 (of 255)
            luma = (samples[..., 0].astype(np.float32) * scale - 16.0) * (255.0 / 219.0)
            return np.clip(luma, 0.0, 255.0).astype(np.float32)
        grey: NDArray[np.float32] = samples.astype(np.float32) @ np.array(LUMA, dtype=np.float32)  # [rows, cols]
        grey *= scale
        return grey


def _rescale(fields: Fields, tag: int, name: str, default: float) -> float:
    values = fields.numbers(tag)
    if not values:
        return default
    if not abs(values[0]) < 1e30:
        raise DecodeError(Reason.BAD_PIXEL_HEADER, f"({tag >> 16:04x},{tag & 0xFFFF:04x}) {name} is no usable number")
    return values[0]
