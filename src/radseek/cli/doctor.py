"""Check this installation: versions, clashing packages, decoders, the shipped encoder, the viewer."""

from __future__ import annotations

import argparse

from radseek.cli.output import note, write_json

EXAMPLES = """examples:
  radseek doctor
  radseek doctor --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print the checks as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run every check; exit 1 when one failed."""
    from radseek.cli.main import EXIT_ERROR
    from radseek.service.doctor import check_installation

    checks = check_installation()
    if arguments.json:
        write_json(checks)
    else:
        for check in checks:
            print(f"{'ok  ' if check.passed else 'FAIL'}  {check.name:<22} {check.message}")
    failed = sum(not check.passed for check in checks)
    note("all is well" if not failed else f"{failed} checks failed")
    return EXIT_ERROR if failed else 0
