"""How much one received file may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Ceilings for reading received files; whatever exceeds one is refused with a reason, never read in part."""

    seconds: float = 30.0
    """Wall-clock time for one header or one frame, on top of `bytes on disk / SLOWEST_BYTES_PER_SECOND`."""
    memory_bytes: int = 2048 * MIB
    """Address space of a reading child. An idle child takes about 160 MiB of it."""
    file_bytes: int = 8192 * MIB
    """Largest file that is opened at all."""
    decoded_bytes: int = 256 * MIB
    """Largest single frame, as stored samples and as float32. 256 MiB holds 8192 x 8192 pixels in float32,
    about twice the largest radiographs on sale."""
    inflated_bytes: int = 256 * MIB
    """Largest zip member or deflated data set after inflation."""
    sequence_depth: int = 64
    """Deepest nesting of sequences; DCMTK's number."""
    max_frames: int = 20_000
    """Largest (0028,0008) Number of Frames."""
    zip_members: int = 100_000
    """Most members of one zip archive."""
    zip_ratio: float = 200.0
    """Largest ratio of a zip archive's inflated to its own size, looked at above `inflated_bytes`."""


SLOWEST_BYTES_PER_SECOND = 20_000_000
"""The slowest storage for which time limits allow: 20 MB/s is a busy network share."""
