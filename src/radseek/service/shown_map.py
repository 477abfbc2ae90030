"""`ShownMap`: a map that is loaded, with what its studies are coloured by and what a selection of them is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from radseek.archive.map_studies import MapStudies
from radseek.errors import InputError
from radseek.records.archive_map import COLOUR_FIELDS, FindingCount, FindingShare, MapFacts, MapSelection
from radseek.search.study_statements import Stated, StudyStatements
from radseek.service.map_colours import Colouring, colour_by_statements, colour_by_values, colour_by_years

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_FINDINGS = 8
_NO_FINDING = "normal"
"""The lexicon's name for the statement that there is nothing: nothing that is found."""


class ShownMap:
    """The points of those studies of a map that are still in the archive; a study is named by its row.

    Args:
        facts: What is known of the map.
        points: float32 `[n, 2]`, 0..1.
        studies: What is known of the `n` studies.
        statements: What their reports state.
        is_current: False when the archive was indexed again since.
    """

    def __init__(
        self,
        facts: MapFacts,
        points: NDArray[np.float32],
        studies: MapStudies,
        statements: StudyStatements,
        is_current: bool,
    ) -> None:
        self.facts, self.points, self.is_current = facts, points, is_current
        self.name = f"{facts.generation}-{facts.kind}"
        """Names the map in addresses."""
        self.keys = studies.keys
        """Study keys, `n`."""
        self._columns, self._statements = studies.columns, statements
        self._rows = {key: row for row, key in enumerate(studies.keys)}
        self._stated: dict[str, NDArray[np.uint8]] = {}

    def rows_of(self, study_keys: Iterable[str]) -> list[int | None]:
        """The row of each study; None for one that is not on the map."""
        return [self._rows.get(key) for key in study_keys]

    def colour_by_field(self, name: str) -> Colouring:
        """The studies in groups by one of `COLOUR_FIELDS`.

        Raises:
            InputError: When the field is unknown.
        """
        if name not in COLOUR_FIELDS:
            raise InputError(f"a map cannot be coloured by {name!r}; fields: {', '.join(COLOUR_FIELDS)}")
        column = self._columns[name]
        return colour_by_years(column) if name == "year" else colour_by_values(column)

    def colour_by_finding(self, finding: str) -> Colouring:
        """The studies by what their reports say of a finding.

        Raises:
            InputError: When the lexicon has no such finding.
        """
        return colour_by_statements(self.stated(finding))

    def stated(self, finding: str) -> NDArray[np.uint8]:
        """What each study states of a finding, values of `Stated`, uint8 `[n]`.

        Raises:
            InputError: When the lexicon has no such finding.
        """
        if finding not in self._stated:
            if finding not in self._statements.findings():
                raise InputError("the lexicon has no finding of this name; `radseek lexicon` lists them")
            self._stated[finding] = self._statements.of(finding)
        return self._stated[finding]

    @cached_property
    def findings(self) -> tuple[FindingCount, ...]:
        """The findings that any study has, most frequent first."""
        counted = []
        for finding in self._statements.findings():
            stated = self.stated(finding)
            n_present = int((stated >= Stated.POSSIBLE).sum())
            n_absent = int((stated == Stated.ABSENT).sum())
            counted.append(FindingCount(finding, self._statements.title(finding), n_present, n_absent))
        return tuple(sorted((one for one in counted if one.n_present), key=lambda one: (-one.n_present, one.finding)))

    def describe(self, rows: NDArray[np.int64]) -> MapSelection:
        """What the studies of these rows are, beside all others.

        Args:
            rows: int64 `[m]`, ascending, each once.
        """
        inside = np.zeros(len(self.keys), dtype=bool)
        inside[rows] = True
        reported = self._statements.has_report
        n_inside, n_outside = int((reported & inside).sum()), int((reported & ~inside).sum())
        return MapSelection(
            n_studies=int(inside.sum()),
            n_reported=n_inside,
            modalities=self._counts("modality", rows),
            body_parts=self._counts("body_part", rows),
            findings=tuple(self._shares(inside, n_inside, n_outside)),
        )

    def _counts(self, name: str, rows: NDArray[np.int64]) -> tuple[tuple[str, int], ...]:
        column = self._columns[name]
        counts = Counter(column.codes[rows].tolist())
        named = [("" if code < 0 else column.values[code], n) for code, n in counts.items()]
        return tuple(sorted(named, key=lambda pair: (-pair[1], pair[0])))

    def _shares(self, inside: NDArray[np.bool_], n_inside: int, n_outside: int) -> list[FindingShare]:
        """The commonest findings among the marked studies, most frequent first."""
        shares = []
        for one in self.findings:
            if one.finding != _NO_FINDING:
                has = self.stated(one.finding) >= Stated.POSSIBLE
                n_has = int((has & inside).sum())
                if n_has:
                    outside = (int(has.sum()) - n_has) / n_outside if n_outside else 0.0
                    shares.append(FindingShare(one.finding, one.title, n_has, n_has / n_inside, outside))
        return sorted(shares, key=lambda share: (-share.n_inside, share.finding))[:_MOST_FINDINGS]
