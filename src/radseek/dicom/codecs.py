"""Which library decodes which transfer syntax: one pinned choice each, measured in `benchmarks/decoders.md`."""

from __future__ import annotations

from functools import cache
from typing import Any

DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
"""Deflated Image Frame Compression: inflated by radseek itself, with a ceiling."""

_JPEG = "1.2.840.10008.1.2.4."
PLUGINS: dict[str, str] = {
    _JPEG + "50": "radseek",
    _JPEG + "51": "radseek",
    _JPEG + "57": "radseek",
    _JPEG + "70": "radseek",
    _JPEG + "80": "pyjpegls",
    _JPEG + "81": "pyjpegls",
    _JPEG + "90": "pylibjpeg",
    _JPEG + "91": "pylibjpeg",
    _JPEG + "201": "pylibjpeg",
    _JPEG + "202": "pylibjpeg",
    _JPEG + "203": "pylibjpeg",
    "1.2.840.10008.1.2.5": "pylibjpeg",
}
"""Transfer syntax UID -> pydicom decoding plug-in. `radseek` is `radseek.dicom.jpeg_plugin` on imagecodecs
(libjpeg-turbo), the only permissively licensed decoder that reads baseline, 12-bit extended and lossless JPEG."""

NATIVE = frozenset({
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
})


def is_decodable(transfer_syntax_uid: str) -> bool:
    """Whether radseek has a decoder for the syntax; video and JPIP references have none."""
    return transfer_syntax_uid in NATIVE or transfer_syntax_uid in PLUGINS or transfer_syntax_uid == DEFLATED_FRAMES


@cache
def decoder_for(transfer_syntax_uid: str) -> Any:  # noqa: ANN401  (a pydicom Decoder, untyped here)
    """The decoder of pydicom for the syntax, with our plug-in registered where `PLUGINS` asks for it."""
    from pydicom.pixels import get_decoder

    decoder = get_decoder(transfer_syntax_uid)
    if PLUGINS.get(transfer_syntax_uid) == "radseek":
        decoder.add_plugin("radseek", ("radseek.dicom.jpeg_plugin", "decode_frame"))
    return decoder
