"""A real archive of what viewers stumble over: files that break later, writing of all directions, forty views, a clip.

Everything is written and ingested as people would do it; names here are accession numbers.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from fake_archive import HOSTILE
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEGBaseline8Bit
from real_archive import write_tiny_encoder

from radseek.dicom.write import ImageAttributes, StudyAttributes, uid_from, write_image
from radseek.dicom.write_attributes import new_file, put_patient_and_study
from radseek.records.instances import Window
from radseek.service import Archive, IngestOptions

ULTRASOUND_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1"
HOSTILE_WORDS = HOSTILE[:60]
"""So long as DICOM lets a description be."""
N_SLICES = 12
N_VIEWS = 40
N_FRAMES = 2000
FRAMES_PER_SECOND = 40

SENTENCES = 3000

REPORTS = {
    "HEBREW": (
        "ממצאים: תפליט פלאורלי קטן משמאל, 12 mm. אין סימנים לחזה אוויר (pneumothorax). קשרית 8.5 mm באונה RUL.\n"
        "סיכום: תפליט קטן."
    ),
    "ARABIC": "النتائج: انصباب جنبي صغير في الجانب الأيسر، 12 مم. لا يوجد استرواح صدري.\nالخلاصة: انصباب صغير.",
    "JAPANESE": "所見: 左側に少量の胸水を認める。気胸は認めない。右上葉に8.5mm大の結節あり。\n診断: 少量胸水。",
    "CHINESE": "检查所见：左侧少量胸腔积液。未见气胸。右肺上叶可见8.5mm结节。\n结论：少量胸腔积液。",
    "COMBINING": "Findings: E\u0301panchement ga\u0302che. Z\u0351\u036b\u0343o\u0489 lung. A\u0308 nodule of 8 mm.",
    "EMOJI": "Findings: 🫁 Small left effusion 👍🏽. No pneumothorax 👨‍👩‍👧. 𝔇ouble-struck nodule of 8 mm.",
    "MIXED": (
        "FINDINGS: Small left pleural effusion.\nממצאים: תפליט פלאורלי קטן משמאל.\n所見: 左側に少量の胸水を認める。\n"
        "No pneumothorax."
    ),
    "LONG": "FINDINGS: " + "There is a small left pleural effusion with adjacent atelectasis. " * 3200,
    "MANY": "FINDINGS: " + " ".join(f"Nodule {n} measures {n % 30 + 1} mm." for n in range(SENTENCES)),
    "DIGITS": "12 / 34 -- 56.7 ??? 8;9\n\n0 0 0",
    "CONTROLS": "FINDINGS:\r\nSmall\tleft effusion.\r\nNo\x00 pneumo\x00thorax.\x0b\x1b[31mRed\x7f nodule.\r\n",
    "UNBROKEN": "FINDINGS: " + "pleuraleffusion" * 800 + ".",
    "HOSTILE": f"FINDINGS: {HOSTILE} Small left effusion. </script><svg onload=\"document.title='owned'\">.",
    "BROKEN": "FINDINGS: Large right pneumothorax of the study whose pictures do not decode.",
    "SLICES": "FINDINGS: Small left pleural effusion on computed tomography.",
    "CLIP": "FINDINGS: Gallstone of 9 mm in the gallbladder.",
    "VIEWS": "FINDINGS: Scoliosis of the spine in forty views.",
}
"""Accession number -> report text."""


@dataclass(frozen=True, slots=True)
class BadInputArchive:
    """Where it is, and what was made for it."""

    path: Path
    sources: Path
    """Folder with a folder of DICOM files for each accession number."""

    def key_of(self, accession: str) -> str:
        """Key of a study."""
        with Archive.open(self.path) as archive:
            return archive.search(uid_from("bad input", accession), k=1).hits[0].study_key


def build_bad_input_archive(folder: Path, *accessions: str) -> BadInputArchive:
    """Sources, encoder, archive and index below `folder`, of these studies or all.

    `SLICES-2` is one more like `SLICES`.
    """
    sources = folder / "sources"
    wanted = accessions or tuple(REPORTS)
    for accession in wanted:
        (sources / accession).mkdir(parents=True)
        WRITERS.get(_kind(accession), _write_radiograph)(sources / accession, accession)
    reports = folder / "reports.csv"
    _write_reports(reports, wanted)
    path = folder / "archive"
    with Archive.create(path, _config(folder), encoder=str(write_tiny_encoder(folder / "encoder"))) as archive:
        archive.ingest(sources, IngestOptions("dicom", name=f"site {HOSTILE}"))
        archive.ingest(reports, IngestOptions("reports", name="reports"))
        archive.index()
    return BadInputArchive(path, sources)


def _kind(accession: str) -> str:
    return accession.partition("-")[0]


def _config(folder: Path) -> Path:
    from radseek.records.config import config_folder

    config = folder / "archive.yaml"
    settings = (config_folder() / "archives" / "default.yaml").read_text(encoding="utf-8")
    config.write_text(settings.replace("runtime: auto", "runtime: torch-f32"), encoding="utf-8")
    return config


def _write_reports(path: Path, accessions: Sequence[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("accession", "report_text"))
        writer.writerows((accession, REPORTS[_kind(accession)]) for accession in accessions)
        writer.writerow(("NOWHERE", "FINDINGS: A report without its study: small left effusion."))


def study_attributes(accession: str, **changes: Any) -> StudyAttributes:
    values: dict[str, Any] = {
        "study_uid": uid_from("bad input", accession),
        "patient_id": f"P-{accession}",
        "study_date": date(2024, 5, 1),
        "accession": accession,
        "body_part": "CHEST",
        "sex": "F",
        "age_years": 60,
    }
    return StudyAttributes(**(values | changes))


def _picture(seed: int, rows: int = 96, cols: int = 80) -> NDArray[np.int64]:
    """A bright disc whose place tells pictures apart."""
    y, x = np.mgrid[0:rows, 0:cols]
    disc = (y - rows / 2 - seed % 17) ** 2 + (x - cols / 2 + seed % 13) ** 2 < (rows / 5) ** 2
    return (400 + 12 * y + 1500 * disc + seed % 7 * 40).astype(np.int64)


def _write_radiograph(folder: Path, accession: str, number: int = 0, **changes: Any) -> Path:
    path = folder / f"{number:03d}.dcm"
    study = study_attributes(accession, **changes.pop("study", {}))
    values: dict[str, Any] = {
        "series_uid": uid_from(accession, "series"),
        "instance_uid": uid_from(accession, number),
        "modality": "DX",
        "spacing_mm": (1.0, 1.0),
        "window": Window(2048.0, 4096.0),
        "instance_number": number + 1,
        "view_position": "PA",
    }
    write_image(path, _picture(sum(accession.encode()) + number), ImageAttributes(study, **(values | changes)))
    return path


def _write_hostile(folder: Path, accession: str) -> None:
    words = HOSTILE_WORDS
    path = _write_radiograph(folder, accession, study={"description": words, "patient_name": "<script>owned()"})
    file = dcmread(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom says that such code strings are none
        file.BodyPartExamined = "<IMG SRC=X>"
        file.ViewPosition = "<B>PA</B>"
        file.SeriesDescription = words
        file.save_as(path)


def _write_broken(folder: Path, accession: str) -> None:
    path = _write_radiograph(folder, accession, compression="rle")
    file = dcmread(path)
    file.PixelData = encapsulate([b"\x02\0\0\0" + b"\xff" * 200])
    file.save_as(path)


def _write_slices(folder: Path, accession: str) -> None:
    for number in range(N_SLICES):
        pixels = _picture(number, 128, 128) - 1024
        attributes = ImageAttributes(
            study_attributes(accession),
            uid_from(accession, "series"),
            uid_from(accession, number),
            "CT",
            (1.0, 1.0),
            Window(40.0, 400.0),
            instance_number=number + 1,
            position_mm=(0.0, 0.0, 5.0 * number),
            slice_thickness_mm=5.0,
        )
        write_image(folder / f"{number:03d}.dcm", pixels, attributes)


def _write_views(folder: Path, accession: str) -> None:
    for number in range(N_VIEWS):
        view = ("AP", "LL", "OBL", "")[number % 4]
        series = uid_from(accession, "series", number // 4)
        _write_radiograph(
            folder, accession, number, series_uid=series, series_number=1 + number // 4, view_position=view,
            study={"body_part": "SPINE"},
        )  # fmt: skip


def _write_clip(folder: Path, accession: str) -> None:
    write_ultrasound(folder / "clip.dcm", accession, N_FRAMES, (96, 128))


def write_ultrasound(path: Path, accession: str, n_frames: int, shape: tuple[int, int]) -> None:
    """A clip in JPEG, without an offset table: a bright bar that says which frame it is."""
    file = new_file(path, ULTRASOUND_MULTI_FRAME, uid_from(accession, "clip"))
    put_patient_and_study(file, study_attributes(accession, body_part="ABDOMEN"))
    values = {
        "Modality": "US", "SeriesInstanceUID": uid_from(accession, "series"), "SeriesNumber": 1, "InstanceNumber": 1,
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": shape[0], "Columns": shape[1],
        "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "NumberOfFrames": n_frames,
        "FrameTime": 1000 / FRAMES_PER_SECOND, "LossyImageCompression": "01",
    }  # fmt: skip
    for keyword, value in values.items():
        setattr(file, keyword, value)
    file.FrameIncrementPointer = 0x00181063
    file.file_meta.TransferSyntaxUID = UID(JPEGBaseline8Bit)
    noise = np.random.default_rng(7).integers(0, 90, (8, *shape), dtype=np.uint8)
    file.PixelData = encapsulate([_jpeg(_ultrasound_frame(noise, n, n_frames)) for n in range(n_frames)], has_bot=False)
    file["PixelData"].VR = "OB"
    file.save_as(path, enforce_file_format=True)


def _ultrasound_frame(noise: NDArray[np.uint8], number: int, n_frames: int) -> NDArray[np.uint8]:
    frame = noise[number % len(noise)].copy()
    frame[:, : 1 + number * frame.shape[1] // n_frames] = 220
    return frame


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(frame).save(stream, "JPEG", quality=70)
    return stream.getvalue()


def write_more_radiographs(folder: Path, n: int) -> Path:
    """`n` studies of a radiograph each, to be ingested later; returns `folder`."""
    folder.mkdir()
    for number in range(n):
        _write_radiograph(folder, f"MORE-{number}", number)
    return folder


WRITERS: dict[str, Callable[[Path, str], Any]] = {
    "SLICES": _write_slices,
    "VIEWS": _write_views,
    "CLIP": _write_clip,
    "BROKEN": _write_broken,
    "HOSTILE": _write_hostile,
}
