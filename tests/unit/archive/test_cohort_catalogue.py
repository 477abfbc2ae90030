"""Cohorts in the catalogue: the contract on SQLite, an older archive, all or nothing, what members are known by."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from cohort_kit import FIRST, KEYS, WHO, add_studies, bare_run, check_cohorts_in, write_study
from sqlalchemy import select

from radseek.archive import ArchiveConfig, ArchiveFolder, Catalogue, archive_digest, verify_archive
from radseek.archive.cohort_queries import cohort_version, list_runs
from radseek.archive.cohort_studies import (
    cohort_studies,
    filtered_study_keys,
    identifiers_of,
    keys_of_uids,
    study_vectors,
)
from radseek.archive.cohort_writes import add_cohort, add_run
from radseek.archive.facts import PatientFacts
from radseek.archive.schema import studies
from radseek.records.search import Where


def test_sqlite_keeps_cohorts_as_told(catalogue):
    check_cohorts_in(catalogue)


def test_an_archive_from_before_cohorts_takes_them_and_keeps_its_studies(tmp_path):
    folder = ArchiveFolder.create(tmp_path / "archive", ArchiveConfig())
    folder.close()
    file = tmp_path / "archive" / "catalogue.sqlite"
    for old in tmp_path.glob("archive/catalogue.sqlite*"):
        old.unlink()
    connection = sqlite3.connect(file)
    connection.executescript(Path(__file__).with_name("catalogue_0001.sql").read_text())
    connection.execute("INSERT INTO sources VALUES (1, 'old', 'dicom', '', x'2f', 'aa')")
    connection.execute("INSERT INTO patients VALUES (1, 'pt_1', 'P1', '', '', 'F')")
    connection.execute(
        "INSERT INTO studies (id, study_key, study_uid, patient_id, source_id, accession, site, modality, body_part, "
        "description, synthetic, needs_plan) "
        "VALUES (1, 'st_0123456789abcdef', '1.2', 1, 1, 'A1', '', 'CT', '', '', 0, 0)"
    )
    connection.commit()
    connection.close()
    with ArchiveFolder.open(tmp_path / "archive") as archive:
        assert not archive.catalogue.needs_migration()
        with archive.catalogue.reading() as reading:
            assert filtered_study_keys(reading, Where()) == ["st_0123456789abcdef"]
        check_cohorts_in(archive.catalogue)


def test_a_run_whose_members_cannot_be_written_is_not_there_at_all(catalogue):
    with catalogue.writing() as writer:
        cohort = add_cohort(writer.connection, "women", FIRST, WHO)

    def write_and_stop():
        with catalogue.writing() as writer:
            add_run(writer.connection, cohort, bare_run(KEYS), KEYS)
            raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt, match="stop"):
        write_and_stop()
    with catalogue.reading() as connection:
        assert list_runs(connection, "women") == []
        assert cohort_version(connection, "women") == cohort


def test_members_are_known_by_our_keys_and_identifiers_are_asked_apart(catalogue):
    with catalogue.writing() as writer:
        source_id = writer.source("alpha", "dicom", Path("/alpha"))
        write_study(writer, 1, source_id, age_years=61.5, study_date=date(2024, 2, 29), body_part="chest")
        write_study(writer, 2, source_id, patient=PatientFacts("P1", sex="F"), accession="", modality="")
    with catalogue.reading() as connection:
        one, two = filtered_study_keys(connection, Where())
        assert filtered_study_keys(connection, Where(modality=("DX",))) == [one]
        assert filtered_study_keys(connection, Where(modality=("MR",))) == []
        known = cohort_studies(connection, (two, KEYS[0], one))
        assert list(known) == [two, one]
        assert (known[one].sex, known[one].age_years, known[one].study_year) == ("F", 61.5, 2024)
        assert (known[one].modality, known[one].body_part, known[one].source) == ("DX", "CHEST", "alpha")
        assert (known[two].age_years, known[two].study_year, known[two].modality) == (None, None, "")
        assert known[one].patient_key == known[two].patient_key
        text = repr(known)
        assert not [secret for secret in ("P1", "ACC-1", "1.2.1") if secret in text]
        told = identifiers_of(connection, (one, two, KEYS[0]))
        assert {key: (entry.accession, entry.study_uid) for key, entry in told.items()} == {
            one: ("ACC-1", "1.2.1"), two: ("", "1.2.2"),
        }  # fmt: skip
        assert keys_of_uids(connection, ("1.2.2", "9.9")) == {"1.2.2": two}
        assert cohort_studies(connection, ()) == {}


def test_cohorts_are_no_part_of_what_the_archive_learned(tmp_path):
    from radseek.service import Archive

    with Archive.create(tmp_path / "archive") as archive:
        add_studies(archive, range(4))
        before = archive_digest(archive.folder)
        archive.cohorts.save("women", FIRST.__class__(where=Where(sex=("F",))))
        assert archive.cohorts.run("women").run.n_members == 4
        assert archive_digest(archive.folder) == before
        assert [finding for finding in verify_archive(archive.folder) if finding.kind != "leftover"] == []


def test_a_study_vector_is_the_mean_of_its_pictures(tmp_path):
    from archive_kit import HashEncoder, write_source

    from radseek.archive import build_index, ingest_folder
    from radseek.archive.embeddings import IMAGES, EmbeddingStore
    from radseek.archive.schema import images

    (tmp_path / "source").mkdir()
    write_source(tmp_path / "source", n_studies=2, n_slices=6)
    config = ArchiveConfig(workers=1, key_slices=3, index="exact", thumbnail_px=32)
    with ArchiveFolder.create(tmp_path / "archive", config) as archive:
        ingest_folder(archive, tmp_path / "source", "kit", HashEncoder())
        build_index(archive, HashEncoder())
        with archive.catalogue.writing() as writer:
            write_study(writer, 99, 1)
        with archive.catalogue.reading() as connection:
            keys = [*filtered_study_keys(connection, Where()), "st_ffffffffffffffff"][::-1]
            vectors, found = study_vectors(archive, connection, HashEncoder.spec, keys)
            statement = select(studies.c.study_key, images.c.content_key).join(
                images, images.c.study_id == studies.c.id
            )
            pictures = connection.execute(statement).all()
    store = EmbeddingStore(archive.embeddings_folder, HashEncoder.spec, IMAGES)
    for key, vector, has_one in zip(keys, vectors, found, strict=True):
        own = [store.read([row.content_key]) for row in pictures if row.study_key == key]
        rows = [stored[0] for stored, there in own if there[0]]
        assert has_one == bool(rows)
        expected = np.sum(rows, axis=0) if rows else np.zeros(HashEncoder.spec.dim)
        length = np.linalg.norm(expected) if rows else 1
        np.testing.assert_allclose(vector, expected / length, atol=1e-6)
    assert found.sum() == len(found) - 2
    assert max(sum(row.study_key == key for row in pictures) for key in keys) > 1


def test_catalogue_on_nothing_is_told_plainly(tmp_path):
    catalogue = Catalogue(f"sqlite:///{tmp_path}/none.sqlite")
    from radseek.errors import StorageError

    with pytest.raises(StorageError, match="cannot be written"), catalogue.reading() as connection:
        cohort_version(connection, "women")
