"""`--weight CHANNEL=NUMBER` as fusion weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from radseek.errors import InputError
from radseek.records.search import Channel
from radseek.records.search_options import FusionWeights


def parse_weights(given: Sequence[str], default: FusionWeights) -> FusionWeights | None:
    """`default` with what is given in its place; None when nothing is given.

    Args:
        given: Such as `image=2`, `lexical=0.5`; of a channel that is given twice the last counts.
        default: The archive's weights.

    Raises:
        InputError: When one is not a known channel and a number from 0 up, or all are 0.
    """
    values: dict[str, float] = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            values[Channel(name).value] = float(number)
        except ValueError as error:
            known = ", ".join(Channel)
            raise InputError(f"--weight {text!r}: expected CHANNEL=NUMBER with one of {known}") from error
    return dataclasses.replace(default, **values) if values else None
