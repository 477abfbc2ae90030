"""seen = ingested + duplicate + skipped + quarantined, at every moment, over real and odd files; nothing is lost."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pydicom.data
import pytest
from archive_kit import HashEncoder, write_source
from sqlalchemy import func, select

from radseek.archive import (
    ArchiveConfig,
    ArchiveFolder,
    build_index,
    ingest_folder,
    ingest_summary,
    sum_tallies,
    verify_archive,
)
from radseek.archive.schema import images, instances, outcomes, reports
from radseek.records.outcomes import EXPLANATIONS, Reason

CONFIG = ArchiveConfig(workers=2, key_slices=3, index="exact", thumbnail_px=64)


def count_by_hand(root):
    """Things under a folder as a person would count them: files, and members in place of whole zip archives."""
    n = 0
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if zipfile.is_zipfile(path) and path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    n += sum(not entry.is_dir() for entry in archive.infolist())
            else:
                n += 1
    return n


def check_law(archive):
    """The law by the catalogue alone, without any of its queries."""
    with archive.catalogue.reading() as connection:
        rows = connection.execute(select(outcomes)).all()
        in_use = set(connection.execute(select(instances.c.outcome_id).where(~instances.c.refused)).scalars())
        reported = set(connection.execute(select(reports.c.outcome_id)).scalars())
        pictured = set(
            connection.execute(
                select(instances.c.refused).join(images, images.c.instance_id == instances.c.id)
            ).scalars()
        )
        total = sum_tallies(ingest_summary(connection).values())
    ingested = {row.id for row in rows if row.outcome == "ingested"}
    assert ingested == in_use | reported
    assert pictured <= {False}
    for row in rows:
        assert (row.outcome in {"skipped", "quarantined"}) == bool(row.reason), row.outcome
        assert not row.reason or Reason(row.reason) in EXPLANATIONS
    assert total.seen == len(rows)
    return len(rows)


class LawListener:
    """Checks the law whenever it hears of progress: that is, between any two transactions."""

    def __init__(self, archive):
        self.archive = archive
        self.checks = 0

    def __call__(self, progress):
        check_law(self.archive)
        self.checks += 1


def test_law_holds_at_every_moment(tmp_path):
    (tmp_path / "source").mkdir()
    seen = write_source(tmp_path / "source", n_studies=3, n_slices=5)
    assert seen == count_by_hand(tmp_path / "source") == 3 * 3 + 5 + 3 + 6
    with ArchiveFolder.create(tmp_path / "archive", CONFIG) as archive:
        listener = LawListener(archive)
        tally = ingest_folder(archive, tmp_path / "source", "kit", HashEncoder(), listener)
        assert tally.seen == seen == check_law(archive)
        assert listener.checks >= 3
        build_index(archive, HashEncoder(), progress=listener)


@pytest.fixture(scope="module")
def wheel_files(tmp_path_factory):
    """The sample files of pydicom's wheel."""
    root = tmp_path_factory.mktemp("wheel") / "files"
    shutil.copytree(Path(pydicom.data.__file__).parent / "test_files", root)
    return root


def test_pydicom_samples_end_in_four_bins(wheel_files, tmp_path):
    with ArchiveFolder.create(tmp_path / "archive", CONFIG) as archive:
        tally = ingest_folder(archive, wheel_files, "samples", HashEncoder())
        n_seen = check_law(archive)
        assert tally.seen == n_seen
        # A DICOMDIR is counted like any file; what only a DICOMDIR names and is not there is seen as well.
        missing = tally.quarantined.get("missing_file", 0)
        assert n_seen - missing == count_by_hand(wheel_files)
        assert tally.ingested >= 50
        again = ingest_folder(archive, wheel_files, "samples", HashEncoder())
        assert (again.ingested, again.seen, again.skipped) == (0, tally.seen, tally.skipped)
        assert again.quarantined == tally.quarantined
        assert verify_archive(archive) == []
        with archive.catalogue.reading() as connection:
            assert connection.execute(select(func.count()).where(~images.c.ready)).scalar() == 0


def no_outcome_names_a_file(archive, root):
    names = {path.name for path in root.rglob("*") if len(path.name) > 6}
    with archive.catalogue.reading() as connection:
        details = connection.execute(select(outcomes.c.detail)).scalars().all()
    return not any(name in detail for detail in details for name in names)


def test_details_hold_no_file_names(wheel_files, tmp_path):
    with ArchiveFolder.create(tmp_path / "archive", CONFIG) as archive:
        ingest_folder(archive, wheel_files, "samples")
        assert no_outcome_names_a_file(archive, wheel_files)


@pytest.mark.real_data
def test_real_files_end_in_four_bins(tmp_path):
    if "RADSEEK_DATA" not in os.environ:
        pytest.skip("RADSEEK_DATA is not set")
    root = Path(os.environ["RADSEEK_DATA"]) / "dicom"
    with ArchiveFolder.create(tmp_path / "archive", CONFIG) as archive:
        tally = ingest_folder(archive, root, "real", HashEncoder())
        assert tally.seen == check_law(archive)
        assert tally.seen - tally.quarantined.get("missing_file", 0) == count_by_hand(root)
        assert verify_archive(archive) == []
