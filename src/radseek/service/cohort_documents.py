"""A cohort as a document: definition, run and counts in one JSON object, which any archive can read back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radseek.archive.cohort_studies import cohort_studies, keys_of_uids
from radseek.errors import InputError, StorageError
from radseek.records.cohort import NOTICE, CohortDefinition, CohortResult, is_study_key
from radseek.records.cohort_plain import parse_definition, plain_definition

if TYPE_CHECKING:
    from sqlalchemy import Connection

FORMAT = "radseek cohort"
FORMAT_VERSION = 1
PARQUET_KEY = b"radseek_cohort"
"""Of a Parquet file's metadata, under which the document stands."""
_MAX_BYTES = 256 * 2**20
"""A document with a million studies has some 100 MB."""
_NO_EXPORT = "the file is no exported cohort: give the JSON or Parquet file that `radseek cohort export` wrote"


@dataclasses.dataclass(frozen=True, slots=True)
class CohortDocument:
    """What an exported file says of a cohort, without its studies."""

    name: str
    definition: CohortDefinition
    study_uids: Mapping[str, str]
    """Key of a study chosen by hand -> its StudyInstanceUID; empty unless exported with identifiers."""


def build_document(result: CohortResult, n_synthetic: int) -> dict[str, Any]:
    """Definition, run and counts as JSON takes them, without the studies."""
    cohort, run = result.cohort, result.run
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "notice": NOTICE,
        "name": cohort.name,
        "version": cohort.version,
        "saved": dataclasses.asdict(cohort.saved),
        "definition": plain_definition(cohort.definition),
        "run": dataclasses.asdict(run),
        "n_studies": len(result.members),
        "n_synthetic": n_synthetic,
        "counts": {name: dict(values) for name, values in result.counts.items()},
    }


def read_document(path: Path) -> CohortDocument:
    """The document in a JSON or Parquet file, or in the JSON beside a CSV.

    Raises:
        InputError: When there is no such file, or it is no exported cohort.
        StorageError: When the file cannot be read.
    """
    if path.suffix.lower() == ".csv":
        path = path.with_suffix(".json")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"the file is larger than {_MAX_BYTES // 2**20} MiB; {_NO_EXPORT}")
        content = _parquet_document(path) if path.suffix.lower() == ".parquet" else path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputError("there is no such file (a CSV is imported by the JSON file beside it)") from error
    except OSError as error:
        raise StorageError(f"the exported cohort cannot be read: {error.strerror}") from error
    return _parse_document(content)


def localised(connection: Connection, document: CohortDocument) -> tuple[CohortDefinition, int]:
    """The definition with the studies chosen by hand under this archive's keys, and how many it does not have."""
    definition = document.definition
    here = cohort_studies(connection, (*definition.include, *definition.exclude))
    key_of_uid = keys_of_uids(connection, document.study_uids.values())
    own = {key: key_of_uid[uid] for key, uid in document.study_uids.items() if uid in key_of_uid}
    sides = [
        tuple(dict.fromkeys(key if key in here else own.get(key, key) for key in keys))
        for keys in (definition.include, definition.exclude)
    ]
    n_missing = sum(key not in here and key not in own for key in (*definition.include, *definition.exclude))
    return dataclasses.replace(definition, include=sides[0], exclude=sides[1]), n_missing


def _parquet_document(path: Path) -> bytes:
    import pyarrow
    import pyarrow.parquet

    try:
        metadata = pyarrow.parquet.read_schema(path).metadata or {}
    except pyarrow.ArrowException as error:
        raise InputError(_NO_EXPORT) from error
    if PARQUET_KEY not in metadata:
        raise InputError(_NO_EXPORT)
    return bytes(metadata[PARQUET_KEY])


def _parse_document(content: bytes) -> CohortDocument:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(_NO_EXPORT) from error
    if not isinstance(values, dict) or values.get("format") != FORMAT or not isinstance(values.get("name"), str):
        raise InputError(_NO_EXPORT)
    if values.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"the exported cohort is of another format than {FORMAT_VERSION}; use the radseek that wrote it"
        )
    return CohortDocument(
        values["name"], parse_definition(values.get("definition")), _uids(values.get("study_uids", {}))
    )


def _uids(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(key, str) and is_study_key(key) for key in value):
        raise InputError("study_uids: expected an object of study keys")
    if not all(isinstance(uid, str) for uid in value.values()):
        raise InputError("study_uids: expected texts")
    return value
