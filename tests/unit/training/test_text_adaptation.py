"""Parts of one text draw together; the same run is not trained twice; held-out texts stay out."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from radseek.encoders.tokenizer import TextTokenizer, pad_tokens
from radseek.errors import ConfigError, InputError
from radseek.records.progress import no_progress
from radseek.training.config import AdaptationConfig, TextSourceConfig
from radseek.training.pairs import read_pairs
from radseek.training.text_adaptation import adapt_text_tower, adaptation_texts, seconds_of_adaptation, split_text


def adapted(config, **settings):
    return dataclasses.replace(config, start=dataclasses.replace(config.start, adaptation=AdaptationConfig(**settings)))


@pytest.mark.parametrize("seed", range(8))
def test_parts_of_a_text_share_no_word(seed):
    for text in ("One two. Three four. Five six. Seven eight.", "a b c d e f g h"):
        first, second = split_text(text, np.random.default_rng(seed))
        assert first
        assert second
        assert not set(first.split()) & set(second.split())
        assert set(first.split()) | set(second.split()) <= set(text.split())


def test_parts_of_one_text_come_closer(config, tiny_checkpoint):
    animals = [f"lion tiger wolf number {i} bear fox deer" for i in range(4)]
    tools = [f"hammer saw nail number {i} drill screw bolt" for i in range(4)]
    config = adapted(config, steps=30, batch_size=2, lr=1e-3, temperature=0.1)
    tokenizer = TextTokenizer(tiny_checkpoint.pieces, 24)
    tower = tiny_checkpoint.model.text_tower
    texts = [*animals, *tools]

    def gap():
        ids, mask = pad_tokens(tokenizer.token_lists(["lion tiger wolf", "bear fox deer", "drill screw bolt"]))
        with torch.no_grad():
            own, same, other = torch.nn.functional.normalize(tower(torch.from_numpy(ids), torch.from_numpy(mask)))
        return float(own @ same - own @ other)

    before = gap()
    adapt_text_tower(tower, tokenizer, texts, config, no_progress)
    assert gap() > before


def test_a_second_run_takes_the_cached_result(config, tiny_checkpoint):
    config = adapted(config, steps=2, batch_size=4)
    tokenizer = TextTokenizer(tiny_checkpoint.pieces, 24)
    start = {name: tensor.clone() for name, tensor in tiny_checkpoint.model.text_tower.state_dict().items()}
    texts = [f"the heart is of normal size in case {i}" for i in range(6)]
    results, steps, drawn, gradients = [], [], [], []
    for _ in range(2):
        tiny_checkpoint.model.text_tower.load_state_dict(start)
        for parameter in tiny_checkpoint.model.text_tower.parameters():
            parameter.grad = None
        seen = []
        adapt_text_tower(tiny_checkpoint.model.text_tower, tokenizer, texts, config, seen.append)
        steps.append(len(seen))
        drawn.append(float(torch.rand(())))
        gradients.append([parameter.grad for parameter in tiny_checkpoint.model.text_tower.parameters()])
        results.append({name: tensor.clone() for name, tensor in tiny_checkpoint.model.text_tower.state_dict().items()})
    assert steps == [2, 0]
    assert drawn[0] == drawn[1]  # what comes next does not depend on which of the two it was
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))
    assert all(torch.equal(results[0][name], results[1][name]) for name in results[0])
    assert any(not torch.equal(results[0][name], start[name]) for name in start)


def test_the_estimate_is_made_on_a_copy_and_grows_with_the_steps(config, tiny_checkpoint, monkeypatch):
    ticks = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: next(ticks))
    tokenizer, tower = TextTokenizer(tiny_checkpoint.pieces, 24), tiny_checkpoint.model.text_tower
    start = {name: tensor.clone() for name, tensor in tower.state_dict().items()}
    texts = [f"the heart is of normal size in case {i}" for i in range(6)]
    one, many = (
        seconds_of_adaptation(tower, tokenizer, texts, adapted(config, steps=steps, batch_size=4)) for steps in (1, 250)
    )
    assert many == 250 * one > 0
    assert all(torch.equal(tensor, start[name]) for name, tensor in tower.state_dict().items())
    assert not (config.output / "cache").exists()
    with pytest.raises(ConfigError, match="6 texts are less than one batch of 64"):
        seconds_of_adaptation(tower, tokenizer, texts, adapted(config, steps=1))


def test_texts_are_those_of_the_train_part_and_of_the_files(config, data_folder):
    (data_folder / "more.tsv").write_text(
        "1\ttrain\tkeep me\n2\ttest\tnot me\n3\ttrain\tXXXX marked\n", encoding="utf-8"
    )
    source = TextSourceConfig(Path("more.tsv"), ("text",), ("id", "part", "text"), "part", ("train",), "XXXX")
    config = adapted(config, steps=1, sources=(source,))
    texts = adaptation_texts(config, read_pairs(config))
    assert "keep me" in texts
    assert not {"not me", "XXXX marked"} & set(texts)
    assert not any("picture 31" in text for text in texts)  # of the val part
    assert any("picture 3 " in text for text in texts)


def test_bad_sources(config, data_folder):
    missing = adapted(config, steps=1, sources=(TextSourceConfig(Path("absent.csv"), ("text",)),))
    with pytest.raises(InputError, match="cannot be read"):
        adaptation_texts(missing, [])
    wrong = adapted(config, steps=1, sources=(TextSourceConfig(Path("drawn/pairs.csv"), ("story",)),))
    with pytest.raises(ConfigError, match="no column story"):
        adaptation_texts(wrong, [])
    source = TextSourceConfig(Path("drawn/pairs.csv"), ("caption",), split_column="part")
    with pytest.raises(ConfigError, match="no column part; it has caption, "):
        adaptation_texts(adapted(config, steps=1, sources=(source,)), [])


def test_too_few_texts(config, tiny_checkpoint):
    tokenizer = TextTokenizer(tiny_checkpoint.pieces, 24)
    with pytest.raises(ConfigError, match="0 texts are less"):
        adapt_text_tower(
            tiny_checkpoint.model.text_tower, tokenizer, ["too short"], adapted(config, steps=1), no_progress
        )
