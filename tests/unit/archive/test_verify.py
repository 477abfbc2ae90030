"""Each kind of damage is found, named by our key, and nothing is repaired behind one's back."""

from __future__ import annotations

import shutil

import pytest
from archive_kit import HashEncoder, write_instance, write_sr
from sqlalchemy import text

from radseek.archive import ArchiveConfig, ArchiveFolder, archive_digest, build_index, ingest_folder, verify_archive
from radseek.errors import ArtifactError

CONFIG = ArchiveConfig(workers=1, key_slices=5, index="exact", thumbnail_px=32)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with a source and an archive of it, to be copied."""
    folder = tmp_path_factory.mktemp("whole")
    for name in ("one", "two"):
        write_instance(folder / "source" / f"{name}-of-patient-4711.dcm", name)
    write_sr(folder / "source" / "report-of-patient-4711.dcm", "one")
    with ArchiveFolder.create(folder / "archive", CONFIG) as archive:
        ingest_folder(archive, folder / "source", "kit", HashEncoder())
        build_index(archive, HashEncoder())
        archive.catalogue.checkpoint()
    return folder


@pytest.fixture
def archive(whole, tmp_path):
    """A whole archive whose source may be damaged too."""
    shutil.copytree(whole / "archive", tmp_path / "archive")
    shutil.copytree(whole / "source", tmp_path / "source")
    import os

    with ArchiveFolder.open(tmp_path / "archive") as archive:
        with archive.catalogue.writing() as writer:
            root = os.fsencode(tmp_path / "source")
            writer.connection.execute(text("UPDATE sources SET root = :root"), {"root": root})
        assert verify_archive(archive, deep=True) == []
        yield archive


def first(folder, pattern):
    return sorted(folder.glob(pattern))[0]


def sql(archive, *statements):
    with archive.catalogue.writing() as writer:
        for statement in statements:
            writer.connection.execute(text(statement))


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))


DAMAGES = {
    "source gone": ("source", lambda a: first(a.path.parent / "source", "one*").unlink()),
    "source cut": ("source", lambda a: first(a.path.parent / "source", "one*").write_bytes(b"x")),
    "thumbnail gone": ("thumbnail", lambda a: first(a.thumbnails_folder, "*/*").unlink()),
    "thumbnail empty": ("thumbnail", lambda a: first(a.thumbnails_folder, "*/*").write_bytes(b"")),
    "thumbnail of nothing": ("leftover", lambda a: (a.thumbnails_folder / "x.jpg").parent.joinpath("ab").mkdir()
                             or (a.thumbnails_folder / "ab" / "x.jpg").write_bytes(b"x")),
    "keys flipped": ("embeddings", lambda a: flip(first(a.embeddings_folder, "*/images/*.keys.npy"))),
    "vectors flipped": ("embeddings", lambda a: flip(first(a.embeddings_folder, "*/sentences/*.vectors.npy"))),
    "shard torn": ("embeddings", lambda a: first(a.embeddings_folder, "*/images/*.json").unlink()),
    "index file flipped": ("index", lambda a: flip(first(a.index_folder, "*/owners/image_ids.npy"))),
    "index file gone": ("index", lambda a: first(a.index_folder, "*/owners/image_ids.npy").unlink()),
    "current gone": ("index", lambda a: (a.index_folder / "CURRENT").unlink()),
    "picture gone from the catalogue": ("index", lambda a: sql(a, "DELETE FROM images WHERE id = 1")),
    "temporary file": ("leftover", lambda a: (a.index_folder / ".tmp-x").mkdir()),
    "foreign file": ("leftover", lambda a: (a.path / "notes of patient-4711.txt").write_text("x")),
    "unknown bin": ("outcome", lambda a: sql(a, "UPDATE outcomes SET outcome = 'lost' WHERE id = 1")),
    "no reason": ("outcome", lambda a: sql(a, "UPDATE outcomes SET outcome = 'skipped' WHERE id = 1")),
    "nothing brought": ("outcome", lambda a: sql(a, "DELETE FROM instances WHERE id = 1")),
    "in use though refused": (
        "outcome", lambda a: sql(a, "UPDATE outcomes SET outcome = 'quarantined', reason = 'too_slow' WHERE id = 1"),
    ),
    "row that refers to nothing": (
        "catalogue",
        lambda a: sql(a, "PRAGMA defer_foreign_keys = ON") or dangling(a),
    ),
}  # fmt: skip


def dangling(archive):
    import sqlite3

    connection = sqlite3.connect(archive.path / "catalogue.sqlite")
    connection.execute("UPDATE labels SET study_id = 999")
    connection.execute("INSERT INTO labels (study_id, name) VALUES (999, 'x')")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_not_touched(archive, name):
    kind, damage = DAMAGES[name]
    damage(archive)
    before = {
        path: path.read_bytes() for path in archive.path.rglob("*") if path.is_file() and "sqlite" not in path.name
    }
    findings = verify_archive(archive)
    assert kind in {finding.kind for finding in findings}
    after = {
        path: path.read_bytes() for path in archive.path.rglob("*") if path.is_file() and "sqlite" not in path.name
    }
    assert before == after
    for finding in findings:
        assert "4711" not in finding.key + finding.message
        assert finding.key
        assert finding.message


def test_same_size_other_bytes_is_found_by_the_deep_look_only(archive):
    flip(first(archive.path.parent / "source", "one*"))
    assert verify_archive(archive) == []
    assert [finding.kind for finding in verify_archive(archive, deep=True)] == ["source"]


@pytest.mark.parametrize("place", [0.05, 0.3, 0.5, 0.7, 0.95])
def test_damaged_catalogue_is_noticed(archive, place):
    archive.catalogue.checkpoint()
    archive.close()
    path = archive.path / "catalogue.sqlite"
    raw = bytearray(path.read_bytes())
    start = int(len(raw) * place) // 4096 * 4096
    raw[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(bytes(raw))
    assert said_of(archive) & {"catalogue", "ArtifactError"}


def said_of(archive):
    """Kinds of findings, or the error when the catalogue cannot even be read."""
    try:
        return {finding.kind for finding in verify_archive(archive)}
    except ArtifactError as error:
        return {type(error).__name__}


def test_what_can_be_made_again_is_made_again_by_the_index_command(archive):
    before = archive_digest(archive)
    first(archive.embeddings_folder, "*/images/*.json").unlink()
    flip(first(archive.index_folder, "*/owners/image_ids.npy"))
    assert len(verify_archive(archive)) == 2
    build_index(archive, HashEncoder())
    assert verify_archive(archive, deep=True) == []
    assert archive_digest(archive) == before


def test_digest_sees_a_change_of_any_fact(archive):
    seen = {archive_digest(archive)}
    changes = [
        "UPDATE patients SET sex = 'O'",
        "UPDATE studies SET age_years = 3",
        "UPDATE series SET description = 'x'",
        "UPDATE instances SET laterality = 'R'",
        "UPDATE images SET ordinal = 7",
        "UPDATE reports SET link_state = 'review'",
        "UPDATE sentences SET assertion = 'historical'",
        "UPDATE outcomes SET detail = 'x'",
        "INSERT INTO labels (study_id, name) VALUES (1, 'x')",
    ]
    for change in changes:
        sql(archive, change)
        digest = archive_digest(archive)
        assert digest not in seen, change
        seen.add(digest)


def test_digest_does_not_see_secret_times_or_place(whole, tmp_path):
    with ArchiveFolder.open(whole / "archive") as archive:
        before = archive_digest(archive)
    shutil.copytree(whole / "source", tmp_path / "elsewhere")
    with ArchiveFolder.create(tmp_path / "archive", CONFIG) as archive:
        ingest_folder(archive, tmp_path / "elsewhere", "kit", HashEncoder())
        build_index(archive, HashEncoder())
        assert archive_digest(archive) == before
