import inspect

import pytest

import radseek.errors
from radseek.errors import DecodeError, MismatchError, RadseekError
from radseek.records.outcomes import Reason


def drawn_parents() -> dict[str, str | None]:
    """Class name -> name of its parent, as the docstring's tree has it: each branch is indented four columns more."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in (radseek.errors.__doc__ or "").splitlines():
        name = next((word for word in line.split() if word.endswith("Error")), None)
        if name is None or not (line.strip().startswith(("├── ", "└── ", "│")) or line.strip() == name):
            continue
        depth = (line.index(name) - 4) // 4
        path = [*path[:depth], name]
        parents[name] = path[-2] if depth else None
    return parents


def class_parents() -> dict[str, str | None]:
    classes = {
        name: kind
        for name, kind in inspect.getmembers(radseek.errors, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == "radseek.errors"
    }
    return {
        name: parent if (parent := kind.__bases__[0].__name__) in classes else None for name, kind in classes.items()
    }


def test_the_drawn_tree_is_the_class_tree() -> None:
    assert drawn_parents() == class_parents()
    assert class_parents()["RadseekError"] is None
    assert len(class_parents()) > 5


def test_every_error_says_what_it_is_for() -> None:
    for name in class_parents():
        own = vars(getattr(radseek.errors, name)).get("__doc__")
        assert own, name


def test_one_except_clause_catches_them_all() -> None:
    for name in class_parents():
        assert issubclass(getattr(radseek.errors, name), RadseekError)


def test_a_decode_error_carries_a_countable_reason() -> None:
    error = DecodeError(Reason.TOO_DEEP, "sequences nested 300 deep; at most 32 are read")
    assert error.reason == Reason.TOO_DEEP
    assert str(error) == "sequences nested 300 deep; at most 32 are read"


def test_a_mismatch_names_the_field_both_values_and_the_way_out() -> None:
    with pytest.raises(
        MismatchError, match="`dim` does not match: got 64, needed 128. Build the index again"
    ) as caught:
        raise MismatchError("dim", 64, 128, "Build the index again.")
    assert caught.value.field == "dim"
