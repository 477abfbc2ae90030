from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from radseek.errors import ConfigError
from radseek.records.config import build_config, config_folder, read_config, resolved_config


@dataclass(frozen=True)
class Limits:
    seconds: float = 30.0
    n_workers: int = 2


@dataclass(frozen=True)
class Recipe:
    name: str
    limits: Limits = field(default_factory=Limits)
    sizes_px: tuple[int, ...] = ()
    spacing_mm: tuple[float, float] = (1.0, 1.0)
    seed: int | None = None
    folder: Path | None = None
    shuffle: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[Limits, ...] = ()


WHOLE = """
name: first
limits: {seconds: 5, n_workers: 4}
sizes_px: [224, 448]
spacing_mm: [0.5, 2]
seed: 7
folder: runs/one
shuffle: false
columns: {study: study_id}
stages: [{seconds: 1.5}, {n_workers: 1}]
"""


def test_a_file_becomes_the_dataclass_with_nested_ones_tuples_and_options(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    assert read_config(path, Recipe) == Recipe(
        name="first",
        limits=Limits(5.0, 4),
        sizes_px=(224, 448),
        spacing_mm=(0.5, 2.0),
        seed=7,
        folder=Path("runs/one"),
        shuffle=False,
        columns={"study": "study_id"},
        stages=(Limits(1.5), Limits(n_workers=1)),
    )


def test_what_is_left_out_has_its_default_and_null_is_allowed_where_optional() -> None:
    assert build_config({"name": "x", "seed": None}, Recipe) == Recipe("x")
    assert isinstance(build_config({"name": "x", "limits": {"seconds": 3}}, Recipe).limits.seconds, float)


def test_a_resolved_configuration_reads_back_as_itself(tmp_path: Path) -> None:
    recipe = build_config(yaml.safe_load(WHOLE), Recipe)
    path = tmp_path / "resolved.yaml"
    path.write_text(yaml.safe_dump(resolved_config(recipe)), encoding="utf-8")
    assert read_config(path, Recipe) == recipe


def test_an_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown key nmae; known keys: columns, folder, limits, name, seed, shuffle"):
        build_config({"nmae": "x"}, Recipe)


def test_an_unknown_nested_key_says_where() -> None:
    with pytest.raises(ConfigError, match=r"recipe\.yaml: limits: unknown key hours; known keys: n_workers, seconds"):
        build_config({"name": "x", "limits": {"hours": 1}}, Recipe, where="recipe.yaml")
    with pytest.raises(ConfigError, match="stages: unknown key hours"):
        build_config({"name": "x", "stages": [{"hours": 1}]}, Recipe)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ConfigError, match="missing key name"):
        build_config({"seed": 1}, Recipe)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("name", 5, "name: expected str, got 5"),
        ("name", None, "name: expected str, got None"),
        ("seed", "seven", "seed: expected int, got 'seven'"),
        ("seed", 1.5, "seed: expected int, got 1.5"),
        ("seed", True, "seed: expected int, got True"),
        ("shuffle", 1, "shuffle: expected bool, got 1"),
        ("shuffle", "yes", "shuffle: expected bool, got 'yes'"),
        ("sizes_px", 224, "sizes_px: expected a list, got 224"),
        ("sizes_px", ["a"], "sizes_px: expected int, got 'a'"),
        ("spacing_mm", [1.0], "spacing_mm: expected 2 values, got 1"),
        ("spacing_mm", [True, 1.0], "spacing_mm: expected float, got True"),
        ("limits", 3, "limits: expected a mapping, got int"),
        ("limits", {"seconds": "long"}, "limits: seconds: expected float, got 'long'"),
        ("columns", ["a"], "columns: expected a mapping"),
        ("columns", {"a": 1}, "columns: expected str, got 1"),
        ("folder", 3, "folder: expected Path, got 3"),
    ],
)
def test_a_mistyped_value_says_what_was_expected(key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_config({"name": "x", key: value}, Recipe)


@pytest.mark.parametrize("content", ["- a\n- b\n", "just text", "5"])
def test_yaml_that_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"list\.yaml: expected a mapping"):
        read_config(path, Recipe)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("# nothing\n", encoding="utf-8")
    assert read_config(path, Limits) == Limits()


@pytest.mark.parametrize("raw", [b"a: [1", b"a: \xff", b"!!python/object/apply:os.getcwd []"])
def test_what_is_no_plain_yaml_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match="is not valid YAML"):
        read_config(path, Recipe)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the configuration file .*none\.yaml"):
        read_config(tmp_path / "none.yaml", Recipe)


def test_the_shipped_configurations_are_found() -> None:
    assert config_folder().is_dir()
