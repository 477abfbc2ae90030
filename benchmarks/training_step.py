"""One step of fine-tuning radseek-mini: does bf16 help on this processor, and what do cached features save?

    python benchmarks/training_step.py             # 5 rounds, interleaved, the best of each
    python benchmarks/training_step.py --rounds 9

Machines are noisy: quote the ratio, not the milliseconds.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import itertools
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from radseek.records.progress import no_progress
from radseek.service.training import OwnPairs, prepare_fine_tuning
from radseek.training.config import TrainingConfig
from radseek.training.loop import TrainingRun
from radseek.training.pairs import read_pairs
from radseek.training.pixels import fit_pixels
from radseek.training.placement import Placement
from radseek.training.recipe import FineTuneChoices

BATCH = 32
WORDS = ("small", "left", "right", "pleural", "effusion", "nodule", "upper", "lobe", "opacity", "no", "pneumothorax")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as scratch:
        config = prepare(Path(scratch))
        runs = {
            (precision, views): build(config, precision, views) for precision in ("f32", "bf16") for views in (0, 4)
        }
        best = dict.fromkeys(runs, float("inf"))
        for _ in range(rounds + 1):  # the first round warms up and counts too: it is never the best
            for key, run in runs.items():
                best[key] = min(best[key], step_seconds(run))
    device = next(iter(runs.values())).placement.device
    print(f"{device}, {torch.get_num_threads()} threads, batch {BATCH}, {config.preprocessing.size_px} px")
    print(f"{'':<34}{'f32 ms':>10}{'bf16 ms':>10}{'bf16 gains':>12}")
    for views, name in ((0, "pictures through the whole tower"), (4, "cached features of frozen blocks")):
        f32, bf16 = best["f32", views], best["bf16", views]
        print(f"{name:<34}{f32 * 1e3:>10.0f}{bf16 * 1e3:>10.0f}{f32 / bf16:>11.2f}x")
    print(f"cached features gain {best['f32', 0] / best['f32', 4]:.2f}x in f32")


def prepare(folder: Path) -> TrainingConfig:
    """A fine-tuning of radseek-mini on noise with made-up captions: only its speed counts."""
    rng = np.random.default_rng(0)
    with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption"])
        for place in range(2 * BATCH):
            Image.fromarray(rng.integers(0, 256, (160, 160), dtype=np.uint8)).save(folder / f"{place}.png")
            writer.writerow([f"{place}.png", " ".join(rng.choice(WORDS, 12))])
    choices = FineTuneChoices(batch_size=BATCH)
    return prepare_fine_tuning(OwnPairs(folder / "pairs.csv"), folder / "run", choices).config


def build(config: TrainingConfig, precision: str, views: int) -> TrainingRun:
    optim = dataclasses.replace(config.optim, precision=precision, cached_views=views)
    config = dataclasses.replace(config, optim=optim)
    pairs = read_pairs(config)
    return TrainingRun(
        config, pairs, fit_pixels(pairs, config.preprocessing, no_progress), Placement(precision), no_progress
    )


def step_seconds(run: TrainingRun) -> float:
    batches = list(itertools.islice(run.batches.epoch(0), 1))
    began = time.perf_counter()
    run.step(iter(batches), 1, 1)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
