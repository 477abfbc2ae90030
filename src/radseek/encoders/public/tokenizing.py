"""Texts to token ids for public encoders, each by the tokenizer it was trained with."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from radseek.encoders.public.files import EncoderFiles
from radseek.encoders.tokenizer import TokenBatch, check_texts, pad_tokens, read_vocabulary
from radseek.errors import ArtifactError, ConfigError

_HUB_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "merges.txt", "spiece.model", "tokenizer.model",
)  # fmt: skip


class HubTokenizer:
    """The tokenizer of a CLIP or SigLIP checkpoint, through transformers; no code comes from the folder.

    SigLIP was trained on texts padded to one length, without a mask: `batch` does the same.
    """

    def __init__(self, backend: Any, max_tokens: int, fixed_length: bool) -> None:  # noqa: ANN401  (untyped library)
        self._backend = backend
        self._fixed_length = fixed_length
        self.max_tokens = max_tokens

    def token_lists(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, with end (and begin) marks, cut at `max_tokens`.

        Raises:
            InputError: When something else than text is given.
        """
        check_texts(texts)
        return [self._backend(text, truncation=True, max_length=self.max_tokens).input_ids for text in texts]

    def batch(self, token_lists: Sequence[Sequence[int]]) -> TokenBatch:
        """Padded to the longest, or to `max_tokens`."""
        length = self.max_tokens if self._fixed_length else None
        return pad_tokens(token_lists, length, self._backend.pad_token_id)


def read_wordpieces(files: EncoderFiles, lowercase: bool | None) -> tuple[list[str], bool]:
    """Word pieces of a BERT folder, and whether texts are lowercased.

    Args:
        files: With `vocab.txt`, or a `tokenizer.json` of the WordPiece kind.
        lowercase: What a preset says; None asks `tokenizer_config.json`, then `tokenizer.json`, else True.

    Raises:
        ArtifactError: When neither file is there or usable.
        MismatchError: When a digest is another.
    """
    normalizer: Any = None
    if files.first(("vocab.txt", "tokenizer.json")) == "vocab.txt":
        pieces = _from_list(files.verified("vocab.txt"))
    else:
        content = files.json("tokenizer.json")
        normalizer = content.get("normalizer")
        model = content.get("model") or {}
        if model.get("type") != "WordPiece" or not isinstance(model.get("vocab"), dict):
            raise ArtifactError("tokenizer.json is not of the WordPiece kind")
        pieces = sorted(model["vocab"], key=model["vocab"].__getitem__)
    if lowercase is None and files.has("tokenizer_config.json"):
        lowercase = files.json("tokenizer_config.json").get("do_lower_case")
    if lowercase is None and isinstance(normalizer, dict):
        lowercase = normalizer.get("lowercase")
    return pieces, True if lowercase is None else bool(lowercase)


def read_hub_tokenizer(files: EncoderFiles, max_tokens: int, kind: str) -> HubTokenizer:
    """The tokenizer of a `clip` or `siglip` folder.

    Raises:
        ArtifactError: When its files are missing or damaged.
        ConfigError: When transformers (or sentencepiece) is not installed.
        MismatchError: When a digest is another.
    """
    names = [name for name in _HUB_FILES if files.has(name)]
    for name in names:
        if name.endswith("_config.json"):
            files.json(name)  # notes remote code
        else:
            files.verified(name)
    chosen = _class_of(kind, names, files)
    try:
        backend = chosen.from_pretrained(str(files.folder), local_files_only=True)
    except (OSError, ValueError, TypeError, KeyError, json.JSONDecodeError) as error:
        raise ArtifactError(
            f"the tokenizer's files in {files.folder} cannot be used: {type(error).__name__}"
        ) from error
    return HubTokenizer(backend, max_tokens, fixed_length=kind == "siglip")


def _class_of(kind: str, names: Sequence[str], files: EncoderFiles) -> Any:  # noqa: ANN401  (untyped library)
    """Which of transformers' tokenizers; named here, never by the folder."""
    if importlib.util.find_spec("transformers") is None:
        raise ConfigError("this encoder's tokenizer needs transformers: install radseek[public-encoders]")
    import transformers

    if kind == "clip":
        if not {"tokenizer.json", "vocab.json"} & set(names):
            raise ArtifactError(
                f"the encoder lacks its tokenizer: vocab.json and merges.txt belong into {files.folder}"
            )
        return transformers.CLIPTokenizer
    if "spiece.model" in names:
        if importlib.util.find_spec("sentencepiece") is None:
            raise ConfigError("this encoder's tokenizer needs sentencepiece: install radseek[public-encoders]")
        return transformers.SiglipTokenizer
    if "tokenizer.json" in names:
        return transformers.Siglip2Tokenizer
    raise ArtifactError(f"the encoder lacks its tokenizer: spiece.model or tokenizer.json belongs into {files.folder}")


def _from_list(path: Path) -> list[str]:
    try:
        return read_vocabulary(path)
    except ArtifactError as error:
        raise ArtifactError(str(error).replace("the checkpoint's vocabulary.txt", "the encoder's vocab.txt")) from error
