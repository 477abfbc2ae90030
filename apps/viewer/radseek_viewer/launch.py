"""Starting the viewer as a process of its own; `radseek serve` and the tests use it. Imports no Streamlit."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from radseek.errors import ConfigError

READY_PATH = "/radseek/ready"
ENDING_S = 5.0
"""Seconds that a server gets to end by itself after Ctrl-C."""


@dataclass(frozen=True, slots=True)
class ViewerOptions:
    """How the viewer is served.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        theme: One of `radseek_viewer.settings.THEMES`.
        behind_proxy: Needed for any host besides this computer's own: the viewer has no login, so a reverse proxy has
            to guard every path. The proxy's host names are then answered too.
        open_browser: Open the person's browser once the viewer answers.
        host_names: Names under which people reach the proxy; with them, no other name is answered.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    theme: str = "dark"
    behind_proxy: bool = False
    open_browser: bool = False
    host_names: tuple[str, ...] = ()


def viewer_command(archive: Path, options: ViewerOptions | None = None) -> list[str]:
    """The argument vector that starts the viewer's server for `archive`.

    Raises:
        ConfigError: When the port is no port, or the host is not this computer's own and no proxy was declared.
    """
    options = options or ViewerOptions()
    if not 1 <= options.port <= 65535:
        raise ConfigError(f"port {options.port} is not between 1 and 65535")
    if not is_loopback(options.host) and not options.behind_proxy:
        raise ConfigError(
            f"the viewer would be open to other computers at {options.host}, and it has no login: put a reverse proxy "
            "with login and TLS before it and declare that with --behind-proxy, or keep to 127.0.0.1"
        )
    command = [sys.executable, "-m", "radseek_viewer.server", "--archive", str(archive)]
    command += ["--host", options.host, "--port", str(options.port), "--theme", options.theme]
    command += ["--any-host-name"] if options.behind_proxy and not options.host_names else []
    return command + [argument for name in options.host_names for argument in ("--host-name", name)]


def viewer_environment() -> dict[str, str]:
    """Environment of the viewer's server: this process's.

    With each of many threads in an arena of its own, as is glibc's habit, the searches of 25 people on 100,000 pictures
    left 500 MB of freed memory with the server; with two arenas 120 MB. A value that is set already stays.
    """
    return {"MALLOC_ARENA_MAX": "2"} | os.environ


def serve(archive: Path, options: ViewerOptions | None = None) -> int:
    """Run the viewer's server until it ends or is interrupted, and return its exit code.

    Raises:
        ConfigError: As `viewer_command`, and when something else listens at the port already.
    """
    options = options or ViewerOptions()
    command = viewer_command(archive, options)
    if is_taken(options.host, options.port):
        raise ConfigError(f"port {options.port} is taken by another program: choose another with --port")
    started: list[subprocess.Popen[bytes]] = []
    asked_to_end = threading.Event()

    def end_server(*_: object) -> None:
        asked_to_end.set()
        for process in started:
            process.terminate()

    before = signal.signal(signal.SIGTERM, end_server)  # set first: the server must not outlive us
    with subprocess.Popen(command, env=viewer_environment()) as process:
        started.append(process)
        if asked_to_end.is_set():  # while it was being started
            process.terminate()
        try:
            if options.open_browser and wait_until_ready(options.port, host=options.host):
                webbrowser.open(f"http://{options.host}:{options.port}")
            return process.wait()
        except KeyboardInterrupt:
            _end(process)
            return 0
        finally:
            signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a server that got the terminal's Ctrl-C too; end one that did not."""
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def is_taken(host: str, port: int) -> bool:
    """True when something listens at `port`."""
    with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def is_loopback(host: str) -> bool:
    """True when only this computer can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def wait_until_ready(port: int, timeout_s: float = 30.0, host: str = "127.0.0.1") -> bool:
    """True as soon as the viewer answers at `port`; False when it has not within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if _answers(host, port):
            return True
        time.sleep(0.1)
    return False


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
