"""Burned-in marks blacked out, one named mask per data set that needs it.

A footer that is the same on all pictures of a case lets an encoder recognise the case without looking at the patient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from radseek.errors import ConfigError

Pixel = TypeVar("Pixel", bound=np.generic)
Mask = Callable[[NDArray[Pixel]], NDArray[Pixel]]

# MedPix 2.0: footer with id, uploader and date; logo at the top right. Measured on its 512 px pictures.
_FOOTER_SHARE = 0.08
_LOGO_ROWS_SHARE = 0.10
_LOGO_COLS_SHARE = 0.45


def mask_medpix(pixels: NDArray[Pixel]) -> NDArray[Pixel]:
    """A copy of `pixels` `[rows, cols]` with the bottom 8 % and the top right corner (10 % x 45 %) black."""
    masked = pixels.copy()
    rows, cols = pixels.shape
    masked[rows - round(rows * _FOOTER_SHARE) :, :] = 0
    masked[: round(rows * _LOGO_ROWS_SHARE), cols - round(cols * _LOGO_COLS_SHARE) :] = 0
    return masked


def _keep(pixels: NDArray[Pixel]) -> NDArray[Pixel]:
    return pixels


MASKS: Mapping[str, Mask[np.generic]] = {"none": _keep, "medpix": mask_medpix}
"""Masks by the name that a training or ingest YAML uses."""


def apply_mask(pixels: NDArray[Pixel], name: str) -> NDArray[Pixel]:
    """`pixels` `[rows, cols]` after the mask called `name`.

    Raises:
        ConfigError: When there is no mask of that name; the message lists the known ones.
    """
    if name not in MASKS:
        raise ConfigError(f"unknown mask {name!r}; known masks: {', '.join(sorted(MASKS))}")
    mask: Mask[Pixel] = MASKS[name]  # type: ignore[assignment]
    return mask(pixels)


def mask_of(burned_in: str) -> str:
    """The mask that an instance's burned-in annotation names, empty for none.

    A research table's instances hold the mask's name there; DICOM's (0028,0301) says YES or NO only.
    """
    return burned_in if burned_in in MASKS and burned_in != "none" else ""
