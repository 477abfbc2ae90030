"""Bytes of unknown encoding -> text."""

from __future__ import annotations

import codecs

from radseek.errors import InputError

_BOMS: tuple[tuple[bytes, str], ...] = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LAYOUT = frozenset("\t\n\v\f\r\x1a\x1b")
"""Control characters that real text holds: white space, the DOS end of file, the escape of ISO 2022."""

_MAX_CONTROL_SHARE = 0.02
"""Compressed or raw pixels have about 11 % (27 of 256 byte values); dictation exports have a stray one at most."""


def decode_text(raw: bytes) -> str:
    r"""The text in `raw`, with `\n` line ends and without NUL characters.

    Tried in order: a byte order mark (UTF-8, UTF-16, UTF-32), UTF-16 without mark (Western text only, seen by its zero
    bytes), UTF-8, CP1252, Latin-1. Every byte string decodes as Latin-1, so what reads like no text is refused.

    Raises:
        InputError: When `raw` is binary, or cut short inside a UTF-16 or UTF-32 character.
    """
    text = _decode(raw).rstrip("\0")
    if _n_control(text) > max(1, len(text) * _MAX_CONTROL_SHARE):
        raise InputError("this is no text but binary content; give text as UTF-8, UTF-16, CP1252 or Latin-1")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _decode(raw: bytes) -> str:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decode_marked(raw, encoding)
    for encoding in (_unmarked_encoding(raw), "utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _decode_marked(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise InputError(f"the text begins with a {name} mark but is not valid {name}") from error


def _unmarked_encoding(raw: bytes) -> str:
    """utf-16-le or utf-16-be when every second byte is mostly zero and the others hardly ever, else utf-8."""
    body = raw[:4096]
    n_pairs = len(body) // 2
    if n_pairs == 0 or len(raw) % 2:
        return "utf-8"
    share_first = body[0 : 2 * n_pairs : 2].count(0) / n_pairs
    share_second = body[1 : 2 * n_pairs : 2].count(0) / n_pairs
    if share_second > 0.7 and share_first < 0.1:
        return "utf-16-le"
    if share_first > 0.7 and share_second < 0.1:
        return "utf-16-be"
    return "utf-8"


def _n_control(text: str) -> int:
    return sum(1 for character in text if character < " " and character not in _LAYOUT)
