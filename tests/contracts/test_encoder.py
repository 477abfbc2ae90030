"""What every encoder does, on every runtime: the tiny one, the shipped one, and tiny public ones of each kind."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from PIL import Image

from radseek.encoders import load_encoder, shipped_encoders
from radseek.errors import InputError

NEEDS_OPENVINO = pytest.mark.skipif(not importlib.util.find_spec("openvino"), reason="OpenVINO is not installed")
OWN, PUBLIC = ("tiny", "radseek-mini"), ("clip", "siglip", "biomedclip", "biovil")
CASES = [
    *((kind, "torch-f32") for kind in (*OWN, *PUBLIC)),
    *(pytest.param((kind, "openvino-f32"), marks=NEEDS_OPENVINO) for kind in OWN),
]
TEXTS = ["Small left pleural effusion.", "No pneumothorax.", "", "chest " * 300]


@pytest.fixture(scope="session")
def named(tiny_encoder_folder, tmp_path_factory):
    """What `load_encoder` takes for a kind."""
    made = {"tiny": tiny_encoder_folder, "radseek-mini": "radseek-mini"}

    def name_of(kind: str):
        if kind not in made:
            from tiny_checkpoints import write_pair

            made[kind] = write_pair(kind, tmp_path_factory.mktemp("public") / kind)
        return made[kind]

    return name_of


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(case))
def encoder(request: pytest.FixtureRequest, named):
    kind, runtime = request.param
    return load_encoder(named(kind), runtime=runtime)


def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    ramp = np.linspace(0, 1, 40 * 30, dtype=np.float32).reshape(40, 30)
    return [
        rng.integers(0, 256, (50, 70), dtype=np.uint8),
        ramp,
        np.zeros((64, 64), dtype=np.uint8),
        np.full((1, 1), 65535, dtype=np.uint16),
        rng.random((3, 200)),
    ]


def test_vectors_are_float32_unit_rows_in_order(encoder):
    for vectors, n in ((encoder.encode_texts(TEXTS), len(TEXTS)), (encoder.encode_images(pictures()), 5)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (n, encoder.spec.dim)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    backwards = encoder.encode_texts(TEXTS[::-1])[::-1]
    np.testing.assert_allclose(backwards, encoder.encode_texts(TEXTS), atol=1e-5)


def test_patches_have_the_grid_of_the_spec_and_mean_to_the_picture(encoder):
    patches = encoder.encode_patches(pictures())
    assert patches.shape == (5, *encoder.spec.grid, encoder.spec.dim)
    np.testing.assert_allclose(np.linalg.norm(patches, axis=-1), 1, atol=1e-5)


def test_a_light_spot_changes_the_patches_near_it_most(encoder):
    size = encoder.spec.preprocessing.size_px
    dark = np.full((size, size), 60, dtype=np.uint8)
    lit = dark.copy()
    lit[: size // 4, : size // 4] = 255  # top left
    change = np.linalg.norm(encoder.encode_patches([lit])[0] - encoder.encode_patches([dark])[0], axis=-1)
    rows, cols = change.shape
    near, far = change[: rows // 2, : cols // 2].mean(), change[rows // 2 + 1 :, cols // 2 + 1 :].mean()
    assert near > far


def test_nothing_in_gives_no_rows(encoder):
    dim, grid = encoder.spec.dim, encoder.spec.grid
    assert encoder.encode_texts([]).shape == (0, dim)
    assert encoder.encode_images([]).shape == (0, dim)
    assert encoder.encode_patches([]).shape == (0, *grid, dim)


def test_the_batch_makes_no_difference(encoder):
    many = pictures() * 4  # more than one batch of 16
    together = encoder.encode_images(many)
    alone = np.concatenate([encoder.encode_images([picture]) for picture in pictures()])
    np.testing.assert_allclose(together[:5], alone, atol=2e-5)
    np.testing.assert_allclose(together[15:], alone, atol=2e-5)
    texts = [f"{word} effusion" for word in ("left", "right", "small", "no")] * 20
    np.testing.assert_allclose(encoder.encode_texts(texts)[:4], encoder.encode_texts(texts[:4]), atol=2e-5)


def test_equal_grey_values_in_any_type_give_equal_vectors(encoder):
    bytes_ = pictures()[0]
    as_uint16 = bytes_.astype(np.uint16) * 257
    as_float = bytes_ / 255
    vectors = encoder.encode_images([bytes_, as_uint16, as_float, as_float.astype(np.float32)])
    np.testing.assert_allclose(vectors, vectors[:1].repeat(4, axis=0), atol=2e-5)


def test_files_and_arrays_of_the_same_picture_agree(encoder, tmp_path):
    array = pictures()[0]
    Image.fromarray(array).save(tmp_path / "grey.png")
    Image.fromarray(np.stack([array] * 3, axis=-1)).save(tmp_path / "colour.png")
    vectors = encoder.encode_images([tmp_path / "grey.png", str(tmp_path / "colour.png"), array])
    np.testing.assert_allclose(vectors, vectors[2:].repeat(3, axis=0), atol=2e-5)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.zeros((4, 4, 3), dtype=np.uint8), "2-D array"),
        (np.zeros((0, 4), dtype=np.uint8), "at least one pixel"),
        (np.array([[0.5, np.nan]]), "not finite"),
        (np.array([[0.0, 255.0]]), r"0\.\.1"),
        (np.zeros((4, 4), dtype=np.int16), "int16"),
    ],
)
def test_a_picture_that_is_none_is_refused(encoder, bad, said):
    with pytest.raises(InputError, match=said):
        encoder.encode_images([bad])


def test_a_single_text_or_path_is_refused(encoder):
    with pytest.raises(InputError, match="sequence of str"):
        encoder.encode_texts("effusion")
    with pytest.raises(InputError, match="sequence of paths"):
        encoder.encode_images("picture.png")


@NEEDS_OPENVINO
@pytest.mark.parametrize("kind", [*OWN, *(pytest.param(kind, marks=pytest.mark.slow) for kind in PUBLIC)])
def test_openvino_agrees_with_torch(named, kind):
    name = named(kind)
    plain, fast = (load_encoder(name, runtime) for runtime in ("torch-f32", "openvino-f32"))
    np.testing.assert_allclose(fast.encode_images(pictures()), plain.encode_images(pictures()), atol=1e-4)
    np.testing.assert_allclose(fast.encode_patches(pictures()), plain.encode_patches(pictures()), atol=1e-4)
    np.testing.assert_array_equal(fast.encode_texts(TEXTS), plain.encode_texts(TEXTS))
    assert fast.spec.runtime == "openvino-f32" != plain.spec.runtime


def test_the_default_encoder_is_shipped():
    assert "radseek-mini" in shipped_encoders()
