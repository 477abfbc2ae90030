"""A small real archive: the demo's phantoms, one hostile report, and a seeded encoder that has learned nothing."""

from __future__ import annotations

import csv
from pathlib import Path

from fake_archive import HOSTILE

PIECES = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *"abcdefghijklmnopqrstuvwxyz",
    *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
)


def write_tiny_encoder(folder: Path) -> Path:
    """A checkpoint folder with both towers as small as they go."""
    import torch

    from radseek.encoders import Checkpoint, EncoderSpec, write_checkpoint
    from radseek.encoders.dual_encoder import DualEncoder, DualEncoderConfig
    from radseek.encoders.efficientnet_lite import ImageTowerConfig, Stage
    from radseek.encoders.text_tower import TextTowerConfig
    from radseek.images.preprocessing import Preprocessing

    torch.manual_seed(7)
    image = ImageTowerConfig(stem_channels=8, stages=(Stage(1, 3, 2, 1, 8),), head_channels=16)
    text = TextTowerConfig(vocabulary=len(PIECES), layers=1, width=16, heads=2, inner_width=32, positions=32)
    config = DualEncoderConfig(image, text, dim=16)
    spec = EncoderSpec("tiny", "", 16, (16, 16), Preprocessing("tiny", 64), 32, licence="Apache-2.0", training_sets=())
    write_checkpoint(folder, Checkpoint(spec, DualEncoder(config).eval(), PIECES))
    return folder


def build_real_archive(folder: Path, n_radiographs: int = 5, n_ct: int = 1) -> Path:
    """Sources, archive and index below `folder`; returns the archive's folder."""
    from radseek.records.config import config_folder
    from radseek.service import Archive, IngestOptions
    from radseek.service.demo import write_demo_sources

    sources = write_demo_sources(folder / "sources", n_radiographs, n_ct)
    with sources.reports_path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    linked = next(row for row in rows if row["study_uid"])
    linked["report_text"] += f"\n{HOSTILE}\n"
    with sources.reports_path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    path = folder / "archive"
    encoder = write_tiny_encoder(folder / "encoder")
    config = folder / "archive.yaml"
    settings = (config_folder() / "archives" / "default.yaml").read_text(encoding="utf-8")
    config.write_text(settings.replace("runtime: auto", "runtime: torch-f32"), encoding="utf-8")
    with Archive.create(path, config, encoder=str(encoder)) as archive:
        archive.ingest(sources.dicom_folder, IngestOptions("dicom", name="phantoms"))
        archive.ingest(sources.reports_path, IngestOptions("reports", name="phantoms"))
        archive.index()
    return path
