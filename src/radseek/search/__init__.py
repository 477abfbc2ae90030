"""A parsed query in, fused study matches out: channels, fusion, grouping. Ids only: no text, no identifiers."""

from __future__ import annotations

from radseek.search.channels import ChannelHit, SearchScope
from radseek.search.find import StudyMatch, find
from radseek.search.fusion import fuse_reciprocal_ranks
from radseek.search.pictures import PictureParts, RegionMaps, ShownPicture

__all__ = [
    "ChannelHit",
    "PictureParts",
    "RegionMaps",
    "SearchScope",
    "ShownPicture",
    "StudyMatch",
    "find",
    "fuse_reciprocal_ranks",
]
