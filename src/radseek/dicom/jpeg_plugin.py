"""A pydicom decoding plug-in for all JPEG processes (baseline, 12-bit extended, lossless) on imagecodecs."""

from __future__ import annotations

from typing import Any

from radseek.dicom.codestream import codestream_size

DECODER_DEPENDENCIES = {f"1.2.840.10008.1.2.4.{suffix}": ("imagecodecs",) for suffix in ("50", "51", "57", "70")}


def is_available(uid: str) -> bool:
    """Whether the plug-in decodes transfer syntax `uid`; pydicom asks when the plug-in is added."""
    return uid in DECODER_DEPENDENCIES


def decode_frame(source: bytes, runner: Any) -> bytes:  # noqa: ANN401  (a pydicom DecodeRunner, untyped here)
    """The samples of one JPEG frame, colour by pixel, in the codestream's own colour space.

    No colour transform takes place: `runner` is told which space the samples are in. What the codestream says of its
    colours (Adobe or JFIF segment) wins over the header, as pydicom and DCMTK decide too.
    """
    import imagecodecs

    size = codestream_size(source)
    if size is None or size.components == 1:
        samples = imagecodecs.jpeg8_decode(source)
    else:
        is_rgb = _is_rgb(size.adobe_transform, size.jfif, str(runner.photometric_interpretation))
        space = "RGB" if is_rgb else "YCBCR"
        samples = imagecodecs.jpeg8_decode(source, colorspace=space, outcolorspace=space)
        runner.set_option("photometric_interpretation", "RGB" if is_rgb else "YBR_FULL")
        runner.set_option("planar_configuration", 0)
    runner.set_option("bits_allocated", 8 * samples.dtype.itemsize)
    return bytes(samples.tobytes())


def _is_rgb(adobe_transform: int | None, jfif: bool, photometric: str) -> bool:
    if adobe_transform is not None:
        return adobe_transform == 0
    return not jfif and photometric == "RGB"
