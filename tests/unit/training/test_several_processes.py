"""Two processes that share each batch make the weights that one process makes; their errors come back plain."""

import dataclasses
import importlib.util
import json
import os

import pytest
import torch

from radseek.encoders import load_encoder
from radseek.encoders.checkpoint import write_checkpoint
from radseek.encoders.dual_encoder import DualEncoder
from radseek.errors import ArtifactError, ConfigError
from radseek.training import train
from radseek.training.config import ObjectiveConfig
from radseek.training.launching import train_in_processes
from radseek.training.placement import Placement, Share, place
from radseek.training.state import read_state

needs_accelerate = pytest.mark.skipif(
    importlib.util.find_spec("accelerate") is None,
    reason="needs the package accelerate: install radseek[train]",
)


def state_of(config):
    folder = config.output / "state"
    return read_state(folder, json.loads((folder / "state.json").read_text())["config_digest"])


def without_chance(checkpoint):
    """The same weights in towers without dropout or skipped blocks, whose draws differ from process to process."""
    towers = checkpoint.model.config
    image = dataclasses.replace(towers.image, drop_path=0.0)
    model = DualEncoder(dataclasses.replace(towers, image=image, text=dataclasses.replace(towers.text, dropout=0.0)))
    model.load_state_dict(checkpoint.model.state_dict())
    return dataclasses.replace(checkpoint, model=model.eval())


def share_of_the_way(start, first, second):
    """How far two trainings ended from each other, as a share of how far the first one moved.

    Not weight by weight: a bias before a batch normalisation has a gradient of rounding alone, which Adam makes whole
    steps of.
    """
    names = [name for name, tensor in start.items() if tensor.is_floating_point()]
    apart = sum(float((first[f"model/{name}"] - second[f"model/{name}"]).square().sum()) for name in names)
    moved = sum(float((first[f"model/{name}"] - start[name]).square().sum()) for name in names)
    return (apart / moved) ** 0.5


@pytest.mark.parametrize("world", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 64])
def test_shares_are_everything_once(n, world):
    parts = [list(range(n))[Share(rank, world).of(n)] for rank in range(world)]
    assert [thing for part in parts for thing in part] == list(range(n))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@needs_accelerate
def test_two_processes_make_what_one_makes(config, tmp_path, tiny_checkpoint):
    """Nine and ten pictures a process, texts shared unevenly; batch statistics, patches, order and accumulation too."""
    write_checkpoint(tmp_path / "start", without_chance(tiny_checkpoint))
    optim = dataclasses.replace(
        config.optim, epochs=3, batch_size=11, accumulate=2, cached_views=2, lr_image=1e-3, lr_scales=1e-3
    )
    objective = ObjectiveConfig(patches=0.5, order=1.0)
    one = dataclasses.replace(config, optim=optim, objective=objective, output=tmp_path / "one")
    two = dataclasses.replace(one, output=tmp_path / "two")
    seen = []
    train(one)
    folder = train_in_processes(two, 2, seen.append)
    assert "WORLD_SIZE" not in os.environ
    (alone, history), (shared, shared_history) = state_of(one), state_of(two)
    losses, shared_losses = ([figures["loss"] for figures in h.history] for h in (history, shared_history))
    assert shared_losses == pytest.approx(losses, rel=1e-3)  # sums in another order drift apart over steps
    assert share_of_the_way(tiny_checkpoint.model.state_dict(), alone, shared) < 0.05
    pictures = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    vectors = [load_encoder(run.output / "checkpoint", "torch-f32").encode_prepared(pictures)[0] for run in (one, two)]
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > 0.9999
    assert sum(progress.stage == "train" for progress in seen) == 3  # told once, by the first process
    assert json.loads((folder / "metrics.json").read_text())["run"]["machine"]["processes"] == 2


@needs_accelerate
def test_an_error_of_a_worker_comes_back_as_it_is(config, tmp_path):
    start = dataclasses.replace(config.start, weights="nowhere")
    with pytest.raises(ArtifactError, match="'nowhere' is no shipped encoder"):
        train_in_processes(dataclasses.replace(config, start=start), 2)


def test_one_process_is_not_several(config):
    with pytest.raises(ConfigError, match="expected 2 or more, got 1"):
        train_in_processes(config, 1)


def test_without_a_launcher_a_process_is_alone():
    placement = place("auto")
    assert type(placement) is Placement
    assert placement.is_main
    rows = torch.ones(3, 2)
    assert placement.gather(rows, 3) is rows
    assert placement.agree({"a": 1}) == {"a": 1}
