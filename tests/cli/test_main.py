"""The `radseek` command itself: help, exit codes, where words go."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from radseek.cli import main as command
from radseek.cli.main import COMMANDS, command_module, main


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "radseek.cli.main", *words], capture_output=True, text=True, check=False
    )


def test_help_lists_every_command_and_the_exit_codes(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name, summary in COMMANDS.items():
        assert f"{name} {summary}" in text
    assert "exit codes: 0 done, 1 error, 2 wrong usage, 3" in text
    assert "not for diagnosis" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_with_examples(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    text = capsys.readouterr().out
    assert "examples:" in text
    assert f"radseek {name}" in text.split("examples:")[1]
    module = command_module(name)
    for line in module.EXAMPLES.strip().splitlines()[1:]:
        words = line.split("#")[0].split()
        assert words[:2] == ["radseek", name]


def test_examples_in_the_help_parse(capsys):
    import shlex

    for name in COMMANDS:
        for line in command_module(name).EXAMPLES.strip().splitlines()[1:]:
            words = shlex.split(line.split("  #")[0].strip())[1:]
            command.build_parser(name).parse_args(words)
    capsys.readouterr()


def test_no_command_prints_help_and_an_unknown_one_is_wrong_usage(capsys):
    assert main([]) == 0
    assert "commands:" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        main(["serach", "x"])
    assert "invalid choice" in capsys.readouterr().err


def test_a_domain_error_is_one_line_on_stderr_and_exit_1(tmp_path):
    done = run("search", str(tmp_path / "nowhere"), "effusion")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("radseek search: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_version_is_the_package_version(capsys):
    import radseek

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"radseek {radseek.__version__}\n"


def test_help_imports_no_heavy_library():
    script = (
        "import sys\nfrom radseek.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'monai', 'faiss', 'numpy', 'pydicom', 'transformers', 'streamlit', 'sqlalchemy', 'rich'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_help_is_many_times_quicker_than_one_torch_import():
    """A ratio inside one run, not a time: 0.3 s against 1.5 s and more."""
    began = time.perf_counter()
    run("--help")
    help_s = time.perf_counter() - began
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    torch_s = time.perf_counter() - began
    assert help_s < torch_s
