"""relevance.json: what was learned of an encoder's scores, read only for the encoder that it was learned of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.archive.folder import RELEVANCE_NAME as RELEVANCE_NAME
from radseek.archive.storage import plain_storage_errors, write_whole
from radseek.errors import ArtifactError, ConfigError, MismatchError
from radseek.records.config import build_config, resolved_config
from radseek.search.relevance import Relevance

if TYPE_CHECKING:
    from radseek.encoders.spec import EncoderSpec

FORMAT = 1
LEARN = "`radseek calibrate` learns it"
_SHIPPED = Path(__file__).resolve().parents[1] / "search" / "shipped"


@dataclass(frozen=True, slots=True)
class EncoderName:
    """Which encoder's scores they are."""

    id: str
    revision: str
    numerics: str

    @classmethod
    def of(cls, spec: EncoderSpec) -> EncoderName:
        """That of a loaded encoder."""
        return cls(spec.id, spec.revision, spec.numerics)


@dataclass(frozen=True, slots=True)
class BandFigure:
    """How often the hits of one kind and band were right, in the half that nothing was learned from."""

    kind: str
    """`picture` or `sentence`."""
    band: str
    n: int
    n_right: int
    mean_chance: float


@dataclass(frozen=True, slots=True)
class KindFigure:
    """How well the chances of one kind fit what happened in the half that nothing was learned from."""

    kind: str
    n_learned: int
    n_checked: int
    share_right: float
    ece: float
    brier: float
    brier_of_base_rate: float
    auroc: float


@dataclass(frozen=True, slots=True)
class Learned:
    """A relevance with all that is known of its making: no text, no identifiers."""

    format: int
    encoder: EncoderName
    relevance: Relevance
    sources: dict[str, int]
    """Name of a source -> its studies that were asked."""
    n_queries: int
    n_patients: int
    kinds: tuple[KindFigure, ...]
    bands: tuple[BandFigure, ...]


def format_learned(learned: Learned) -> bytes:
    """The file's content, equal for equal content, with a digest of it."""
    fields = resolved_config(learned)
    return (json.dumps({**fields, "digest": _digest(fields)}, indent=2, sort_keys=True) + "\n").encode()


def parse_learned(content: bytes) -> Learned:
    """What `format_learned` wrote.

    Raises:
        ArtifactError: When it is damaged or of another format.
    """
    try:
        fields = json.loads(content)
        digest = fields.pop("digest")
        if fields.get("format") != FORMAT or digest != _digest(fields):
            raise ArtifactError(f"{RELEVANCE_NAME} is damaged or of another radseek; {LEARN} again")
        return build_config(fields, Learned, where=RELEVANCE_NAME)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError, ConfigError) as error:
        raise ArtifactError(f"{RELEVANCE_NAME} is damaged; {LEARN} again") from error


def write_learned(path: Path, learned: Learned) -> None:
    """Replaces `path` as a whole: after a kill there is the old file or the new one.

    Raises:
        StorageError: When the disk refuses.
    """
    with plain_storage_errors("writing what was learned of relevance"):
        write_whole(path, format_learned(learned))


def read_learned(path: Path, spec: EncoderSpec) -> Learned | None:
    """What `path` holds; None when there is no such file.

    Raises:
        MismatchError: When it was learned of another encoder.
        ArtifactError: When it is damaged.
        StorageError: When the disk refuses.
    """
    with plain_storage_errors("reading what was learned of relevance"):
        if not path.is_file():
            return None
        content = path.read_bytes()
    learned = parse_learned(content)
    needed = EncoderName.of(spec)
    for name in ("id", "revision", "numerics"):
        got, wanted = getattr(learned.encoder, name), getattr(needed, name)
        if got != wanted:
            raise MismatchError(f"encoder {name}", got, wanted, f"{LEARN} again.")
    return learned


def usable_relevance(archive_folder: Path, spec: EncoderSpec) -> tuple[Relevance | None, str]:
    """What was learned of this encoder, on this archive or as shipped, and a plain note where there is none."""
    note = ""
    try:
        own = read_learned(archive_folder / RELEVANCE_NAME, spec)
        if own is not None:
            return own.relevance, ""
    except MismatchError:
        note = f"How sure a hit is was learned of another encoder and is not used here; {LEARN} again."
    except ArtifactError:
        note = f"{RELEVANCE_NAME} of this archive is damaged and is not used; {LEARN} again."
    try:
        shipped = read_learned(_SHIPPED / f"{spec.id}.json", spec)
    except MismatchError:
        shipped = None
    if shipped is not None:
        return shipped.relevance, note
    return None, note or f"How sure a hit is was never learned of this encoder; {LEARN}."


def _digest(fields: object) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
