"""Who shares a place on a page of hits, and what a hit says of those who do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radseek.errors import InputError
from radseek.search.folding import Page, Sharing
from radseek.service.leads import MarkedLeads
from radseek.service.same_studies import SameStudies
from radseek.service.timelines import patients_of, with_folded, with_timelines

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.index import Generation
    from radseek.records.search import Channel, Hit
    from radseek.records.search_options import FusionWeights, SearchOptions
    from radseek.service.same_studies import KeptForComparison

NO_PAGE = Page((), frozenset())


@dataclass(frozen=True, slots=True)
class PageMaker:
    """Lets near-identical studies, or all studies of a patient, share a place, as the options say.

    Args:
        connection: The catalogue's.
        generation: The index that is searched.
        kept: Marks and thumbnails of the last searches.
        options: As asked.
        unread: Id of the study whose report is not read: it is never folded, so that its rank can be seen.
    """

    connection: Connection
    generation: Generation
    kept: KeptForComparison
    options: SearchOptions
    unread: int | None = None

    def sharing(self) -> Sharing:
        """For `fill_page`."""
        return Sharing(
            leads_among=self._leads if self.options.fold else None,
            patients_of=(lambda ids: patients_of(self.connection, ids)) if self.options.by_patient else None,
        )

    def _leads(self, study_ids: Sequence[int]) -> MarkedLeads:
        same = SameStudies(self.connection, self.generation, self.kept, study_ids)
        return MarkedLeads(same, apart=self.unread)


def finish_hits(
    connection: Connection, hits: Sequence[Hit], study_ids: Sequence[int], page: Page, by_patient: bool
) -> tuple[Hit, ...]:
    """`hits` with the keys of the studies folded under them and, by patient, the patients' studies in time.

    Args:
        connection: The catalogue's.
        hits: Some or all of a page's.
        study_ids: Ids of their studies, in the same order.
        page: Where they stand.
        by_patient: Whether each hit stands for a patient.
    """
    told = with_folded(connection, hits, study_ids, page)
    return with_timelines(connection, told, study_ids, page.found) if by_patient else told


def check_weights(channels: Sequence[Channel], weights: FusionWeights) -> None:
    """Checks that some channel that is asked counts.

    Raises:
        InputError: When all of them have weight 0.
    """
    if not any(weights.of(channel) for channel in channels):
        raise InputError(f"weights: {', '.join(channel.value for channel in channels)} has weight 0; nothing is asked")
