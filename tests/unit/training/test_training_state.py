"""A state that is written and read back goes on as if nothing had been."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from radseek.errors import MismatchError
from radseek.training.state import Progressed, pack, read_state, unpack, write_state


def small_model() -> nn.Module:
    """A convolution in the layout of pictures, as image towers are trained, and a linear layer."""
    torch.manual_seed(3)
    model = nn.Sequential(nn.Conv2d(5, 7, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(7, 3))
    return model.to(memory_format=torch.channels_last)


def take_steps(model: nn.Module, optimizer: torch.optim.Optimizer, n: int) -> None:
    for step in range(n):
        pictures = torch.randn(4, 5, 9, 9, generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        model(pictures.contiguous(memory_format=torch.channels_last)).square().sum().backward()
        optimizer.step()


@pytest.fixture
def begun() -> tuple[nn.Module, torch.optim.Optimizer]:
    model = small_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    take_steps(model, optimizer, 3)
    return model, optimizer


def test_the_optimiser_goes_on_with_the_layout_in_which_it_was(begun, tmp_path):
    model, optimizer = begun
    write_state(tmp_path, pack(model, copy.deepcopy(model), optimizer), Progressed(1, ({"loss": 2.0},), "same"))
    resumed = small_model()
    again = torch.optim.AdamW(resumed.parameters(), lr=0.01)
    tensors, progressed = read_state(tmp_path, "same")
    unpack(tensors, resumed, small_model(), again)
    assert progressed == Progressed(1, ({"loss": 2.0},), "same")
    for one, other in zip(model.parameters(), resumed.parameters(), strict=True):
        for kind, kept in optimizer.state[one].items():
            assert torch.equal(kept, again.state[other][kind])
            assert kept.stride() == again.state[other][kind].stride()
    take_steps(model, optimizer, 5)
    take_steps(resumed, again, 5)
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), resumed.parameters(), strict=True))


def test_another_configuration_is_refused(begun, tmp_path):
    model, optimizer = begun
    write_state(tmp_path, pack(model, model, optimizer), Progressed(1, (), "one"))
    with pytest.raises(MismatchError, match="config_digest"):
        read_state(tmp_path, "another")
    assert read_state(tmp_path / "none", "one") is None
