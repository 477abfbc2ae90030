"""What a training leaves for people to watch: tables and TensorBoard events, also when it was stopped on the way."""

import csv
import dataclasses
import json

import pytest

from radseek.errors import StorageError
from radseek.training import train
from radseek.training.config import LogsConfig
from radseek.training.logs import write_text

tensorboard = pytest.importorskip("tensorboard", reason="needs the package tensorboard: install radseek[train]")


def events(folder):
    """Tag -> (step, value) of all event files, as TensorBoard shows them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder / "logs"))
    read.Reload()
    return {tag: [(event.step, event.value) for event in read.Scalars(tag)] for tag in read.Tags()["scalars"]}


@pytest.fixture
def three(config):
    """Three epochs of two steps, each step shown."""
    optim = dataclasses.replace(config.optim, epochs=3)
    return dataclasses.replace(config, optim=optim, logs=LogsConfig(every_steps=1))


def test_each_epoch_and_step_is_one_event(three):
    train(three)
    history = json.loads((three.output / "history.json").read_text())
    shown = events(three.output)
    assert [step for step, _ in shown["train/loss"]] == list(range(6))
    assert [step for step, _ in shown["choice"]] == [2, 4, 6]
    assert [value for _, value in shown["choice"]] == pytest.approx([figures["choice"] for figures in history])
    assert [value for _, value in shown["val/findings/macro_auroc"]] == pytest.approx([
        figures["findings/macro_auroc"] for figures in history
    ])


def test_a_stopped_and_resumed_run_shows_every_epoch_once(three):
    def stop_in_the_third_epoch(progress):
        if progress.note.startswith("epoch 3 "):
            raise KeyboardInterrupt("in the third epoch")

    with pytest.raises(KeyboardInterrupt, match="in the third epoch"):
        train(three, stop_in_the_third_epoch)
    (three.output / "history.csv").unlink()  # as when the kill came between the state and the tables
    train(three)
    train(three)  # finished: nothing more is shown
    shown = events(three.output)
    assert [step for step, _ in shown["choice"]] == [2, 4, 6]
    assert [step for step, _ in shown["train/loss"]] == list(range(6))
    with (three.output / "history.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3"]


def test_no_events_where_none_are_wanted(three):
    train(dataclasses.replace(three, logs=LogsConfig(tensorboard=False)))
    assert not (three.output / "logs").exists()
    assert (three.output / "history.json").is_file()


def test_a_disk_that_refuses_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot write history\.json: "):
        write_text(tmp_path / "file" / "history.json", "[]")
