"""Runs and qrels, the vocabulary of retrieval evaluation (TREC)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """What a system returned: query id -> gallery id -> score (higher is better)."""

    name: str
    scores: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Qrels:
    """What is relevant: query id -> gallery id -> gain (0 is not relevant). Every query asked is a key."""

    name: str
    gains: Mapping[str, Mapping[str, float]]
