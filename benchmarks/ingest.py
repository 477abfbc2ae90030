"""Ingest beside the bare encoder, in one run: what share of the encoder's own speed does a whole ingest reach?

    python benchmarks/ingest.py            # the demo's 76 synthetic studies
    python benchmarks/ingest.py TABLE.csv  # a research table of your own

Machines are noisy: quote the ratio, not the seconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from radseek.dicom import FrameRequest, Locator, ReadLimits, SandboxReader, to_display
from radseek.service import Archive, IngestOptions
from radseek.service.demo import write_demo_sources


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, nargs="?", help="DICOM folder or table; default: the demo's studies")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = arguments.source or write_demo_sources(Path(scratch) / "sources").dicom_folder
        with Archive.create(Path(scratch) / "archive") as archive:
            encoder = archive.retriever.encoder()
            encoder.encode_images([np.zeros((8, 8), np.uint8)])  # imports (MONAI: some 10 s) are in neither figure
            began = time.perf_counter()
            report = archive.ingest(source, IngestOptions())
            ingest_s = time.perf_counter() - began
            n_pictures = archive.summary().n_images
            displays = read_displays(archive, n_pictures)
        began = time.perf_counter()
        encoder.encode_images(displays)
        encode_s = time.perf_counter() - began
    bare = len(displays) / encode_s
    whole = n_pictures / ingest_s
    print(f"encoder {encoder.spec.id}, runtime {encoder.spec.runtime}")
    print(f"{'':<28}{'pictures':>10}{'s':>10}{'pictures/s':>12}{'of bare':>9}")
    print(f"{'bare encoder (prepare+run)':<28}{len(displays):>10}{encode_s:>10.1f}{bare:>12.1f}{1:>9.0%}")
    print(f"{'ingest (all of it)':<28}{n_pictures:>10}{ingest_s:>10.1f}{whole:>12.1f}{whole / bare:>9.0%}")
    print(f"things seen: {report.tally.seen}, {report.tally.seen / ingest_s:.1f} a second")


def read_displays(archive: Archive, count: int) -> list:
    """Up to 500 of the archive's pictures as display arrays, as ingest hands them to the encoder."""
    from sqlalchemy import select

    from radseek.archive.schema import images
    from radseek.archive.study_queries import image_place
    from radseek.dicom import CT_WINDOWS

    with archive.folder.catalogue.reading() as connection:
        keys = connection.execute(select(images.c.image_key).limit(min(count, 500))).scalars().all()
        places = [image_place(connection, key) for key in keys]
    requests = [
        FrameRequest(Locator(place.locator.path, place.locator.member), (place.frame_index,)) for place in places
    ]
    with SandboxReader(ReadLimits(), n_workers=2) as reader:
        reads = list(reader.read_frames(requests))
    return [
        to_display(read.frames[0], CT_WINDOWS.get(place.window))
        for read, place in zip(reads, places, strict=True)
        if read.refusal is None
    ]


if __name__ == "__main__":
    main()
