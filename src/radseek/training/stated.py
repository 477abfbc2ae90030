"""What a training text states of the findings of the lexicon, in the two words that a loss understands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from radseek.records.reports import Assertion
from radseek.text.findings import stated_findings, with_parents

_REMEMBERED = 200_000


@lru_cache(maxsize=_REMEMBERED)
def findings_of(text: str) -> Mapping[str, bool]:
    """Finding of the lexicon -> present (True) or denied (False). One that is both, or uncertain, is left out.

    What is present is so with all that it is a kind of: a rib fracture is a fracture.
    """
    seen: dict[str, set[Assertion]] = {}
    for found in stated_findings(text):
        names = with_parents(found.finding) if found.assertion is Assertion.PRESENT else {found.finding}
        for name in names:
            seen.setdefault(name, set()).add(found.assertion)
    clear = {Assertion.PRESENT: True, Assertion.ABSENT: False}
    return {name: clear[next(iter(kinds))] for name, kinds in seen.items() if len(kinds) == 1 and kinds <= clear.keys()}
