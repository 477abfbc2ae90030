"""The command reference, `docs/commands.md`, made from the commands themselves.

python -m radseek.cli.reference > docs/commands.md
"""

from __future__ import annotations

import argparse

from radseek.cli.main import COMMANDS, build_parser

EXIT_CODES = """| exit code | meaning |
| --- | --- |
| 0 | all was done |
| 1 | an error that the message on stderr explains (`verify`, `doctor`: something is wrong) |
| 2 | wrong usage |
| 3 | `ingest` finished, but some inputs were quarantined and wait for a person |
| 130 | interrupted; the same command goes on where it was |"""


def reference_text() -> str:
    """The whole page as Markdown."""
    parts = [
        "# Commands",
        "Results go to stdout, everything else to stderr. `--json` prints one JSON document. "
        "`radseek COMMAND --help` says the same as this page, which is made from it: "
        "`python -m radseek.cli.reference > docs/commands.md`.",
        EXIT_CODES,
        *(_section(name) for name in COMMANDS),
    ]
    return "\n\n".join(parts) + "\n"


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of one command."""
    subparsers = next(a for a in build_parser(name)._actions if isinstance(a, argparse._SubParsersAction))
    parser: argparse.ArgumentParser = subparsers.choices[name]
    return parser


def _section(name: str) -> str:
    parser = command_parser(name)
    examples = "\n".join(f"    {line.strip()}" for line in (parser.epilog or "").strip().splitlines()[1:])
    return "\n\n".join([
        f"## radseek {name}",
        parser.description or "",
        *_tables(name, parser),
        examples,
    ])


def _tables(name: str, parser: argparse.ArgumentParser) -> list[str]:
    """The table of arguments, or one for each subcommand."""
    inner = next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
    if inner is None:
        return [_table(parser)]
    parts = []
    for action, subparser in inner.choices.items():
        parts += [f"### radseek {name} {action}", subparser.description or "", _table(subparser)]
    return parts


def _table(parser: argparse.ArgumentParser) -> str:
    rows = [f"| {_name_of(action)} | {_help_of(action)} |" for action in parser._actions if action.dest != "help"]
    return "\n".join(["| argument | meaning |", "| --- | --- |", *rows])


def _name_of(action: argparse.Action) -> str:
    shown = ", ".join(action.option_strings) or str(action.metavar or action.dest).upper()
    values = f" {{{','.join(map(str, action.choices))}}}" if action.choices else ""
    return f"`{shown}{values}`"


def _help_of(action: argparse.Action) -> str:
    return (action.help or "").replace("|", "\\|")


if __name__ == "__main__":
    print(reference_text(), end="")
