"""The `radseek` command: finds the asked command, imports only that one, and turns errors into exit codes.

Exit codes: 0 all was done; 1 an error that the message explains; 2 wrong usage; 3 finished, but some inputs were
quarantined and wait for a person; 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from radseek.errors import RadseekError

COMMANDS: dict[str, str] = {
    "init": "make an empty archive",
    "ingest": "read DICOM, image tables or reports into an archive",
    "index": "make what was ingested searchable",
    "search": "find scans by a report sentence",
    "cohort": "save searches as named cohorts; what is new in them; samples; export",
    "map": "lay the archive out in two dimensions, by pictures and by reports",
    "dictate": "write down what a recording says, to be searched",
    "serve": "open the viewer on an archive",
    "status": "what an archive holds, what was quarantined, what waits for a person",
    "train": "train or fine-tune an encoder",
    "evaluate": "measure retrieval on an archive, with baselines",
    "calibrate": "learn how sure hits are, for the bands and the floor",
    "encoders": "public encoders: licence, gating, get, describe, check",
    "lexicon": "show what is understood, read a text, try the reader on coded reports",
    "verify": "check an archive for damage and loss",
    "demo": "build a small synthetic archive and open the viewer on it",
    "doctor": "check this installation",
}
"""Command -> one line of help. The module `radseek.cli.<command>` has `add_arguments(parser)` and `run(arguments)`."""

EXIT_ERROR, EXIT_QUARANTINED, EXIT_INTERRUPTED = 1, 3, 130

DESCRIPTION = "Find scans by what their reports say. Research and teaching use, not for diagnosis."

EXAMPLES = """examples:
  radseek demo
  radseek init my-archive
  radseek ingest my-archive /data/dicom
  radseek ingest my-archive reports.csv --as reports
  radseek index my-archive
  radseek search my-archive "small left pleural effusion" --modality DX
  radseek serve my-archive

exit codes: 0 done, 1 error, 2 wrong usage, 3 done but some inputs were quarantined, 130 interrupted
"""


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """The parser; only the module of `command` is imported, the others stand by their one line of help."""
    parser = argparse.ArgumentParser(
        prog="radseek",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        if name != command:
            subparsers.add_parser(name, help=summary)
            continue
        module = command_module(name)
        subparser = subparsers.add_parser(
            name,
            help=summary,
            description=(module.__doc__ or summary).strip(),
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(subparser)
    return parser


def command_module(name: str) -> ModuleType:
    """The module of the command `name`."""
    return importlib.import_module(f"radseek.cli.{name}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in arguments if word in COMMANDS), None)
    parser = build_parser(command)
    options = parser.parse_args(arguments)
    if options.version:
        from radseek import __version__

        print(f"radseek {__version__}")
        return 0
    if options.command is None:
        parser.print_help()
        return 0
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    try:
        return int(command_module(options.command).run(options))
    except RadseekError as error:
        print(f"radseek {options.command}: {error}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        print(
            f"\nradseek {options.command}: interrupted; run the same command again and it goes on where it was",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # without the file's name, which may be a patient's
        print(f"radseek {options.command}: the disk refused: {error.strerror or 'no reason given'}", file=sys.stderr)
        return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
