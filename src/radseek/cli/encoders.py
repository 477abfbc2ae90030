"""Encoders: list them with licence and gating, show one, download one, describe a local folder, check one.

Nothing is downloaded unless `get` is asked for; no code of a checkpoint is ever run. `list` is the default.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from radseek.cli.output import note, write_json, write_table
from radseek.errors import ConfigError

if TYPE_CHECKING:
    from radseek.encoders.public.checking import EncoderCheck

EXAMPLES = """examples:
  radseek encoders
  radseek encoders show rad-dino
  radseek encoders get biomedclip --to /models/biomedclip
  radseek encoders add biomedclip /models/biomedclip
  radseek encoders check /models/biomedclip --json
"""

_NEEDS = {"list": 0, "show": 1, "get": 1, "add": 2, "check": 1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "action", nargs="?", default="list", choices=tuple(_NEEDS),
        help="list: all encoders; show: one in full; get: download one at its pinned revision; add: describe a local "
        "folder by a preset, with the SHA-256 of its files; check: load one and let it prove itself",
    )  # fmt: skip
    parser.add_argument(
        "what", nargs="*",
        help="show, get: a preset (name or YAML file); add: a preset and a folder; check: a preset or a folder",
    )  # fmt: skip
    parser.add_argument("--to", type=Path, help="get: folder to download into; default: the hub's own cache")
    parser.add_argument("--revision", help="get: another revision than the pinned one; needs --to")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked and print it."""
    action, what = arguments.action, arguments.what
    if len(what) != _NEEDS[action]:
        raise ConfigError(f"`{action}` takes {_NEEDS[action]} arguments after it; {len(what)} were given")
    if arguments.revision and (action != "get" or arguments.to is None):
        raise ConfigError("--revision goes with `get NAME --to FOLDER`: only there it is remembered")
    if action == "list":
        _list(arguments.json)
    elif action == "show":
        _show(what[0], arguments.json)
    elif action == "get":
        _get(what[0], arguments)
    else:
        _check(action, what, arguments.json)
    return 0


def _list(as_json: bool) -> None:
    from radseek.service.encoders import list_encoders

    rows = list_encoders()
    if as_json:
        write_json(rows)
        return
    cells = [
        (row.name, row.role, row.here, _short(row.licence), _short(row.gating), row.source.split("@")[0])
        for row in rows
    ]
    write_table(cells, ("name", "role", "here", "licence", "gating", "from"))
    note("`radseek encoders show NAME` has the licence in full, what it was trained on, and what to fetch")


def _short(text: str, width: int = 40) -> str:
    return text if len(text) <= width else text[: width - 3].rstrip() + "..."


def _show(name: str, as_json: bool) -> None:
    from radseek.service.encoders import show_encoder

    shown = show_encoder(name)
    if as_json:
        write_json(shown)
        return
    for key, value in shown.items():
        if value not in ("", [], {}, None):
            print(f"{key:<14} {_plain(value)}")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(entry)}" for key, entry in value.items() if entry != "")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _get(name: str, arguments: argparse.Namespace) -> None:
    from radseek.service.encoders import get_encoder

    found = get_encoder(name, arguments.revision, arguments.to)
    if arguments.json:
        write_json({"folder": found})
    else:
        print(found)


def _check(action: str, what: list[str], as_json: bool) -> None:
    from radseek.service.encoders import add_encoder, check_encoder

    checked: EncoderCheck = add_encoder(what[0], Path(what[1])) if action == "add" else check_encoder(what[0])
    if as_json:
        write_json(checked)
        return
    print(f"{checked.name} loads and behaves: {checked.role}, {checked.dim} dimensions")
    details = {
        "licence": checked.licence,
        "gating": checked.gating,
        "from": ", ".join(checked.sources),
        "trained on": ", ".join(checked.training_sets),
        "revision": checked.revision,
        "patch grid": "" if checked.grid is None else f"{checked.grid[0]} x {checked.grid[1]}",
        "a picture": _seconds(checked.seconds_per_picture),
        "a text": _seconds(checked.seconds_per_text),
    }
    for name, value in details.items():
        if value:
            print(f"  {name:<11} {value}")
    for line in checked.notes:
        note(line)
    if checked.role == "pair" and action == "add":
        note(f"use it: radseek init my-archive --encoder {what[1]}")


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} s"
