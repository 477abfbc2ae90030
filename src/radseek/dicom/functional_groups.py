"""Values of enhanced multi-frame objects that stand in their functional groups (PS3.3 C.7.6.16)."""

from __future__ import annotations

from radseek.dicom.fields import Fields

SHARED_GROUPS = 0x52009229
PER_FRAME_GROUPS = 0x52009230


class FunctionalGroups:
    """Macros of one object, looked up for a frame: its own group first, then the shared one.

    Args:
        fields: The object's outermost fields.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._shared = fields.item(SHARED_GROUPS)
        self._per_frame = fields.sequence(PER_FRAME_GROUPS)

    def macro(self, frame_index: int, sequence_tag: int) -> Fields | None:
        """The first item of the macro's sequence for the frame (from 0), or None where there is none."""
        own = self._per_frame[frame_index : frame_index + 1]
        for group in (*(Fields(item, self._fields) for item in own), self._shared):
            found = group.item(sequence_tag) if group is not None else None
            if found is not None:
                return found
        return None
