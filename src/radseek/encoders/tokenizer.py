"""Texts to token ids: BERT's WordPiece, from a plain list of word pieces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from radseek.errors import ArtifactError, InputError

SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


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
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError("texts must be a sequence of str")
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]


def pad_tokens(token_lists: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and mask (1 is a token), both int64 `[n, longest]`, padded with id 0 ([PAD]) at the end."""
    longest = max((len(tokens) for tokens in token_lists), default=0)
    ids = np.zeros((len(token_lists), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(token_lists):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask
