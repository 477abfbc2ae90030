"""Batch statistics over processes, held against torch's own in a group of one."""

import pytest
import torch
from torch import distributed, nn

from radseek.training.gathering import share_statistics


@pytest.fixture
def group_of_one(tmp_path):
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'group'}", rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


@pytest.mark.parametrize(("kind", "within"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_a_group_of_one_normalises_as_torch_does(group_of_one, kind, within):
    torch.manual_seed(0)
    ours = nn.Sequential(nn.BatchNorm2d(3, eps=1e-3, momentum=0.05))
    theirs = nn.Sequential(nn.BatchNorm2d(3, eps=1e-3, momentum=0.05))
    for tensor, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        tensor.data.normal_()
        other.data.copy_(tensor)
    share_statistics(ours, torch.device("cpu"))
    assert type(ours[0]) is not nn.BatchNorm2d
    features = (torch.randn(5, 3, 19, 17) * 3 + 40).to(kind)  # far from 0, where 8 bits of a sum tell little
    got, wanted = ours(features), theirs(features)
    assert got.dtype is wanted.dtype is kind
    torch.testing.assert_close(got.float(), wanted.float(), atol=within, rtol=within)
    for name in ("running_mean", "running_var"):
        torch.testing.assert_close(getattr(ours[0], name), getattr(theirs[0], name), atol=1e-4, rtol=1e-4)
    assert ours[0].num_batches_tracked == 1
    torch.testing.assert_close(ours.eval()(features), theirs.eval()(features))
