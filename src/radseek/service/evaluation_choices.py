"""What a person may choose of an archive's evaluation."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass

from radseek.service.evaluation.target import EvaluateOptions


@dataclass(frozen=True, slots=True)
class EvaluationChoices:
    """What a person may choose of an archive's evaluation."""

    sections: tuple[str, ...] = ()
    """Report sections whose text asks: findings, impression, other; the first that has text when empty."""
    sources: tuple[str, ...] = ()
    """Sources that are tested; all when empty."""
    trained_on: tuple[str, ...] = ()
    """Sources that the encoder was trained on: the others are tested, and compared with these for leaks."""
    max_queries: int = 0
    """Most texts that ask the whole search; 0 for all."""
    seed: int = 0
    allow_leaks: bool = False

    def allowing_leaks(self) -> EvaluationChoices:
        """The same, going on whatever leaks."""
        return dataclasses.replace(self, allow_leaks=True)


def choices_of(options: EvaluateOptions) -> EvaluationChoices:
    """What of an evaluation's options is written down with it."""
    return EvaluationChoices(
        sections=options.sections,
        sources=options.sources,
        trained_on=options.trained_on,
        max_queries=options.max_queries,
        seed=options.seed or 0,
        allow_leaks=options.allow_leaks,
    )


def options_of(choices: EvaluationChoices) -> EvaluateOptions:
    """The options that these choices are, with the command that does the same."""
    return EvaluateOptions(
        trained_on=choices.trained_on,
        sources=choices.sources,
        sections=choices.sections,
        max_queries=choices.max_queries,
        seed=choices.seed,
        allow_leaks=choices.allow_leaks,
        command=_command(choices),
    )


def _command(choices: EvaluationChoices) -> str:
    """The command that does the same."""
    words = ["radseek", "evaluate", "ARCHIVE"]
    lists = {"--trained-on": choices.trained_on, "--source": choices.sources, "--section": choices.sections}
    words += [word for option, values in lists.items() for value in values for word in (option, value)]
    words += ["--queries", str(choices.max_queries)] if choices.max_queries else []
    words += ["--seed", str(choices.seed)] if choices.seed else []
    words += ["--allow-leaks"] if choices.allow_leaks else []
    return shlex.join(words)
