"""A small table of drawn pictures in two parts that share nothing, and ways to plant a leak of each kind."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

WORDS = (
    "lungs", "heart", "ribs", "spine", "pleura", "aorta", "hilum", "apex", "base", "vessel", "nodes", "trachea",
    "carina", "fissure", "lobe", "border", "shadow", "contour", "region", "zone",
)  # fmt: skip
FINDINGS = ("There is a left pleural effusion.", "No pleural effusion is seen.", "A small right pneumothorax is seen.")


def drawing(seed: int) -> np.ndarray:
    """A picture with coarse and fine detail of its own, so that no two are near-duplicates."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.integers(0, 200, (6, 5)), np.ones((16, 16)))
    return np.clip(coarse + rng.normal(0, 18, coarse.shape), 0, 255).astype(np.uint8)


def report(seed: int) -> str:
    """A text of its own, with a finding."""
    words = np.random.default_rng([seed, 7]).choice(WORDS, 18)
    return f"{FINDINGS[seed % 3]} Seen beside it are {' '.join(words)}."


def rows_of(n: int, split: str, start: int) -> list[dict[str, str]]:
    """`n` pictures, two a study, one study a patient."""
    return [
        {
            "image": f"images/{number}.png",
            "study_id": f"S{number // 2}",
            "patient_id": f"SECRET-{number // 2}",
            "split": split,
            "caption": f"Picture {number} of {' '.join(np.random.default_rng([number, 3]).choice(WORDS, 14))}.",
            "findings": report(number // 2),
            "labels": "Effusion" if number // 2 % 3 == 0 else "Pneumothorax" if number // 2 % 3 == 2 else "No Finding",
            "modality": "DX" if number % 4 < 2 else "CT",
            "view": "PA",
            "sex": "F" if number // 2 % 2 else "M",
            "age": str(20 + number),
        }
        for number in range(start, start + n)
    ]


def write_table(folder: Path, rows: list[dict[str, str]], name: str = "pairs.csv") -> Path:
    """The CSV of `rows`, with a picture for each that has none yet; returns its path."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for row in rows:
        file = folder / row["image"]
        if not file.exists():
            Image.fromarray(drawing(int(file.stem))).save(file)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def clean_rows() -> list[dict[str, str]]:
    """24 pictures that were trained on and 24 to test, nothing shared."""
    return [*rows_of(24, "train", 100), *rows_of(24, "test", 200)]


def first_of(rows: list[dict[str, str]], split: str) -> dict[str, str]:
    return next(row for row in rows if row["split"] == split)


def plant_patient(folder: Path, rows: list[dict[str, str]]) -> None:
    first_of(rows, "test")["patient_id"] = first_of(rows, "train")["patient_id"]


def plant_study(folder: Path, rows: list[dict[str, str]]) -> None:
    first_of(rows, "test")["study_id"] = first_of(rows, "train")["study_id"]


def plant_pixels(folder: Path, rows: list[dict[str, str]]) -> None:
    number = Path(first_of(rows, "train")["image"]).stem
    _save(folder, first_of(rows, "test"), drawing(int(number)))


def plant_rotated_copy(folder: Path, rows: list[dict[str, str]]) -> None:
    number = Path(first_of(rows, "train")["image"]).stem
    _save(folder, first_of(rows, "test"), np.rot90(drawing(int(number))))


def plant_text(folder: Path, rows: list[dict[str, str]]) -> None:
    first_of(rows, "test")["findings"] = first_of(rows, "train")["findings"]


def plant_changed_text(folder: Path, rows: list[dict[str, str]]) -> None:
    told = first_of(rows, "train")["findings"]
    first_of(rows, "test")["findings"] = f"{told.rsplit(' ', 1)[0]} elsewhere."


def plant_own_report(folder: Path, rows: list[dict[str, str]]) -> None:
    for row in rows:
        row["caption"] = row["findings"]


PLANTS = {
    "the same patient": plant_patient,
    "the same study": plant_study,
    "the same pixels": plant_pixels,
    "saved again, brightened, cropped, turned": plant_rotated_copy,
    "the same text is in both parts": plant_text,
    "the same text with a few words changed": plant_changed_text,
    "the study's own report": plant_own_report,
}
"""What the message says -> how the leak is planted."""


def _save(folder: Path, row: dict[str, str], pixels: np.ndarray) -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(pixels)).save(folder / row["image"])
