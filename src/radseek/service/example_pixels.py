"""The pixels of example pictures, decoded in a child process: nothing received is opened here, or known by its name."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.storage import plain_storage_errors
from radseek.dicom import CT_WINDOWS, FrameRequest, Locator, SandboxReader, to_display
from radseek.dicom.raster import is_raster
from radseek.errors import DecodeError, InputError
from radseek.images.masks import apply_mask, mask_of
from radseek.records.instances import InstanceKind
from radseek.records.outcomes import EXPLANATIONS, Reason, Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radseek.archive.config import ArchiveConfig
    from radseek.archive.example_pictures import ExamplePicture
    from radseek.records.instances import Frame, InstanceHeader

MAX_PICTURE_BYTES = 256 * 1024 * 1024
"""Largest file taken as an example; enhanced multi-frame objects reach it."""
MIN_SIDE_PX = 16
"""Shortest side of an example picture, and of a region of one."""
_RASTER_START = 16


class ExamplePixels:
    """Decodes example pictures; safe to use from several threads. Close it when done.

    Args:
        config: The archive's limits and CT windows.
    """

    def __init__(self, config: ArchiveConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._reader: SandboxReader | None = None

    def uploaded(self, content: bytes) -> NDArray[np.float32]:
        """A PNG, JPEG or DICOM file's picture as shown, float32 `[rows, cols]` in 0..1, 1 is white.

        Colour is reduced to brightness, as at ingest. CT is shown in the first window that the archive has for its
        body part; of several frames the middle one is taken. The content lies in a private file while it is read.

        Raises:
            DecodeError: When it does not decode or a limit refuses it.
            InputError: When it is empty, too large or too small, or shows nothing.
            StorageError: When the disk refuses.
        """
        if not content:
            raise InputError("the example picture is an empty file")
        limit = min(MAX_PICTURE_BYTES, self._config.limits.file_bytes)
        if len(content) > limit:
            raise InputError(f"the example picture has {len(content):,} bytes; at most {limit:,} are allowed")
        with plain_storage_errors("keeping the example picture while it is read"):
            folder = tempfile.TemporaryDirectory(prefix="radseek-example-")
        with folder:
            path = Path(folder.name) / "picture"
            with plain_storage_errors("keeping the example picture while it is read"):
                path.write_bytes(content)
            shown = self._shown(Locator(path), is_raster(content[:_RASTER_START]))
        return _checked(shown)

    def archived(self, picture: ExamplePicture) -> NDArray[np.float32]:
        """A picture of the archive as its encoder saw it, float32 `[rows, cols]` in 0..1.

        Raises:
            DecodeError: When it cannot be read or decoded any more.
        """
        frame = self._frame(picture.locator, picture.frame_index)
        shown = to_display(frame, CT_WINDOWS.get(picture.window))
        mask = mask_of(picture.burned_in)
        return apply_mask(shown, mask) if mask else shown

    def close(self) -> None:
        """Ends the child process."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _shown(self, locator: Locator, raster: bool) -> NDArray[np.float32]:
        if raster:
            return to_display(self._frame(locator, 0))
        header = self._header(locator)
        if header.kind is not InstanceKind.IMAGE:
            raise InputError("the example is a DICOM object without a picture; search for the words of its report")
        windows = self._config.windows_for(header.modality.upper(), header.body_part)
        return to_display(self._frame(locator, max(1, header.n_frames) // 2), CT_WINDOWS.get(windows[0]))

    def _header(self, locator: Locator) -> InstanceHeader:
        read = next(iter(self._sandbox().read_headers([locator])))
        if read.header is None:
            raise _refused(read.refusal)
        return read.header

    def _frame(self, locator: Locator, index: int) -> Frame:
        read = next(iter(self._sandbox().read_frames([FrameRequest(locator, (index,))])))
        if read.refusal is not None:
            raise _refused(read.refusal)
        return read.frames[0]

    def _sandbox(self) -> SandboxReader:
        with self._lock:
            if self._reader is None:
                self._reader = SandboxReader(self._config.limits, n_workers=1)
            return self._reader


def check_region_size(rows: float, cols: float) -> None:
    """Checks that a region of `rows` x `cols` pixels has something to compare.

    Raises:
        InputError: When a side is shorter than `MIN_SIDE_PX`.
    """
    if min(rows, cols) < MIN_SIDE_PX:
        raise InputError(
            f"the region has {rows:.0f} x {cols:.0f} pixels; draw it at least {MIN_SIDE_PX} x {MIN_SIDE_PX} large"
        )


def _checked(shown: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, cols = shown.shape
    if min(rows, cols) < MIN_SIDE_PX:
        raise InputError(f"the example picture has {rows} x {cols} pixels; at least {MIN_SIDE_PX} a side are needed")
    if float(np.ptp(shown)) < 1 / 255:
        raise InputError("the example picture shows nothing: all its pixels are equally bright")
    return shown


def _refused(refusal: Refusal | None) -> DecodeError:
    reason = refusal.reason if refusal is not None else Reason.DECODER_DIED
    why = "it is neither PNG, JPEG nor DICOM" if reason is Reason.NOT_DICOM else EXPLANATIONS[reason]
    if reason is Reason.MISSING_FILE:
        why = "its file is not where it was when it was ingested"
    return DecodeError(reason, f"the example picture cannot be used: {why}")
