"""How the viewer is started: what it refuses, and which settings hold."""

from __future__ import annotations

import gc
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from chromium import free_port

from radseek.errors import ConfigError
from radseek_viewer import launch, server
from radseek_viewer.connection import connect, load_libraries, warm_up
from radseek_viewer.launch import ViewerOptions, is_loopback, serve, viewer_command, wait_until_ready
from radseek_viewer.settings import THEMES, streamlit_settings


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "radseek.hospital.example"])
def test_other_computers_only_through_a_declared_proxy(host: str) -> None:
    with pytest.raises(ConfigError, match="no login"):
        viewer_command(Path("a"), ViewerOptions(host=host))
    assert "--any-host-name" in viewer_command(Path("a"), ViewerOptions(host=host, behind_proxy=True))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)],
)
def test_loopback_is_this_computer(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports_are_checked(port: int) -> None:
    with pytest.raises(ConfigError, match="not between 1 and 65535"):
        viewer_command(Path("a"), ViewerOptions(port=port))


def test_the_server_understands_the_command() -> None:
    options = ViewerOptions(port=8600, theme="light", behind_proxy=True, host_names=("a.example", "b.example"))
    command = viewer_command(Path("my archive"), options)
    assert command[:3] == [sys.executable, "-m", "radseek_viewer.server"]
    parsed = server._parse(command[3:])
    assert (parsed.archive, parsed.port, parsed.theme) == (Path("my archive"), 8600, "light")
    assert parsed.host_name == ["a.example", "b.example"]
    assert not parsed.any_host_name


def test_a_taken_port_is_said_plainly() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ConfigError, match=r"port \d+ is taken"):
            serve(Path("a"), ViewerOptions(port=other.getsockname()[1]))


def test_waiting_for_nobody_ends() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not wait_until_ready(unused.getsockname()[1], timeout_s=0.3)


@pytest.mark.parametrize("theme", THEMES)
def test_streamlit_knows_every_setting(theme: str) -> None:
    from streamlit import config

    config.get_config_options()
    settings = streamlit_settings(theme)
    assert set(settings) <= set(config._config_options_template)
    assert settings["client.showErrorDetails"] == "none"
    assert settings["browser.gatherUsageStats"] is False
    assert settings["server.enableXsrfProtection"] is True
    assert settings["server.enableStaticServing"] is False
    assert settings["runner.postScriptGC"] is False  # it doubled the time of a search with 25 people
    assert any(name.startswith("theme.dark.") for name in settings) is (theme == "system")


def test_unknown_themes_are_refused() -> None:
    with pytest.raises(ConfigError, match="themes: dark, light, system"):
        streamlit_settings("pink")


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_themes_are_readable(theme: str) -> None:
    """WCAG 2 AA: 4.5 for text, on page and panels; white on the accent colour as well."""
    settings = streamlit_settings(theme)
    for ground in ("theme.backgroundColor", "theme.secondaryBackgroundColor", "theme.sidebar.backgroundColor"):
        for text in ("theme.textColor", "theme.linkColor"):
            assert _contrast(settings[text], settings[ground]) >= 4.5, (text, ground)
    assert _contrast("#ffffff", settings["theme.primaryColor"]) >= 4.5


def test_launching_imports_no_streamlit() -> None:
    code = "import sys, radseek_viewer.launch; print('streamlit' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_pages_take_no_markup_and_no_media() -> None:
    """Received text has no way into HTML, and no picture goes over Streamlit's open /media address."""
    package = Path(server.__file__).parent
    sources = {path.name: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    scripts = {
        path.name: path.read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "")  # a name, not fetched
        for path in package.glob("assets/*.js")
    }
    for name, text in sources.items():
        assert not re.search(r"unsafe_allow|st\.image|st\.write\(|components\.v1|download_button", text), name
        assert re.findall(r"st\.html\((?!ASSETS|own_style\()", text) == [], name
    for name, text in scripts.items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|https?://", text
        ), name


def test_streamlit_finds_no_configuration_of_its_own_beside_the_viewer() -> None:
    """It would offer both themes and follow the computer's preference, whatever was asked for."""
    assert not (Path(server.__file__).parent / ".streamlit").exists()


def test_ctrl_c_ends_the_server_quietly() -> None:
    port = free_port()
    command = [sys.executable, "serve_fake.py", str(port)]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stderr=subprocess.PIPE, text=True) as process:
        assert wait_until_ready(port, timeout_s=60)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


STUBBORN = """
import signal, subprocess, sys
from pathlib import Path
from radseek_viewer import launch

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in a shell's background are deaf to it otherwise

child = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"
launch.viewer_command = lambda *_: [sys.executable, "-c", child]
launch.ENDING_S = 0.3
print(launch.serve(Path("x"), launch.ViewerOptions(port=int(sys.argv[1]))), flush=True)
"""


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM])
def test_a_server_never_outlives_the_command_that_started_it(wanted: signal.Signals) -> None:
    command = [sys.executable, "-c", STUBBORN, str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(wanted)
        rest, _ = process.communicate(timeout=30)  # ends only when the server has closed its end too
    assert rest.strip() in {"0", str(-signal.SIGTERM)}


ASKED_WHILE_STARTING = """
import os, signal, subprocess, sys
from pathlib import Path
from radseek_viewer import launch

launch.viewer_command = lambda *_: [sys.executable, "-c", "import time; time.sleep(300)"]
start = subprocess.Popen

class Popen(start):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        os.kill(os.getpid(), signal.SIGTERM)

launch.subprocess.Popen = Popen
print(launch.serve(Path("x"), launch.ViewerOptions(port=int(sys.argv[1]))), flush=True)
"""


def test_a_signal_while_the_server_is_started_ends_it_too() -> None:
    command = [sys.executable, "-c", ASKED_WHILE_STARTING, str(free_port())]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout.strip() == str(-signal.SIGTERM)


@pytest.mark.parametrize(("own", "expected"), [(None, "2"), ("7", "7")])
def test_the_server_gives_memory_back_unless_a_person_set_it_otherwise(monkeypatch, capfd, own, expected) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if own:
        monkeypatch.setenv("MALLOC_ARENA_MAX", own)
    command = [sys.executable, "-c", "import os; print(os.environ['MALLOC_ARENA_MAX'])"]
    monkeypatch.setattr(launch, "viewer_command", lambda *_: command)
    assert serve(Path("x"), ViewerOptions(port=free_port())) == 0
    assert capfd.readouterr().out.strip() == expected


HANGING = """
import sys, time
from starlette.routing import Route
from fake_archive import FakeArchive
from radseek_viewer import launch, server
from radseek_viewer.connection import connect, warm_up
from radseek_viewer.connection import connect

def hang(request):
    print("asked", flush=True)
    time.sleep(300)

server.viewer_routes = lambda routes=server.viewer_routes: [Route("/radseek/hang", hang), *routes()]
server.ENDING_S = 1.0
connect(FakeArchive())
server.main(["--archive", "x", "--port", sys.argv[1]])
"""


def test_a_request_that_hangs_does_not_keep_the_server_from_ending() -> None:
    port = free_port()
    command = [sys.executable, "-u", "-c", HANGING, str(port)]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert wait_until_ready(port, timeout_s=60)
        with socket.create_connection(("127.0.0.1", port)) as hanging:
            hanging.sendall(f"GET /radseek/hang HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            while "asked" not in process.stdout.readline():
                pass
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 1


def test_libraries_that_are_not_installed_well_do_not_keep_the_server_from_starting():
    def fail():
        raise ImportError("libtorch")

    connect(SimpleNamespace(prepare_libraries=fail))
    try:
        load_libraries()
    finally:
        connect(None)


def test_scans_are_made_ready_first_then_searches_and_nothing_more_when_the_server_ends():
    loaded = []
    archive = SimpleNamespace(
        prepare_frames=lambda: loaded.append("scans"),
        prepare=lambda: loaded.append("words"),
        prepare_pictures=lambda: loaded.append("pictures"),
    )
    connect(archive)
    try:
        warm_up(threading.Event())
        assert loaded == ["scans", "words", "pictures"]
        ending = threading.Event()
        ending.set()
        warm_up(ending)
        assert loaded == ["scans", "words", "pictures", "scans"]
    finally:
        connect(None)
        gc.unfreeze()
