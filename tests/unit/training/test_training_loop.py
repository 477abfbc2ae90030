"""A training learns, repeats, resumes to the same bytes, and keeps what it promised to keep."""

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from radseek.encoders import load_encoder
from radseek.encoders.checkpoint import read_checkpoint
from radseek.errors import ArtifactError, ConfigError, MismatchError
from radseek.records.config import config_folder, read_config
from radseek.records.progress import no_progress
from radseek.training import TrainingConfig, train
from radseek.training.batches import count_batches
from radseek.training.config import BackgroundConfig, ObjectiveConfig, OptimConfig, ValidationConfig
from radseek.training.loop import TrainingRun, is_stale
from radseek.training.optimiser import freeze, learning_rate_factor, parameter_groups, update_average
from radseek.training.pairs import read_pairs
from radseek.training.pixels import fit_pixels
from radseek.training.placement import Placement, choose_precision
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


def checkpoint_bytes(folder):
    return {path.name: path.read_bytes() for path in (folder / "checkpoint").iterdir()}


@pytest.mark.parametrize("left_behind", ["a newer checkpoint", "half a checkpoint", "no checkpoint"])
def test_a_kill_between_checkpoint_and_state_changes_nothing(config, left_behind):
    """After the kill the state is one epoch older than the checkpoint, or the checkpoint's folder was being swapped."""
    config = changed(config, "whole", epochs=2)
    kept = config.output.parent / "kept"

    def keep_the_first_state(progress):
        if progress.note.startswith("epoch 2 "):
            shutil.copytree(config.output / "state", kept, dirs_exist_ok=True)

    train(config, keep_the_first_state)
    expected, expected_state = checkpoint_bytes(config.output), final_state(config)
    shutil.rmtree(config.output / "state")
    shutil.copytree(kept, config.output / "state")
    if left_behind != "a newer checkpoint":
        shutil.rmtree(config.output / "checkpoint")
    if left_behind == "half a checkpoint":
        (config.output / "checkpoint.part").mkdir()
        (config.output / "checkpoint.part" / "weights.safetensors").write_bytes(b"half")
    train(config)
    assert checkpoint_bytes(config.output) == expected
    tensors, progressed = final_state(config)
    assert progressed == expected_state[1]
    assert all(torch.equal(tensor, expected_state[0][name]) for name, tensor in tensors.items())
    assert not (config.output / "checkpoint.part").exists()


def test_a_state_that_was_not_yet_listed_is_not_taken(config):
    """Killed between the tensors and the index that names them: the state before holds."""
    config = changed(config, "run", epochs=2)
    train(config)
    expected = checkpoint_bytes(config.output)
    (config.output / "state" / "epoch-0003.safetensors").write_bytes(b"half")
    (config.output / "state" / "state.json.part").write_text("{")
    train(config)
    assert checkpoint_bytes(config.output) == expected


def test_accumulated_batches_are_one_step_with_the_mean_gradient(config):
    """Two batches a step at half the batch size: as many pictures, half the negatives; and the step is their mean."""
    config = changed(config, "run", epochs=1, batch_size=5, accumulate=2, clip_norm=1e9)
    pairs = read_pairs(config)
    pixels = fit_pixels(pairs, config.preprocessing, no_progress)
    runs = [TrainingRun(config, pairs, pixels, Placement("f32"), no_progress) for _ in range(2)]
    batches = list(runs[0].batches.epoch(0))
    assert len(batches) == 4
    assert runs[0].steps_per_epoch == 2
    for run in runs:
        run.model.eval()  # no dropout, so that both ways see the same
    loss, norm = runs[0].step(iter(batches[:2]), 2, 0)
    mean = (runs[1].loss(batches[0]) + runs[1].loss(batches[1])) / 2
    mean.backward()
    assert loss == pytest.approx(float(mean.detach()))
    gradients = [parameter.grad for parameter in runs[1].model.parameters() if parameter.grad is not None]
    assert norm == pytest.approx(float(torch.stack([g.square().sum() for g in gradients]).sum().sqrt()), rel=1e-5)


def test_an_odd_batch_at_the_end_is_a_step_of_its_own(config):
    config = changed(config, "run", epochs=1, batch_size=7, accumulate=2)
    done = []
    train(config, lambda progress: done.append((progress.done, progress.total)) if progress.stage == "train" else None)
    assert done == [(1, 2), (2, 2)]  # three batches of 7 of 24 pictures


def test_patience_counts_epochs_since_the_best():
    def history(*choices):
        return [{"epoch": place + 1, "choice": choice} for place, choice in enumerate(choices)]

    assert not is_stale(history(0.5, 0.4, 0.4), 0)
    assert not is_stale([], 2)
    assert not is_stale(history(0.4, 0.5, 0.4), 2)
    assert is_stale(history(0.5, 0.4, 0.4), 2)
    assert is_stale(history(0.5, 0.5, 0.5), 2)  # equal is not better
    assert not is_stale([{"epoch": 1}, {"epoch": 2}, {"epoch": 3}], 1)  # nothing is measured


def test_a_training_that_gets_no_better_ends_early_and_stays_ended(config):
    still = {"lr_image": 0.0, "lr_projections": 0.0, "lr_text": 0.0, "lr_scales": 0.0}
    config = changed(config, "run", epochs=9, patience=2, frozen_image_blocks=0, freeze_image_tower=True, **still)
    folder = train(config)
    assert len(final_state(config)[1].history) == 3
    assert json.loads((folder / "metrics.json").read_text())["best_epoch"] == 1
    before = checkpoint_bytes(config.output)
    train(config)
    assert len(final_state(config)[1].history) == 3
    assert checkpoint_bytes(config.output) == before


def test_a_loss_that_is_not_finite_stops_with_the_way_out(config):
    rates = dict.fromkeys(("lr_image", "lr_projections", "lr_text", "lr_scales"), 1e15)
    config = changed(config, "run", epochs=6, **rates)
    with pytest.raises(ConfigError, match=r"in epoch \d, step \d: nothing sensible.*Lower the learning rates"):
        train(config)
    if (config.output / "state").exists():  # and nothing of it is kept
        assert all(tensor.isfinite().all() for name, tensor in final_state(config)[0].items() if "model/" in name)


def test_what_made_a_run_is_kept_without_paths(config):
    folder = train(changed(config, "run", epochs=1))
    run = json.loads((folder.parent / "run.json").read_text())
    assert run["seed"] == 1
    assert run["versions"]["torch"] == torch.__version__
    assert run["machine"]["device"] == "cpu"
    assert run["machine"]["precision"] == "f32"
    assert run["machine"]["threads"] == 1
    table = config.data_root / "drawn" / "pairs.csv"
    assert run["data"]["tables"] == {"drawn": hashlib.sha256(table.read_bytes()).hexdigest()}
    assert run["data"]["pictures"] == {"train": 24, "val": 8}
    assert [session["epochs"] for session in run["sessions"]] == [1]
    inside = json.loads((folder / "metrics.json").read_text())["run"]
    assert inside == {name: value for name, value in run.items() if name != "sessions"}
    assert str(config.output.parent) not in (folder.parent / "run.json").read_text()
    assert "output:" in (folder.parent / "config.yaml").read_text()


def test_sessions_add_up(config):
    config = changed(config, "run", epochs=3)

    def stop(progress):
        if progress.note.startswith("epoch 2 "):
            raise KeyboardInterrupt("Ctrl-C")

    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        train(config, stop)
    train(config)
    sessions = json.loads((config.output / "run.json").read_text())["sessions"]
    assert [session["epochs"] for session in sessions] == [1, 2]
    assert all(session["seconds"] > 0 for session in sessions)


def test_progress_counts_the_whole_run(config):
    seen = []
    train(changed(config, "run", epochs=3), lambda progress: seen.append(progress))
    steps = [progress for progress in seen if progress.stage == "train"]
    assert [progress.done for progress in steps] == list(range(1, len(steps) + 1))
    assert {progress.total for progress in steps} == {len(steps)}
    assert all(progress.seconds_left >= 0 for progress in steps)
    assert steps[-1].note.startswith("epoch 3 of 3, loss ")


def test_a_frozen_image_tower_stays_whole(config):
    config = changed(config, "run", epochs=1, freeze_image_tower=True)
    train(config)
    start = read_checkpoint(config.output.parent / "start").model.image_tower.state_dict()
    trained = final_state(config)[0]
    for name, tensor in start.items():
        assert torch.equal(trained[f"model/image_tower.{name}"], tensor), name


def test_bf16_trains_to_nearly_the_same_loss(config):
    histories = []
    for precision in ("f32", "bf16"):
        run = changed(config, precision, epochs=2, precision=precision)
        train(run)
        histories.append([figures["loss"] for figures in final_state(run)[1].history])
    assert histories[0] != histories[1]
    assert histories[1] == pytest.approx(histories[0], rel=0.05)


def test_auto_precision_is_f32_on_a_cpu_and_unknown_ones_are_refused(config):
    assert choose_precision("auto", torch.device("cpu")) == "f32"
    assert choose_precision("bf16", torch.device("cpu")) == "bf16"
    with pytest.raises(ConfigError, match="precision is 'fp8'; known: auto, f32, bf16"):
        changed(config, "run", precision="fp8")
    with pytest.raises(ConfigError, match="accumulate must be 1 or more"):
        changed(config, "run", accumulate=0)
    for wrong in ({"texts_per_image": 0}, {"cached_views": -1}, {"max_normal_share": 1.5}, {"ema_decay": 1.0}):
        with pytest.raises(ConfigError, match=f"optim: .*{next(iter(wrong))}"):
            changed(config, "run", **wrong)


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


def test_other_data_under_the_same_configuration_is_refused(config, tmp_path):
    """The table or a picture changed between a run and its resumption."""
    data = shutil.copytree(config.data_root, tmp_path / "data")
    config = dataclasses.replace(changed(config, "run", epochs=1), data_root=data)
    train(config)
    train(config)
    table = data / "drawn" / "pairs.csv"
    before = table.read_bytes()
    table.write_bytes(before.replace(b"picture 3 ", b"picture three "))
    with pytest.raises(MismatchError, match=r"`data\.tables` does not match.*put it back, or use another output"):
        train(config)
    table.write_bytes(before)
    Image.fromarray(np.zeros((48, 40), dtype=np.uint8)).save(data / "drawn" / "images" / "3.png")
    with pytest.raises(MismatchError, match=r"`data\.pixels` does not match"):
        train(config)
    (config.output / "run.json").write_text("{}")  # of which nothing can be told
    train(config)


def test_another_file_beside_the_tables_is_refused(config, tmp_path):
    data = shutil.copytree(config.data_root, tmp_path / "data")
    background = data / "drawn" / "cases.csv"
    background.write_text("study_id,story\ns2,One.\n")
    table = dataclasses.replace(config.tables[0], background=BackgroundConfig(Path("cases.csv"), ("story",)))
    config = dataclasses.replace(
        changed(config, "run", epochs=1), data_root=data, tables=(table,), objective=ObjectiveConfig(background=1.0)
    )
    train(config)
    background.write_text("study_id,story\ns2,Two.\n")
    with pytest.raises(MismatchError, match=r"`data\.further_files` does not match"):
        train(config)


def test_a_weight_that_is_not_finite_after_the_last_step_is_told(config):
    """The loss of the last step was finite still; nothing is measured or kept of that epoch."""
    config = changed(config, "run", epochs=1)

    def spoil(progress):
        if progress.stage == "train" and progress.done == progress.total:
            run.average.bias.data.fill_(float("inf"))

    pairs = read_pairs(config)
    pixels = fit_pixels(pairs, config.preprocessing, no_progress)
    run = TrainingRun(config, pairs, pixels, Placement("f32"), spoil)
    with pytest.raises(ConfigError, match="a weight is not finite in epoch 1, step 2: nothing sensible"):
        run.finish()
    assert not (config.output / "checkpoint").exists()
    assert not (config.output / "state").exists()


def test_a_batch_without_any_text_is_a_step(config, tiny_checkpoint):
    """Pictures with nothing said of them, and no prompts."""
    table = dataclasses.replace(config.tables[0], image_texts=(), study_texts=(), labels_column="")
    prompts = dataclasses.replace(config.prompts, findings={}, labels={}, normal="")
    objective = ObjectiveConfig(patches=0.5, order=1.0, polarity=1.0, contrast=1.0, own_prompts=0.5)
    config = dataclasses.replace(
        changed(config, "run", epochs=1),
        tables=(table,), prompts=prompts, objective=objective, validation=ValidationConfig(),
    )  # fmt: skip
    train(config)
    assert final_state(config)[1].history[0]["loss"] == 0


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
    with pytest.raises(ConfigError, match="24 training pictures are less than one batch of 100: lower optim: batch"):
        train(changed(config, "few", batch_size=100))
    # 12 normal ones and 12 others; a tenth of 13 may be normal
    with pytest.raises(ConfigError, match=r"13 training pictures \(11 normal ones are held back by max_normal_share"):
        train(changed(config, "few", batch_size=16, max_normal_share=0.1))
    nothing = [dataclasses.replace(pair, split="val") for pair in read_pairs(config)]
    with pytest.raises(ConfigError, match="0 training pictures are less"):
        count_batches(config, nothing)


def test_normal_pictures_shown_are_the_share_of_all_shown():
    for n_normal, n_other in ((0, 10), (10, 0), (0, 0), (3, 40), (40, 3), (100, 50)):
        assert OptimConfig().n_normal_shown(n_normal, n_other) == n_normal
        shown = OptimConfig(max_normal_share=0.25).n_normal_shown(n_normal, n_other)
        assert shown <= 0.25 * (shown + n_other)
        assert shown == n_normal or shown + 1 > 0.25 * (shown + 1 + n_other)


def test_a_start_that_is_nothing(config):
    start = dataclasses.replace(config.start, weights="nowhere")
    with pytest.raises(ArtifactError, match="'nowhere' is no shipped encoder"):
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
