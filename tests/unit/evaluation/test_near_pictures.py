"""Planted copies are found in every guise, and different pictures of the same kind are not."""

import io

import numpy as np
import pytest
from PIL import Image

from radseek.errors import InputError
from radseek.evaluation import Member, check_leakage
from radseek.evaluation.leakage import LeakKind
from radseek.evaluation.near_pictures import TURNS, PictureSignature, find_near_pictures, sign_picture
from radseek.evaluation.picture_alignment import likenesses
from radseek.evaluation.picture_signature import SIDE, coarse_slopes, coarse_vectors, turned

N = 10


def smooth(rng: np.random.Generator, shape: tuple[int, int], step: int) -> np.ndarray:
    """A random surface whose hills are about `step` pixels wide."""
    coarse = rng.random((shape[0] // step + 2, shape[1] // step + 2)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((shape[1], shape[0]), Image.Resampling.BICUBIC), dtype=float) - 0.5


def draw_chest(seed: int, rows: int = 240, cols: int = 200) -> np.ndarray:
    """Two dark lungs in a bright body, the same in all; what differs is the fine structure."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :cols] / np.array([rows, cols])[:, None, None]
    lungs = sum(np.exp(-(((x - c) / 0.16) ** 2 + ((y - 0.5) / 0.32) ** 2)) for c in (0.28, 0.72))
    body = 0.75 - 0.5 * lungs
    fine = sum(weight * smooth(rng, (rows, cols), step) for step, weight in ((40, 0.3), (16, 0.4), (7, 0.3)))
    return (np.clip(body + fine * 0.5, 0, 1) * 255).astype(np.uint8)


CHESTS = [draw_chest(seed) for seed in range(N)]


def as_jpeg(grey: np.ndarray, quality: int) -> np.ndarray:
    held = io.BytesIO()
    Image.fromarray(grey).save(held, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(held.getvalue())))


GUISES = {
    "the same": lambda grey: grey,
    "JPEG of low quality": lambda grey: as_jpeg(grey, 25),
    "half the size": lambda grey: np.asarray(Image.fromarray(grey).resize((100, 120), Image.Resampling.BILINEAR)),
    "brighter": lambda grey: np.clip(grey * 1.2 + 15, 0, 255).astype(np.uint8),
    "gamma": lambda grey: (255 * (grey / 255) ** 0.6).astype(np.uint8),
    "16 bit": lambda grey: grey.astype(np.uint16) * 257,
    "cropped on all sides": lambda grey: grey[7:-6, 5:-7],
    "cropped on one side": lambda grey: grey[:, 10:],
    "slightly rotated": lambda grey: np.asarray(Image.fromarray(grey).rotate(2, Image.Resampling.BILINEAR)),
    "cropped, brighter and saved again": lambda grey: as_jpeg((255 * (grey[8:, 4:] / 255) ** 0.7).astype(np.uint8), 60),
}


@pytest.mark.parametrize("guise", GUISES)
def test_a_copy_is_found_in_every_guise_and_no_other_picture_is(guise: str) -> None:
    first = [sign_picture(grey) for grey in CHESTS]
    second = [sign_picture(GUISES[guise](grey)) for grey in CHESTS]
    found = find_near_pictures(first, second)
    assert {(pair.first, pair.second) for pair in found} == {(i, i) for i in range(N)}
    assert {(pair.turn, pair.inverted) for pair in found} == {("as is", False)}


@pytest.mark.parametrize("number", range(8))
def test_turned_and_mirrored_copies_are_found_with_their_turn(number: int) -> None:
    """The second is laid so that turn `number` of it is the first."""
    first = [sign_picture(grey) for grey in CHESTS[:4]]
    back = next(n for n in range(8) if np.array_equal(turned(turned(CHESTS[0], n), number), CHESTS[0]))
    second = [sign_picture(turned(grey, back)[4:, :-3]) for grey in CHESTS[:4]]
    found = find_near_pictures(first, second)
    assert {(pair.first, pair.second, pair.turn) for pair in found} == {(i, i, TURNS[number]) for i in range(4)}


def test_the_eight_turns_are_all_different() -> None:
    cells = np.arange(9, dtype=np.uint8).reshape(3, 3)
    assert len({turned(cells, number).tobytes() for number in range(8)}) == 8


def test_an_inverted_copy_is_found() -> None:
    found = find_near_pictures([sign_picture(CHESTS[0])], [sign_picture(255 - CHESTS[0][3:, 3:])])
    assert [(pair.first, pair.second, pair.inverted) for pair in found] == [(0, 0, True)]


def test_a_pair_is_named_once_nearest_first() -> None:
    """A picture that is its own mirror image is near in two turns."""
    half = CHESTS[0][:, :100]
    symmetric = np.hstack([half, half[:, ::-1]])
    found = find_near_pictures(
        [sign_picture(symmetric), sign_picture(CHESTS[1])], [sign_picture(CHESTS[1][6:, 6:]), sign_picture(symmetric)]
    )
    assert [(pair.first, pair.second) for pair in found] == [(0, 1), (1, 0)]
    assert found[0].distance < found[1].distance


def test_the_sieves_let_through_what_comparing_every_pair_finds() -> None:
    second = [CHESTS[0][5:, :-5], turned(CHESTS[1], 3), CHESTS[7]]
    signatures = [[sign_picture(grey) for grey in side] for side in (CHESTS[:4], second)]
    pictures = [[s.thumbnail.astype(np.float32) / 255 for s in side] for side in signatures]
    slow = {}
    for i, a in enumerate(pictures[0]):
        for j, b in enumerate(pictures[1]):
            laid = np.stack([turned(b, number) for number in range(8)])
            laid = np.concatenate([laid, 1 - laid])
            slow[i, j] = 1 - likenesses(np.stack([a] * 16), laid).max()
    expected = {pair for pair, distance in slow.items() if distance <= 0.3}
    found = find_near_pictures(*signatures, tolerance=0.3)
    assert {(pair.first, pair.second) for pair in found} == expected
    for pair in found:
        assert pair.distance == pytest.approx(slow[pair.first, pair.second], abs=1e-4)


def test_flat_pictures_are_near_to_none() -> None:
    flat = sign_picture(np.full((30, 30), 7, dtype=np.uint8))
    assert find_near_pictures([flat, sign_picture(CHESTS[0])], [flat]) == []
    assert not coarse_vectors(flat.thumbnail[None]).any()
    assert not coarse_slopes(flat.thumbnail[None]).any()


def test_slopes_are_those_of_moving_the_picture() -> None:
    """A shift by a tenth of a cell changes the vector as the slopes say."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    wave = np.sin(9 * x) + np.cos(7 * y + 3 * x)
    picture = ((wave - wave.min()) / (wave.max() - wave.min()) * 200).astype(np.float32)[None]
    moved = picture + 0.5 * np.gradient(picture, axis=2)
    slope = coarse_slopes(picture)[0, 2] * np.float32(0.5 / (SIDE / 2))
    expected = coarse_vectors(picture)[0] + slope
    assert coarse_vectors(moved)[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-4)


def test_blocks_and_parts_do_not_change_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [sign_picture(g) for g in CHESTS], [sign_picture(g[3:]) for g in CHESTS]
    whole = find_near_pictures(first, second)
    monkeypatch.setattr("radseek.evaluation.near_pictures._ROWS_AT_ONCE", 3)
    monkeypatch.setattr("radseek.evaluation.near_pictures._PAIRS_AT_ONCE", 2)
    parts = find_near_pictures(first, second)
    assert [(p.first, p.second, p.turn) for p in sorted(parts, key=lambda p: p.first)] == [
        (p.first, p.second, p.turn) for p in sorted(whole, key=lambda p: p.first)
    ]


def test_nothing_small_and_what_does_not_fit() -> None:
    one = sign_picture([[3]])
    assert one.thumbnail.shape == (SIDE, SIDE)
    assert find_near_pictures([], [one]) == find_near_pictures([one], []) == []
    assert sign_picture(CHESTS[0][:3, :200]).thumbnail.shape == (SIDE, SIDE)
    for bad in (np.zeros(4), np.zeros((0, 4)), np.array([[np.nan, 1.0]])):
        with pytest.raises(InputError, match="two sides and finite values"):
            sign_picture(bad)
    with pytest.raises(InputError, match=r"tolerance must be in 0\.\.1"):
        find_near_pictures([one], [one], tolerance=1.5)


def test_the_signature_does_not_show_itself() -> None:
    assert repr(sign_picture(CHESTS[0])) == "PictureSignature()"


def test_planted_pictures_are_leaks() -> None:
    train = [Member(f"t{i}", f"p{i}", f"hash{i}", signature=sign_picture(CHESTS[i])) for i in range(4)]
    again: PictureSignature = sign_picture(turned(CHESTS[1], 5)[4:, 4:])
    test = [
        Member("v-new", "q0", "other0", signature=sign_picture(CHESTS[8])),
        Member("v-turned", "q1", "other1", signature=again),
        Member("v-same", "q2", "hash2", signature=sign_picture(CHESTS[2])),
        Member("v-no-picture", "q3"),
    ]
    leaks = check_leakage(train, test)
    assert [(leak.kind, leak.train, leak.test) for leak in leaks] == [
        (LeakKind.PIXELS, ("t2",), ("v-same",)),
        (LeakKind.NEAR_PICTURE, ("t1",), ("v-turned",)),
    ]
    assert 0 < leaks[1].distance < 0.3
