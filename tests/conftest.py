"""A small dual encoder that several kinds of tests share, in the same format as the shipped one."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

PIECES = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *string.ascii_lowercase,
    *(f"##{letter}" for letter in string.ascii_lowercase),
    *string.digits,
    *".,:-()",
    "no", "left", "right", "small", "pleural", "effusion", "pneumothorax", "chest", "normal", "the", "of",
)  # fmt: skip


def build_tiny_checkpoint(seed: int = 0):
    """64 px pictures, a 4 x 4 grid, 16 dimensions, 24 tokens."""
    import torch

    from radseek.encoders.checkpoint import Checkpoint
    from radseek.encoders.dual_encoder import DualEncoder, DualEncoderConfig
    from radseek.encoders.efficientnet_lite import ImageTowerConfig, Stage
    from radseek.encoders.spec import EncoderSpec
    from radseek.encoders.text_tower import TextTowerConfig
    from radseek.images import Preprocessing

    image = ImageTowerConfig(8, (Stage(1, 3, 1, 1, 8), Stage(2, 3, 2, 4, 12), Stage(2, 5, 4, 4, 16)), 32, 0.1)
    text = TextTowerConfig(len(PIECES), layers=2, width=24, heads=4, inner_width=48, positions=32)
    torch.manual_seed(seed)
    model = DualEncoder(DualEncoderConfig(image, text, dim=16))
    for name, tensor in model.state_dict().items():
        # statistics as after some training, so that evaluation mode has something to use
        if name.endswith("running_mean"):
            tensor.normal_(0, 0.1)
    spec = EncoderSpec(
        id="tiny",
        revision="",
        dim=16,
        grid=(4, 4),
        preprocessing=Preprocessing("tiny-64", 64),
        max_tokens=24,
        licence="Apache-2.0",
        training_sets=("none",),
    )
    return Checkpoint(spec, model.eval(), PIECES)


@pytest.fixture
def tiny_checkpoint():
    """A small seeded dual encoder with random weights, in memory; each test has its own."""
    return build_tiny_checkpoint()


@pytest.fixture(scope="session")
def tiny_encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its checkpoint folder; do not write into it."""
    from radseek.encoders.checkpoint import write_checkpoint

    folder = tmp_path_factory.mktemp("encoder") / "tiny"
    write_checkpoint(folder, build_tiny_checkpoint(), {"metrics.json": "{}\n"})
    return folder
