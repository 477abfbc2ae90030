"""PNG and JPEG pictures of a research table, for people's own files (received files go through `radseek.dicom`)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import DecodeError, InputError
from radseek.records.outcomes import Reason


def read_raster(path: Path) -> NDArray[Any]:
    """The grey values `[rows, cols]` of a PNG or JPEG file: uint16 when the file has 16 bits, else uint8.

    Colour is turned to luminance and transparency ignored. The orientation tag of photographs is not applied.

    Raises:
        InputError: When the file is absent or may not be read.
        DecodeError: When it is neither PNG nor JPEG, is damaged, or is larger than Pillow's decompression limit.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                if picture.mode.startswith("I"):
                    deep: NDArray[np.uint16] = np.clip(np.asarray(picture), 0, 65535).astype(np.uint16)
                    return deep
                return np.asarray(picture.convert("L"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise DecodeError(Reason.TOO_LARGE, "a picture has more pixels than the limit") from error
    except UnidentifiedImageError as error:
        raise DecodeError(Reason.DECODE_FAILED, "a picture is neither PNG nor JPEG") from error
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise InputError(f"a picture cannot be read: {error.strerror}") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise DecodeError(Reason.DECODE_FAILED, "a picture is damaged") from error
