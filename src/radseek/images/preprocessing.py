"""How pictures become tensors, as a record that travels with every index and checkpoint."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Literal, get_args

from radseek.errors import ConfigError

Resize = Literal["area"]

MAX_SIZE_PX = 4096


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """One way from a grey picture in 0..1 to a tensor: resized by area, padded to a square, normalised.

    Raises:
        ConfigError: When a value is outside its range; the message says which.
    """

    name: str
    size_px: int
    """Side of the square that the image tower sees."""
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    """Subtracted per channel; the default is ImageNet's, from which the image tower starts."""
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    resize: str = "area"
    """`area` only: MONAI's antialiased bilinear takes twenty times as long for the same picture."""
    pad_value: float = 0.0
    """Grey value of the border that completes the square, in 0..1."""

    def __post_init__(self) -> None:
        if not 1 <= self.size_px <= MAX_SIZE_PX:
            raise ConfigError(f"preprocessing: size_px is {self.size_px}; allowed are 1 to {MAX_SIZE_PX}")
        if self.resize not in get_args(Resize):
            raise ConfigError(f"preprocessing: resize is {self.resize!r}; known: {', '.join(get_args(Resize))}")
        if len(self.mean) != 3 or len(self.std) != 3 or not all(map(math.isfinite, self.mean)):
            raise ConfigError("preprocessing: mean and std need three finite values each")
        if not all(math.isfinite(value) and value > 0 for value in self.std):
            raise ConfigError(f"preprocessing: std is {self.std}; each value must be above 0")
        if not 0 <= self.pad_value <= 1:
            raise ConfigError(f"preprocessing: pad_value is {self.pad_value}; allowed are 0 to 1")

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON of all fields: equal digests mean equal tensors."""
        fields = json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(fields.encode()).hexdigest()
