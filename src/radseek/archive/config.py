"""How an archive is set up: one frozen configuration, read strictly and stored resolved in the archive."""

from __future__ import annotations

from dataclasses import dataclass, field

from radseek.dicom.limits import ReadLimits
from radseek.errors import ConfigError
from radseek.index.vector_index import KINDS
from radseek.records.search_options import FusionWeights


def _default_windows() -> dict[str, tuple[str, ...]]:
    return {
        "CHEST": ("soft_tissue", "lung"),
        "HEAD": ("brain", "bone"),
        "BRAIN": ("brain", "bone"),
        "SPINE": ("soft_tissue", "bone"),
        "DEFAULT": ("soft_tissue",),
    }


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """How an archive is searched where a search does not say otherwise."""

    weights: FusionWeights = FusionWeights()
    """How much each channel counts in the fusion of ranks; 0 leaves a channel out."""


@dataclass(frozen=True, slots=True)
class ArchiveConfig:
    """An archive's configuration, as `configs/archives/default.yaml` spells it out.

    Raises:
        ConfigError: When a number is out of its range or `ct_windows` has no DEFAULT.
    """

    catalogue: str = ""
    """URL of the catalogue; empty for `catalogue.sqlite` inside the archive. Passwords belong into ~/.pgpass."""
    encoder: str = "radseek-mini"
    """Name of a shipped encoder or preset, or a checkpoint folder."""
    runtime: str = "auto"
    """What computes embeddings: auto, or a runtime that `load_encoder` knows."""
    index: str = "auto"
    """auto, faiss, or exact (numpy, the reference); auto is faiss where it is installed."""
    workers: int = 2
    """Child processes that read headers and decode pixels, 1 to 64."""
    key_slices: int = 12
    """Most slices of a series, or frames of an instance, that are encoded, 1 to 1000; evenly spread."""
    thumbnail_px: int = 256
    """Longest side of a thumbnail, 32 to 2048."""
    ct_windows: dict[str, tuple[str, ...]] = field(default_factory=_default_windows)
    """For CT: part of (0018,0015) Body Part Examined -> windows in which it is encoded. DEFAULT where none fits."""
    lexicon: str = ""
    """YAML of the site's own findings and words, a path from the archive's folder; empty for the shipped lexicon alone.

    At `radseek init --config` a path from the configuration file, whose content is copied into the archive.
    """
    search: SearchConfig = field(default_factory=SearchConfig)
    """How it is searched."""
    limits: ReadLimits = field(default_factory=ReadLimits)
    """Ceilings for reading received files."""

    def __post_init__(self) -> None:
        ranges = {"workers": (1, 64), "key_slices": (1, 1000), "thumbnail_px": (32, 2048)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name}: expected {low} to {high}, got {getattr(self, name)}")
        if self.index not in KINDS:
            raise ConfigError(f"index: expected one of {', '.join(KINDS)}, got {self.index!r}")
        if not self.ct_windows.get("DEFAULT"):
            raise ConfigError("ct_windows: the key DEFAULT is missing or empty; it serves all body parts without a key")

    def windows_for(self, modality: str, body_part: str) -> tuple[str, ...]:
        """Names of the windows in which a picture of this kind is encoded, at least one; `default` for all but CT.

        A key fits when it is contained in the body part, so that CHESTABDPELVIS counts as CHEST.
        """
        if modality != "CT":
            return ("default",)
        fitting = [names for part, names in self.ct_windows.items() if part.upper() in body_part.upper()]
        chosen = dict.fromkeys(name for names in fitting for name in names)
        return tuple(chosen) or self.ct_windows["DEFAULT"]


def check_windows(config: ArchiveConfig) -> None:
    """Checks that every CT window that the configuration names exists.

    Raises:
        ConfigError: Listing the known windows.
    """
    from radseek.dicom import CT_WINDOWS

    named = {name for names in config.ct_windows.values() for name in names}
    unknown = sorted(named - set(CT_WINDOWS))
    if unknown:
        raise ConfigError(f"ct_windows: unknown window {', '.join(unknown)}; known: {', '.join(sorted(CT_WINDOWS))}")
