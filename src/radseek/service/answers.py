"""Study matches (ids) become an answer for people: pseudonymous, with the matched sentence and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from radseek.archive.study_queries import StudyRow, first_images, hydrate_studies, images_by_ids, sentences_by_ids
from radseek.evaluation.letterbox import Box, Letterbox
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Hit, Match, Query, RegionMap
from radseek.records.search_options import Region
from radseek.search import ChannelHit, StudyMatch
from radseek.service.pages import finish_hits
from radseek.service.reasons import Reasons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from radseek.records.instances import ImageRecord
    from radseek.records.search import SentenceView
    from radseek.records.search_options import Band
    from radseek.search import RegionMaps
    from radseek.search.folding import Page


@dataclass(frozen=True, slots=True)
class HitBuilder:
    """Builds the hits of one search, some of them at a time.

    Args:
        reasons: Words for the hits of the query.
        bands: Study id -> band, where hits have any.
        maps: Tells where pictures show what is asked; None where nothing of it can be seen.
        page: The places of all matches; tells what is folded under each.
        by_patient: Tell the patients' studies in time.
    """

    reasons: Reasons
    bands: Mapping[int, Band | None]
    maps: RegionMaps | None
    page: Page
    by_patient: bool

    def build(self, connection: Connection, matches: Sequence[StudyMatch], first_rank: int = 1) -> tuple[Hit, ...]:
        """A hit for each of `matches`, in order; one whose study has been removed says only that.

        Args:
            connection: To the catalogue.
            matches: Explained ones.
            first_rank: The rank of the first.
        """
        channel_hits = [hit for match in matches for _, _, hit in match.channels]
        found_ids = [hit.image_id for hit in channel_hits if hit.image_id is not None]
        shown_ids = [match.shown.image_id for match in matches if match.shown is not None]
        pictures = images_by_ids(connection, [*found_ids, *shown_ids])
        sentences = sentences_by_ids(
            connection, [hit.sentence_id for hit in channel_hits if hit.sentence_id is not None]
        )
        study_ids = [match.study_id for match in matches]
        rows = {row.id: row for row in hydrate_studies(connection, study_ids)}
        firsts = first_images(connection, [match.study_id for match in matches if match.shown is None])
        maps = self.maps.of_pictures(shown_ids) if self.maps is not None else {}
        hits = []
        for rank, match in enumerate(matches, start=first_rank):
            row = rows.get(match.study_id)
            if row is None:
                hits.append(_removed_hit(rank))
                continue
            shown = pictures.get(match.shown.image_id) if match.shown is not None else firsts.get(match.study_id)
            region = maps.get(match.shown.image_id) if match.shown is not None else None
            found = tuple(
                _build_match(channel, place, hit, pictures, sentences, self.reasons)
                for channel, place, hit in match.channels
            )
            hits.append(
                replace(
                    _study_hit(rank, row),
                    score=match.score,
                    matches=found,
                    key_image=shown,
                    region=_region_map(region, shown),
                    why=self.reasons.why(match, found, row.has_report),
                    band=self.bands.get(match.study_id),
                )
            )
        return finish_hits(connection, hits, study_ids, self.page, self.by_patient)


def exact_hits(connection: Connection, study_ids: Sequence[int]) -> tuple[Hit, ...]:
    """Studies that were asked for by their number, in order."""
    firsts = first_images(connection, study_ids)
    return tuple(
        replace(
            _study_hit(rank, row), key_image=firsts.get(row.id), why="The query is a number of this study or patient."
        )
        for rank, row in enumerate(hydrate_studies(connection, study_ids), start=1)
    )


def _region_map(region: NDArray[np.float64] | None, shown: ImageRecord | None) -> RegionMap | None:
    if region is None or shown is None:
        return None
    rows = tuple(tuple(round(value, 3) for value in row) for row in region.tolist())
    whole = Box(0, 0, shown.width_px, shown.height_px)
    top, bottom, left, right = Letterbox(shown.height_px, shown.width_px).edges(whole)
    return RegionMap(rows, Region(left, top, right, bottom))


def _removed_hit(rank: int) -> Hit:
    """What is left of a hit whose study was removed after it was found."""
    return Hit(
        rank=rank,
        score=0.0,
        study_key="",
        modality="",
        body_part="",
        sex="",
        age_years=None,
        study_year=None,
        source="",
        n_images=0,
        has_report=False,
        matches=(),
        key_image=None,
        why="This study was removed from the archive after it was found.",
    )


def _study_hit(rank: int, row: StudyRow) -> Hit:
    """What a hit says of its study whatever found it."""
    return Hit(
        rank=rank,
        score=0.0,
        study_key=row.study_key,
        modality=row.modality,
        body_part=row.body_part,
        sex=row.sex,
        age_years=row.age_years,
        study_year=row.study_year,
        source=row.source,
        n_images=row.n_images,
        has_report=row.has_report,
        matches=(),
        key_image=None,
        synthetic=row.synthetic,
        modalities=row.modalities,
    )


def _build_match(
    channel: Channel,
    rank: int,
    hit: ChannelHit,
    pictures: dict[int, ImageRecord],
    sentences: dict[int, SentenceView],
    reasons: Reasons,
) -> Match:
    sentence = sentences.get(hit.sentence_id) if hit.sentence_id is not None else None
    return Match(
        channel=channel,
        rank=rank,
        score=hit.score,
        sentence=reasons.told(sentence) if sentence is not None else None,
        image=pictures.get(hit.image_id) if hit.image_id is not None else None,
        part_score=hit.part_score,
        phrases=reasons.phrases(sentence) if sentence is not None else (),
    )


def explain_answer(query: Query, matches: Sequence[StudyMatch], n_searched: int) -> str:
    """A plain sentence or two about an answer that needs them, else empty."""
    if query.contradiction:
        return f"The query asks for {query.contradiction} and denies it: take one of the two out."
    if not n_searched:
        named = [chip.label for chip in query.chips if chip.key.startswith("modality:")]
        return f"No study passes these filters.{_taken_from_words(named)}"
    if not query.text:
        kind = "says only what must not be there" if query.excluded else "has filters only"
        return f"The query {kind}; add a finding to rank the studies."
    polarity = ""
    if query.assertion is Assertion.ABSENT and Channel.IMAGE in query.channels:
        polarity = "The query says that something is absent: it is answered from reports, not from pixels."
        if not matches:
            return f"{polarity} No searched report says so."
    if not matches:
        narrowing = "fewer of the things in chips, or " if query.phrases or query.excluded else ""
        return f"No good match. Try other words, {narrowing}fewer filters."
    if query.stated and {Channel.SENTENCE, Channel.LEXICAL} & set(query.channels) and not _is_stated(matches):
        return f"{polarity} No searched report states this: whatever is found only sounds or looks alike.".strip()
    return polarity


def _taken_from_words(named: Sequence[str]) -> str:
    return f" {' and '.join(named)} was taken from the words of the query; take it out to search all." if named else ""


def _is_stated(matches: Sequence[StudyMatch]) -> bool:
    """Whether any sentence of the answer states a finding as asked."""
    return any(hit.n_agreed for match in matches for _, _, hit in match.channels)
