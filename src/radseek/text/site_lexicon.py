"""A site's own words: a YAML file that adds findings to the shipped lexicon, or words to its findings.

    concepts:
      contrast_leak:
        title: contrast leak
        regions: [abdomen, limbs]
        wordings: [leak of contrast, "contrast {any}? leakage"]
        parents: [hemorrhage]
        abbreviations: [CLK]
    words:
      effusion:
        wordings: [pleural puddle]
        abbreviations: [PLEFF]

Nothing shipped can be changed or taken away. How wordings are written is told in `radseek.text.wordings`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from radseek.errors import ConfigError
from radseek.records.config import build_config, read_config
from radseek.records.findings import Finding, Region
from radseek.text.concepts import Lexicon, default_lexicon
from radseek.text.cues import NEUTRAL
from radseek.text.wordings import check_wording, examples_of, read_words

MAX_BYTES = 2_000_000
"""A larger file is no list of words that people keep."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class _Site:
    """The file's two parts, not yet read further."""

    concepts: dict[str, Any] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Words:
    """Words for a shipped finding."""

    wordings: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    denied_by_normal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Concept:
    """A new finding, as `radseek.records.findings.Finding` documents it."""

    title: str
    regions: tuple[str, ...]
    wordings: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    denied_by_normal: tuple[str, ...] = ()
    sided: bool = True


def load_lexicon(path: Path, base: Lexicon | None = None) -> Lexicon:
    """The shipped lexicon with what the YAML file at `path` adds.

    Args:
        path: The file, at most `MAX_BYTES`.
        base: What it adds to, in place of the shipped lexicon.

    Raises:
        ConfigError: When the file cannot be read, or an entry has an unknown key, parent, region or class of words,
            a circle of parents, or a wording that means another finding already. The message names the entry.
    """
    base = base or default_lexicon()
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise ConfigError(f"the lexicon {path.name} is larger than {MAX_BYTES:,} bytes")
    site = read_config(path, _Site)
    findings = dict(base.findings)
    added: dict[str, Finding] = {}
    for name, content in site.concepts.items():
        added[name] = findings[name] = _new_finding(name, content, base, path.name)
    for name, content in site.words.items():
        where = f"{path.name}: words: {name}"
        if name not in base.findings:
            raise ConfigError(f"{where}: no shipped finding has this name{_near(name, base.findings)}")
        words = build_config(content, _Words, where)
        findings[name] = _with_words(findings[name], words)
        added[name] = Finding(name, "", (), words.wordings, (), words.abbreviations, words.denied_by_normal)
    for name in site.concepts:
        _check_parents(name, findings, f"{path.name}: concepts: {name}")
    lexicon = Lexicon(MappingProxyType(findings))
    for name, finding in added.items():
        _check_words(finding, lexicon, f"{path.name}: {'concepts' if name in site.concepts else 'words'}: {name}")
    return lexicon


def _new_finding(name: str, content: object, base: Lexicon, file: str) -> Finding:
    where = f"{file}: concepts: {name}"
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{where}: a name has small letters, digits and _, and begins with a letter")
    if name in base.findings:
        raise ConfigError(f"{where}: the shipped lexicon has this finding; give it words under `words:`")
    concept = build_config(content, _Concept, where)
    known = [region.value for region in Region]
    unknown = sorted(set(concept.regions) - set(known))
    if unknown or not concept.regions:
        wrong = f"unknown region {', '.join(unknown)}" if unknown else "at least one region is needed"
        raise ConfigError(f"{where}: {wrong}; regions: {', '.join(known)}")
    wrong = check_wording(concept.title.replace("-", " "))
    if wrong:
        raise ConfigError(f"{where}: title {concept.title!r}: {wrong}")
    return Finding(
        name=name,
        title=concept.title,
        regions=tuple(Region(region) for region in concept.regions),
        wordings=concept.wordings,
        parents=concept.parents,
        abbreviations=concept.abbreviations,
        denied_by_normal=concept.denied_by_normal,
        sided=concept.sided,
    )


def _with_words(finding: Finding, words: _Words) -> Finding:
    return replace(
        finding,
        wordings=(*finding.wordings, *words.wordings),
        abbreviations=(*finding.abbreviations, *words.abbreviations),
        denied_by_normal=(*finding.denied_by_normal, *words.denied_by_normal),
    )


def _check_parents(name: str, findings: Mapping[str, Finding], where: str) -> None:
    """Parents exist, and none leads back to `name`."""
    ways: list[tuple[str, ...]] = [(parent,) for parent in findings[name].parents]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] not in findings:
            raise ConfigError(f"{where}: unknown parent {way[-1]}{_near(way[-1], findings)}")
        if way[-1] == name:
            raise ConfigError(f"{where}: its parents lead back to it: {' > '.join((name, *way))}")
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [(*way, parent) for parent in findings[way[-1]].parents]


def _check_words(added: Finding, lexicon: Lexicon, where: str) -> None:
    """Every word that the site gives is well written and means no other finding."""
    title = (added.title.replace("-", " "),) if added.title else ()
    wordings = (*title, *added.wordings)
    for wording in (*wordings, *added.denied_by_normal):
        wrong = check_wording(wording)
        if wrong:
            raise ConfigError(f"{where}: wording {wording!r}: {wrong}")
    for short in added.abbreviations:
        if read_words(short).forms != [short] or short == short.lower() or not short.isalnum():
            raise ConfigError(f"{where}: abbreviation {short!r}: expected one word with a capital, such as PTX")
        _check_meanings(added.name, short, lexicon, short, where)
    for wording in wordings:
        for words in examples_of(wording):
            if NEUTRAL.issuperset(words):
                raise ConfigError(f"{where}: wording {wording!r}: {' '.join(words)!r} names no finding by itself")
            _check_meanings(added.name, wording, lexicon, " ".join(words), where)


def _check_meanings(name: str, wording: str, lexicon: Lexicon, example: str, where: str) -> None:
    """Raises where all of `example` already means what is neither `name` nor a kind of it nor what it is a kind of."""
    words = read_words(example)
    own = lexicon.with_parents(name) | lexicon.kinds_of(name)
    for found in lexicon.trie.find(words):
        meant = sorted({m.finding for m in found.meanings if m.normally or m.finding not in own})
        if found.after - found.first == len(words.folded) and meant:
            raise ConfigError(f"{where}: wording {wording!r}: {example!r} means {', '.join(meant)} already")


def _near(name: str, findings: Iterable[str]) -> str:
    """The names like `name`, and where all of them are listed."""
    near = difflib.get_close_matches(name, list(findings), _NEAREST)
    named = f"; near: {', '.join(near)}" if near else ""
    return f"{named}; `radseek lexicon show` lists all"
