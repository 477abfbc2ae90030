"""The demo's sources: synthetic studies as DICOM and reports, for a first look without any data of one's own."""

from __future__ import annotations

from radseek.service.phantom_table import write_phantom_table

__all__ = ["write_phantom_table"]
