"""Ways of searching by the names that people choose."""

from __future__ import annotations

import pytest

from radseek.errors import InputError
from radseek.records.channel_choices import CHANNEL_CHOICES, chosen_channels
from radseek.records.search import Channel


def test_every_channel_has_its_own_name_and_fused_is_all():
    assert all(CHANNEL_CHOICES[channel.value] == (channel,) for channel in Channel)
    assert CHANNEL_CHOICES["fused"] == tuple(Channel)
    assert CHANNEL_CHOICES["report"] == (Channel.SENTENCE, Channel.LEXICAL)


@pytest.mark.parametrize(
    ("names", "channels"),
    [
        ([], tuple(Channel)),
        (["lexical", "image"], (Channel.IMAGE, Channel.LEXICAL)),
        (["report", "sentence"], (Channel.SENTENCE, Channel.LEXICAL)),
        (["image", "fused"], tuple(Channel)),
    ],
)
def test_names_add_up(names, channels):
    assert chosen_channels(names) == channels


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match="expected any of fused, image, report, sentence, lexical, got text"):
        chosen_channels(["text"])
