"""Pictures of a table: PNG, JPEG, or DICOM, which child processes decode."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

from radseek.dicom import FrameRequest, Locator, ReadLimits, SandboxReader, to_display
from radseek.errors import DecodeError
from radseek.images import read_raster
from radseek.records.outcomes import Refusal

_DICOM_ENDINGS = (".dcm", ".dicom", ".ima")


class PictureFiles:
    """Reads pictures; a child process for DICOM starts with the first one. Use as a context manager."""

    def __init__(self) -> None:
        self._reader: SandboxReader | None = None

    def __enter__(self) -> PictureFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            self._reader.close()

    def read(self, path: Path) -> NDArray[Any]:
        """The picture in display order `[rows, cols]` (1 is white): uint8, uint16, or float32 in 0..1 of DICOM.

        Of several frames it is the middle one, in the file's own window.

        Raises:
            InputError: When the file is absent or may not be read.
            DecodeError: When it is no such picture or damaged.
        """
        if not is_dicom(path):
            return read_raster(path)
        if self._reader is None:
            self._reader = SandboxReader(ReadLimits(), n_workers=1)
        locator = Locator(path)
        head = next(iter(self._reader.read_headers([locator])))
        if head.header is None:
            raise DecodeError(_reason(head.refusal), "a DICOM picture cannot be read")
        request = FrameRequest(locator, (head.header.n_frames // 2,))
        read = next(iter(self._reader.read_frames([request])))
        if read.refusal is not None:
            raise DecodeError(_reason(read.refusal), f"a DICOM picture cannot be decoded: {_reason(read.refusal)}")
        return to_display(read.frames[0])


def is_dicom(path: Path) -> bool:
    """Whether a file has DICOM's mark after its preamble, or is named as DICOM; False for what cannot be read."""
    if path.suffix.lower() in _DICOM_ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _reason(refusal: Refusal | None) -> str:
    return str(refusal.reason.value) if refusal is not None else ""
