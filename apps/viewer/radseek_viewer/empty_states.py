"""What an archive lacks, and what to do about it: nothing in it, nothing indexed, no pictures, no reports."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from radseek_viewer.wall import Notice, StartScreen, show_notice, show_wall
from radseek_viewer.wording import counted

if TYPE_CHECKING:
    from radseek.service import ArchiveSummary


class Lack(Enum):
    """What an archive lacks most."""

    EVERYTHING = "everything"
    INDEX = "index"
    PICTURES = "pictures"
    REPORTS = "reports"


UNSEARCHABLE = frozenset({Lack.EVERYTHING, Lack.INDEX})
"""Without these no page has anything to show."""

_INGEST = Notice(
    "1. Bring it in",
    "In a terminal: radseek ingest ARCHIVE FOLDER. DICOM folders and zip files, tables of images and reports are read; "
    "the page Archive says what became of every file.",
)
_INDEX = Notice(
    "2. Index it", "radseek index ARCHIVE. Pictures and sentences become searchable; a larger archive takes a while."
)
_ASK = Notice(
    "3. Ask", "Come back to this page: a search finds what came in. radseek demo shows it on made-up studies."
)

_LACKING_PART = {
    Lack.PICTURES: {
        "search": "Only reports are here, no pictures. Hits answer by sentences and words; cards have no picture.",
        "similar": "Only reports are here, no pictures. Studies are compared by what is reported.",
        "cohorts": "Only reports are here, no pictures. Cohorts hold studies by their reports.",
        "archive": "Only reports are here. Bring pictures in with radseek ingest ARCHIVE FOLDER, then radseek index.",
    },
    Lack.REPORTS: {
        "search": "Only pictures are here, no reports. Hits answer by the picture itself, which tells coarse findings; "
        "what is denied cannot be asked of pictures.",
        "similar": "Only pictures are here, no reports. Studies are compared by how they look.",
        "cohorts": "Only pictures are here, no reports. Cohorts hold studies by how they look.",
        "archive": "Only pictures are here. Bring reports in with radseek ingest ARCHIVE FILE --as reports, "
        "then run radseek index.",
    },
}
"""What is lacking -> page -> what that means there."""


def lack_of(summary: ArchiveSummary) -> Lack | None:
    """What the archive lacks most; None where it has pictures, reports and an index."""
    if not summary.n_studies and not summary.n_reports:
        return Lack.EVERYTHING
    if not summary.generation:
        return Lack.INDEX
    if not summary.n_images:
        return Lack.PICTURES
    return None if summary.n_reports else Lack.REPORTS


def tell_lack(summary: ArchiveSummary, page: str) -> bool:
    """Say on a page what the archive lacks and what to do; True where the page has nothing else to show.

    Args:
        summary: Of the archive.
        page: One of search, similar, cohorts, archive.
    """
    lack = lack_of(summary)
    if lack in UNSEARCHABLE:
        show_wall(f"lack_{page}", start=start_screen(summary))
        return True
    if lack is not None:
        show_notice(f"lack_{page}", Notice(f"No {lack.value} in this archive", _LACKING_PART[lack][page]))
    return False


def start_screen(summary: ArchiveSummary) -> StartScreen:
    """The way from an archive that cannot be searched to one that can."""
    if lack_of(summary) is Lack.EVERYTHING:
        lead = Notice("This archive holds nothing yet", "Three steps lead to the first search.")
        return StartScreen(lead, (), (_INGEST, _INDEX, _ASK))
    counts = f"{counted(summary.n_studies, 'study')} and {counted(summary.n_reports, 'report')}"
    lead = Notice("What came in is not indexed yet", f"{counts} are here, and no search finds them before that.")
    return StartScreen(lead, (), (_INDEX, _ASK))
