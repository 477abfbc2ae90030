import dataclasses

import pytest

from radseek.encoders.tokenizer import SPECIAL_PIECES, TextTokenizer
from radseek.errors import ConfigError
from radseek.training.config import AttributeConfig, PromptsConfig
from radseek.training.public_weights import prune_vocabulary

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"ab.", "##a", "##b", "the", "scan", "ab", "rare", "##bab"]


def test_kept_are_special_single_used_and_the_most_frequent_whole_words():
    kept = [PIECES[place] for place in prune_vocabulary(PIECES, ["ab bbab"], n_general=1)]
    assert kept == [*SPECIAL_PIECES, *"ab.", "##a", "##b", "the", "ab", "##bab"]


def test_texts_that_chose_the_vocabulary_are_cut_as_before():
    texts = ["ab abab.", "scan a b"]
    kept = [PIECES[place] for place in prune_vocabulary(PIECES, texts, n_general=0)]
    before, after = TextTokenizer(PIECES, 32), TextTokenizer(kept, 32)
    for text in texts:
        pieces = [PIECES[token] for token in before.token_lists([text])[0]]
        assert [kept[token] for token in after.token_lists([text])[0]] == pieces


def test_any_word_of_known_letters_can_still_be_spelled():
    kept = [PIECES[place] for place in prune_vocabulary(PIECES, [], n_general=0)]
    unknown = kept.index("[UNK]")
    assert unknown not in TextTokenizer(kept, 32).token_lists(["abab baab."])[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frames": ("no place",)}, "exactly one"),
        ({"frames": ()}, "no frame"),
        ({"labels": {"X": ("absent",)}}, "unknown findings absent"),
        ({"normal": "well"}, "unknown findings well"),
        ({"frames": ("{} {",)}, "exactly one"),
        ({"frames": ("{} of the {region}",)}, "exactly one"),
        ({"compositions": ("{} of the {region}",)}, "unknown attributes; known: none"),
        ({"findings": {"mass": ()}}, "mass need a wording"),
        ({"attributes": {"plane": AttributeConfig(("{}",), {"axial": ()})}}, "axial need a wording"),
    ],
)
def test_prompts_that_contradict_themselves_are_refused(change, said):
    good = PromptsConfig(("{}",), {"mass": ("a mass",)}, {"Mass": ("mass",)})
    with pytest.raises(ConfigError, match=said):
        dataclasses.replace(good, **change)
