"""What a person types into the search field -> what is asked: findings, constraints, exclusions, statements."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from radseek.errors import InputError
from radseek.records.findings import StatedFinding
from radseek.records.reports import Assertion
from radseek.records.search import Exclusion, Query, Where
from radseek.text.assertions import assert_sentence
from radseek.text.concepts import Lexicon, default_lexicon
from radseek.text.findings import stated_findings
from radseek.text.languages import is_foreign
from radseek.text.mentions import NORMAL
from radseek.text.query_chips import finding_chips, modality_words, numbered_chips, without_dropped
from radseek.text.query_parts import Statement, split_statements
from radseek.text.query_syntax import read_marks

Thing = TypeVar("Thing")

MAX_QUERY_CHARACTERS = 20_000
"""Some ten pages: longer than reports are, and little enough to encode at once."""

_BARE_DENIAL = re.compile(r"(?:\bno|\bnot|\bwithout|\bw/o)\s+$", re.IGNORECASE)
"""What stands right before a finding that is denied altogether; `no new effusion` leaves an old one."""


def parse_query(text: str, lexicon: Lexicon | None = None, dropped: Collection[str] = ()) -> Query:
    """What `text` asks.

    - `name:value` filters: several values (`modality:CT,MR`, or the filter twice) mean any of them; values with spaces
      go in quotes. Ages are years unless marked (`age:<6m`); `after:2023` begins on 1 January 2023, `before:2023` ends
      the day before. A word with colon is a filter only when its value follows at once, so `Findings: effusion` and
      `10:30` stay text, as do section headings and names of organs (`LUNGS:clear`).
    - `-word`, `-"words"`, `NOT words`: no report of a hit states that. `"words"`: a report of each hit holds them just
      so. `OR`: either side, each ranked by itself; both is best. These hold in a text of one line.
    - Words for a modality in a short query narrow it (`CT`, `x-ray`), as do sides of findings (`left effusion`).
    - Several sentences are a pasted report: each one that affirms or suspects something is searched by itself. Studies
      that state what a text of more than four sentences denies come later.

    All that was understood stands in `chips`; `dropped` takes it out again. The text may be empty beside a filter.

    Args:
        text: As typed.
        lexicon: The findings to look for; the shipped ones by default.
        dropped: Keys of chips that are not to be asked.

    Raises:
        InputError: When the query is empty, longer than `MAX_QUERY_CHARACTERS`, not valid Unicode, or has an unknown
            filter name or a value that its filter cannot take.
    """
    _check_characters(text)
    marked = read_marks(text.replace("\0", ""))
    if not any((*marked.alternatives, *marked.excluded)) and marked.where == Where():
        raise InputError("the query is empty; type a finding, a report sentence, or a filter such as modality:CT")
    kept = " or ".join(marked.alternatives)
    lexicon = lexicon or default_lexicon()
    read = _read_text(marked.alternatives, lexicon)
    excluded = (*(_exclusion(words, lexicon) for words in marked.excluded), *read.excluded)
    findings = [] if read.parts else finding_chips(read.stated, lexicon)
    named = {} if marked.where.modality else modality_words(kept)
    chips = [*findings, *numbered_chips(excluded, marked.phrases, [part.text for part in read.parts]), *named]
    where = marked.where
    for chip, codes in named.items():
        if chip.key not in dropped:
            where = replace(where, modality=tuple(dict.fromkeys((*where.modality, *codes))))
    stated = without_dropped(read.stated, dropped)
    query = Query(
        text=kept,
        where=where,
        assertion=assert_sentence(kept),
        stated=stated,
        excluded=_undropped("not", excluded, dropped),
        denied=read.denied,
        phrases=_undropped("phrase", marked.phrases, dropped),
        chips=tuple(chip for chip in dict.fromkeys(chips) if chip.key not in dropped),
        either=len(marked.alternatives) > 1,
    )
    parts = _parts(query, read.parts, dropped)
    return replace(query, parts=parts, contradiction=_contradiction(query, bool(read.parts), lexicon))


@dataclass(frozen=True, slots=True)
class _Read:
    """What a text states."""

    stated: tuple[StatedFinding, ...]
    parts: tuple[Statement, ...]
    excluded: tuple[Exclusion, ...] = ()
    denied: tuple[StatedFinding, ...] = ()


def _read_text(alternatives: Sequence[str], lexicon: Lexicon) -> _Read:
    if len(alternatives) > 1:
        parts = tuple(Statement(side, assert_sentence(side), _asked(side, lexicon)) for side in alternatives)
        return _Read(tuple(mention for part in parts for mention in part.stated), parts)
    split = split_statements(alternatives[0], lexicon)
    titles = (lexicon.findings[name].title for name in split.excluded)
    excluded = tuple(_exclusion(title, lexicon) for title in titles)
    return _Read(_asked(alternatives[0], lexicon), split.statements, excluded, split.denied)


def _asked(text: str, lexicon: Lexicon) -> tuple[StatedFinding, ...]:
    """What `text` states, without denials of what it affirms besides: `stable effusion, no new effusion`."""
    stated = stated_findings(text, lexicon, as_query=not is_foreign(text))
    affirmed = {(m.finding, m.side) for m in stated if m.assertion is Assertion.PRESENT}
    return tuple(
        m
        for m in stated
        if m.assertion is not Assertion.ABSENT
        or (m.finding, m.side) not in affirmed
        or _BARE_DENIAL.search(text[: m.start])
    )


def _exclusion(words: str, lexicon: Lexicon) -> Exclusion:
    """What excluded `words` name, whatever is said of it."""
    if words.endswith("*"):
        return Exclusion(words)
    named = stated_findings(words, lexicon, as_query=True)
    return Exclusion(words, tuple(mention for mention in named if mention.finding != NORMAL))


def _parts(query: Query, statements: Sequence[Statement], dropped: Collection[str]) -> tuple[Query, ...]:
    """The queries of the statements that were not dropped."""
    kept = _undropped("statement", tuple(statements), dropped)
    return tuple(
        replace(query, text=part.text, assertion=part.assertion, stated=without_dropped(part.stated, dropped), chips=())
        for part in kept
    )


def _undropped(kind: str, things: tuple[Thing, ...], dropped: Collection[str]) -> tuple[Thing, ...]:
    return tuple(thing for n, thing in enumerate(things, start=1) if f"{kind}:{n}" not in dropped)


def _contradiction(query: Query, has_parts: bool, lexicon: Lexicon) -> str:
    """Title of a finding that one and the same statement asks for and denies, else empty."""
    asked = [m for m in query.stated if m.assertion is Assertion.PRESENT]
    denied = [m for exclusion in query.excluded for m in exclusion.stated]
    if not has_parts:
        denied += [m for m in query.stated if m.assertion is Assertion.ABSENT and m.finding != NORMAL]
    for one in asked:
        for other in denied:
            if other.finding in lexicon.with_parents(one.finding) and (other.side in {None, one.side}):
                return lexicon.findings[other.finding].title
    return ""


def _check_characters(text: str) -> None:
    if len(text) > MAX_QUERY_CHARACTERS:
        raise InputError(f"the query has {len(text):,} characters; at most {MAX_QUERY_CHARACTERS:,} are allowed")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("the query is not valid Unicode text; it has half of a surrogate pair") from error
