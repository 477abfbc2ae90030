import dataclasses

import torch

from radseek.images import Augmentation, augment

STILL = Augmentation(rotate_deg=0, scale=0, shift=0, gamma=0, contrast=0, brightness=0, noise=0)


def pictures() -> torch.Tensor:
    grey = torch.zeros(6, 40, 40)
    grey[:, 5:12, 4:9] = 1  # a block at the upper left
    grey[:, 20:30, 20:30] = 0.5
    return grey


def test_no_change_when_every_half_range_is_zero():
    same = augment(pictures(), STILL, torch.Generator().manual_seed(0))
    torch.testing.assert_close(same, pictures(), atol=1e-5, rtol=0)


def test_range_shape_and_repeatability():
    first, again = (augment(pictures(), Augmentation(), torch.Generator().manual_seed(3)) for _ in range(2))
    assert first.shape == pictures().shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first[0], first[1])  # each picture draws its own change


def test_left_is_never_mirrored_to_the_right():
    for seed in range(20):
        moved = augment(pictures(), dataclasses.replace(Augmentation(), noise=0), torch.Generator().manual_seed(seed))
        bright = moved > 0.75
        columns = torch.arange(40)[None, None, :].expand_as(moved)[bright].float()
        rows = torch.arange(40)[None, :, None].expand_as(moved)[bright].float()
        assert columns.mean() < 16
        assert rows.mean() < 18


def test_rotation_turns_by_the_drawn_angle():
    grey = torch.zeros(1, 101, 101)
    grey[0, 48:53, 90:95] = 1  # right of the centre (50, 50), 42 px away
    turned = augment(grey, dataclasses.replace(STILL, rotate_deg=30), torch.Generator().manual_seed(1))
    rows, cols = torch.meshgrid(torch.arange(101.0), torch.arange(101.0), indexing="ij")
    row, col = (rows * turned[0]).sum() / turned.sum(), (cols * turned[0]).sum() / turned.sum()
    assert abs(float(torch.hypot(row - 50, col - 50)) - 42) < 1  # same distance from the centre
    assert 1 < abs(float(row) - 50) < 42  # and no longer level with it


def test_nothing_in_nothing_out():
    assert augment(torch.zeros(0, 8, 8), Augmentation(), torch.Generator()).shape == (0, 8, 8)
