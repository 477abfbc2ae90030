"""A research table of a few drawn pictures, and a configuration small enough to train in seconds."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radseek.encoders.checkpoint import write_checkpoint
from radseek.images import Preprocessing
from radseek.training.config import (
    OptimConfig,
    PromptsConfig,
    StartConfig,
    TableConfig,
    TrainingConfig,
    ValidationConfig,
)

# Imported while tests are collected: an import that a test's time limit cuts off half-way spoils every later test.
for heavy in ("monai.transforms", "sklearn.metrics", "torch._dynamo"):
    importlib.import_module(heavy)

PROMPTS = PromptsConfig(
    frames=("{}", "there is {}"),
    findings={
        "normal": ("normal chest",),
        "effusion": ("left effusion", "effusion"),
        "pneumothorax": ("pneumothorax",),
    },
    labels={"No Finding": ("normal",), "Effusion": ("effusion",), "PTX": ("pneumothorax",)},
    normal="normal",
)


def write_table(folder: Path, n: int) -> None:
    """Odd pictures are bright at the bottom (effusion), even ones at the top; two pictures a study."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = []
    for place in range(n):
        pixels = rng.integers(0, 60, (48, 40), dtype=np.uint8)
        sick = place // 2 % 2
        pixels[36:] += np.uint8(150 * sick)
        pixels[:12] += np.uint8(150 * (1 - sick))
        Image.fromarray(pixels).save(folder / "images" / f"{place}.png")
        rows.append({
            "image": f"images/{place}.png",
            "study_id": f"s{place // 2}",
            "patient_id": f"p{place // 4}",
            "caption": f"picture {place} with {'left effusion' if sick else 'normal chest'}.",
            "findings": "Left effusion. No pneumothorax." if sick else "Normal chest. No effusion.",
            "labels": "Effusion" if sick else "No Finding",
            "split": "val" if place >= n - 8 else "train",
            "flags": "graph" if place == 0 else "",
        })
    with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_table(folder / "drawn", 32)
    return folder


@pytest.fixture
def config(data_folder: Path, tmp_path: Path, tiny_checkpoint) -> TrainingConfig:
    """Starts from the tiny encoder; two epochs of two steps."""
    write_checkpoint(tmp_path / "start", tiny_checkpoint)
    table = TableConfig(
        name="drawn",
        path=Path("drawn/pairs.csv"),
        image_texts=("caption",),
        study_texts=("findings",),
        labels_column="labels",
        labels_complete=True,
    )
    return TrainingConfig(
        name="tiny-trained",
        output=tmp_path / "run",
        preprocessing=Preprocessing("tiny-64", 64),
        tables=(table,),
        prompts=PROMPTS,
        licence="Apache-2.0",
        dim=16,
        max_tokens=24,
        start=StartConfig(weights=str(tmp_path / "start")),
        optim=OptimConfig(epochs=2, batch_size=12, trained_text_layers=1, frozen_image_blocks=2, ema_decay=0.5),
        validation=ValidationConfig("drawn", "drawn", min_positives=1),
        data_root=data_folder,
    )
