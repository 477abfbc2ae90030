"""Every kind of damaged, lying or hostile file ends with its own reason, and the good file after it is still read."""

from __future__ import annotations

import io
import os
import shutil
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import bad_dicom_files as bad
import pytest
from PIL import Image

from radseek.dicom import FrameRequest, Locator, ReadLimits, RefusedLocator, SandboxReader, iter_locators
from radseek.errors import ConfigError, InputError
from radseek.records.outcomes import Outcome, Reason, Refusal

MIB = 1024 * 1024
LIMITS = ReadLimits(seconds=20)


@pytest.fixture(scope="module")
def reader() -> Iterator[SandboxReader]:
    with SandboxReader(LIMITS, n_workers=1) as one:
        yield one


def png_bytes() -> bytes:
    out = io.BytesIO()
    Image.new("L", (4, 4), 7).save(out, "PNG")
    return out.getvalue()


HEADER_CASES: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "text renamed": (lambda: b"Findings: the lungs are clear.\n" * 20, Reason.NOT_DICOM),
    "text that starts like a group number": (lambda: b"\x08\x00 and nothing else", Reason.NOT_DICOM),
    "empty": (lambda: b"", Reason.EMPTY_FILE),
    "zeros": (lambda: b"\0" * 400, Reason.NOT_DICOM),
    "a png": (png_bytes, Reason.NOT_DICOM),
    "gzip": (lambda: b"\x1f\x8b\x08\0" + b"\0" * 200, Reason.NOT_DICOM),
    "prefix and nothing": (lambda: b"\0" * 128 + b"DICM", Reason.UNREADABLE_HEADER),
    "prefix and noise": (lambda: b"\0" * 128 + b"DICM" + bytes(range(256)) * 4, Reason.MISSING_UID),
    "truncated in the header": (lambda: bad.image()[:290], Reason.UNREADABLE_HEADER),
    "truncated in the pixels": (lambda: bad.image()[:-100], Reason.BAD_PIXEL_HEADER),
    "element of 4 GiB": (
        lambda: bad.part10(
            bad.element(0x00080016, "UI", bad.CT.encode()) + bad.element(0x00091001, "OB", b"1234", 0xFFFFFFF0)
        ),
        Reason.UNREADABLE_HEADER,
    ),
    "65535 x 65535 native": (lambda: lying_size(bad.EXPLICIT, bad.PIXELS), Reason.TOO_LARGE),
    "65535 x 65535 rle": (lambda: lying_size(bad.RLE, bad.rle_frame()), Reason.TOO_LARGE),
    "65535 x 65535 jpeg 2000": (
        lambda: lying_size(bad.JPEG_2000, bad.jpeg2000_claiming(65535, 65535)),
        Reason.TOO_LARGE,
    ),
    "65535 x 65535 jpeg-ls": (lambda: lying_size(bad.JPEG_LS, bad.jpeg_ls_claiming(65535, 65535)), Reason.TOO_LARGE),
    "46341 x 46341 (overflows int32)": (
        lambda: bad.image({0x00280010: bad.us(46341), 0x00280011: bad.us(46341)}),
        Reason.TOO_LARGE,
    ),
    "rows as UL": (lambda: bad.image({0x00280010: ("UL", struct.pack("<L", 70000))}), Reason.BAD_PIXEL_HEADER),
    "rows of two values": (lambda: bad.image({0x00280010: bad.us(16, 16)}), Reason.BAD_PIXEL_HEADER),
    "rows missing": (lambda: bad.image({0x00280010: None}), Reason.BAD_PIXEL_HEADER),
    "rows 0": (lambda: bad.image({0x00280010: bad.us(0)}), Reason.BAD_PIXEL_HEADER),
    "high bit at bits allocated": (lambda: bad.image({0x00280102: bad.us(16)}), Reason.BAD_PIXEL_HEADER),
    "high bit below bits stored": (lambda: bad.image({0x00280102: bad.us(3)}), Reason.BAD_PIXEL_HEADER),
    "bits stored above allocated": (lambda: bad.image({0x00280101: bad.us(17)}), Reason.BAD_PIXEL_HEADER),
    "bits allocated 12": (lambda: bad.image({0x00280100: bad.us(12)}), Reason.BAD_PIXEL_HEADER),
    "three samples of grey": (lambda: bad.image({0x00280002: bad.us(3)}), Reason.BAD_PIXEL_HEADER),
    "unknown colours": (lambda: bad.image({0x00280004: bad.text("CS", "ULTRAVIOLET")}), Reason.BAD_PIXEL_HEADER),
    "no photometric interpretation": (lambda: bad.image({0x00280004: None}), Reason.BAD_PIXEL_HEADER),
    "1000 frames of one": (lambda: bad.image({0x00280008: bad.text("IS", "1000")}), Reason.BAD_PIXEL_HEADER),
    "a billion frames": (lambda: bad.image({0x00280008: bad.text("IS", "1000000000")}), Reason.TOO_LARGE),
    "frames in letters": (lambda: bad.image({0x00280008: bad.text("IS", "many")}), Reason.BAD_PIXEL_HEADER),
    "no pixel data": (lambda: bad.image(pixels=b""), Reason.NO_PIXELS),
    "empty pixel data": (lambda: bad.image(pixels=bad.element(0x7FE00010, "OW", b"")), Reason.NO_PIXELS),
    "300 deep, undefined lengths": (lambda: bad.image_with_nested(300, defined=False), Reason.TOO_DEEP),
    "300 deep, defined lengths": (lambda: bad.image_with_nested(300, defined=True), Reason.TOO_DEEP),
    "65 deep, undefined lengths": (lambda: bad.image_with_nested(65, defined=False), Reason.TOO_DEEP),
    "65 deep, defined lengths": (lambda: bad.image_with_nested(65, defined=True), Reason.TOO_DEEP),
    "3,000 deep, undefined lengths": (lambda: bad.image_with_nested(3_000, defined=False), Reason.TOO_DEEP),
    "damaged deflate": (
        lambda: bad.part10(b"\x07not deflate at all" * 20, bad.DEFLATED),
        Reason.UNREADABLE_HEADER,
    ),
    "study uid missing": (lambda: bad.image({0x0020000D: None}), Reason.MISSING_UID),
    "instance uid empty": (lambda: bad.image({0x00080018: bad.text("UI", "")}), Reason.MISSING_UID),
    "uid that climbs": (lambda: bad.image({0x0020000D: bad.text("UI", "../../etc")}), Reason.BAD_UID),
    "uid of two dots": (lambda: bad.image({0x0020000D: bad.text("UI", "..")}), Reason.BAD_UID),
    "uid too long": (lambda: bad.image({0x0020000E: bad.text("UI", "1." * 33 + "1")}), Reason.BAD_UID),
    "encapsulated pdf": (
        lambda: bad.part10(
            bad.element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.104.1") + bad.element(0x00420011, "OB", b"%PDF-1.4")
        ),
        Reason.NOT_AN_IMAGE,
    ),
    "key objects": (lambda: bad.report(b"", "1.2.840.10008.5.1.4.1.1.88.59"), Reason.NOT_AN_IMAGE),
    "dose report": (
        lambda: bad.report(sr_content(bad.text_item("Comment", "DLP 300")), "1.2.840.10008.5.1.4.1.1.88.67"),
        Reason.NOT_AN_IMAGE,
    ),
    "segmentation": (
        lambda: bad.image({0x00080016: bad.text("UI", "1.2.840.10008.5.1.4.1.1.66.4")}),
        Reason.UNSUPPORTED_SOP_CLASS,
    ),
    "rt dose": (
        lambda: bad.image({0x00080016: bad.text("UI", "1.2.840.10008.5.1.4.1.1.481.2")}),
        Reason.UNSUPPORTED_SOP_CLASS,
    ),
    "video": (
        lambda: bad.image(pixels=bad.encapsulated(b"\0\0\1\xb3" * 50), syntax=bad.MPEG4),
        Reason.UNSUPPORTED_TRANSFER_SYNTAX,
    ),
    "dicomdir by another name": (
        lambda: bad.part10(bad.element(0x00080016, "UI", b"1.2.840.10008.1.3.10")),
        Reason.DICOMDIR,
    ),
    "report without text": (lambda: bad.report(sr_content(bad.content_item("CONTAINER", "x"))), Reason.EMPTY_REPORT),
    "report 70 deep": (lambda: bad.report(deep_report(70)), Reason.TOO_DEEP),
}


def lying_size(syntax: str, frame: bytes) -> bytes:
    pixels = bad.element(0x7FE00010, "OW", frame) if syntax == bad.EXPLICIT else bad.encapsulated(frame)
    return bad.image({0x00280010: bad.us(65535), 0x00280011: bad.us(65535)}, pixels, syntax)


def sr_content(*items: bytes) -> bytes:
    return bad.sequence(0x0040A730, *items)


def deep_report(depth: int) -> bytes:
    content = sr_content(bad.text_item("Finding", "deep down"))
    for _ in range(depth):
        content = sr_content(bad.content_item("CONTAINER", "Findings", children=content))
    return content


FRAME_CASES: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "slope 0": (lambda: rescaled("0"), Reason.BAD_PIXEL_HEADER),
    "slope nan": (lambda: rescaled("nan"), Reason.BAD_PIXEL_HEADER),
    "slope in words": (lambda: rescaled("steep"), Reason.BAD_PIXEL_HEADER),
    "slope 1e300": (lambda: rescaled("1e300"), Reason.BAD_PIXEL_HEADER),
    "jpeg 2000 codestream of another size": (
        lambda: bad.image(pixels=bad.encapsulated(bad.jpeg2000_claiming(60000, 60000)), syntax=bad.JPEG_2000),
        Reason.BAD_PIXEL_HEADER,
    ),
    "jpeg-ls codestream of another size": (
        lambda: bad.image(pixels=bad.encapsulated(bad.jpeg_ls_claiming(60000, 60000)), syntax=bad.JPEG_LS),
        Reason.BAD_PIXEL_HEADER,
    ),
    "jpeg 2000 without data": (
        lambda: bad.image(pixels=bad.encapsulated(bad.jpeg2000_claiming(16, 16)), syntax=bad.JPEG_2000),
        Reason.DECODE_FAILED,
    ),
    "noise for a jpeg": (
        lambda: bad.image(pixels=bad.encapsulated(bytes(range(256))), syntax=bad.JPEG_LOSSLESS),
        Reason.DECODE_FAILED,
    ),
    "rle too short": (
        lambda: bad.image(pixels=bad.encapsulated(struct.pack("<16L", 2, 64, 66, *[0] * 13)), syntax=bad.RLE),
        Reason.DECODE_FAILED,
    ),
    "rle too long (the Rust decoder panics)": (
        lambda: bad.image(pixels=bad.encapsulated(bad.rle_frame(runs=5)), syntax=bad.RLE),
        Reason.DECODE_FAILED,
    ),
    "fragment longer than the file": (
        lambda: bad.image(
            pixels=bad.element(0x7FE00010, "OB", bad.item(b"") + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFF0),
                               bad.UNDEFINED),
            syntax=bad.RLE,
        ),
        Reason.DECODE_FAILED,
    ),
    "native pixels said to be rle": (lambda: bad.image(syntax=bad.RLE), Reason.BAD_PIXEL_HEADER),
    "palette without tables": (
        lambda: bad.image({0x00280004: bad.text("CS", "PALETTE COLOR")}),
        Reason.BAD_PIXEL_HEADER,
    ),
}  # fmt: skip


def rescaled(slope: str) -> bytes:
    return bad.image({0x00281052: bad.text("DS", "0"), 0x00281053: bad.text("DS", slope)})


def check_next_good_file(reader: SandboxReader, folder: Path) -> None:
    good = folder / "good"
    good.write_bytes(bad.image())
    (read,) = reader.read_frames([FrameRequest(Locator(good))])
    assert read.refusal is None
    assert read.frames[0].values[0, 5] == 5.0


@pytest.mark.parametrize("name", HEADER_CASES)
def test_a_bad_header_is_refused_with_its_reason(name: str, reader: SandboxReader, tmp_path: Path) -> None:
    make, reason = HEADER_CASES[name]
    content = make()
    path = tmp_path / "bad.dcm"
    path.write_bytes(content)
    (read,) = reader.read_headers([Locator(path)])
    assert read.header is None
    assert read.refusal is not None
    assert read.refusal.reason == reason, read.refusal
    assert read.n_bytes == len(content)
    assert len(read.sha256) == 64
    check_next_good_file(reader, tmp_path)


@pytest.mark.parametrize("name", FRAME_CASES)
def test_bad_pixels_are_refused_with_their_reason(name: str, reader: SandboxReader, tmp_path: Path) -> None:
    make, reason = FRAME_CASES[name]
    path = tmp_path / "bad.dcm"
    path.write_bytes(make())
    (read,) = reader.read_frames([FrameRequest(Locator(path))])
    assert read.frames == ()
    assert read.refusal is not None
    assert (read.refusal.outcome, read.refusal.reason) == (Outcome.QUARANTINED, reason), read.refusal
    check_next_good_file(reader, tmp_path)


def test_depth_64_is_still_read(reader: SandboxReader, tmp_path: Path) -> None:
    for defined in (False, True):
        path = tmp_path / f"deep{defined}"
        path.write_bytes(bad.image_with_nested(64, defined))
        (read,) = reader.read_headers([Locator(path)])
        assert read.header is not None, read.refusal


def test_frame_beyond_the_last_is_refused(reader: SandboxReader, tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(bad.image())
    (read,) = reader.read_frames([FrameRequest(Locator(path), (0, 1))])
    assert read.frames == ()
    assert read.refusal is not None
    assert read.refusal.reason == Reason.BAD_PIXEL_HEADER


def test_more_frames_claimed_than_fragments(reader: SandboxReader, tmp_path: Path) -> None:
    path = tmp_path / "frames"
    path.write_bytes(
        bad.image({0x00280008: bad.text("IS", "7")}, bad.encapsulated(bad.rle_frame(), bad.rle_frame()), bad.RLE)
    )
    (read,) = reader.read_frames([FrameRequest(Locator(path), (6,))])
    assert read.refusal is not None
    assert read.refusal.reason == Reason.DECODE_FAILED


def test_window_width_0_gives_an_automatic_window(reader: SandboxReader, tmp_path: Path) -> None:
    path = tmp_path / "width"
    path.write_bytes(bad.image({0x00281050: bad.text("DS", "40"), 0x00281051: bad.text("DS", "0")}))
    (read,) = reader.read_frames([FrameRequest(Locator(path))])
    assert [window.name for window in read.frames[0].windows] == ["auto"]


@pytest.mark.parametrize(
    ("declared", "raw", "read_as"),
    [
        (None, "Thorax für".encode("latin-1"), "Thorax für"),
        ("ISO_IR 100", "Thorax für".encode(), "Thorax fÃ¼r"),
        ("ISO_IR 192", "Thorax für".encode("latin-1"), "Thorax für"),
        ("ISO_IR 999", "Thorax für".encode(), "Thorax für"),
        ("ISO_IR 6", "Грудь".encode("cp1251"), "Ãðóäü"),
    ],
)
def test_wrong_character_set(
    declared: str | None, raw: bytes, read_as: str, reader: SandboxReader, tmp_path: Path
) -> None:
    path = tmp_path / "charset"
    changes: dict[int, tuple[str, bytes] | None] = {0x00081030: ("LO", raw)}
    if declared is not None:
        changes[0x00080005] = bad.text("CS", declared)
    path.write_bytes(bad.image(changes))
    (read,) = reader.read_headers([Locator(path)])
    assert read.header is not None
    assert read.header.study_description == read_as
    # UTF-8 read as Latin-1 is valid Latin-1: nothing can tell
    assert read.header.charset_suspect == (declared != "ISO_IR 100")


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"MZ\x90\0", "mz"), (b"\x7fELF", "elf"), (b"\xcf\xfa\xed\xfe", "macho"), (b"PK\x03\x04", "pk"),
     (b"#!/bin/sh\n", "script"), (b"II*\0", "tiff"), (b"hello", "other"), (b"", "zero")],
)  # fmt: skip
def test_an_alien_preamble_is_named(start: bytes, kind: str, reader: SandboxReader, tmp_path: Path) -> None:
    path = tmp_path / "preamble"
    path.write_bytes(bad.part10(bad.dataset(), preamble=start.ljust(128, b"\0")))
    (read,) = reader.read_headers([Locator(path)])
    assert read.header is not None
    assert read.header.preamble == kind


def peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_bombs_stay_within_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    content = bad.deflate_bomb(1100)
    assert len(content) < 1_200_000
    bomb.write_bytes(content)
    lying = tmp_path / "lying"
    lying.write_bytes(bad.image(pixels=bad.encapsulated(bad.jpeg2000_claiming(60000, 60000)), syntax=bad.JPEG_2000))
    with SandboxReader(ReadLimits(seconds=60, inflated_bytes=64 * MIB), n_workers=1) as reader:
        (read,) = reader.read_headers([Locator(bomb)])
        assert read.refusal is not None
        assert read.refusal.reason == Reason.TOO_LARGE
        list(reader.read_frames([FrameRequest(Locator(lying))]))
        (pid,) = reader.child_pids
        assert peak_mib(pid) < 350  # an idle child has about 100, the inflated limit is 64, growing it copies


def test_out_of_memory_is_a_reason_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "large"
    side = 8000
    changes = {0x00280010: bad.us(side), 0x00280011: bad.us(side)}
    with path.open("wb") as file:
        file.write(bad.image(changes, pixels=bad.element(0x7FE00010, "OW", b"", side * side * 2)))
        file.truncate(file.tell() + side * side * 2)
    with SandboxReader(ReadLimits(seconds=60, memory_bytes=400 * MIB), n_workers=1) as reader:
        (read,) = reader.read_frames([FrameRequest(Locator(path))])
        assert read.refusal is not None
        assert read.refusal.reason == Reason.OUT_OF_MEMORY
        check_next_good_file(reader, tmp_path)


def test_file_above_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bad.image())
    with SandboxReader(ReadLimits(file_bytes=100), n_workers=1) as reader:
        (read,) = reader.read_headers([Locator(path)])
    assert read.refusal is not None
    assert read.refusal.reason == Reason.TOO_LARGE
    assert read.sha256 == ""


def test_missing_special_and_unopenable_files(reader: SandboxReader, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    paths = {
        tmp_path / "nothing": Reason.MISSING_FILE,
        fifo: Reason.SPECIAL_FILE,
        tmp_path: Reason.SPECIAL_FILE,
        loop: Reason.NOT_READABLE,
        tmp_path / "a\0b": Reason.NOT_READABLE,
    }
    reads = list(reader.read_headers(Locator(path) for path in paths))
    assert [read.refusal.reason for read in reads if read.refusal is not None] == list(paths.values())
    assert {read.sha256 for read in reads} == {""}


# --- children that die, hang or do not start ---


def stop_child(reader: SandboxReader, tmp_path: Path) -> int:
    """A child that hangs: started by a good file, then halted."""
    check_next_good_file(reader, tmp_path)
    (pid,) = reader.child_pids
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_a_hanging_child_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "slow"
    path.write_bytes(bad.image())
    with SandboxReader(ReadLimits(seconds=0.5), n_workers=1) as reader:
        pid = stop_child(reader, tmp_path)
        started = time.monotonic()
        (read,) = reader.read_headers([Locator(path)])
        assert read.refusal is not None
        assert read.refusal.reason == Reason.TOO_SLOW
        assert time.monotonic() - started < 10
        check_next_good_file(reader, tmp_path)
        assert reader.child_pids != (pid,)


def test_a_crashing_child_costs_one_file(tmp_path: Path) -> None:
    paths = [tmp_path / str(index) for index in range(3)]
    for path in paths:
        path.write_bytes(bad.image())
    with SandboxReader(ReadLimits(seconds=20), n_workers=1) as reader:
        pid = stop_child(reader, tmp_path)
        killer = threading.Timer(0.3, os.kill, (pid, signal.SIGSEGV))
        killer.start()
        threading.Timer(0.35, os.kill, (pid, signal.SIGCONT)).start()
        reads = list(reader.read_headers(map(Locator, paths)))
    assert reads[0].refusal is not None
    assert reads[0].refusal.reason == Reason.DECODER_DIED
    assert [read.refusal for read in reads[1:]] == [None, None]
    assert [read.locator.path for read in reads] == paths


def test_a_child_that_died_idle_costs_no_file(tmp_path: Path) -> None:
    with SandboxReader(LIMITS, n_workers=1) as reader:
        check_next_good_file(reader, tmp_path)
        os.kill(reader.child_pids[0], signal.SIGKILL)
        time.sleep(0.3)
        check_next_good_file(reader, tmp_path)


def test_a_child_that_cannot_start_is_a_configuration_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with SandboxReader(LIMITS, n_workers=1) as reader:
        with pytest.raises(ConfigError, match="does not start"):
            list(reader.read_headers([Locator(tmp_path)]))


def test_a_closed_reader_says_so(tmp_path: Path) -> None:
    with SandboxReader(LIMITS, n_workers=1) as reader:
        pass
    with pytest.raises(InputError, match="closed"):
        list(reader.read_headers([Locator(tmp_path)]))


def test_leaving_in_the_middle_is_quick_and_leaves_no_child(tmp_path: Path) -> None:
    path = tmp_path / "good"
    path.write_bytes(bad.image())
    with SandboxReader(LIMITS, n_workers=2) as reader:
        next(reader.read_headers(Locator(path) for _ in range(500)))
        pids = reader.child_pids
        started = time.monotonic()
    assert time.monotonic() - started < 5
    assert pids
    assert not any(is_running(pid) for pid in pids)


def test_a_child_started_beforehand_does_the_first_read(tmp_path: Path) -> None:
    path = tmp_path / "good"
    path.write_bytes(bad.image())
    with SandboxReader(LIMITS, n_workers=2) as reader:
        assert reader.child_pids == ()
        reader.start()
        reader.start()
        (pid,) = reader.child_pids
        (read,) = reader.read_headers([Locator(path)])
        assert read.refusal is None
        assert reader.child_pids == (pid,)
    with pytest.raises(InputError, match="closed"):
        reader.start()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


SCRIPT = """
import os, sys, time
from pathlib import Path
from radseek.dicom import Locator, SandboxReader
reader = SandboxReader(n_workers=2)
reads = list(reader.read_headers([Locator(Path(sys.argv[1]))] * 8))
assert all(read.header is not None for read in reads), reads
print(*reader.child_pids, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks children up in /proc")
def test_children_end_with_a_killed_parent_and_see_neither_its_folder_nor_its_secrets(tmp_path: Path) -> None:
    """The calling script has no main guard, stands in a folder of hostile modules, and is killed without notice."""
    path = tmp_path / "good"
    path.write_bytes(bad.image())
    script = tmp_path / "script" / "caller.py"
    script.parent.mkdir()
    script.write_text(textwrap.dedent(SCRIPT))
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for name in ("numpy.py", "pydicom.py", "json.py"):
        (hostile / name).write_text("open('marker', 'w')\n")
    environment = {**os.environ, "RADSEEK_TEST_SECRET": "secret-7f3a"}
    command = [sys.executable, str(script), str(path)]
    with subprocess.Popen(command, cwd=hostile, env=environment, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        pids = [int(word) for word in caller.stdout.readline().split()]
        assert len(pids) >= 1
        assert all(b"secret-7f3a" not in Path(f"/proc/{pid}/environ").read_bytes() for pid in pids)
        caller.kill()
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_running(pid) for pid in pids)
    assert sorted(entry.name for entry in hostile.iterdir()) == ["json.py", "numpy.py", "pydicom.py"]


def test_a_child_cannot_write_files(tmp_path: Path) -> None:
    with SandboxReader(LIMITS, n_workers=1) as reader:
        check_next_good_file(reader, tmp_path)
        limits = Path(f"/proc/{reader.child_pids[0]}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
    assert rows["Max file size"] == ["0", "0"]
    assert rows["Max core file size"] == ["0", "0"]
    assert rows["Max address space"] == [str(LIMITS.memory_bytes)] * 2


# --- folders, zip archives, DICOMDIR ---


def outcomes(root: Path, limits: ReadLimits | None = None) -> dict[str, Reason | None]:
    """Relative name (with zip member) -> reason, None for what is to be read. Each thing comes once."""
    found: dict[str, Reason | None] = {}
    for one in iter_locators(root, limits):
        locator = one.locator if isinstance(one, RefusedLocator) else one
        base = root if root.is_dir() else root.parent
        name = "/".join(filter(None, (str(locator.path.relative_to(base)), locator.member)))
        assert name not in found
        found[name] = one.refusal.reason if isinstance(one, RefusedLocator) else None
    return found


def test_a_folder_with_everything_odd(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "scan").write_bytes(bad.image())
    (tmp_path / "a.dcm").write_bytes(bad.image())
    (tmp_path / "b" / "self").symlink_to(tmp_path)
    (tmp_path / "c").symlink_to(tmp_path / "a.dcm")
    os.mkfifo(tmp_path / "d")
    os.makedirs(tmp_path / "e" / "empty")
    strange = os.fsdecode(b"\xff\xfe.dcm")
    (tmp_path / strange).write_bytes(bad.image())
    assert outcomes(tmp_path) == {
        "a.dcm": None,
        "b/scan": None,
        "b/self": Reason.SPECIAL_FILE,
        "c": Reason.SPECIAL_FILE,
        "d": Reason.SPECIAL_FILE,
        strange: None,
    }
    assert list(outcomes(tmp_path)) == sorted(outcomes(tmp_path))
    with SandboxReader(LIMITS, n_workers=1) as reader:
        (read,) = reader.read_headers([Locator(tmp_path / strange)])
    assert read.header is not None


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        list(iter_locators(tmp_path / "nothing"))


UNLISTABLE = """
import os, sys
from pathlib import Path
from radseek.dicom import RefusedLocator, iter_locators
if os.geteuid() == 0:
    os.setuid(65534)  # rights mean nothing to root: the walk is done as nobody
for one in iter_locators(Path(sys.argv[1])):
    print(one.refusal.reason.value if isinstance(one, RefusedLocator) else "read")
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs Unix rights")
def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "closed").mkdir(parents=True)
    (root / "scan").write_bytes(bad.image())
    (root / "closed").chmod(0)
    (root / "scan").chmod(0o644)
    if os.geteuid() == 0:
        for folder in (root, *(parent for parent in root.parents if len(parent.parts) > 2)):
            folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", UNLISTABLE, str(root)], capture_output=True, text=True, check=False, timeout=60
    )
    (root / "closed").chmod(0o755)
    assert done.stdout.split() == ["not_readable", "read"], done.stderr


def zip_of(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_zip_members(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("scan", bad.image())
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/scan", bad.image())
        archive.writestr("folder/", b"")
        archive.writestr("../../outside", bad.image())
        archive.writestr("/etc/absolute", bad.image())
        archive.writestr("C:/drive", bad.image())
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("hidden_zip", inner.getvalue())
        archive.writestr("twice", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("twice", b"2")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = []
    for one in iter_locators(path):
        locator = one.locator if isinstance(one, RefusedLocator) else one
        found.append((locator.member, one.refusal.reason if isinstance(one, RefusedLocator) else None))
    assert found == [
        ("../../outside", Reason.UNSAFE_PATH),
        ("/etc/absolute", Reason.UNSAFE_PATH),
        ("C:/drive", Reason.UNSAFE_PATH),
        ("folder/scan", None),
        ("hidden_zip", None),
        ("inner.zip", Reason.BAD_ARCHIVE_FILE),
        ("link", Reason.SPECIAL_FILE),
        ("twice", None),
        ("twice", Reason.BAD_ARCHIVE_FILE),
    ]
    with SandboxReader(LIMITS, n_workers=1) as reader:
        scan, hidden, gone = reader.read_headers([
            Locator(path, "folder/scan"),
            Locator(path, "hidden_zip"),
            Locator(path, "nowhere"),
        ])
        assert scan.header is not None
        assert scan.n_bytes == len(bad.image())
        assert hidden.refusal is not None
        assert hidden.refusal.reason == Reason.BAD_ARCHIVE_FILE
        assert gone.refusal is not None
        assert gone.refusal.reason == Reason.MISSING_FILE
        (frames,) = reader.read_frames([FrameRequest(Locator(path, "folder/scan"))])
        assert frames.refusal is None


def only_refusal(path: Path, limits: ReadLimits | None = None) -> Refusal:
    (one,) = iter_locators(path, limits)
    assert isinstance(one, RefusedLocator)
    return one.refusal


def test_bad_zips(tmp_path: Path) -> None:
    text = tmp_path / "text.zip"
    text.write_text("not a zip")
    good = tmp_path / "good.zip"
    zip_of(good, {"a": bad.image(), "b": bad.image()})
    cut = tmp_path / "cut.zip"
    cut.write_bytes(good.read_bytes()[:-30])
    bomb = tmp_path / "bomb.zip"
    zip_of(bomb, {str(index): b"\0" * MIB for index in range(40)})
    many = tmp_path / "many.zip"
    zip_of(many, {str(index): b"" for index in range(30)})
    assert only_refusal(text).reason == Reason.BAD_ARCHIVE_FILE
    assert only_refusal(cut).reason == Reason.BAD_ARCHIVE_FILE
    assert only_refusal(bomb, ReadLimits(inflated_bytes=16 * MIB)).reason == Reason.BAD_ARCHIVE_FILE
    assert only_refusal(many, ReadLimits(zip_members=29)).reason == Reason.BAD_ARCHIVE_FILE
    assert len(list(iter_locators(many))) == 30


def test_zip_member_too_large_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    zip_of(path, {"large": bad.image(), "small": b"x"})
    limits = ReadLimits(inflated_bytes=len(bad.image()) - 1)
    large, _small = iter_locators(path, limits)
    assert isinstance(large, RefusedLocator)
    assert large.refusal.reason == Reason.TOO_LARGE
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(content)
    with SandboxReader(limits, n_workers=1) as reader:
        over, broken = reader.read_headers([Locator(path, "large"), Locator(damaged, "large")])
    assert over.refusal is not None
    assert over.refusal.reason == Reason.TOO_LARGE
    assert broken.refusal is not None
    assert broken.refusal.reason in {Reason.BAD_ARCHIVE_FILE, Reason.TOO_LARGE}


def test_encrypted_zip_member(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    zip_of(path, {"a": bad.image()})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert only_refusal(path).reason == Reason.BAD_ARCHIVE_FILE


def dicomdir(*references: str) -> bytes:
    records = [bad.element(0x00041500, "CS", reference.encode()) for reference in references]
    body = bad.element(0x00080016, "UI", b"1.2.840.10008.1.3.10") + bad.sequence(0x00041220, *records)
    return bad.part10(b"".join([bad.element(0x00041130, "CS", b"TEST"), bad.sequence(0x00041220, *records)]) + body[:0])


def test_dicomdir_references(tmp_path: Path) -> None:
    root = tmp_path / "media"
    (root / "IMAGES").mkdir(parents=True)
    (root / "IMAGES" / "im1").write_bytes(bad.image())
    (root / "IMAGES" / "IM2").write_bytes(bad.image())
    (tmp_path / "OUTSIDE").write_bytes(bad.image())
    (root / "LINK").symlink_to(tmp_path / "OUTSIDE")
    references = ("IMAGES\\IM1", "IMAGES\\IM2", "..\\OUTSIDE", "\\ETC", "IMAGES\\GONE", "LINK", "IMAGES\\IM2")
    (root / "DICOMDIR").write_bytes(dicomdir(*references))
    complaints = {
        "DICOMDIR": Reason.DICOMDIR,
        "DICOMDIR/../OUTSIDE": Reason.UNSAFE_PATH,
        "DICOMDIR//ETC": Reason.UNSAFE_PATH,
        "DICOMDIR/LINK": Reason.UNSAFE_PATH,
        "DICOMDIR/IMAGES/GONE": Reason.MISSING_FILE,
    }
    assert outcomes(root / "DICOMDIR") == complaints | {"IMAGES/im1": None, "IMAGES/IM2": None}
    assert outcomes(root) == complaints | {"IMAGES/im1": None, "IMAGES/IM2": None, "LINK": Reason.SPECIAL_FILE}


def test_a_dicomdir_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "DICOMDIR").write_text("just a text")
    assert outcomes(tmp_path) == {"DICOMDIR": Reason.NOT_DICOM}
    (tmp_path / "DICOMDIR").write_bytes(bad.image())
    assert outcomes(tmp_path) == {"DICOMDIR": Reason.UNREADABLE_HEADER}
