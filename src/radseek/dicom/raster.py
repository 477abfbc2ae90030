"""PNG and JPEG files as grey frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radseek.dicom.bounded_file import SizedFile
from radseek.dicom.display import FULL_RANGE
from radseek.dicom.limits import ReadLimits
from radseek.errors import DecodeError
from radseek.records.instances import Frame
from radseek.records.outcomes import Reason


def is_raster(start: bytes) -> bool:
    """Whether the first bytes are those of a PNG or JPEG file."""
    return start.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


def decode_raster(stream: SizedFile, limits: ReadLimits) -> Frame:
    """The picture as a frame: luminance 0..255 and the one window that shows 0 black and 255 white.

    16-bit PNG is scaled by 255 / 65535; transparency is dropped; an EXIF orientation is applied.

    Raises:
        DecodeError: TOO_LARGE above the decoded limit, DECODE_FAILED when the file is damaged.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the check below is ours, and is stricter
    stream.seek(0)
    try:
        with Image.open(stream, formats=("PNG", "JPEG")) as picture:  # type: ignore[arg-type]  # read, seek, tell
            pixels = picture.width * picture.height
            if pixels * 4 > limits.decoded_bytes:
                raise DecodeError(
                    Reason.TOO_LARGE, f"{picture.height} x {picture.width} pixels, limit {limits.decoded_bytes} bytes"
                )
            values = _grey(ImageOps.exif_transpose(picture) or picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DecodeError(Reason.DECODE_FAILED, f"the picture does not decode ({type(error).__name__})") from error
    return Frame(values, (FULL_RANGE,))


def _grey(picture: object) -> NDArray[np.float32]:
    """float32 `[rows, cols]` luminance 0..255 of a Pillow image."""
    from PIL import Image

    image: Image.Image = picture  # type: ignore[assignment]
    if image.mode.startswith("I"):  # 16-bit grey PNG
        return np.asarray(image).astype(np.float32) * np.float32(255.0 / 65535.0)
    if image.mode == "1":
        return np.asarray(image).astype(np.float32) * np.float32(255.0)
    return np.asarray(image.convert("L")).astype(np.float32)
