"""Open the viewer on an archive, in the browser. It listens on this machine only unless told otherwise."""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import note

EXAMPLES = """examples:
  radseek serve my-archive
  radseek serve my-archive --port 8600 --theme light
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    add_viewer_arguments(parser)


def add_viewer_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how the viewer is served: shared with `radseek demo`."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument(
        "--behind-proxy", action="store_true",
        help="allow another --host: a reverse proxy with login and TLS guards every path",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=8501, help="port (default 8501)")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark", help="reading-room dark or office light")
    parser.add_argument("--open", action="store_true", help="open the browser as well")


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from radseek.service import Archive

    with Archive.open(arguments.archive) as archive:
        archive.require_index()
    return serve_viewer(arguments.archive, arguments)


def serve_viewer(archive: Path, arguments: argparse.Namespace) -> int:
    """Run the viewer's server until it ends, and return its exit code.

    Raises:
        ConfigError: When the viewer is not installed, or the host is not this machine and no proxy was declared.
    """
    from radseek.errors import ConfigError

    try:
        from radseek_viewer.launch import ViewerOptions, serve
    except ImportError as error:
        raise ConfigError("the viewer is not installed; install it with `pip install 'radseek[viewer]'`") from error
    options = ViewerOptions(
        host=arguments.host,
        port=arguments.port,
        theme=arguments.theme,
        behind_proxy=arguments.behind_proxy,
        open_browser=arguments.open,
    )
    note(f"the viewer is starting on http://{arguments.host}:{arguments.port} (Ctrl-C ends it)")
    return serve(archive, options)
