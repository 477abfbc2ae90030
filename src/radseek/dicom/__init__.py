"""DICOM and raster bytes in, safe headers and grey frames out, decoded in limited child processes.

The functions that write DICOM load on first use: they need pydicom, which the reading side only loads in its children.
"""

from typing import TYPE_CHECKING, Any

from radseek.dicom.display import CT_WINDOWS, to_display
from radseek.dicom.limits import ReadLimits
from radseek.dicom.locators import iter_locators
from radseek.dicom.reads import FrameRead, FrameRequest, HeaderRead, Locator, RefusedLocator
from radseek.dicom.sandbox import SandboxReader
from radseek.dicom.series import choose_key_frames, order_series, stack_geometry

if TYPE_CHECKING:
    from radseek.dicom.write import (
        ImageAttributes,
        ReportAttributes,
        StudyAttributes,
        uid_from,
        write_image,
        write_report,
    )

__all__ = [
    "CT_WINDOWS",
    "FrameRead",
    "FrameRequest",
    "HeaderRead",
    "ImageAttributes",
    "Locator",
    "ReadLimits",
    "RefusedLocator",
    "ReportAttributes",
    "SandboxReader",
    "StudyAttributes",
    "choose_key_frames",
    "iter_locators",
    "order_series",
    "stack_geometry",
    "to_display",
    "uid_from",
    "write_image",
    "write_report",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562 hook: what it returns depends on the name)
    if name in __all__:
        from radseek.dicom import write

        return getattr(write, name)
    raise AttributeError(f"module 'radseek.dicom' has no attribute {name!r}; it has {', '.join(__all__)}")
