"""Phantoms: the same seed gives the same pixels, and lesions lie where their records say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radseek.errors import UnsupportedInputError
from radseek.images.phantom_lesions import draw_lesions, go_together
from radseek.images.phantom_marks import SYNTHETIC_MARK, text_mask
from radseek.images.phantoms import CT_SCENES, make_ct, make_radiograph
from radseek.records.phantoms import KINDS, Kind, Lesion, Scene, kinds_of

BRIGHTER = {Kind.EFFUSION, Kind.CONSOLIDATION, Kind.NODULE, Kind.MASS, Kind.ATELECTASIS, Kind.EDEMA, Kind.PACEMAKER}
CT_HU = {
    Kind.EFFUSION: (-15, 30),
    Kind.CONSOLIDATION: (-60, 60),
    Kind.NODULE: (20, 70),
    Kind.HILAR_MASS: (35, 85),
    Kind.LIVER_CYST: (-12, 20),
    Kind.LIVER_MASS: (35, 100),
    Kind.RENAL_STONE: (600, 1200),
    Kind.RENAL_CYST: (-15, 20),
    Kind.ASCITES: (-10, 30),
    Kind.HAEMORRHAGE: (60, 75),
    Kind.SUBDURAL: (55, 75),
    Kind.INFARCT: (8, 24),
}
"""Median HU that a lesion's middle must have."""


def lesion_of(kind: Kind, side_number: int = 0, zone_number: int = 0, share: float = 0.7) -> Lesion:
    facts = KINDS[kind]
    low, high = facts.size_mm
    side = facts.sides[side_number % len(facts.sides)]
    return Lesion(kind, side, facts.zones[zone_number % len(facts.zones)], low + share * (high - low))


def around(pixels: np.ndarray, center: tuple[int, int], half: int) -> np.ndarray:
    row, col = center
    return pixels[max(row - half, 0) : row + half + 1, max(col - half, 0) : col + half + 1]


def test_a_seed_gives_the_same_radiograph_and_another_seed_another() -> None:
    first, again, other = make_radiograph(3), make_radiograph(3), make_radiograph(4)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert (first.lesions, first.sex, first.age_years) == (again.lesions, again.sex, again.age_years)
    assert not np.array_equal(first.pixels, other.pixels)


def test_a_seed_gives_the_same_ct() -> None:
    first, again = make_ct(7), make_ct(7)
    np.testing.assert_array_equal(first.volume, again.volume)
    assert first.lesions == again.lesions
    assert not np.array_equal(first.volume, make_ct(8, first.scene).volume)


def test_radiographs_are_12_bit_stored_values_that_use_the_range() -> None:
    phantom = make_radiograph(11)
    assert phantom.pixels.dtype == np.uint16
    assert phantom.pixels.ndim == 2
    assert phantom.pixels.max() == 4095
    assert np.percentile(phantom.pixels, 90) - np.percentile(phantom.pixels, 10) > 1000
    assert (phantom.view, phantom.scene.modality, phantom.scene.body_part) == ("PA", "DX", "CHEST")


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("kind", sorted(BRIGHTER - {Kind.EDEMA}))
def test_a_radiograph_lesion_brightens_its_place_on_its_side(kind: Kind, side: str) -> None:
    lesion = replace(lesion_of(kind, zone_number=2, share=0.5), side=side)
    with_lesion, normal = make_radiograph(20, [lesion]), make_radiograph(20, [])
    placed = with_lesion.lesions[0]
    assert placed.center_px is not None
    middle = with_lesion.pixels.shape[1] / 2
    assert (placed.center_px[1] < middle) == (side == "right"), "the patient's right lies on the left of the picture"
    mirrored = (placed.center_px[0], with_lesion.pixels.shape[1] - 1 - placed.center_px[1])
    change = with_lesion.pixels.astype(float) - normal.pixels
    here, there = around(change, placed.center_px, 4).mean(), around(change, mirrored, 4).mean()
    assert here > 300
    assert abs(there) < 100


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_pneumothorax_darkens_its_side(side: str) -> None:
    lesion = Lesion(Kind.PNEUMOTHORAX, side, size_mm=55)
    with_lesion, normal = make_radiograph(21, [lesion]), make_radiograph(21, [])
    center = with_lesion.lesions[0].center_px
    assert center is not None
    assert (center[1] < with_lesion.pixels.shape[1] / 2) == (side == "right")
    assert around(with_lesion.pixels, center, 6).mean() < around(normal.pixels, center, 6).mean() - 150


def cardiac_width(pixels: np.ndarray, row: int) -> int:
    """Longest run of bright pixels in a smoothed row across the middle."""
    line = np.convolve(pixels[row - 4 : row + 5].mean(axis=0), np.ones(9) / 9, mode="same")
    bright = line > (line.max() + np.median(line)) / 2
    middle = len(line) // 2
    left = middle - int(np.argmin(bright[:middle][::-1]))
    return middle + int(np.argmin(bright[middle:])) - left


def test_cardiomegaly_widens_the_heart() -> None:
    large, normal = make_radiograph(22, [Lesion(Kind.CARDIOMEGALY, size_mm=55)]), make_radiograph(22, [])
    center = large.lesions[0].center_px
    assert center is not None
    assert cardiac_width(large.pixels, center[0]) > 1.1 * cardiac_width(normal.pixels, center[0])


def test_edema_whitens_both_sides() -> None:
    wet, normal = make_radiograph(23, [Lesion(Kind.EDEMA, "bilateral", size_mm=90)]), make_radiograph(23, [])
    change = wet.pixels.astype(float) - normal.pixels
    row = wet.lesions[0].center_px[0]  # type: ignore[index]
    half = change.shape[1] // 2
    assert change[row - 40 : row + 40, half - 120 : half - 40].mean() > 200
    assert change[row - 40 : row + 40, half + 40 : half + 120].mean() > 200


def test_a_central_line_ends_over_the_vena_cava() -> None:
    pixels = make_radiograph(24, [Lesion(Kind.CENTRAL_LINE, "left", size_mm=160)]).pixels
    plain = make_radiograph(24, []).pixels
    rows, cols = np.nonzero(pixels.astype(int) - plain > 600)
    assert cols[rows == rows.min()].mean() > pixels.shape[1] / 2, "enters on the patient's left"
    assert cols[rows == rows.max()].mean() < pixels.shape[1] / 2, "ends right of the midline"


@pytest.mark.parametrize("kind", sorted({kind for scene in CT_SCENES for kind in kinds_of(scene)}))
@pytest.mark.parametrize("number", [0, 1])
def test_a_ct_lesion_has_its_density_where_its_record_says(kind: Kind, number: int) -> None:
    scene = next(scene for scene in KINDS[kind].scenes if scene in CT_SCENES)
    phantom = make_ct(40 + number, scene, [lesion_of(kind, number, number)])
    lesion = phantom.lesions[0]
    assert lesion.center_px is not None
    assert lesion.slice_index is not None
    half = min(6, int(0.25 * lesion.size_mm / phantom.spacing_mm[1]))
    place = around(phantom.volume[lesion.slice_index], lesion.center_px, half)
    low, high = CT_HU[kind]
    assert low <= np.median(place) <= high
    if lesion.side:
        assert (lesion.center_px[1] < phantom.volume.shape[2] / 2) == (lesion.side == "right")


@pytest.mark.parametrize("kind", sorted({kind for scene in CT_SCENES for kind in kinds_of(scene)}))
def test_a_ct_lesion_differs_from_the_normal_slice_in_all_its_plain_slices(kind: Kind) -> None:
    scene = next(scene for scene in KINDS[kind].scenes if scene in CT_SCENES)
    phantom, normal = make_ct(50, scene, [lesion_of(kind)]), make_ct(50, scene, [])
    lesion = phantom.lesions[0]
    for index in range(lesion.first_slice, lesion.last_slice + 1):  # type: ignore[arg-type,operator]
        changed = np.abs(phantom.volume[index].astype(int) - normal.volume[index])
        assert np.count_nonzero(changed > 8) >= 6


def test_ct_slices_go_from_the_feet_upwards_and_the_patient_lies_supine() -> None:
    chest = make_ct(60, Scene.CHEST_CT, []).volume
    lung = np.count_nonzero((chest > -950) & (chest < -780), axis=(1, 2))
    assert lung[len(lung) // 2] > 3 * lung[0], "the lowest slice is mostly liver"
    bone = np.argwhere(chest[:, :, 60:100] > 150)
    spine_row = np.median(bone[:, 1])
    assert spine_row > chest.shape[1] * 0.55, "the spine lies behind, further down in the picture"
    liver = chest[0]
    assert np.mean((liver[:, :80] > 90) & (liver[:, :80] < 125)) > np.mean((liver[:, 80:] > 90) & (liver[:, 80:] < 115))


def test_a_pleural_effusion_of_ct_layers_behind() -> None:
    lesion = make_ct(61, Scene.CHEST_CT, [Lesion(Kind.EFFUSION, "left", size_mm=60)]).lesions[0]
    assert lesion.center_px is not None
    assert lesion.center_px[0] > 80


@pytest.mark.parametrize("seed", range(6))
def test_synthetic_is_written_in_the_pixels_of_radiographs(seed: int) -> None:
    pixels = make_radiograph(seed).pixels
    mask = text_mask(SYNTHETIC_MARK, 2)
    assert find(pixels, mask, 4095)


@pytest.mark.parametrize("scene", CT_SCENES)
def test_synthetic_is_written_in_every_ct_slice(scene: Scene) -> None:
    volume = make_ct(2, scene).volume
    mask = text_mask(SYNTHETIC_MARK, 1)
    assert all(find(image, mask, 2000) for image in volume)


def find(pixels: np.ndarray, mask: np.ndarray, level: int) -> bool:
    """Whether the lit pixels of `mask` stand anywhere in the bottom of `pixels` with dark between them."""
    bottom = pixels[-(mask.shape[0] * 2 + 8) :] == level
    windows = np.lib.stride_tricks.sliding_window_view(bottom, mask.shape)
    return bool((windows == mask).all(axis=(2, 3)).any())


@pytest.mark.parametrize("seed", range(8))
def test_side_markers_stand_on_the_patients_side(seed: int) -> None:
    phantom = make_radiograph(seed, [])
    assert phantom.markers
    top = phantom.pixels[:130]
    half = top.shape[1] // 2
    for letter, part in (("R", top[:, :half]), ("L", top[:, half:])):
        mask = text_mask(letter, 3)
        windows = np.lib.stride_tricks.sliding_window_view(part == 4095, mask.shape)
        found = bool((windows == mask).all(axis=(2, 3)).any())
        assert found == (letter in phantom.markers)


def test_two_radiographs_of_one_patient_share_build_sex_and_age() -> None:
    one, other = make_radiograph(1, [], patient_seed=9), make_radiograph(2, [], patient_seed=9)
    assert (one.sex, one.age_years) == (other.sex, other.age_years)
    stranger = make_radiograph(2, [], patient_seed=10)
    blurred = [p.pixels[::16, ::16].astype(float).ravel() for p in (one, other, stranger)]
    assert np.corrcoef(blurred[0], blurred[1])[0, 1] > np.corrcoef(blurred[0], blurred[2])[0, 1]


def test_given_lesions_come_back_in_order_with_their_places() -> None:
    wanted = [Lesion(Kind.NODULE, "left", "upper", 20), Lesion(Kind.EFFUSION, "right", size_mm=50)]
    painted = make_radiograph(5, wanted).lesions
    assert [replace(lesion, center_px=None) for lesion in painted] == wanted


def test_ascites_does_not_wash_over_a_liver_mass() -> None:
    mass, ascites = Lesion(Kind.LIVER_MASS, "", "right lobe", 70), Lesion(Kind.ASCITES, size_mm=30)
    one_way, other_way = (make_ct(70, Scene.ABDOMEN_CT, lesions) for lesions in ([mass, ascites], [ascites, mass]))
    assert [lesion.kind for lesion in one_way.lesions] == [Kind.LIVER_MASS, Kind.ASCITES]
    np.testing.assert_array_equal(one_way.volume, other_way.volume)


def test_about_a_quarter_of_drawn_phantoms_is_normal_and_no_drawn_pair_clashes() -> None:
    seeds = [(seed, number) for number in range(len(Scene)) for seed in range(500)]
    drawn = [draw_lesions(np.random.default_rng(seed), tuple(Scene)[seed[1]]) for seed in seeds]
    share = sum(not lesions for lesions in drawn) / len(drawn)
    assert 0.21 < share < 0.29  # 2000 draws: standard deviation 0.01
    assert {lesion.kind for lesions in drawn for lesion in lesions} == set(KINDS)
    for lesions in drawn:
        assert len(lesions) < 2 or (len(lesions) == 2 and go_together(*lesions))
        for lesion in lesions:
            low, high = KINDS[lesion.kind].size_mm
            assert low <= lesion.size_mm <= high


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (Lesion(Kind.EFFUSION, "left", size_mm=20), Lesion(Kind.EFFUSION, "right", size_mm=20), True),
        (Lesion(Kind.EFFUSION, "left", size_mm=20), Lesion(Kind.EFFUSION, "left", size_mm=30), False),
        (Lesion(Kind.EFFUSION, "left", size_mm=110), Lesion(Kind.EFFUSION, "right", size_mm=20), False),
        (Lesion(Kind.EFFUSION, "left", size_mm=20), Lesion(Kind.NODULE, "left", "lower", 20), False),
        (Lesion(Kind.EFFUSION, "left", size_mm=20), Lesion(Kind.NODULE, "right", "lower", 20), True),
        (Lesion(Kind.PACEMAKER, "left"), Lesion(Kind.EFFUSION, "left", size_mm=110), True),
        (Lesion(Kind.PACEMAKER, "left"), Lesion(Kind.CENTRAL_LINE, "right"), False),
        (Lesion(Kind.EDEMA, "bilateral"), Lesion(Kind.CARDIOMEGALY, size_mm=50), True),
        (Lesion(Kind.EDEMA, "bilateral"), Lesion(Kind.NODULE, "left", "upper", 20), False),
    ],
)
def test_lesions_that_hide_each_other_are_not_drawn_together(one: Lesion, other: Lesion, together: bool) -> None:
    assert go_together(one, other) is together
    assert go_together(other, one) is together


def test_a_scene_without_ct_is_refused() -> None:
    with pytest.raises(UnsupportedInputError, match="chest_radiograph is no CT scene; use one of chest_ct"):
        make_ct(1, Scene.CHEST_RADIOGRAPH)


@pytest.mark.parametrize(("size_mm", "grade"), [(39.9, "small"), (40, "moderate"), (79, "moderate"), (80, "large")])
def test_grades_follow_the_size(size_mm: float, grade: str) -> None:
    assert Lesion(Kind.EFFUSION, "left", size_mm=size_mm).grade == grade
    assert not Lesion(Kind.NODULE, "left", "upper", size_mm).grade
