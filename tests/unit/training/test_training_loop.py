"""A training learns, repeats, resumes to the same bytes, and keeps what it promised to keep."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from radseek.encoders import load_encoder
from radseek.encoders.checkpoint import read_checkpoint
from radseek.errors import ArtifactError, ConfigError, MismatchError
from radseek.records.config import config_folder, read_config
from radseek.training import TrainingConfig, train
from radseek.training.optimiser import freeze, learning_rate_factor, parameter_groups, update_average
from radseek.training.state import read_state


@pytest.fixture(autouse=True)
def one_thread():
    """Sums come in one order, so that equal runs are equal to the last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def weights(folder):
    return (folder / "weights.safetensors").read_bytes()


def final_state(config):
    tensors, progressed = read_state(config.output / "state", json.loads(state_index(config))["config_digest"])
    return tensors, progressed


def state_index(config):
    return (config.output / "state" / "state.json").read_text()


def changed(config, name, **optim):
    return dataclasses.replace(
        config, output=config.output.parent / name, optim=dataclasses.replace(config.optim, **optim)
    )


def test_a_training_learns_and_writes_what_made_it(config):
    rates = {"lr_image": 2e-2, "lr_projections": 3e-2, "lr_text": 1e-2}
    config = changed(config, "learn", epochs=20, frozen_image_blocks=0, **rates)
    stages = []
    folder = train(config, lambda progress: stages.append(progress.stage))
    history = json.loads((folder / "metrics.json").read_text())["history"]
    _, progressed = final_state(config)
    losses = [figures["loss"] for figures in progressed.history]
    assert losses[-1] < losses[0] * 0.7
    assert max(figures["findings/macro_auroc"] for figures in progressed.history) > 0.9
    assert history[0]["caption_to_case/random_success@1"] == 1 / 4  # four studies in val
    assert set(stages) == {"prepare", "train", "validate"}
    spec = load_encoder(folder, "torch-f32").spec
    assert spec.id == "tiny-trained"
    assert spec.training_sets == ("drawn", "none")  # those of the start checkpoint stay listed
    stored = (folder / "config.yaml").read_text()
    assert str(config.output) not in stored
    assert "epochs: 20" in stored
    metrics = json.loads((config.output / "metrics.json").read_text())
    assert metrics["epochs"] == 20
    assert metrics["choice"] == max(figures["choice"] for figures in progressed.history)
    assert len(json.loads((config.output / "history.json").read_text())) == 20


@pytest.mark.parametrize("cached_views", [0, 2])
def test_a_stopped_and_resumed_training_ends_with_the_same_bytes(config, cached_views):
    whole = changed(config, "whole", epochs=3, cached_views=cached_views)
    train(whole)

    class Killed(BaseException):
        pass

    def kill_in_the_second_epoch(progress):
        if progress.stage == "train" and progress.note.startswith("epoch 2 "):
            raise Killed("in the second epoch")

    broken = dataclasses.replace(whole, output=config.output.parent / "broken")
    with pytest.raises(Killed, match="in the second epoch"):
        train(broken, kill_in_the_second_epoch)
    train(broken)
    assert weights(broken.output / "checkpoint") == weights(whole.output / "checkpoint")
    for (name, first), (other, second) in zip(
        *(sorted(final_state(run)[0].items()) for run in (whole, broken)), strict=True
    ):
        assert name == other
        assert torch.equal(first, second), name


def test_the_same_seed_gives_the_same_weights_and_another_seed_does_not(config):
    first, again = changed(config, "a"), changed(config, "b")
    other = dataclasses.replace(changed(config, "c"), seed=2)
    states = [final_state(run)[0] for run in (first, again, other) if train(run)]
    name = "model/aligner.projection.weight"
    assert torch.equal(states[0][name], states[1][name])
    assert not torch.equal(states[0][name], states[2][name])


def test_frozen_parts_stay_as_they_start(config):
    train(config)
    start = read_checkpoint(config.output.parent / "start").model.state_dict()
    trained = final_state(config)[0]
    frozen = ("image_tower.stem", "image_tower.blocks.0", "image_tower.blocks.1", "text_tower.embeddings")
    frozen += ("text_tower.layers.0",)
    for name, tensor in start.items():
        same = torch.equal(trained[f"model/{name}"], tensor)
        if name.startswith(frozen) and "num_batches" not in name:
            assert same, name
        elif name.endswith("weight"):
            assert not same, name


def test_a_state_of_another_configuration_is_refused(config):
    train(changed(config, "run", epochs=1))
    with pytest.raises(MismatchError, match="config_digest"):
        train(changed(config, "run", epochs=2))


def test_a_damaged_state_is_refused(config):
    once = changed(config, "run", epochs=1)
    train(once)
    file = next((once.output / "state").glob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(MismatchError, match="sha256"):
        train(once)
    (once.output / "state" / "state.json").write_text("{}")
    with pytest.raises(ArtifactError, match="damaged"):
        train(once)


def test_cached_views_give_nearly_what_the_tower_gives(config):
    """The first view is the picture itself; its cached features lead to the vectors of the whole tower."""
    from radseek.records.progress import no_progress
    from radseek.training.image_cache import cache_features

    model = read_checkpoint(config.output.parent / "start").model
    config = changed(config, "cache", cached_views=2)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 64, 64), dtype=np.uint8)
    features = cache_features(model, pixels, config, no_progress)
    assert features.shape[:2] == (2, 5)
    from radseek.images import normalise

    pictures = normalise(torch.from_numpy(pixels).float() / 255, config.preprocessing)
    with torch.no_grad():
        whole = model.image_tower(pictures)
        upper = model.image_tower.upper(torch.from_numpy(np.array(features[0])).float(), 2)
    torch.testing.assert_close(upper, whole, atol=2e-2, rtol=1e-2)  # features are kept in half precision
    assert not np.allclose(features[0], features[1])
    first_bytes = np.array(features)
    np.testing.assert_array_equal(cache_features(model, pixels, config, no_progress), first_bytes)


def test_too_few_pictures_for_a_batch(config):
    with pytest.raises(ConfigError, match="less than one batch"):
        train(changed(config, "few", batch_size=100))


def test_a_start_that_is_nothing(config):
    start = dataclasses.replace(config.start, weights="nowhere")
    with pytest.raises(ConfigError, match="nowhere"):
        train(dataclasses.replace(config, start=start))


def test_learning_rate_rises_then_falls_to_nothing():
    factors = [learning_rate_factor(step, 100, 0.1) for step in range(100)]
    assert factors[0] == 0.1
    assert factors[9] == factors[10] == 1
    assert all(a >= b for a, b in zip(factors[10:], factors[11:], strict=False))
    assert factors[-1] < 0.001
    assert learning_rate_factor(0, 1, 0.05) == 1


def test_every_trained_parameter_is_in_one_group_and_no_frozen_one(config, tiny_checkpoint):
    model = tiny_checkpoint.model.requires_grad_(True)
    freeze(model, config.optim)
    groups = parameter_groups(model, config.optim)
    listed = [id(parameter) for group in groups for parameter in group["params"]]
    trained = [id(parameter) for parameter in model.parameters() if parameter.requires_grad]
    assert sorted(listed) == sorted(trained)
    for group in groups:
        for parameter in group["params"]:
            assert (group["weight_decay"] > 0) == (parameter.ndim > 1)


def test_the_moving_average():
    mean, current = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    expected = 0.75 * mean.weight.detach() + 0.25 * current.weight.detach()
    update_average(mean, current, 0.75)
    torch.testing.assert_close(mean.weight.detach(), expected)


def test_the_shipped_configuration_reads():
    config = read_config(config_folder() / "training" / "radseek-mini.yaml", TrainingConfig)
    assert config.name == "radseek-mini"
    assert not any(table.path.is_absolute() for table in config.tables)
    assert {table.mask for table in config.tables if table.name == "medpix2"} == {"medpix"}
