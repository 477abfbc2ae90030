"""The four bins of one ingest run, kept so that their sum is what the run has seen, at every moment."""

from __future__ import annotations

from collections import Counter

from radseek.records.outcomes import Outcome, Refusal, Tally


class RunTally:
    """Counts a run's things; a picture that turns out not to decode moves from its bin to `quarantined`."""

    def __init__(self) -> None:
        self._bins: Counter[tuple[Outcome, str]] = Counter()
        self._passed: dict[int, Outcome] = {}

    @property
    def seen(self) -> int:
        """Things counted so far."""
        return self._bins.total()

    def passed(self, outcome_id: int, outcome: Outcome) -> None:
        """Counts a thing as ingested or duplicate; `outcome_id` is the row that its instance belongs to."""
        self._bins[outcome, ""] += 1
        self._passed[outcome_id] = outcome

    def duplicate(self) -> None:
        """Counts a copy of something that another thing brought."""
        self._bins[Outcome.DUPLICATE, ""] += 1

    def refused(self, refusal: Refusal) -> None:
        """Counts a thing as skipped or quarantined."""
        self._bins[refusal.outcome, refusal.reason.value] += 1

    def demoted(self, outcome_id: int, refusal: Refusal) -> None:
        """Moves a thing whose pixels do not decode; nothing happens when another run has seen it."""
        before = self._passed.pop(outcome_id, None)
        if before is not None:
            self._bins[before, ""] -= 1
            self.refused(refusal)

    def tally(self) -> Tally:
        """The counts, reasons in alphabetical order."""
        return Tally(
            ingested=self._bins[Outcome.INGESTED, ""],
            duplicate=self._bins[Outcome.DUPLICATE, ""],
            skipped=self._reasons(Outcome.SKIPPED),
            quarantined=self._reasons(Outcome.QUARANTINED),
        )

    def _reasons(self, outcome: Outcome) -> dict[str, int]:
        return {reason: count for (bin_, reason), count in sorted(self._bins.items()) if bin_ is outcome and count}
