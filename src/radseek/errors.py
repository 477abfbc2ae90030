"""Every error that radseek raises on purpose.

    RadseekError
    ├── InputError              what was given cannot be used (a query, a table, a report file)
    │   ├── UnsupportedInputError   readable, but of a kind that radseek does not deal with
    │   ├── LeakError               what is tested shares something with what was trained on
    │   └── DecodeError             pixels or headers that do not decode, or refused by a limit
    ├── ConfigError             a configuration file or option has a wrong name or value
    ├── ArtifactError           an index, checkpoint or catalogue is missing, damaged or does not match
    │   ├── MismatchError           a manifest field differs from what is needed; says which
    │   └── SchemaError             the catalogue was written by a newer radseek, or cannot be migrated
    ├── StorageError            the disk refused: no space, no right, read-only
    ├── BusyError               another process holds the archive for writing
    └── PrivacyError            the caller may not see or do this

A message says what was got, what is allowed and the way out. It never holds a patient value, report text or a
source file name: things are named by their pseudonymous key. Commands print the message and exit with 1.
"""

from __future__ import annotations


class RadseekError(Exception):
    """Root of all errors raised on purpose."""


class InputError(RadseekError):
    """What was given cannot be used."""


class UnsupportedInputError(InputError):
    """Readable, but of a kind that radseek does not deal with."""


class LeakError(InputError):
    """What is tested shares something with what was trained on, so that figures would flatter.

    Args:
        message: All that is shared, and the way out.
        shared: A plain sentence for each kind of thing that is shared, with counts.
    """

    def __init__(self, message: str, shared: tuple[str, ...]) -> None:
        super().__init__(message)
        self.shared = shared


class DecodeError(InputError):
    """A header or pixels that do not decode, or that a limit refused.

    Args:
        reason: A `radseek.records.outcomes.Reason` value, for counting.
        message: Plain sentence without patient values.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ConfigError(RadseekError):
    """A configuration file or option has a wrong name or value."""


class ArtifactError(RadseekError):
    """An index, checkpoint or catalogue is missing, damaged or does not match."""


class MismatchError(ArtifactError):
    """A manifest field differs from what is needed.

    Args:
        field: The manifest field's name.
        got: Value in the manifest.
        needed: Value that the caller needs.
        way_out: What to do about it, as a plain sentence.
    """

    def __init__(self, field: str, got: object, needed: object, way_out: str) -> None:
        super().__init__(f"`{field}` does not match: got {got!r}, needed {needed!r}. {way_out}")
        self.field = field


class SchemaError(ArtifactError):
    """The catalogue was written by a newer radseek, or cannot be migrated."""


class StorageError(RadseekError):
    """The disk refused: no space, no right, read-only."""


class BusyError(RadseekError):
    """Another process holds the archive for writing."""


class PrivacyError(RadseekError):
    """The caller may not see or do this."""
