"""What a catalogue must do with cohorts, whatever database it is on; and a run of a cohort that is killed.

Run as a program it prints a JSON list: `cohort_kit.py FOLDER` kills a kept run at each of its steps, one after another.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import warnings
from pathlib import Path

import pytest

from radseek.archive.catalogue_writes import CatalogueWriter
from radseek.archive.cohort_queries import (
    cohort_version,
    last_run,
    list_cohorts,
    list_runs,
    list_versions,
    run_members,
)
from radseek.archive.cohort_writes import add_cohort, add_run, add_version, delete_cohort, members_digest
from radseek.archive.facts import PatientFacts, StudyFacts
from radseek.archive.schema import cohort_members, cohort_runs, cohort_versions, cohorts
from radseek.errors import InputError
from radseek.records.cohort import CohortDefinition, CohortRun, Grouping, Provenance, SampleMethod, Sampling
from radseek.records.search import Channel, Where

WHO = Provenance("dr.who", "2026-11-23T12:00:00Z", "0.1.0", "radseek-mini", "abc")
KEYS = tuple(f"st_{number:016x}" for number in range(12_000))
FIRST = CohortDefinition(
    "effusion “left”\0 🫁", Where(sex=("F",), age_min_years=18.0), (Channel.LEXICAL,), k=30, floor=0.5
)
SECOND = CohortDefinition(
    hand_picked=True,
    include=KEYS[:3],
    grouping=Grouping.PATIENT,
    sampling=Sampling(2, SampleMethod.BALANCED, "year", 2**62),
)


def bare_run(members, version=1, notes=()):
    """A run without its number."""
    return CohortRun(0, version, WHO, "g000001", len(members), members_digest(members), notes)


def check_cohorts_in(catalogue):
    """The contract: versions, runs and members come back as they were written; all or nothing; names are told."""
    check_versions(catalogue)
    check_runs(catalogue)
    check_removal(catalogue)


def check_versions(catalogue):
    with catalogue.writing() as writer:
        made = add_cohort(writer.connection, "beta", FIRST, WHO)
        add_cohort(writer.connection, "alpha", SECOND, WHO)
        assert made.definition.query == "effusion “left”  🫁"  # NUL cannot be stored
        assert add_version(writer.connection, "beta", FIRST, WHO) == made
        later = dataclasses.replace(WHO, by="nurse", at="2026-11-24T00:00:00Z")
        assert add_version(writer.connection, "beta", SECOND, later).version == 2
        assert add_version(writer.connection, "beta", FIRST, WHO).version == 3
    with catalogue.reading() as connection:
        assert [entry.newest.name for entry in list_cohorts(connection)] == ["alpha", "beta"]
        versions = list_versions(connection, "beta")
        assert [entry.version for entry in versions] == [1, 2, 3]
        assert cohort_version(connection, "beta") == versions[2]
        assert cohort_version(connection, "beta", 1) == versions[0] == made
        assert (versions[1].definition, versions[1].saved) == (SECOND, later)
        with pytest.raises(InputError, match="the cohort has versions 1 to 3, not 4"):
            cohort_version(connection, "beta", 4)
        with pytest.raises(InputError, match="no cohort has this name; cohorts: alpha, beta"):
            cohort_version(connection, "gamma")
    with pytest.raises(InputError, match="has this name already"), catalogue.writing() as writer:
        add_cohort(writer.connection, "beta", FIRST, WHO)


def check_runs(catalogue):
    members = KEYS[::-1]  # more than one batch, and not in the order of the keys
    with catalogue.writing() as writer:
        first, second, third = list_versions(writer.connection, "beta")
        kept = add_run(writer.connection, first, bare_run(members, notes=("a note",)), members)
        assert (kept.run.number, kept.before, kept.members_before) == (1, None, ())
        kept = add_run(writer.connection, second, bare_run(KEYS[:2], 2), KEYS[:2])
        assert (kept.run.number, kept.before.number, kept.members_before) == (2, 1, members)
        kept = add_run(writer.connection, first, bare_run(()), ())
        assert (kept.run.number, kept.before.number) == (3, 1), "version 1 is compared with version 1"
        kept = add_run(writer.connection, third, bare_run(KEYS[:1], 3), KEYS[:1])
        assert (kept.before.number, kept.members_before) == (2, KEYS[:2]), "a new version with the newest earlier one"
    with catalogue.reading() as connection:
        assert run_members(connection, "beta", 1) == members
        assert run_members(connection, "beta", 3) == ()
        runs = list_runs(connection, "beta")
        assert [run.number for run in runs] == [4, 3, 2, 1]
        assert runs[3] == dataclasses.replace(bare_run(members, notes=("a note",)), number=1)
        assert last_run(connection, first, earlier=False) == runs[1]
        assert last_run(connection, cohort_version(connection, "alpha")) is None
        assert [entry.last_run for entry in list_cohorts(connection)] == [None, runs[0]]
        with pytest.raises(InputError, match="the cohort has no run 5"):
            run_members(connection, "beta", 5)


def check_removal(catalogue):
    with catalogue.writing() as writer:
        gone = cohort_version(writer.connection, "beta")
        delete_cohort(writer.connection, "beta")
        with pytest.raises(InputError, match="no cohort has this name; cohorts: alpha"):
            add_run(writer.connection, gone, bare_run(()), ())
        delete_cohort(writer.connection, "alpha")
        with pytest.raises(InputError, match="none is saved yet"):
            delete_cohort(writer.connection, "alpha")
        for table in (cohorts, cohort_versions, cohort_runs, cohort_members):
            assert writer.connection.execute(table.select()).all() == []


def write_study(writer: CatalogueWriter, number: int, source_id: int, **changes) -> None:
    """One study of the catalogue, of patient `P<number>` unless told."""
    values = {"patient": PatientFacts(f"P{number}", sex="F"), "accession": f"ACC-{number}", "modality": "DX"}
    writer.study(StudyFacts(study_uid=f"1.2.{number}", source_id=source_id, **{**values, **changes}))


def try_kills(folder):
    """Kills a kept run at each step; what was kept of it, and what the run after it says."""
    from archive_kit import _in_child

    from radseek.archive import ArchiveConfig
    from radseek.archive.folder import ArchiveFolder
    from radseek.service import Archive

    path = folder / "archive"

    def prepare():
        ArchiveFolder.create(path, ArchiveConfig()).close()
        with Archive.open(path) as archive:
            add_studies(archive, range(20))
            archive.cohorts.save("women", CohortDefinition(where=Where(sex=("F",))))
            archive.cohorts.run("women")
            add_studies(archive, range(20, 25))

    def run():
        with Archive.open(path) as archive:
            archive.cohorts.run("women")

    def look(out):
        with Archive.open(path) as archive:
            runs = archive.cohorts.runs("women")
            last = archive.cohorts.last("women")
            seen = {"runs": len(runs), "whole": members_digest(last.members) == last.run.members_sha256}
            out.write_text(json.dumps(seen | {"new": len(archive.cohorts.run("women", keep=False).new)}))

    _in_child(prepare)
    kill_at, results = 1, []
    while True:
        survived = _in_child(run, kill_at) is not None
        _in_child(lambda: look(folder / "seen.json"))
        results.append({"survived": survived, **json.loads((folder / "seen.json").read_text())})
        if survived or results[-1]["runs"] > 1:
            return results
        kill_at += 1


def add_studies(archive, numbers):
    """Women without pictures."""
    with archive.folder.catalogue.writing() as writer:
        source_id = writer.source("kit", "dicom", Path("/kit"))
        for number in numbers:
            write_study(writer, number, source_id)


if __name__ == "__main__":
    warnings.simplefilter("error")
    print(json.dumps(try_kills(Path(sys.argv[1]))))
