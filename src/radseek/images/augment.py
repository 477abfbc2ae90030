"""Radiograph-safe training augmentation: small moves and brightness, never a mirror image (left stays left)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a training picture may be moved and changed; every value is a half range around no change."""

    rotate_deg: float = 7.0
    scale: float = 0.1
    """Zoom factor 1 - scale .. 1 + scale."""
    shift: float = 0.06
    """Share of the side."""
    gamma: float = 0.25
    """Exponent exp(-gamma) .. exp(gamma)."""
    contrast: float = 0.15
    brightness: float = 0.05
    noise: float = 0.02
    """Largest standard deviation of added noise; each picture draws its own."""


def augment(grey: torch.Tensor, settings: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Changed copies of `grey` float32 `[n, size, size]` in 0..1, same shape and range; moved-in borders are black.

    Rotation, zoom and shift are one bilinear resampling; then gamma, contrast, brightness and noise. Equal generator
    states give equal results.
    """
    if len(grey) == 0:
        return grey.clone()
    moved = _move(grey, settings, generator)
    return _recolour(moved, settings, generator)


def _half_range(n: int, half: float, generator: torch.Generator) -> torch.Tensor:
    import torch

    return (torch.rand(n, generator=generator) * 2 - 1) * half


def _move(grey: torch.Tensor, settings: Augmentation, generator: torch.Generator) -> torch.Tensor:
    import torch
    from torch.nn import functional

    n = grey.shape[0]
    angle = torch.deg2rad(_half_range(n, settings.rotate_deg, generator))
    zoom = 1 + _half_range(n, settings.scale, generator)
    shift = torch.stack([_half_range(n, 2 * settings.shift, generator) for _ in range(2)], dim=1)  # grid spans -1..1
    cosine, sine = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    rows = torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)  # [n, 2, 2]
    affine = torch.cat([rows, shift[:, :, None]], dim=2)  # [n, 2, 3]
    grid = functional.affine_grid(affine, [n, 1, *grey.shape[1:]], align_corners=False)
    moved = functional.grid_sample(grey[:, None], grid, padding_mode="zeros", align_corners=False)
    return moved[:, 0].clamp(0, 1)


def _recolour(grey: torch.Tensor, settings: Augmentation, generator: torch.Generator) -> torch.Tensor:
    import torch

    n = grey.shape[0]

    def draw(half: float) -> torch.Tensor:
        return _half_range(n, half, generator)[:, None, None]

    # 1e-6 keeps the gradient-free power of exact black finite for every exponent.
    bent = grey.clamp(min=1e-6) ** torch.exp(draw(settings.gamma))
    bent = (bent - 0.5) * (1 + draw(settings.contrast)) + 0.5 + draw(settings.brightness)
    strength = torch.rand(n, generator=generator)[:, None, None] * settings.noise
    return (bent + torch.randn(grey.shape, generator=generator) * strength).clamp(0, 1)
