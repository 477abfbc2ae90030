"""Frames of one instance: decoded one at a time, in grey, after the modality step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.dicom.bounded_file import SizedFile
from radseek.dicom.codecs import DEFLATED_FRAMES, NATIVE, PLUGINS, decoder_for
from radseek.dicom.codestream import codestream_size
from radseek.dicom.fields import RECOVERABLE
from radseek.dicom.fragments import frame_of_own_fragment
from radseek.dicom.grey import GreyScale
from radseek.dicom.header import ParsedInstance, parse_instance
from radseek.dicom.limits import ReadLimits
from radseek.dicom.pixel_description import PixelDescription, describe_pixels
from radseek.dicom.safety import inflate
from radseek.errors import DecodeError
from radseek.records.instances import Frame
from radseek.records.outcomes import Reason

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"


def decode_frames(stream: SizedFile, frame_indices: Sequence[int], limits: ReadLimits) -> Iterator[Frame]:
    """The frames at `frame_indices` (from 0) of the instance in `stream`, in that order.

    Raises:
        DecodeError: With the reason, when the header contradicts itself, a limit is exceeded or decoding fails.
    """
    parsed = parse_instance(stream, limits)
    if parsed.pixel_element is None:
        raise DecodeError(Reason.NO_PIXELS, "no pixel data element")
    description = describe_pixels(
        parsed.fields, parsed.pixel_element, parsed.transfer_syntax_uid, parsed.stream.n_bytes, limits
    )
    scale = GreyScale(parsed.fields, description)
    for index in frame_indices:
        if index >= description.n_frames:
            raise DecodeError(Reason.BAD_PIXEL_HEADER, f"frame {index} asked for, there are {description.n_frames}")
        samples, photometric = decode_samples(parsed, description, index, limits)
        yield scale.frame(samples, photometric, index)


def decode_samples(
    parsed: ParsedInstance, description: PixelDescription, index: int, limits: ReadLimits
) -> tuple[NDArray[Any], str]:
    """One frame's stored samples `[rows, cols]` or `[rows, cols, 3]`, and the photometric interpretation they are in.

    Raises:
        DecodeError: DECODE_FAILED, UNSUPPORTED_TRANSFER_SYNTAX or BAD_PIXEL_HEADER.
    """
    syntax = description.transfer_syntax_uid
    try:
        if syntax == DEFLATED_FRAMES:
            return _deflated_samples(parsed, description, index, limits)
        if syntax in PLUGINS and description.encapsulated:
            return _compressed_samples(parsed, description, index)
        if syntax in NATIVE and not description.encapsulated:
            return _native_samples(parsed, description, index)
    except (*RECOVERABLE, RuntimeError, NotImplementedError, StopIteration, ArithmeticError) as error:
        raise DecodeError(Reason.DECODE_FAILED, f"frame {index}: {type(error).__name__}") from error
    except BaseException as error:
        # PyO3's panic of Rust code that gives up: pylibjpeg-rle does so on every fourth damaged frame. Its class is no
        # Exception and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise DecodeError(Reason.DECODE_FAILED, f"frame {index}: the decoder panicked") from error
    if syntax in NATIVE or syntax in PLUGINS:
        raise DecodeError(Reason.BAD_PIXEL_HEADER, "compressed pixels under a native transfer syntax, or the reverse")
    raise DecodeError(Reason.UNSUPPORTED_TRANSFER_SYNTAX, "no decoder")


def _options(description: PixelDescription) -> dict[str, Any]:
    return {
        "rows": description.rows,
        "columns": description.cols,
        "samples_per_pixel": description.samples,
        "number_of_frames": description.n_frames,
        "bits_allocated": description.bits_allocated,
        "bits_stored": description.bits_stored,
        "pixel_representation": int(description.signed),
        "photometric_interpretation": description.photometric,
        "planar_configuration": description.planar,
        "pixel_keyword": description.keyword,
        "pixel_vr": description.element.vr,
    }


def _native_samples(parsed: ParsedInstance, description: PixelDescription, index: int) -> tuple[NDArray[Any], str]:
    options = _options(description)
    present = min(description.element.length, parsed.stream.n_bytes - description.element.offset)
    full = description.rows * description.cols * 3 * description.bits_allocated // 8 * description.n_frames
    if description.photometric == "YBR_FULL_422" and present >= full:
        options["photometric_interpretation"] = "YBR_FULL"  # the writer did not subsample after all
    options["correct_unused_bits"] = description.high_bit == description.bits_stored - 1
    parsed.stream.seek(description.element.offset)
    syntax = _EXPLICIT_LITTLE if description.transfer_syntax_uid.endswith(".99") else description.transfer_syntax_uid
    samples, properties = decoder_for(syntax).as_array(parsed.stream, index=index, raw=True, **options)
    if not options["correct_unused_bits"]:
        samples = _shifted(samples, description)
    return samples, str(properties["photometric_interpretation"])


def _shifted(samples: NDArray[Any], description: PixelDescription) -> NDArray[Any]:
    """Samples whose bits do not end at bit 0 (PS3.5 section 8.1.1): unused bits off above and below, sign kept."""
    left = description.bits_allocated - 1 - description.high_bit
    shifted: NDArray[Any] = np.left_shift(samples, left)
    shifted >>= description.bits_allocated - description.bits_stored
    return shifted


def _encoded_frame(parsed: ParsedInstance, description: PixelDescription, index: int) -> bytes:
    from pydicom.encaps import get_frame

    offsets = [parsed.fields.raw(tag) for tag in (0x7FE00001, 0x7FE00002)]
    extended = tuple(offsets) if all(isinstance(value, bytes) and value for value in offsets) else None
    if extended is None and description.n_frames > 1:
        own = frame_of_own_fragment(parsed.stream, description.element.offset, index, description.n_frames)
        if own is not None:
            return own
    parsed.stream.seek(description.element.offset)
    return bytes(get_frame(parsed.stream, index, extended_offsets=extended, number_of_frames=description.n_frames))


def _compressed_samples(parsed: ParsedInstance, description: PixelDescription, index: int) -> tuple[NDArray[Any], str]:
    from pydicom.encaps import encapsulate

    frame = _encoded_frame(parsed, description, index)
    _check_codestream(frame, description)
    syntax = description.transfer_syntax_uid
    options = _options(description) | {"number_of_frames": 1}
    samples, properties = decoder_for(syntax).as_array(
        encapsulate([frame], has_bot=False), index=0, raw=True, decoding_plugin=PLUGINS[syntax], **options
    )
    return samples, str(properties["photometric_interpretation"])


def _check_codestream(frame: bytes, description: PixelDescription) -> None:
    """Refuses a frame that would decode to another size than the header says, before a decoder allocates for it."""
    size = codestream_size(frame)
    if size is None:  # RLE has no size of its own; for damaged others the decoder finds the words
        return
    if (size.rows, size.cols, size.components) != (description.rows, description.cols, description.samples):
        raise DecodeError(
            Reason.BAD_PIXEL_HEADER,
            f"header {description.rows} x {description.cols} x {description.samples}, "
            f"codestream {size.rows} x {size.cols} x {size.components}",
        )


def _deflated_samples(
    parsed: ParsedInstance, description: PixelDescription, index: int, limits: ReadLimits
) -> tuple[NDArray[Any], str]:
    """One frame of Deflated Image Frame Compression (PS3.5 A.4.13): each frame is one deflate stream."""
    frame = _encoded_frame(parsed, description, index)
    content = b"".join(inflate([frame], min(limits.inflated_bytes, description.frame_bits // 8 + 16)))
    options = _options(description) | {"number_of_frames": 1}
    samples, properties = decoder_for(_EXPLICIT_LITTLE).as_array(content, index=0, raw=True, **options)
    return samples, str(properties["photometric_interpretation"])
