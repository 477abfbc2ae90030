"""Cohort definitions as plain values, for JSON in the catalogue and in exports, and back: strictly."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from radseek.errors import InputError
from radseek.records.cohort import CohortDefinition, Grouping, SampleMethod, Sampling
from radseek.records.search import Channel, Where

E = TypeVar("E", bound=StrEnum)
_Reader = Callable[[str, Any], Any]


def plain_definition(definition: CohortDefinition) -> dict[str, Any]:
    """The definition as JSON takes it; `parse_definition` gives it back. Filters that are not set are left out."""
    plain = {f.name: _plain(getattr(definition, f.name)) for f in dataclasses.fields(definition)}
    plain["where"] = {name: value for name, value in plain["where"].items() if value not in (None, [])}
    return plain


def parse_definition(content: object) -> CohortDefinition:
    """The definition in `content`, which may come from anywhere.

    Raises:
        InputError: On a missing, unknown or mistyped key, or values that contradict each other. Received values are
            not repeated in the message.
    """
    values = _object("the cohort definition", content)
    _refuse_unknown("the cohort definition", values, _DEFINITION)
    return CohortDefinition(**{name: _DEFINITION[name](name, value) for name, value in values.items()})


def _plain(value: Any) -> Any:  # noqa: ANN401  (any field)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _parse_where(name: str, value: object) -> Where:
    values = _object(name, value)
    _refuse_unknown(name, values, _WHERE)
    return Where(**{key: _WHERE[key](f"{name}.{key}", entry) for key, entry in values.items()})


def _parse_sampling(name: str, value: object) -> Sampling:
    values = _object(name, value)
    _refuse_unknown(name, values, _SAMPLING)
    if "n" not in values:
        raise InputError(f"{name}: the key n is missing")
    return Sampling(**{key: _SAMPLING[key](f"{name}.{key}", entry) for key, entry in values.items()})


def _object(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InputError(f"{name}: expected an object with named values")
    return value


def _refuse_unknown(name: str, values: Mapping[str, Any], known: Mapping[str, _Reader]) -> None:
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InputError(f"{name}: {len(unknown)} unknown keys; known keys: {', '.join(known)}")


def _text(name: str, value: object) -> str:
    return str(_typed(name, value, str, "text"))


def _flag(name: str, value: object) -> bool:
    return bool(_typed(name, value, bool, "true or false"))


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool):
        raise InputError(f"{name}: expected a whole number")
    return int(_typed(name, value, int, "a whole number"))


def _number(name: str, value: object) -> float:
    if isinstance(value, bool):
        raise InputError(f"{name}: expected a number")
    return float(_typed(name, value, (int, float), "a number"))


def _day(name: str, value: object) -> date:
    try:
        return date.fromisoformat(_text(name, value))
    except ValueError as error:
        raise InputError(f"{name}: expected a date such as 2024-05-31") from error


def _texts(name: str, value: object) -> tuple[str, ...]:
    return tuple(_text(name, entry) for entry in _typed(name, value, list, "a list"))


def _choice(kind: type[E]) -> Callable[[str, object], E]:
    def read(name: str, value: object) -> E:
        try:
            return kind(_text(name, value))
        except ValueError as error:
            raise InputError(f"{name}: expected one of {', '.join(entry.value for entry in kind)}") from error

    return read


def _channels(name: str, value: object) -> tuple[Channel, ...]:
    return tuple(_choice(Channel)(name, entry) for entry in _typed(name, value, list, "a list"))


def _optional(reader: Callable[[str, Any], object]) -> _Reader:
    return lambda name, value: None if value is None else reader(name, value)


def _typed(name: str, value: object, kind: type | tuple[type, ...], words: str) -> Any:  # noqa: ANN401  (any value)
    if not isinstance(value, kind):
        raise InputError(f"{name}: expected {words}, got {type(value).__name__}")
    return value


_WHERE: dict[str, _Reader] = {
    "modality": _texts,
    "body_part": _texts,
    "view_position": _texts,
    "sex": _texts,
    "age_min_years": _optional(_number),
    "age_max_years": _optional(_number),
    "date_from": _optional(_day),
    "date_to": _optional(_day),
    "source": _texts,
    "has_report": _optional(_flag),
    "has_images": _optional(_flag),
}

_SAMPLING: dict[str, _Reader] = {"n": _whole, "method": _choice(SampleMethod), "balance_by": _text, "seed": _whole}

_DEFINITION: dict[str, _Reader] = {
    "query": _text,
    "where": _parse_where,
    "channels": _channels,
    "k": _optional(_whole),
    "floor": _optional(_number),
    "hand_picked": _flag,
    "include": _texts,
    "exclude": _texts,
    "grouping": _choice(Grouping),
    "sampling": _optional(_parse_sampling),
    "note": _text,
}
