"""How fast the frames of one instance follow each other (PS3.3 C.7.6.5 Cine)."""

from __future__ import annotations

import math

from radseek.dicom.fields import Fields

SLOWEST, FASTEST = 0.1, 1000.0
"""Frames a second; what is outside is a slip of whoever wrote the file."""


def frames_per_second(fields: Fields) -> float | None:
    """Frames a second as the file wants them shown, else as they were taken; None when it does not say.

    In this order: (0008,2144) Recommended Display Frame Rate, (0018,0040) Cine Rate, (0018,1063) Frame Time and the
    mean of (0018,1065) Frame Time Vector, both in ms.
    """
    said = (
        fields.number(0x00082144),
        fields.number(0x00180040),
        _rate(fields.number(0x00181063)),
        _rate(_mean(fields.numbers(0x00181065)[1:])),  # the first time stands before the first frame
    )
    return next((rate for rate in said if rate is not None and SLOWEST <= rate <= FASTEST), None)


def _rate(milliseconds: float | None) -> float | None:
    return 1000.0 / milliseconds if milliseconds else None


def _mean(values: list[float]) -> float | None:
    usable = [value for value in values if math.isfinite(value) and value > 0]
    return sum(usable) / len(usable) if usable else None
