"""Ways of searching under the names that people choose them by."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from radseek.errors import InputError
from radseek.records.search import Channel

CHANNEL_CHOICES = MappingProxyType({
    "fused": tuple(Channel),
    "image": (Channel.IMAGE,),
    "report": (Channel.SENTENCE, Channel.LEXICAL),
    "sentence": (Channel.SENTENCE,),
    "lexical": (Channel.LEXICAL,),
})
"""Name -> channels: what pictures answer, what reports answer (by meaning and by words), or all of it fused."""


def chosen_channels(names: Iterable[str]) -> tuple[Channel, ...]:
    """The channels of all `names` together, each once, in the order of `Channel`; all of them for no name.

    Raises:
        InputError: When a name is unknown; the message lists the known ones.
    """
    chosen = list(names)
    unknown = sorted(set(chosen) - set(CHANNEL_CHOICES))
    if unknown:
        raise InputError(f"channel: expected any of {', '.join(CHANNEL_CHOICES)}, got {', '.join(unknown)}")
    wanted = {channel for name in chosen or ("fused",) for channel in CHANNEL_CHOICES[name]}
    return tuple(channel for channel in Channel if channel in wanted)
