"""Pictures to tensors: ranges, aspects, edges, and an area average done by hand."""

import numpy as np
import pytest
import torch

from radseek.errors import InputError
from radseek.images import Preprocessing, fit_square, normalise, prepare, to_unit_range

GREY = Preprocessing("grey", 32)


def area_average(pixels: np.ndarray, size: int) -> np.ndarray:
    """A picture whose sides are multiples of `size`, averaged over equal blocks."""
    step = pixels.shape[0] // size
    out = np.zeros((size, size))
    for row in range(size):
        for col in range(size):
            out[row, col] = pixels[row * step : (row + 1) * step, col * step : (col + 1) * step].mean()
    return out


def test_resizing_is_the_block_average():
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
    np.testing.assert_allclose(fit_square(pixels, GREY), area_average(pixels / 255, 32), atol=1e-6)


def test_the_picture_lies_in_the_middle_of_black():
    wide = fit_square(np.full((16, 64), 255, dtype=np.uint8), GREY)  # 16 x 64 becomes 8 x 32
    assert wide[:12].max() == 0
    assert wide[20:].max() == 0
    np.testing.assert_allclose(wide[12:20], 1)
    tall = fit_square(np.full((64, 16), 255, dtype=np.uint8), GREY)
    np.testing.assert_allclose(tall, wide.T)


def test_up_stays_up_and_left_stays_left():
    pixels = np.zeros((100, 100), dtype=np.uint8)
    pixels[:10, :10] = 255
    square = fit_square(pixels, GREY)
    assert square[0, 0] == 1
    assert square[0, -1] == square[-1, 0] == square[-1, -1] == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1), (2, 3), (31, 33), (500, 32)])
def test_any_size_and_aspect_comes_out_square_and_finite(shape):
    square = fit_square(np.ones(shape), GREY)
    assert square.shape == (32, 32)
    assert square.dtype == np.float32
    assert np.isfinite(square).all()
    assert square.max() == 1  # nothing shrinks away entirely


def test_black_stays_black():
    assert fit_square(np.zeros((50, 20), dtype=np.uint16), GREY).max() == 0


def test_three_equal_channels_with_mean_and_std():
    record = Preprocessing("grey", 8, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 2.0))
    tensor = prepare([np.full((8, 8), 0.75)], record)
    assert tensor.shape == (1, 3, 8, 8)
    assert tensor.dtype == torch.float32
    expected = [(0.75 - 0.5) / 0.5, (0.75 - 0.25) / 0.25, 0.75 / 2]
    torch.testing.assert_close(tensor[0, :, 3, 3], torch.tensor(expected))
    torch.testing.assert_close(normalise(torch.full((1, 8, 8), 0.75), record), tensor)


def test_nothing_in_is_an_empty_tensor():
    assert prepare([], GREY).shape == (0, 3, 32, 32)


def test_types_are_read_by_their_own_range():
    for array in (np.array([[0, 51]], np.uint8), np.array([[0, 13107]], np.uint16), np.array([[0, 0.2]], np.float64)):
        np.testing.assert_allclose(to_unit_range(array), [[0, 0.2]], atol=1e-7)
    np.testing.assert_array_equal(to_unit_range(np.array([[True, False]])), [[1, 0]])


def test_rounding_just_outside_the_range_is_clipped():
    assert to_unit_range(np.array([[-1e-6, 1 + 1e-6]])).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.zeros(5), "2-D array"),
        (np.zeros((2, 2, 3)), "3 dimensions"),
        (np.zeros((0, 5)), "0 rows and 5 columns"),
        (np.array([[np.inf]]), "not finite"),
        (np.array([[np.nan]], dtype=np.float16), "not finite"),
        (np.array([[1.5]]), "1.5"),
        (np.array([[-0.5]]), "-0.5"),
        (np.array([[1]], dtype=np.int64), "int64"),
        (np.array([[1 + 2j]]), "complex"),
        (np.array([["a"]]), "uint8, uint16 or float"),
    ],
)
def test_what_is_no_picture_is_refused(bad, said):
    with pytest.raises(InputError, match=said):
        prepare([np.zeros((4, 4)), bad], GREY)
