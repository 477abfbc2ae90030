import subprocess
import sys

import numpy as np
import pytest
import torch

from radseek.encoders import load_encoder, runtime
from radseek.encoders.runtime import choose_runtime
from radseek.errors import ConfigError, InputError


def test_runtimes_by_name():
    assert choose_runtime("torch-f32") == "torch-f32"
    assert choose_runtime("auto") in {"cpu-f32", "torch-f32", "cuda-f32"}
    with pytest.raises(ConfigError, match="known: auto, cpu-f32, torch-f32"):
        choose_runtime("tensorrt")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_cuda_without_a_gpu_says_so():
    with pytest.raises(ConfigError, match="none is here"):
        choose_runtime("cuda-f32")


def test_bf16_stays_near(tiny_encoder_folder):
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    pictures = [np.random.default_rng(0).random((64, 64))]
    near = load_encoder(tiny_encoder_folder, "openvino-bf16").encode_images(pictures)
    exact = load_encoder(tiny_encoder_folder, "torch-f32").encode_images(pictures)
    assert (near * exact).sum() > 0.99


def test_prepared_pictures_of_another_size_are_refused(tiny_encoder_folder):
    encoder = load_encoder(tiny_encoder_folder, "torch-f32")
    vectors, patches = encoder.encode_prepared(torch.zeros(0, 3, 64, 64))
    assert vectors.shape == (0, 16)
    assert patches.shape == (0, 4, 4, 16)
    with pytest.raises(InputError, match=r"\[n, 3, 64, 64\]"):
        encoder.encode_prepared(torch.zeros(1, 3, 32, 32))


def test_many_pictures_change_over_to_openvino_and_keep_their_vectors(tiny_encoder_folder, monkeypatch):
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    monkeypatch.setattr(runtime, "OPENVINO_PAYS_FROM", 20)
    encoder = load_encoder(tiny_encoder_folder, "cpu-f32")
    pictures = list(np.random.default_rng(1).random((60, 64, 64)))
    vectors = encoder.encode_images(pictures)
    assert encoder._image_function._is_final
    np.testing.assert_allclose(
        vectors, load_encoder(tiny_encoder_folder, "torch-f32").encode_images(pictures), atol=1e-4
    )
    assert encoder.spec.numerics == "f32"


PROBE = """
import sys
import radseek.encoders, radseek.images
assert "torch" not in sys.modules, "importing the floors imports torch"
encoder = radseek.encoders.load_encoder(sys.argv[1])
encoder.encode_texts(["left pleural effusion"])
heavy = [name for name in ("monai", "transformers", "openvino", "sklearn", "pandas") if name in sys.modules]
assert not heavy, heavy
"""


def test_a_text_search_imports_neither_monai_nor_a_runtime(tiny_encoder_folder):
    subprocess.run([sys.executable, "-c", PROBE, str(tiny_encoder_folder)], check=True, timeout=120)
