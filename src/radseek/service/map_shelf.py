"""What an open archive keeps of its maps: those that were looked at last, and the build beside it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from radseek.service.map_building import MapBuilder

if TYPE_CHECKING:
    from radseek.records.archive_map import MapKind
    from radseek.service.shown_map import ShownMap


class MapShelf:
    """Belongs to one open archive; light to make, as every command makes one."""

    def __init__(self) -> None:
        self.builder = MapBuilder()
        self.lock = threading.Lock()
        """Held while a map is loaded, so that two people do not load it twice."""
        self.shown: dict[MapKind, tuple[str, ShownMap]] = {}
        """Kind -> what it was loaded from, and the map."""
