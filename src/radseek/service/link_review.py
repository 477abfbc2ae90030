"""`LinkReview`: the reports that no rule could link, and what a person decides about each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radseek.archive.key_lookup import studies_of_key
from radseek.archive.linking import list_waiting, reopen_link, resolve_link
from radseek.archive.study_queries import hydrate_studies, report_by_key
from radseek.service.principal import Permission

if TYPE_CHECKING:
    from radseek.archive.linking import WaitingReport
    from radseek.records.search import ReportView
    from radseek.service.archive import Archive


class LinkReview:
    """The review list of one archive; get it as `archive.review`.

    All of it needs `Permission.LINK`. Opened reports and decisions leave an audit event with keys only. Searches know
    of a decision when the archive was indexed again.

    Args:
        archive: The open archive.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def waiting(self, limit: int = 200) -> list[WaitingReport]:
        """Reports that wait for a person, the longest waiting first, with the studies to choose from."""
        self._archive.principal.require(Permission.LINK)
        return list_waiting(self._archive.folder, limit)

    def report(self, report_key: str) -> ReportView:
        """A report's text, to decide by.

        Raises:
            InputError: When there is no such report.
        """
        self._archive.principal.require(Permission.LINK)
        with self._archive.folder.catalogue.reading() as connection:
            report = report_by_key(connection, report_key)
        self._audit("open report", {"report": report_key})
        return report

    def studies_of(self, number: str) -> list[str]:
        """Keys of the studies that go by a number: a study's key or UID, its accession number, any key of ours.

        For a report that shares no identifier with its study, so that a person who knows the study can say it.
        """
        self._archive.principal.require(Permission.LINK)
        with self._archive.folder.catalogue.reading() as connection:
            found = hydrate_studies(connection, studies_of_key(connection, number.strip()))
        return [study.study_key for study in found]

    def link(self, report_key: str, study_key: str | None, *, while_waiting: bool = False) -> None:
        """Links a report to a study, or to none, for good: no rule changes it again.

        Args:
            report_key: Which report.
            study_key: Which study; None for none.
            while_waiting: Decide only while the report waits: what somebody decided meanwhile is not overwritten.

        Raises:
            InputError: When there is no such report or study, or the report does not wait any more.
            BusyError: When another process writes.
        """
        self._archive.principal.require(Permission.LINK)
        resolve_link(self._archive.folder, report_key, study_key, while_waiting=while_waiting)
        self._audit("link", {"report": report_key, "study": study_key or ""})

    def reopen(self, report_key: str) -> None:
        """Takes a person's decision back; the rules decide anew, and mostly the report waits again.

        Raises:
            InputError: When there is no such report, or nobody has decided about it.
            BusyError: When another process writes.
        """
        self._archive.principal.require(Permission.LINK)
        reopen_link(self._archive.folder, report_key)
        self._audit("reopen link", {"report": report_key})

    def _audit(self, action: str, detail: dict[str, str]) -> None:
        with self._archive.folder.catalogue.writing() as writer:
            writer.audit(self._archive.principal.name, action, detail)
