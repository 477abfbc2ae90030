"""Letters burned into phantoms: side markers and the word SYNTHETIC, from a small bitmap alphabet of our own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SYNTHETIC_MARK = "SYNTHETIC"

_GLYPHS = {
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "C": "01111 10000 10000 10000 10000 10000 01111",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "I": "11111 00100 00100 00100 00100 00100 11111",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "N": "10001 11001 10101 10101 10011 10001 10001",
    "P": "11110 10001 10001 11110 10000 10000 10000",
    "R": "11110 10001 10001 11110 10100 10010 10001",
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "Y": "10001 10001 01010 00100 00100 00100 00100",
}


def text_mask(text: str, scale: int = 1) -> NDArray[np.bool_]:
    """Where letters of `text` are lit, bool `[7 * scale, (6 * len(text) - 1) * scale]`; capitals of `_GLYPHS` only."""
    columns: list[NDArray[np.bool_]] = []
    for letter in text:
        rows = _GLYPHS[letter].split()
        columns += [np.array([[bit == "1" for bit in row] for row in rows]), np.zeros((7, 1), bool)]
    small = np.hstack(columns[:-1])
    return np.repeat(np.repeat(small, scale, axis=0), scale, axis=1)


def burn(pixels: NDArray[Any], text: str, corner: tuple[int, int], scale: int, levels: tuple[float, float]) -> None:
    """Write `text` into `pixels` `[..., rows, cols]` in place, on a plate that keeps it legible.

    Args:
        pixels: Picture or stack of pictures.
        text: Letters to write.
        corner: Row and column of the text's upper left corner.
        scale: Pixels for one dot of the alphabet.
        levels: Pixel value of the letters, and of the plate behind them.
    """
    mask = text_mask(text, scale)
    row, col = corner
    margin = 2 * scale
    pixels[..., row - margin : row + mask.shape[0] + margin, col - margin : col + mask.shape[1] + margin] = levels[1]
    place = pixels[..., row : row + mask.shape[0], col : col + mask.shape[1]]
    place[..., mask] = levels[0]


def burn_synthetic(pixels: NDArray[Any], scale: int, levels: tuple[float, float]) -> None:
    """Write SYNTHETIC in the middle of the bottom edge of `pixels` `[..., rows, cols]`, in place."""
    mask = text_mask(SYNTHETIC_MARK, scale)
    rows, cols = pixels.shape[-2:]
    burn(pixels, SYNTHETIC_MARK, (rows - mask.shape[0] - 3 * scale, (cols - mask.shape[1]) // 2), scale, levels)
