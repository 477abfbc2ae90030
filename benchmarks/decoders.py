"""Which decoder for which transfer syntax: speed side by side, and what damaged frames do to each.

    python benchmarks/decoders.py --damaged 1500 --out benchmarks/decoders.md

Needs numpy, pydicom and imagecodecs (it makes the pictures); times whichever of the other libraries are installed too:
pylibjpeg with its plug-ins, pyjpegls, Pillow, python-gdcm. Install python-gdcm and pylibjpeg-libjpeg (GPL) for this
comparison into an environment of their own, never into one that runs radseek.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import select
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels import get_decoder

ROWS = COLS = 2048
REPEATS = 5
HANG_SECONDS = 4.0
MAX_HANGS = 10
"""A library that has hung so often is not asked further: the point is made."""
ADDRESS_SPACE = 3 * 1024**3
JPEG = "1.2.840.10008.1.2.4."

# (transfer syntax, library) -> pydicom plug-in name, or the name of an imagecodecs function
CANDIDATES: dict[tuple[str, str], str] = {
    ("baseline 8-bit", "imagecodecs"): "imagecodecs.jpeg8_decode",
    ("baseline 8-bit", "pillow"): "pillow",
    ("baseline 8-bit", "python-gdcm"): "gdcm",
    ("baseline 8-bit", "pylibjpeg-libjpeg"): "pylibjpeg",
    ("extended 12-bit", "imagecodecs"): "imagecodecs.jpeg8_decode",
    ("extended 12-bit", "python-gdcm"): "gdcm",
    ("extended 12-bit", "pylibjpeg-libjpeg"): "pylibjpeg",
    ("lossless", "imagecodecs"): "imagecodecs.jpeg8_decode",
    ("lossless", "imagecodecs (ljpeg)"): "imagecodecs.ljpeg_decode",
    ("lossless", "imagecodecs (jpegsof3)"): "imagecodecs.jpegsof3_decode",
    ("lossless", "python-gdcm"): "gdcm",
    ("lossless", "pylibjpeg-libjpeg"): "pylibjpeg",
    ("jpeg-ls", "pyjpegls"): "pyjpegls",
    ("jpeg-ls", "imagecodecs"): "imagecodecs.jpegls_decode",
    ("jpeg-ls", "python-gdcm"): "gdcm",
    ("jpeg-ls", "pylibjpeg-libjpeg"): "pylibjpeg",
    ("jpeg 2000", "pylibjpeg-openjpeg"): "pylibjpeg",
    ("jpeg 2000", "imagecodecs"): "imagecodecs.jpeg2k_decode",
    ("jpeg 2000", "pillow"): "pillow",
    ("jpeg 2000", "python-gdcm"): "gdcm",
    ("rle", "pylibjpeg-rle"): "pylibjpeg",
    ("rle", "pydicom"): "pydicom",
}
SYNTAX_UIDS = {
    "baseline 8-bit": JPEG + "50",
    "extended 12-bit": JPEG + "51",
    "lossless": JPEG + "70",
    "jpeg-ls": JPEG + "80",
    "jpeg 2000": JPEG + "90",
    "rle": "1.2.840.10008.1.2.5",
}


def picture(rows: int, cols: int, bits: int) -> NDArray[Any]:
    """A radiograph-like picture: smooth bodies, edges and noise, `[rows, cols]` with `bits` used."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:rows, 0:cols] / max(rows, cols)
    body = 0.6 * np.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.08) + 0.2 * (np.hypot(x - 0.4, y - 0.6) < 0.1)
    noisy = body + rng.normal(0, 0.01, (rows, cols))
    return (np.clip(noisy, 0, 1) * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


@cache
def encoded(syntax: str, rows: int, cols: int) -> tuple[bytes, NDArray[Any]]:
    """The picture encoded in `syntax`, and the picture."""
    pixels = picture(rows, cols, 8 if syntax == "baseline 8-bit" else 12)
    if syntax == "baseline 8-bit":
        return imagecodecs.jpeg8_encode(pixels, level=90), pixels
    if syntax == "extended 12-bit":
        return imagecodecs.jpeg8_encode(pixels, level=90, bitspersample=12), pixels
    if syntax == "lossless":
        return imagecodecs.jpeg8_encode(pixels, lossless=True, bitspersample=12, predictor=1), pixels
    if syntax == "jpeg-ls":
        return imagecodecs.jpegls_encode(pixels), pixels
    if syntax == "jpeg 2000":
        return imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True, level=0), pixels
    dataset = dataset_of(b"\0\0", "rle", pixels)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.compress(SYNTAX_UIDS["rle"], pixels, encoding_plugin="pydicom", generate_instance_uid=False)
    return get_frame(dataset.PixelData, 0, number_of_frames=1), pixels


def dataset_of(frame: bytes, syntax: str, pixels: NDArray[Any]) -> Dataset:
    """A data set around one encoded frame, as pydicom's plug-ins need it."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = SYNTAX_UIDS[syntax]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored = 8 if pixels.dtype == np.uint8 else 12
    dataset.HighBit, dataset.NumberOfFrames = dataset.BitsStored - 1, 1
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    return dataset


def decode_function(syntax: str, library: str, pixels: NDArray[Any]) -> Callable[[bytes], Any]:
    """Frame bytes -> array with one library."""
    name = CANDIDATES[syntax, library]
    if name.startswith("imagecodecs."):
        function: Callable[[bytes], Any] = getattr(imagecodecs, name.removeprefix("imagecodecs."))
        return function
    decoder = get_decoder(SYNTAX_UIDS[syntax])
    return lambda frame: decoder.as_array(dataset_of(frame, syntax, pixels), index=0, decoding_plugin=name)[0]


def is_installed(library: str) -> bool:
    """Whether the package is there, in whichever version."""
    try:
        version(library.split(" ")[0])
    except PackageNotFoundError:
        return False
    return True


def measure_speed() -> list[str]:
    """Table rows: best of `REPEATS`, and the ratio to the first library of the syntax, which is radseek's choice."""
    rows, first = [], {}
    for syntax, library in CANDIDATES:
        if not is_installed(library):
            continue
        frame, pixels = encoded(syntax, ROWS, COLS)
        decode = decode_function(syntax, library, pixels)
        try:
            decoded = decode(frame)
            best = min(timed(decode, frame) for _ in range(REPEATS))
        except Exception as error:  # noqa: BLE001  (whatever a library raises goes into the table)
            rows.append(f"| {syntax} | {library} | fails: {type(error).__name__} | | |")
            continue
        first.setdefault(syntax, best)
        difference = int(np.abs(decoded.astype(int) - pixels.astype(int)).max())
        exact = "exact" if difference == 0 else f"differs by up to {difference}"
        rows.append(f"| {syntax} | {library} | {best * 1000:.0f} | {best / first[syntax]:.2f} | {exact} |")
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def timed(decode: Callable[[bytes], Any], frame: bytes) -> float:
    """Seconds of one decode."""
    started = time.perf_counter()
    decode(frame)
    return time.perf_counter() - started


def damaged(frame: bytes, index: int) -> bytes:
    """`frame` with 1, 4, 16 or 64 random bytes changed, one in five also cut; the same for the same `index`."""
    rng = np.random.default_rng(index)
    content = bytearray(frame)
    for position in rng.integers(0, len(content), (1, 4, 16, 64)[index % 4]):
        content[position] = int(rng.integers(256))
    return bytes(content[: int(rng.integers(len(content)))] if index % 5 == 0 else content)


def run_damaged_child(syntax: str, library: str, start: int, stop: int) -> None:
    """Decodes damaged frames, telling each index before it starts; ends with the process when a decoder crashes."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    frame, pixels = encoded(syntax, 96, 112)
    decode = decode_function(syntax, library, pixels)
    decode(frame)
    for index in range(start, stop):
        os.write(1, f"{index}\n".encode())
        try:
            decode(damaged(frame, index))
            os.write(1, b"decoded\n")
        except BaseException as error:  # noqa: BLE001  (whatever a library raises is counted; Rust panics are no Exception)
            panicked = not isinstance(error, Exception)
            os.write(1, b"panicked\n" if panicked else b"memory\n" if isinstance(error, MemoryError) else b"refused\n")


def damage_one(syntax: str, library: str, n: int) -> Counter[str]:
    """What `n` damaged frames do to one library: decoded, refused, crashed, hung."""
    counts: Counter[str] = Counter()
    position = started_at = 0
    while position < n:
        started_at = position
        command = [sys.executable, __file__, "--child", syntax, library, str(position), str(n)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0) as child:
            assert child.stdout is not None  # noqa: S101  (asked for above)
            hung = False
            while True:
                ready, _, _ = select.select(
                    [child.stdout], [], [], HANG_SECONDS + (60 if position == started_at else 0)
                )
                line = child.stdout.readline().decode().strip() if ready else ""
                if not line:
                    hung = not ready
                    break
                if line.isdigit():
                    position = int(line) + 1
                else:
                    counts[line] += 1
            child.kill()
        if position == started_at:  # it fails on the undamaged frame
            return counts
        if sum(counts.values()) < position:
            counts["hung" if hung else "crashed"] += 1
        if counts["hung"] >= MAX_HANGS:
            break
    return counts


OUTCOMES = ("decoded", "refused", "panicked", "memory", "crashed", "hung")


def measure_damage(n: int) -> list[str]:
    """Table rows of `damage_one` for every installed candidate."""
    rows = []
    for syntax, library in CANDIDATES:
        if is_installed(library):
            started = time.monotonic()
            counts = damage_one(syntax, library, n)
            columns = " | ".join(str(counts[name]) for name in OUTCOMES)
            seconds = time.monotonic() - started
            rows.append(f"| {syntax} | {library} | {counts.total()} | {columns} | {seconds:.0f} |")
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Prints or writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--damaged", type=int, default=0, help="damaged frames a library (0: speed only)")
    parser.add_argument("--out", type=Path, help="Markdown file to write (default: standard output)")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        syntax, library, start, stop = arguments.child
        run_damaged_child(syntax, library, int(start), int(stop))
        return
    libraries = sorted({library.split(" ")[0] for _, library in CANDIDATES if is_installed(library)})
    lines = [
        "# Decoders side by side",
        "",
        "Made by `python benchmarks/decoders.py --damaged 1500 --out benchmarks/decoders.md`, in one run, with "
        + ", ".join(f"{library} {version(library)}" for library in libraries)
        + f", Python {platform.python_version()}, {os.cpu_count()} shared cores: compare ratios, not times.",
        "",
        f"## Speed: one {ROWS} x {COLS} frame, 12 bits (baseline: 8), best of {REPEATS}",
        "",
        "The first library of a syntax is the one that radseek uses; ratios are against it.",
        "",
        "| syntax | library | ms | ratio | against the source |",
        "| --- | --- | --- | --- | --- |",
        *measure_speed(),
    ]
    if arguments.damaged:
        lines += [
            "",
            f"## Damage: {arguments.damaged} damaged frames of 96 x 112 a library",
            "",
            "1, 4, 16 or 64 random bytes changed, one frame in five also cut, the same frames for all libraries of a"
            f" syntax; 3 GiB of address space, hung after {HANG_SECONDS:g} s, ended after {MAX_HANGS} hangs. Crashed:"
            " the process died of a signal. Panicked: a Rust panic, which Python code that expects an Exception misses."
            " Tried 0: it does not decode the undamaged frame either.",
            "",
            "| syntax | library | tried | decoded | refused | panicked | out of memory | crashed | hung | s |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *measure_damage(arguments.damaged),
        ]
    text = "\n".join(lines) + "\n"
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
