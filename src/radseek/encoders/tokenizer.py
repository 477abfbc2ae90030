"""Texts to token ids: BERT's WordPiece, from a plain list of word pieces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from radseek.errors import ArtifactError, InputError

SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")

TokenBatch = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Token ids and mask (1 is a token), both int64 `[n, tokens]`."""


class Tokenizes(Protocol):
    """Token ids of texts, ready for a model."""

    def token_lists(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, cut to what the model takes."""

    def batch(self, token_lists: Sequence[Sequence[int]]) -> TokenBatch:
        """Several texts' ids, padded as the model was trained."""


def read_vocabulary(path: Path) -> list[str]:
    """Word pieces of a `vocabulary.txt`, one a line; a piece's id is its line number from 0.

    Raises:
        ArtifactError: When the file is not UTF-8 text, repeats a piece, or lacks a special piece.
    """
    try:
        pieces = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ArtifactError("the checkpoint's vocabulary.txt is not UTF-8 text") from error
    pieces = pieces[:-1] if pieces[-1] == "" else pieces
    if len(set(pieces)) != len(pieces):
        raise ArtifactError("the checkpoint's vocabulary.txt repeats a word piece")
    missing = [piece for piece in SPECIAL_PIECES if piece not in pieces]
    if missing or pieces[0] != "[PAD]":
        raise ArtifactError(f"the checkpoint's vocabulary.txt must start with [PAD] and hold {SPECIAL_PIECES}")
    return pieces


class TextTokenizer:
    """BERT's tokenizer over `pieces`, cutting at `max_tokens` with the special ones included.

    Args:
        pieces: A piece's place is its id.
        max_tokens: Longer texts are cut.
        lowercase: False for vocabularies with capital letters.
    """

    def __init__(self, pieces: Sequence[str], max_tokens: int, lowercase: bool = True) -> None:
        vocabulary = {piece: place for place, piece in enumerate(pieces)}
        self._tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
        self._tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
        self._tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        ends = [(piece, vocabulary[piece]) for piece in ("[CLS]", "[SEP]")]
        self._tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
        self._tokenizer.enable_truncation(max_tokens)
        self.pieces = tuple(pieces)
        self.max_tokens = max_tokens
        self.lowercase = lowercase

    def token_lists(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, from [CLS] to [SEP]; an empty text gives those two.

        Raises:
            InputError: When something else than text is given.
        """
        check_texts(texts)
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def batch(self, token_lists: Sequence[Sequence[int]]) -> TokenBatch:
        """Padded to the longest."""
        return pad_tokens(token_lists)


def check_texts(texts: Sequence[str]) -> None:
    """Pass when `texts` is several texts.

    Raises:
        InputError: When it is a single one, or holds something else.
    """
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise InputError("texts must be a sequence of str")


def pad_tokens(token_lists: Sequence[Sequence[int]], length: int | None = None, pad_id: int = 0) -> TokenBatch:
    """Token ids and mask, padded at the end to `length`, by default to the longest list."""
    if length is None:
        length = max(map(len, token_lists), default=0)
    ids = np.full((len(token_lists), length), pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(token_lists):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask
