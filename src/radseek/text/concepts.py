"""A lexicon: the findings that can be stated, by name, and what follows from their words and parents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType

from radseek.records.findings import Finding
from radseek.text.lexicon import FINDINGS
from radseek.text.wordings import Meaning, WordingTrie


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Findings by name, with all that is worked out from them once.

    Compared by identity: two lexicons that say the same have the same `digest`.

    Args:
        findings: By name, in the order in which they are listed. Parents are among them, without cycles.
    """

    findings: Mapping[str, Finding]

    @cached_property
    def trie(self) -> WordingTrie:
        """All wordings and abbreviations, ready to be found in a text."""
        return WordingTrie(
            (entry for finding in self.findings.values() for entry in meanings_of_wordings(finding)),
            ((short, Meaning(f.name)) for f in self.findings.values() for short in f.abbreviations),
        )

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Name -> number from 0, in alphabetical order of the names."""
        return MappingProxyType({name: code for code, name in enumerate(sorted(self.findings))})

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of every finding: another lexicon may read sentences differently."""
        return hashlib.sha256(repr([self.findings[name] for name in self.codes]).encode()).hexdigest()

    def with_parents(self, finding: str) -> frozenset[str]:
        """`finding` and all that it is a kind of: a subdural hematoma is a hematoma and a hemorrhage.

        Raises:
            KeyError: When no finding has that name.
        """
        return self._with_parents[finding]

    def kinds_of(self, finding: str) -> frozenset[str]:
        """`finding` and all that are kinds of it, however many steps down: the reverse of `with_parents`.

        Raises:
            KeyError: When no finding has that name.
        """
        return self._kinds[finding]

    @cached_property
    def _with_parents(self) -> Mapping[str, frozenset[str]]:
        closed: dict[str, frozenset[str]] = {}

        def close(name: str) -> frozenset[str]:
            if name not in closed:
                closed[name] = frozenset({name}.union(*map(close, self.findings[name].parents)))
            return closed[name]

        for name in self.findings:
            close(name)
        return closed

    @cached_property
    def _kinds(self) -> Mapping[str, frozenset[str]]:
        kinds: dict[str, set[str]] = {name: set() for name in self.findings}
        for name, general in self._with_parents.items():
            for parent in general:
                kinds[parent].add(name)
        return {name: frozenset(those) for name, those in kinds.items()}


def meanings_of_wordings(finding: Finding) -> Iterator[tuple[str, Meaning]]:
    """Each wording of `finding` with what it means; the title is one of them."""
    for wording in (finding.title.replace("-", " "), *finding.wordings):
        yield wording, Meaning(finding.name)
    for wording in finding.denied_by_normal:
        yield wording, Meaning(finding.name, normally=True)


@cache
def default_lexicon() -> Lexicon:
    """The shipped lexicon, the same object at every call."""
    return Lexicon(FINDINGS)
