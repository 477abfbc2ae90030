"""Display arrays to model tensors. MONAI transforms live here and nowhere else; it is imported when first used."""

from radseek.images.augment import Augmentation, augment
from radseek.images.display_array import to_unit_range
from radseek.images.masks import MASKS, apply_mask, mask_medpix
from radseek.images.prepare import fit_square, normalise, prepare
from radseek.images.preprocessing import Preprocessing
from radseek.images.rasters import read_raster

__all__ = [
    "MASKS",
    "Augmentation",
    "Preprocessing",
    "apply_mask",
    "augment",
    "fit_square",
    "mask_medpix",
    "normalise",
    "prepare",
    "read_raster",
    "to_unit_range",
]
