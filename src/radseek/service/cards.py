"""Cards: what the encoder of an archive is and learned from, and what is told of each data set."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.encoders import shipped_encoders
from radseek.errors import ArtifactError, ConfigError

if TYPE_CHECKING:
    from radseek.encoders.spec import EncoderSpec

_OWN_CARDS = ("model_card.md", "README.md")
"""Names of a card in the folder of somebody's own checkpoint."""

_LONGEST = 200_000
"""Characters of such a card that are read."""


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """An encoder in words."""

    name: str
    revision: str
    dim: int
    licence: str
    gating: str
    """What stands before getting or using the weights; empty for nothing."""
    sources: tuple[str, ...]
    """Public weights that are inside."""
    training_sets: tuple[str, ...]
    text: str
    """Its card as Markdown; empty where there is none."""
    is_shipped: bool
    """Whether the card is radseek's own; another one is received text and must be shown as it is."""
    data_cards: dict[str, str]
    """Training set -> its shipped card as Markdown, for those that have one."""


def read_encoder_card(configured: str, spec: EncoderSpec) -> EncoderCard:
    """The card of the encoder that an archive's configuration names; `spec` is what the encoder says of itself.

    Raises:
        ConfigError: When the shipped cards are missing.
    """
    is_shipped = configured in shipped_encoders()
    learned_from = [told.split(" ")[0] for told in spec.training_sets]  # such as `iu_reports_text (texts)`
    shipped = {path.stem: path for path in cards_folder().glob("*.md")}
    return EncoderCard(
        name=spec.id,
        revision=spec.revision,
        dim=spec.dim,
        licence=spec.licence,
        gating=spec.gating,
        sources=spec.sources,
        training_sets=spec.training_sets,
        text=shipped[configured].read_text(encoding="utf-8") if is_shipped else _own_card(Path(configured)),
        is_shipped=is_shipped,
        data_cards={name: shipped[name].read_text(encoding="utf-8") for name in learned_from if name in shipped},
    )


def cards_folder() -> Path:
    """The folder of shipped cards: inside the installed package, or `data_cards/` of a checkout.

    Raises:
        ConfigError: When neither exists.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "data_cards", package.parents[1] / "data_cards"):
        if folder.is_dir():
            return folder
    raise ConfigError("the shipped data_cards/ folder is missing; reinstall radseek")


def own_licence() -> str:
    """Name of radseek's own licence, as its package says."""
    return metadata.metadata("radseek")["License-Expression"]


def _own_card(folder: Path) -> str:
    for name in _OWN_CARDS:
        path = folder / name
        if path.is_file():
            try:
                with path.open(encoding="utf-8", errors="replace") as file:
                    return file.read(_LONGEST)
            except OSError as error:
                raise ArtifactError(f"the card {name} of the encoder cannot be read: {error.strerror}") from error
    return ""
