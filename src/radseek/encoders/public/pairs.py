"""Ready pairs: two towers and the projections with which they were trained to meet."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional

from radseek.encoders.public.bert import PooledBert
from radseek.encoders.public.caption import CaptionTower
from radseek.encoders.public.convolutional import ResNetTower
from radseek.encoders.public.vision import AttentionPool, VisionTransformer


def _unit(vectors: Tensor, dim: int = -1) -> Tensor:
    return functional.normalize(vectors, dim=dim)


class Pair(nn.Module):
    """Pictures and texts to unit vectors in one space.

    Where a public model has no vectors of patches in that space, `patch_vectors` says how they are made; they were
    not trained, and are weaker evidence than a model's own.
    """

    image_tower: VisionTransformer | ResNetTower
    text_tower: CaptionTower | PooledBert
    text_projection: nn.Module

    def grid_side(self, size_px: int) -> int:
        """Rows (and columns) of the patches of a `size_px` square."""
        return self.image_tower.grid_side(size_px)

    def image_vectors(self, pictures: Tensor) -> Tensor:
        """Prepared pictures `[n, 3, size, size]` to unit vectors `[n, dim]`."""
        raise NotImplementedError

    def patch_vectors(self, pictures: Tensor) -> Tensor:
        """Prepared pictures `[n, 3, size, size]` to unit vectors `[n, rows, cols, dim]`."""
        raise NotImplementedError

    def text_vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and mask int64 `[n, tokens]` to unit vectors `[n, dim]`."""
        return _unit(self.text_projection(self.text_tower(ids, mask)))


class ClipPair(Pair):
    """CLIP (arXiv:2103.00020) and what is built like it, with any text tower: each side is pooled, then projected.

    Patch vectors: the last layer without mixing (`VisionTransformer.local_tokens`), projected like the summary token.
    """

    def __init__(
        self, image: VisionTransformer, text: CaptionTower | PooledBert, text_projection: nn.Module, dim: int
    ) -> None:
        super().__init__()
        self.image_tower: VisionTransformer = image
        self.text_tower = text
        self.image_projection = nn.Linear(image.channels, dim, bias=False)
        self.text_projection: nn.Module = text_projection

    def image_vectors(self, pictures: Tensor) -> Tensor:
        """As `Pair.image_vectors`."""
        return _unit(self.image_projection(self.image_tower.all_tokens(pictures)[:, 0]))

    def patch_vectors(self, pictures: Tensor) -> Tensor:
        """As `Pair.patch_vectors`."""
        local = _unit(self.image_projection(self.image_tower.local_tokens(pictures)))
        return _to_grid(local)


class SiglipPair(Pair):
    """SigLIP (arXiv:2303.15343): an attention pool over patches, no projection of pictures.

    Patch vectors: what the pool would say if it saw that patch only.
    """

    def __init__(self, image: VisionTransformer, text: CaptionTower) -> None:
        super().__init__()
        self.image_tower: VisionTransformer = image
        self.text_tower = text
        self.pool = AttentionPool(image.config.stack)
        self.text_projection = nn.Linear(text.width, image.channels)

    def image_vectors(self, pictures: Tensor) -> Tensor:
        """As `Pair.image_vectors`."""
        return _unit(self.pool(self.image_tower.all_tokens(pictures)))

    def patch_vectors(self, pictures: Tensor) -> Tensor:
        """As `Pair.patch_vectors`."""
        return _to_grid(_unit(self.pool.each(self.image_tower.all_tokens(pictures))))


class BiovilPair(Pair):
    """BioViL (arXiv:2204.09817) and BioViL-T (arXiv:2301.04558) for a single picture.

    Patches are projected, then averaged, so both kinds of vectors are the model's own.
    """

    def __init__(self, image: ResNetTower, text: PooledBert, dim: int) -> None:
        super().__init__()
        self.image_tower: ResNetTower = image
        self.text_tower = text
        self.image_projection = nn.Sequential(
            nn.Conv2d(image.channels, dim, 1, bias=False), nn.BatchNorm2d(dim), nn.ReLU(), nn.Conv2d(dim, dim, 1)
        )
        self.text_projection = nn.Sequential(
            nn.Linear(text.width, dim), nn.GELU(), nn.LayerNorm(dim, eps=1e-12), nn.Linear(dim, dim)
        )

    def image_vectors(self, pictures: Tensor) -> Tensor:
        """As `Pair.image_vectors`."""
        return _unit(self.image_projection(self.image_tower(pictures)).mean(dim=(2, 3)))

    def patch_vectors(self, pictures: Tensor) -> Tensor:
        """As `Pair.patch_vectors`."""
        projected = self.image_projection(self.image_tower(pictures))
        return _unit(projected.permute(0, 2, 3, 1))  # [n, dim, rows, cols] -> [n, rows, cols, dim]


def biomedclip_text_projection(width: int, inner: int, dim: int) -> nn.Sequential:
    """The two layers after BiomedCLIP's BERT."""
    return nn.Sequential(nn.Linear(width, inner, bias=False), nn.GELU(), nn.Linear(inner, dim, bias=False))


def _to_grid(patches: Tensor) -> Tensor:
    n, count, dim = patches.shape
    side = math.isqrt(count)
    return patches.view(n, side, side, dim)  # [n, r * c, dim] -> [n, r, c, dim]
