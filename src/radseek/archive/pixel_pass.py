"""Second half of an ingest: pictures are decoded once, for their thumbnails and, with an encoder, their embeddings.

Child processes decode ahead while this process encodes. An instance whose pixels do not decode goes from `ingested` to
`quarantined` in the transaction that removes its pictures, so that the outcome law holds at every moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from radseek.archive.embeddings import IMAGES, PATCHES, EmbeddingStore, kept_grid
from radseek.archive.patches import pool_patches
from radseek.archive.schema import images, instances, outcomes, sources, studies
from radseek.archive.source_paths import locator_of
from radseek.archive.thumbnails import write_thumbnail
from radseek.dicom import CT_WINDOWS, FrameRequest, to_display
from radseek.images.masks import apply_mask, mask_of
from radseek.records.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row

    from radseek.archive.folder import ArchiveFolder
    from radseek.archive.run_tally import RunTally
    from radseek.dicom import SandboxReader
    from radseek.dicom.reads import FrameRead
    from radseek.encoders.spec import Encoder, EncoderSpec
    from radseek.records.outcomes import Refusal
    from radseek.records.progress import ProgressListener

_PAGE = 256
"""Instances that one query brings."""
_REQUEST_PX = 16_000_000
"""Pixels asked of a child at once: 64 MB as float32."""
_BATCH_IMAGES = 32
_BATCH_PX = 16_000_000
"""Pictures held before they are encoded and committed."""


@dataclass(frozen=True, slots=True)
class _Work:
    """The pictures of one instance that one frame request serves."""

    request: FrameRequest
    pictures: tuple[Row[Any], ...]


@dataclass(slots=True)
class _Batch:
    """What was decoded and is not committed yet."""

    ready: list[tuple[Row[Any], NDArray[np.float32]]] = field(default_factory=list)
    refused: list[tuple[Row[Any], Refusal]] = field(default_factory=list)
    n_px: int = 0

    def is_full(self) -> bool:
        return len(self.ready) >= _BATCH_IMAGES or len(self.refused) >= _BATCH_IMAGES or self.n_px >= _BATCH_PX


class PixelPass:
    """Decodes, shows and encodes what is pending.

    Args:
        archive: Held for writing by the caller.
        encoder: None for thumbnails only.
        tally: Counts of the ingest run that this belongs to.
    """

    def __init__(self, archive: ArchiveFolder, encoder: Encoder | None, tally: RunTally) -> None:
        self._archive = archive
        self._encoder = encoder
        self._tally = tally
        self._stores = _PictureStores(archive, encoder.spec) if encoder else None
        self._done = 0
        self.encoded = 0
        """Pictures encoded so far."""
        self._gave_up: set[int] = set()
        self.not_encoded: dict[str, int] = {}
        """Reason -> instances in use that could not be read again for a new encoder; they stay, and stay pending."""

    def run(self, reader: SandboxReader, progress: ProgressListener) -> None:
        """Works until nothing is pending that was not tried.

        Raises:
            StorageError: When the disk refuses; what was committed stays, and the next run goes on.
        """
        total = self._done + self.count_pending()
        asked: deque[_Work] = deque()
        batch = _Batch()
        try:
            for read in reader.read_frames(self._requests(asked)):
                self._take(read, asked.popleft(), batch)
                if batch.is_full():
                    self._commit(batch)
                    batch = _Batch()
                    progress(Progress("pictures", self._done, max(total, self._done)))
            self._commit(batch)
            progress(Progress("pictures", self._done, max(total, self._done)))
        finally:
            if self._stores is not None:
                self._stores.flush()

    def _requests(self, asked: deque[_Work]) -> Iterator[FrameRequest]:
        for work in self._pending():
            asked.append(work)
            yield work.request

    def _pending(self) -> Iterator[_Work]:
        after = 0
        while True:
            with self._archive.catalogue.reading() as connection:
                page = _page(connection, after, only_new=self._stores is None)
            if not page:
                return
            after = page[-1].instance_id
            for _, rows in groupby(page, key=lambda row: row.instance_id):
                wanted = [row for row in rows if self._is_pending(row)]
                yield from _requests_of(wanted)

    def _is_pending(self, row: Row[Any]) -> bool:
        if not row.ready:
            return True
        return self._stores is not None and row.content_key not in self._stores and row.instance_id not in self._gave_up

    def count_pending(self) -> int:
        """Pictures without thumbnail or, with an encoder, without embedding."""
        with self._archive.catalogue.reading() as connection:
            statement = select(func.count()).select_from(images)
            if self._stores is None:
                return int(connection.execute(statement.where(images.c.ready.is_(False))).scalar_one())
            keys = connection.execute(select(images.c.content_key, images.c.ready))
            return sum(not ready or key not in self._stores for key, ready in keys)

    def _take(self, read: FrameRead, work: _Work, batch: _Batch) -> None:
        if read.refusal is not None:
            batch.refused.append((work.pictures[0], read.refusal))
            self._done += len(work.pictures)
            return
        frames = dict(zip(read.request.frame_indices, read.frames, strict=True))
        for picture in work.pictures:
            shown = to_display(frames[picture.frame_index], CT_WINDOWS.get(picture.window))
            batch.ready.append((picture, shown))
            batch.n_px += shown.size

    def _commit(self, batch: _Batch) -> None:
        """Thumbnails first, then embeddings, then the catalogue: what it calls ready is on disk."""
        for picture, shown in batch.ready:
            path = self._archive.thumbnail_path(picture.content_key)
            write_thumbnail(path, shown, self._archive.config.thumbnail_px)
        self._encode(batch)
        with self._archive.catalogue.writing() as writer:
            for picture, shown in batch.ready:
                if not picture.ready:
                    values = {"ready": True, "height_px": shown.shape[0], "width_px": shown.shape[1]}
                    writer.connection.execute(update(images).where(images.c.id == picture.id).values(**values))
            for picture, refusal in batch.refused:
                if not picture.ready:
                    _quarantine(writer.connection, picture, refusal)
        for picture, refusal in batch.refused:
            if not picture.ready:
                self._tally.demoted(picture.outcome_id, refusal)
            elif picture.instance_id not in self._gave_up:
                self._gave_up.add(picture.instance_id)
                self.not_encoded[refusal.reason.value] = self.not_encoded.get(refusal.reason.value, 0) + 1
        self._done += len(batch.ready)

    def _encode(self, batch: _Batch) -> None:
        if self._encoder is None or self._stores is None:
            return
        stores = self._stores
        new = {row.content_key: _masked(row, shown) for row, shown in batch.ready if row.content_key not in stores}
        if new:
            stores.add(list(new), *self._encoder.encode_pictures(list(new.values())))
            self.encoded += len(new)


class _PictureStores:
    """The vectors of pictures and of their patches, kept together."""

    def __init__(self, archive: ArchiveFolder, spec: EncoderSpec) -> None:
        self._vectors = EmbeddingStore(archive.embeddings_folder, spec, IMAGES)
        self._patches = EmbeddingStore(archive.embeddings_folder, spec, PATCHES)
        self._grid = kept_grid(spec)

    def __contains__(self, key: str) -> bool:
        return key in self._vectors and key in self._patches

    def add(self, keys: list[str], vectors: NDArray[np.float32], patches: NDArray[np.float32]) -> None:
        self._vectors.add(keys, vectors)
        self._patches.add(keys, pool_patches(patches, self._grid).reshape(len(keys), -1))

    def flush(self) -> None:
        self._vectors.flush()
        self._patches.flush()


def _masked(picture: Row[Any], shown: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the encoder gets: people see the picture as it is, the encoder must not read a case's footer."""
    mask = mask_of(picture.burned_in_annotation)
    return apply_mask(shown, mask) if mask else shown


def _page(connection: Connection, after: int, *, only_new: bool) -> list[Row[Any]]:
    """The pictures of the next instances, by instance, frame and window."""
    chosen = select(images.c.instance_id).where(images.c.instance_id > after).distinct()
    if only_new:
        chosen = chosen.where(images.c.ready.is_(False))
    chosen = chosen.order_by(images.c.instance_id).limit(_PAGE)
    statement = (
        select(
            images.c.id,
            images.c.instance_id,
            images.c.study_id,
            images.c.frame_index,
            images.c.window,
            images.c.content_key,
            images.c.ready,
            instances.c.outcome_id,
            instances.c.path,
            instances.c.member,
            instances.c.rows,
            instances.c.cols,
            instances.c.burned_in_annotation,
            sources.c.root,
        )
        .join(instances, instances.c.id == images.c.instance_id)
        .join(sources, sources.c.id == instances.c.source_id)
        .where(images.c.instance_id.in_(chosen))
        .order_by(images.c.instance_id, images.c.frame_index, images.c.window)
    )
    return list(connection.execute(statement))


def _requests_of(pictures: list[Row[Any]]) -> Iterator[_Work]:
    """One instance's pictures as requests of bounded size."""
    by_frame = [list(rows) for _, rows in groupby(pictures, key=lambda row: row.frame_index)]
    while by_frame:
        n_px = max(1, by_frame[0][0].rows * by_frame[0][0].cols)
        count = max(1, _REQUEST_PX // n_px)
        part, by_frame = by_frame[:count], by_frame[count:]
        first = part[0][0]
        request = FrameRequest(
            locator_of(first.root, first.path, first.member), tuple(rows[0].frame_index for rows in part)
        )
        yield _Work(request, tuple(row for rows in part for row in rows))


def _quarantine(connection: Connection, picture: Row[Any], refusal: Refusal) -> None:
    connection.execute(delete(images).where(images.c.instance_id == picture.instance_id))
    connection.execute(update(instances).where(instances.c.id == picture.instance_id).values(refused=True))
    values = {"outcome": refusal.outcome.value, "reason": refusal.reason.value, "detail": refusal.detail}
    connection.execute(update(outcomes).where(outcomes.c.id == picture.outcome_id).values(**values))
    connection.execute(update(studies).where(studies.c.id == picture.study_id).values(needs_plan=True))
