import math

import numpy as np
import pytest

from radseek.errors import InputError
from radseek.evaluation.estimates import Resampling
from radseek.evaluation.grounding import (
    IOU_THRESHOLDS,
    BoxedMap,
    checked_map,
    contrast_to_noise,
    estimate_ratio,
    map_energy,
    measure_dark_test,
    measure_grounding,
    near_box,
    overlap,
    pointing_hit,
)
from radseek.evaluation.letterbox import Box, Letterbox, box_cover, picture_cover

FEW = Resampling(50)
SQUARE = Letterbox(8, 8)


def finely_drawn(boxes: list[Box], letterbox: Letterbox, grid: tuple[int, int], fine: int = 60) -> np.ndarray:
    """Cover counted on points: `fine` x `fine` in each cell."""
    rows, cols = grid
    longest = max(letterbox.rows, letterbox.cols)
    y = ((np.arange(rows * fine) + 0.5) / (rows * fine) - 0.5) * longest + letterbox.rows / 2
    x = ((np.arange(cols * fine) + 0.5) / (cols * fine) - 0.5) * longest + letterbox.cols / 2
    inside = np.zeros((rows * fine, cols * fine), dtype=bool)
    for b in boxes:
        in_y = (y >= max(b.y_px, 0)) & (y < min(b.y_px + b.height_px, letterbox.rows))
        in_x = (x >= max(b.x_px, 0)) & (x < min(b.x_px + b.width_px, letterbox.cols))
        inside |= in_y[:, None] & in_x[None, :]
    return inside.reshape(rows, fine, cols, fine).mean(axis=(1, 3))


@pytest.mark.parametrize("size", [(100, 100), (300, 200), (120, 401)])
@pytest.mark.parametrize("grid", [(1, 1), (4, 4), (7, 5)])
def test_cover_agrees_with_counted_points(size: tuple[int, int], grid: tuple[int, int]) -> None:
    letterbox = Letterbox(*size)
    boxes = [Box(10.5, 20, 60, 33.3), Box(40, 30, 70.2, 55), Box(-20, -10, 35, 30)]
    cover = box_cover(boxes, letterbox, grid)
    assert cover == pytest.approx(finely_drawn(boxes, letterbox, grid), abs=0.04)
    assert picture_cover(letterbox, grid) == pytest.approx(
        finely_drawn([Box(0, 0, size[1], size[0])], letterbox, grid), abs=0.04
    )


def test_areas_are_exact() -> None:
    """A box of 30 x 20 px in a 100 x 50 picture, in a square of 100: its share of the square is its area's."""
    cover = box_cover([Box(3, 7, 30, 20)], Letterbox(50, 100), (6, 9))
    assert cover.mean() == pytest.approx(30 * 20 / 100**2)
    assert box_cover([Box(0, 0, 5, 5), Box(0, 0, 5, 5)], Letterbox(10, 10), (2, 2)).tolist() == [[1, 0], [0, 0]]
    assert box_cover([Box(20, 20, 5, 5)], Letterbox(10, 10), (2, 2)).sum() == 0
    assert box_cover([], Letterbox(10, 10), (2, 3)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_the_rounding_of_the_encoders_square_is_followed() -> None:
    """33 x 100 in a square of 16: round(5.28) = 5 rows, of the 11 of padding 5 lie before."""
    cover = picture_cover(Letterbox(33, 100, size_px=16), (16, 16))
    assert cover.sum(axis=1).tolist() == [0] * 5 + [16] * 5 + [0] * 6
    stretched = picture_cover(Letterbox(33, 100, padded=False), (4, 4))
    assert (stretched == 1).all()


def test_the_square_is_that_of_the_encoders_pictures() -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    from radseek.images.prepare import fit_square
    from radseek.images.preprocessing import Preprocessing

    for rows, cols in ((40, 100), (91, 30), (64, 64)):
        square = fit_square(np.full((rows, cols), 255, dtype=np.uint8), Preprocessing("plain", size_px=33))
        cover = picture_cover(Letterbox(rows, cols, size_px=33), (33, 33))
        assert cover == pytest.approx((square > 0.5).astype(float), abs=1e-9)


def test_a_map_on_the_box_and_one_elsewhere() -> None:
    box, inside, outside = (Box(0, 0, 4, 4),), np.full((4, 4), 0.05), np.full((4, 4), 0.05)
    inside[:2, :2] = [[0.9, 0.8], [0.8, 0.7]]
    outside[2:, 2:] = [[0.9, 0.8], [0.8, 0.7]]
    maps = [BoxedMap(inside, box, SQUARE, "a"), BoxedMap(outside, box, SQUARE, "b")]
    found = measure_grounding(maps, tolerance=0.0, resampling=FEW)
    assert found.per_map[:, 0].tolist() == [1.0, 0.0]
    assert found.per_map[:, 2].tolist() == [1.0, 0.0]
    assert found.per_map[0, 1] > 3
    assert found.per_map[1, 1] < 0
    assert (found.pointing.value, found.pointing_chance, found.miou_chance) == (0.5, 0.25, 0.25)


def test_pointing_among_equals_is_the_share_that_hits() -> None:
    hits = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert pointing_hit(np.full((2, 2), 0.3), hits) == 0.5
    assert pointing_hit(np.array([[0.3, 0.3], [0.1, 0.2]]), hits) == 0.5
    assert pointing_hit(np.zeros((1, 1)), np.ones((1, 1))) == 1.0


def test_the_tolerance_reaches_round_corners() -> None:
    boxed = BoxedMap(np.zeros((4, 4)), (Box(0, 0, 2, 2),), SQUARE, "a")
    assert near_box(boxed, 0.0).sum() == 1
    assert near_box(boxed, 0.125 + 1e-9).tolist()[0] == [1, 1, 0, 0]
    assert near_box(boxed, 0.125 + 1e-9)[1, 1] == 0
    assert near_box(boxed, 0.18)[1, 1] == 1


def test_contrast_by_hand() -> None:
    values, cover = np.array([[0.9, 0.7], [0.2, 0.0]]), np.array([[1.0, 1.0], [0.0, 0.0]])
    assert contrast_to_noise(values, cover) == pytest.approx((0.8 - 0.1) / math.sqrt(0.01 + 0.01))
    assert contrast_to_noise(1 - values, cover) == pytest.approx(-(0.8 - 0.1) / math.sqrt(0.01 + 0.01))
    assert contrast_to_noise(np.full((2, 2), 0.4), cover) == 0.0
    assert math.isnan(contrast_to_noise(cover, cover))
    assert math.isnan(contrast_to_noise(values, np.ones((2, 2))))
    assert math.isnan(contrast_to_noise(values, np.zeros((2, 2))))


def test_overlap_counts_part_cells_in_part() -> None:
    assert overlap([[True, True]], np.array([[0.5, 0.0]])) == pytest.approx(0.5 / 2)
    assert overlap([[False, False]], np.array([[0.5, 0.0]])) == 0.0
    assert overlap([[True, False]], np.array([[1.0, 0.0]])) == 1.0


def test_padding_that_lights_counts_as_wrong() -> None:
    letterbox, box = Letterbox(4, 8), (Box(0, 0, 8, 4),)
    right = picture_cover(letterbox, (4, 4))
    found = measure_grounding([BoxedMap(np.ones((4, 4)), box, letterbox, "a"), BoxedMap(right, box, letterbox, "b")])
    assert found.per_map[:, 2].tolist() == [0.5, 1.0]


def test_flat_maps_and_boxes_outside_are_counted() -> None:
    flat = BoxedMap(np.full((4, 4), 0.5), (Box(0, 0, 4, 4),), SQUARE, "a")
    binary = np.zeros((4, 4))
    binary[:2, :2] = 1
    perfect = BoxedMap(binary, (Box(0, 0, 4, 4),), SQUARE, "b")
    away = BoxedMap(binary, (Box(50, 50, 4, 4),), SQUARE, "c")
    found = measure_grounding([flat, perfect, away], 0.0, FEW)
    assert (found.pointing.n, found.cnr.n, found.n_flat, found.n_no_box) == (2, 1, 1, 1)
    assert found.miou.value == pytest.approx((0.25 + 1) / 2)
    nothing = measure_grounding([])
    assert nothing.pointing.n == 0
    assert math.isnan(nothing.pointing_chance)


def test_thresholds_are_the_mean_over_all() -> None:
    values = np.array([[0.35, 0.0]])
    found = measure_grounding([BoxedMap(values, (Box(0, 0, 4, 8),), SQUARE, "a")], resampling=FEW)
    expected = [1.0 if threshold <= 0.35 else 0.0 for threshold in IOU_THRESHOLDS]
    assert found.miou.value == pytest.approx(sum(expected) / 5)


def test_energy_is_over_the_picture_only() -> None:
    values = np.array([[1.0, 1.0], [0.2, 0.2], [0.4, 0.4], [1.0, 1.0]])
    assert map_energy(values) == pytest.approx(0.65)
    assert map_energy(values, Letterbox(4, 8)) == pytest.approx(0.3)


def test_dark_test_by_hand() -> None:
    found = measure_dark_test([0.6, 0.4, 0.9], [0.1, 0.3, math.nan], [0.2, 0.2, 0.5], list("abc"), FEW)
    assert found.true_over_unrelated.value == pytest.approx((0.6 + 0.4) / (0.1 + 0.3))
    assert found.true_over_denied.value == pytest.approx(1.9 / 0.9)
    assert (found.order_unrelated.share.value, found.order_unrelated.n_not_scored) == (1.0, 1)
    assert found.true_over_unrelated.low <= found.true_over_unrelated.value <= found.true_over_unrelated.high


def test_ratios_over_nothing() -> None:
    two = ["a", "b"]
    assert estimate_ratio(np.array([0.5, 0.5]), np.zeros(2), two, FEW).value == math.inf
    assert math.isnan(estimate_ratio(np.zeros(2), np.zeros(2), two, FEW).value)
    assert estimate_ratio(np.array([math.nan]), np.ones(1), ["a"], FEW).n == 0
    assert measure_dark_test([], [], [], []).true_energy.n == 0


def test_what_does_not_fit_is_refused() -> None:
    for values in ([[math.nan]], [[1.5]], [[-0.2]], np.zeros((0, 3)), [0.5]):
        with pytest.raises(InputError, match="map"):
            checked_map(values)
    with pytest.raises(InputError, match="tolerance must not be negative"):
        measure_grounding([], tolerance=-1)
    with pytest.raises(InputError, match="no negative side"):
        box_cover([Box(0, 0, -1, 2)], SQUARE, (2, 2))
    with pytest.raises(InputError, match="sides of at least 1"):
        box_cover([], Letterbox(0, 4), (2, 2))
    with pytest.raises(InputError, match="energies must be finite"):
        measure_dark_test([-0.1], [0.1], [0.1], ["a"])
