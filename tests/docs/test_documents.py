"""If a document lied, a test here would fail: commands parse, targets and links exist, words that must stand, stand."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

from radseek.cli.main import COMMANDS, build_parser

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"^(?: {4}|\$ )((?:radseek|make) .*)$|^((?:radseek|make) .*)$", re.MULTILINE)


def commands_of(document: Path) -> list[str]:
    found = []
    for indented, plain in CODE.findall(document.read_text()):
        line = (indented or plain).split("  #")[0].strip()
        found.append(re.sub(r"\s{2,}.*$", "", line))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_command_line_in_a_document_parses(document, capsys):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in commands_of(document):
        words = shlex.split(line)
        if words[0] == "make":
            assert set(words[1:]) <= targets, f"{document.name}: {line}"
        elif words[1] in COMMANDS:
            build_parser(words[1]).parse_args(words[1:])
        else:
            assert words[1].startswith("-"), f"{document.name}: unknown command in {line!r}"
    capsys.readouterr()


def test_the_readme_shows_the_two_commands_and_what_radseek_is_not_for():
    text = (ROOT / "README.md").read_text()
    assert {"make demo", "make test"} <= set(commands_of(ROOT / "README.md"))
    assert "Not for** diagnosis" in text
    assert "not a probability of disease" in text


@pytest.mark.parametrize("document", [*DOCUMENTS, *sorted((ROOT / "data_cards").glob("*.md"))], ids=lambda p: p.name)
def test_links_to_files_of_the_project_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_architecture_page_names_every_floor_in_order():
    page = (ROOT / "docs" / "architecture.md").read_text()
    floors = [path.name for path in (ROOT / "src" / "radseek").iterdir() if (path / "__init__.py").is_file()]
    for floor in floors:
        assert re.search(rf"^## {floor}\b", page, re.MULTILINE) or floor in {"cli", "records"}, floor


def test_nothing_in_the_package_unpickles_or_trusts_remote_code():
    """The syntax tree of every shipped module: no pickle, joblib, torch.load, eval, exec or trusted remote code.

    The name of the unpickler's own error may be imported, to say that a file was refused.
    """
    banned_modules = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
    for path in [*sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "apps").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                assert not banned_modules & {alias.name.split(".")[0] for alias in node.names}, where
            if isinstance(node, ast.ImportFrom) and [alias.name for alias in node.names] != ["UnpicklingError"]:
                assert (node.module or "").split(".")[0] not in banned_modules, where
            if isinstance(node, ast.Call):
                check_call(node, where)


def check_call(node: ast.Call, where: str) -> None:
    name = ast.unparse(node.func)
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    assert name not in {"eval", "exec", "os.system", "yaml.load"}, where
    assert keywords.get("trust_remote_code", "False") == "False", where
    assert keywords.get("allow_pickle", "False") == "False", where
    assert keywords.get("shell", "False") == "False", where
    if name == "torch.load":
        assert keywords.get("weights_only") == "True", where
        readers = ("/training/", "/encoders/public/files.py")
        assert any(reader in where for reader in readers), f"{where}: only these read a foreign .pth"


def test_the_command_reference_is_what_the_commands_say():
    """Mend with `python -m radseek.cli.reference > docs/commands.md`."""
    from radseek.cli.reference import reference_text

    assert (ROOT / "docs" / "commands.md").read_text() == reference_text()
