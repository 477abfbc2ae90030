"""Strict YAML: a file becomes a frozen dataclass, and an unknown key is an error that lists the known ones."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from radseek.errors import ConfigError, InputError

T = TypeVar("T")


def config_folder() -> Path:
    """The folder of shipped configurations: inside the installed package, or `configs/` of a checkout.

    Raises:
        ConfigError: When neither exists.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "configs", package.parents[1] / "configs"):
        if folder.is_dir():
            return folder
    raise ConfigError("the shipped configs/ folder is missing; reinstall radseek")


def read_config(path: Path, kind: type[T]) -> T:
    """The YAML file at `path` as a `kind`.

    Raises:
        ConfigError: When the file is missing, is no YAML mapping, or has an unknown, missing or mistyped key.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the configuration file {path} is not valid YAML") from error
    return build_config(content if content is not None else {}, kind, where=path.name)


def build_config(content: object, kind: type[T], where: str = "configuration") -> T:
    """`content` (parsed YAML or JSON) as a `kind`, nested dataclasses included.

    Raises:
        ConfigError: On an unknown, missing or mistyped key, or a value out of range; the message lists the known keys.
    """
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected a mapping, got {type(content).__name__}")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(map(str, content)) - set(fields))
    if unknown:
        raise ConfigError(f"{where}: unknown key {', '.join(unknown)}; known keys: {', '.join(sorted(fields))}")
    hints = typing.get_type_hints(kind)
    values = {name: _convert(value, hints[name], f"{where}: {name}") for name, value in content.items()}
    missing = sorted(
        name
        for name, f in fields.items()
        if name not in values and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    )
    if missing:
        raise ConfigError(f"{where}: missing key {', '.join(missing)}")
    try:
        return kind(**values)
    except InputError as error:  # of a record that people also give by other ways than a file
        raise ConfigError(f"{where}: {error}") from error


def resolved_config(config: object) -> dict[str, Any]:
    """A dataclass as plain values for YAML or JSON: tuples become lists, paths become text."""
    return {f.name: _plain(getattr(config, f.name)) for f in dataclasses.fields(config)}  # type: ignore[arg-type]


def _plain(value: Any) -> Any:  # noqa: ANN401  (any YAML value)
    if dataclasses.is_dataclass(value):
        return resolved_config(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, Path) else value


def _convert(value: Any, hint: Any, where: str) -> Any:  # noqa: ANN401  (any YAML value against any type hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        if value is None and type(None) in arguments:
            return None
        return _convert(value, next(a for a in arguments if a is not type(None)), where)
    if dataclasses.is_dataclass(hint):
        return build_config(value, typing.cast("type[Any]", hint), where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where}: expected a list, got {value!r}")
        kinds = arguments[:1] * len(value) if len(arguments) == 2 and arguments[1] is Ellipsis else arguments
        if len(kinds) != len(value):
            raise ConfigError(f"{where}: expected {len(kinds)} values, got {len(value)}")
        return tuple(_convert(entry, kind, where) for entry, kind in zip(value, kinds, strict=True))
    if origin in {dict, Mapping} or hint is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where}: expected a mapping, got {value!r}")
        return {str(key): _convert(entry, arguments[1], where) if arguments else entry for key, entry in value.items()}
    return _convert_scalar(value, hint, where)


def _convert_scalar(value: Any, hint: Any, where: str) -> Any:  # noqa: ANN401  (any YAML scalar)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is typing.Any:
        return value
    if typing.get_origin(hint) is typing.Literal and value not in typing.get_args(hint):
        raise ConfigError(f"{where}: expected one of {', '.join(map(str, typing.get_args(hint)))}, got {value!r}")
    if isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise ConfigError(f"{where}: expected {hint.__name__}, got {value!r}")
    return value
