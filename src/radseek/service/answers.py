"""Study matches (ids) become an answer for people: pseudonymous, with the matched sentence and picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from radseek.archive.study_queries import StudyRow, first_images, hydrate_studies, images_by_ids, sentences_by_ids
from radseek.records.reports import Assertion
from radseek.records.search import Channel, Hit, Match, Query
from radseek.search import ChannelHit, StudyMatch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from radseek.records.instances import ImageRecord
    from radseek.records.search import SentenceView


def build_hits(connection: Connection, matches: Sequence[StudyMatch]) -> tuple[Hit, ...]:
    """The hits of `matches`, best first; studies that were removed since the index was built are left out."""
    channel_hits = [hit for match in matches for _, _, hit in match.channels]
    pictures = images_by_ids(connection, [hit.image_id for hit in channel_hits if hit.image_id is not None])
    sentences = sentences_by_ids(connection, [hit.sentence_id for hit in channel_hits if hit.sentence_id is not None])
    rows = {row.id: row for row in hydrate_studies(connection, [match.study_id for match in matches])}
    firsts = first_images(connection, list(rows))
    present = [match for match in matches if match.study_id in rows]
    return tuple(
        _build_hit(
            rank,
            match,
            rows[match.study_id],
            tuple(_build_match(channel, place, hit, pictures, sentences) for channel, place, hit in match.channels),
            firsts.get(match.study_id),
        )
        for rank, match in enumerate(present, start=1)
    )


def _build_hit(rank: int, match: StudyMatch, row: StudyRow, found: tuple[Match, ...], first: ImageRecord | None) -> Hit:
    return Hit(
        rank=rank,
        score=match.score,
        study_key=row.study_key,
        modality=row.modality,
        body_part=row.body_part,
        sex=row.sex,
        age_years=row.age_years,
        study_year=row.study_year,
        source=row.source,
        n_images=row.n_images,
        has_report=row.has_report,
        matches=found,
        key_image=next((entry.image for entry in found if entry.image is not None), first),
        synthetic=row.synthetic,
    )


def _build_match(
    channel: Channel,
    rank: int,
    hit: ChannelHit,
    pictures: dict[int, ImageRecord],
    sentences: dict[int, SentenceView],
) -> Match:
    return Match(
        channel=channel,
        rank=rank,
        score=hit.score,
        sentence=sentences.get(hit.sentence_id) if hit.sentence_id is not None else None,
        image=pictures.get(hit.image_id) if hit.image_id is not None else None,
    )


def explain_answer(query: Query, matches: Sequence[StudyMatch], n_searched: int) -> str:
    """A plain sentence or two about an answer that needs them, else empty."""
    if not n_searched:
        return "No study passes these filters."
    if not query.text:
        return "The query has filters only; add a finding to rank the studies."
    polarity = ""
    if query.assertion is Assertion.ABSENT and Channel.IMAGE in query.channels:
        polarity = "The query says that something is absent: it is answered from reports, not from pixels."
        if not matches:
            return f"{polarity} No searched report says so."
    if not matches:
        return "No good match. Try other words, or fewer filters."
    if query.stated and {Channel.SENTENCE, Channel.LEXICAL} & set(query.channels) and not _is_stated(matches):
        return f"{polarity} No searched report states this: what follows only sounds or looks alike.".strip()
    return polarity


def _is_stated(matches: Sequence[StudyMatch]) -> bool:
    """Whether any sentence of the answer states a finding as asked."""
    return any(hit.n_agreed for match in matches for _, _, hit in match.channels)
