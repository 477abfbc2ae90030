"""DICOM into an archive: what is seen, what is known again, what changes, what is shown."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import Counter

import pytest
from archive_kit import HashEncoder, break_pixels, study, write_instance, write_source, write_sr
from sqlalchemy import func, select

from radseek.archive import (
    ArchiveConfig,
    ArchiveFolder,
    IngestOptions,
    archive_counts,
    archive_digest,
    build_index,
    encode_pending,
    first_images,
    hydrate_studies,
    image_place,
    images_by_ids,
    images_of_study,
    ingest_folder,
    ingest_summary,
    job_list,
    labels_of_study,
    other_studies,
    quarantine_list,
    reports_of_study,
    sentences_by_ids,
    study_id_by_key,
    verify_archive,
)
from radseek.archive.schema import images, instances, outcomes, sentences, series, studies
from radseek.errors import BusyError, InputError
from radseek.records.outcomes import Tally

CONFIG = ArchiveConfig(workers=1, key_slices=5, index="exact", thumbnail_px=32)
WHOLE = Tally(
    28,
    1,
    {"empty_file": 1, "no_pixels": 1, "not_dicom": 1},
    {"conflicting_instance": 1, "conflicting_patient": 1, "decode_failed": 1},
)
"""Of 35 things: 4 x 2 radiographs and 4 reports, 14 slices, 3 in a zip are 29, of which one slice does not decode."""


@pytest.fixture
def archive(tmp_path):
    with ArchiveFolder.create(tmp_path / "archive", CONFIG) as archive:
        yield archive


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An archive with the kit's source, encoded and indexed, that no test changes."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "source").mkdir()
    seen = write_source(folder / "source")
    encoder = HashEncoder()
    heard = []
    with ArchiveFolder.create(folder / "archive", CONFIG) as archive:
        tally = ingest_folder(archive, folder / "source", "kit", encoder, heard.append)
        assert tally.seen == seen
        yield archive, tally, encoder, heard


def source(tmp_path):
    (tmp_path / "source").mkdir(exist_ok=True)
    return tmp_path / "source"


def all_outcomes(archive):
    with archive.catalogue.reading() as connection:
        return Counter(connection.execute(select(outcomes.c.outcome)).scalars())


def test_every_thing_ends_in_its_bin(whole):
    archive, tally, _, _ = whole
    assert tally == WHOLE
    with archive.catalogue.reading() as connection:
        assert ingest_summary(connection) == {"kit": WHOLE}
        listed = quarantine_list(connection, archive.catalogue.keys)
    assert sorted(thing.reason for thing in listed) == ["conflicting_instance", "conflicting_patient", "decode_failed"]
    assert len({thing.thing_key for thing in listed}) == 3


def test_again_is_all_duplicate_and_writes_nothing(whole):
    archive, _, encoder, _ = whole
    before = archive_digest(archive)
    n_encoded = encoder.n_images
    with archive.catalogue.reading() as connection:
        root = connection.execute(select(func.min(instances.c.source_id))).scalar()
        assert root == 1
    folder = archive.path.parent / "source"
    tally = ingest_folder(archive, folder, "kit", encoder)
    assert tally == Tally(0, 29, WHOLE.skipped, WHOLE.quarantined)
    assert archive_digest(archive) == before
    assert encoder.n_images == n_encoded


def test_pictures_can_be_shown(whole):
    archive, _, encoder, heard = whole
    with archive.catalogue.reading() as connection:
        counts = archive_counts(connection)
        ct = connection.execute(select(studies.c.id).where(studies.c.modality == "CT")).scalar_one()
        records = images_of_study(connection, ct)
        place = image_place(connection, records[0].image_key)
        assert first_images(connection, [ct, 999]) == {ct: records[0]}
        ids = connection.execute(select(images.c.id).where(images.c.study_id == ct)).scalars().all()
        assert set(images_by_ids(connection, [*ids, 999]).values()) == set(records)
    # 5 of 14 slices in 2 windows, 4 x 2 radiographs, 3 from the zip; slice 8 does not decode, 7 stands in
    assert [(record.position, record.window) for record in records] == [
        (f"slice {n} of 14", window) for n in (2, 5, 7, 10, 13) for window in ("soft_tissue", "lung")
    ]
    assert counts.n_images == 5 * 2 + 4 * 2 + 3 == encoder.n_images
    assert [record.ordinal for record in records] == list(range(10))
    assert {(record.width_px, record.height_px, record.modality) for record in records} == {(32, 24, "CT")}
    assert archive.thumbnail_path(place.content_key).stat().st_size > 0
    assert place.locator.path.is_file()
    thumbnails = [path for path in archive.thumbnails_folder.glob("*/*") if path.is_file()]
    assert len(thumbnails) == counts.n_images
    stages = list(dict.fromkeys(progress.stage for progress in heard))
    assert stages == ["headers", "choosing pictures", "pictures"]
    assert heard[-1].done == heard[-1].total
    assert verify_archive(archive, deep=True) == []


def test_structured_reports_become_linked_reports(whole):
    archive = whole[0]
    with archive.catalogue.reading() as connection:
        keyed = connection.execute(select(studies.c.study_key).where(studies.c.accession == "ACC-s2")).scalar_one()
        study_id = study_id_by_key(connection, keyed)
        (report,) = reports_of_study(connection, study_id)
        ids = connection.execute(select(sentences.c.id).order_by(sentences.c.id)).scalars().all()
        shown = sentences_by_ids(connection, ids)
        assert labels_of_study(connection, study_id) == []
        assert other_studies(connection, study_id) == []
        (row,) = hydrate_studies(connection, [study_id])
    assert report.linked_by == "study_uid"
    assert [sentence.text for sentence in report.sentences] == [
        "Heart size is normal.", "Opacity number 2 in the right lung.",
    ]  # fmt: skip
    assert [report.text[start:end] for start, end in report.spans] == [s.text for s in report.sentences]
    assert set(report.sentences) <= set(shown.values())
    assert (row.modality, row.has_report, row.n_images, row.study_year, row.sex, row.age_years) == (
        "DX", True, 2, 2024, "F", 61.0,
    )  # fmt: skip


def test_unknown_keys_are_said_plainly(whole):
    with whole[0].catalogue.reading() as connection:
        with pytest.raises(InputError, match="no study"):
            study_id_by_key(connection, "st_0")
        with pytest.raises(InputError, match="no picture"):
            image_place(connection, "im_0")


def test_index_is_built_once_and_again_when_something_changed(whole, tmp_path):
    archive, _, encoder, _ = whole
    built = build_index(archive, encoder)
    assert (built.changed, built.n_images, built.n_sentences, built.n_pending) == (True, 21, 8, 0)
    assert built.encoded_images == 0
    assert built.encoded_sentences == 5  # four reports of two sentences, the first of which is the same in all
    n_texts = encoder.n_texts
    again = build_index(archive, encoder)
    assert (again.generation, again.changed, encoder.n_texts) == (built.generation, False, n_texts)
    # Damage is not taken for the same.
    manifest = archive.index_folder / built.generation / "owners" / "image_ids.npy"
    manifest.write_bytes(manifest.read_bytes()[:-1] + b"\x01")
    assert [finding.kind for finding in verify_archive(archive)] == ["index"]
    mended = build_index(archive, encoder)
    assert mended.changed
    assert encoder.n_texts == n_texts
    assert verify_archive(archive) == []


def test_empty_archive_has_an_index(archive):
    built = build_index(archive, HashEncoder())
    assert (built.changed, built.n_images, built.n_sentences) == (True, 0, 0)
    assert verify_archive(archive, deep=True) == []


def test_order_of_passes_makes_no_difference(tmp_path, whole):
    folder = whole[0].path.parent / "source"
    encoder = HashEncoder()
    with ArchiveFolder.create(tmp_path / "late", CONFIG) as late:
        assert ingest_folder(late, folder, "kit") == WHOLE
        assert encoder.n_images == 0
        summary = encode_pending(late, encoder)
        assert (summary.encoded, summary.not_encoded) == (21, {})
        assert encode_pending(late, encoder).encoded == 0
        build_index(late, encoder)
        build_index(whole[0], whole[2])
        assert archive_digest(late) == archive_digest(whole[0])


def test_new_encoder_needs_the_files_and_loses_nothing_without_them(archive, tmp_path):
    root = source(tmp_path)
    for name in ("a", "b"):
        write_instance(root / f"{name}.dcm", name)
    ingest_folder(archive, root)
    (root / "b.dcm").rename(tmp_path / "b.away")
    summary = encode_pending(archive, HashEncoder())
    assert (summary.encoded, summary.not_encoded) == (1, {"missing_file": 1})
    assert build_index(archive, HashEncoder()).n_pending == 1
    assert all_outcomes(archive) == {"ingested": 2}
    assert [finding.kind for finding in verify_archive(archive)] == ["source"]
    (tmp_path / "b.away").rename(root / "b.dcm")
    assert encode_pending(archive, HashEncoder()).encoded == 1


def test_copy_elsewhere_is_a_duplicate(archive, tmp_path):
    root = source(tmp_path)
    write_instance(root / "a.dcm", "a")
    ingest_folder(archive, root, "one")
    shutil.copytree(root, tmp_path / "copy")
    assert ingest_folder(archive, tmp_path / "copy", "two") == Tally(0, 1, {}, {})
    with archive.catalogue.reading() as connection:
        assert ingest_summary(connection) == {"one": Tally(1), "two": Tally(0, 1)}


def test_file_that_was_mended_leaves_quarantine(archive, tmp_path):
    root = source(tmp_path)
    path = break_pixels(write_instance(root / "a.dcm", "a", compression="rle"))
    assert ingest_folder(archive, root) == Tally(0, 0, {}, {"decode_failed": 1})
    # The same bytes are not decoded again, unless asked for.
    assert ingest_folder(archive, root) == Tally(0, 0, {}, {"decode_failed": 1})
    assert ingest_folder(archive, root, options=IngestOptions(retry=True)) == Tally(0, 0, {}, {"decode_failed": 1})
    assert all_outcomes(archive) == {"quarantined": 1}
    path.write_bytes(b"not DICOM any more")
    assert ingest_folder(archive, root) == Tally(0, 0, {"not_dicom": 1}, {})
    write_instance(path, "b")
    assert ingest_folder(archive, root) == Tally(1)
    assert all_outcomes(archive) == {"ingested": 1}
    with archive.catalogue.reading() as connection:
        assert archive_counts(connection).n_studies == 1
    assert verify_archive(archive, deep=True) == []


def test_place_of_a_broken_slice_is_taken_by_a_good_one_of_its_series(archive, tmp_path):
    root = source(tmp_path)
    path = break_pixels(write_instance(root / "a.dcm", "ct", 1, modality="CT", compression="rle"))
    assert ingest_folder(archive, root) == Tally(0, 0, {}, {"decode_failed": 1})
    write_instance(path, "ct", 2, modality="CT")
    assert ingest_folder(archive, root) == Tally(1)
    with archive.catalogue.reading() as connection:
        assert connection.execute(select(func.count()).select_from(instances)).scalar() == 1
    assert all_outcomes(archive) == {"ingested": 1}
    assert verify_archive(archive, deep=True) == []


def test_unreadable_file_is_tried_again_by_itself(archive, tmp_path, monkeypatch):
    from radseek.archive import ingest

    root = source(tmp_path)
    path = write_instance(root / "a.dcm", "a")

    def vanish(*arguments):
        path.rename(tmp_path / "away")
        return plan(*arguments)

    plan = ingest.plan_pictures
    with monkeypatch.context() as patch:
        patch.setattr(
            ingest, "plan_pictures", lambda *arguments: vanish(*arguments) if path.exists() else plan(*arguments)
        )
        tally = ingest_folder(archive, root)
    assert tally == Tally(0, 0, {}, {"missing_file": 1})
    (tmp_path / "away").rename(path)
    assert ingest_folder(archive, root) == Tally(1)
    assert verify_archive(archive, deep=True) == []


def test_other_content_under_a_known_uid_is_a_conflict_and_changes_nothing(archive, tmp_path):
    root = source(tmp_path)
    write_instance(root / "a.dcm", "a", seed=1)
    ingest_folder(archive, root)
    before = (root / "a.dcm").read_bytes()
    write_instance(root / "a.dcm", "a", seed=2)
    assert ingest_folder(archive, root) == Tally(0, 0, {}, {"conflicting_instance": 1})
    assert all_outcomes(archive) == {"ingested": 1, "quarantined": 1}
    assert [finding.kind for finding in verify_archive(archive, deep=True)] == ["source"]
    (root / "a.dcm").write_bytes(before)
    assert ingest_folder(archive, root) == Tally(0, 1)
    assert all_outcomes(archive) == {"ingested": 1}
    assert verify_archive(archive, deep=True) == []


def test_new_slices_change_the_choice_and_keep_what_stays(archive, tmp_path):
    root = source(tmp_path)
    for number in range(3):
        write_instance(root / f"{number}.dcm", "ct", number, modality="CT", position_mm=(0, 0, 2.0 * number))
    ingest_folder(archive, root, encoder=HashEncoder())
    with archive.catalogue.reading() as connection:
        before = dict(connection.execute(select(images.c.image_key, images.c.id)).all())
    for number in range(3, 9):
        write_instance(root / f"{number}.dcm", "ct", number, modality="CT", position_mm=(0, 0, 2.0 * number))
    ingest_folder(archive, root, encoder=HashEncoder())
    with archive.catalogue.reading() as connection:
        after = dict(connection.execute(select(images.c.image_key, images.c.id)).all())
        positions = [record.position for record in images_of_study(connection, 1)][::2]
    assert positions == [f"slice {n} of 9" for n in (1, 3, 5, 7, 9)]
    kept = before.keys() & after.keys()
    assert len(kept) == 4  # slices 1 and 3 in two windows
    assert {before[key] for key in kept} == {after[key] for key in kept}
    assert not set(after.values()) & (set(before.values()) - {before[key] for key in kept})  # ids are not used again
    assert verify_archive(archive, deep=True) == []


def test_names_of_any_bytes_and_zip_members(archive, tmp_path):
    root = source(tmp_path)
    plain = write_instance(root / "plain.dcm", "a")
    odd = os.path.join(os.fsencode(root), b"odd \xff\xfe\n name")
    os.rename(plain, odd)
    inner = write_instance(tmp_path / "inner.dcm", "b")
    with zipfile.ZipFile(root / "z.zip", "w") as zipped:
        zipped.write(inner, "ordner/\u00e4\u4e2d.dcm")
    tally = ingest_folder(archive, root, encoder=HashEncoder())
    assert tally == Tally(2)
    assert verify_archive(archive, deep=True) == []


def test_single_file_and_archive_inside_the_source(tmp_path):
    root = source(tmp_path)
    path = write_instance(root / "a.dcm", "a")
    with ArchiveFolder.create(root / "archive", CONFIG) as archive:
        assert ingest_folder(archive, path) == Tally(1)
        # The archive's own files are not seen.
        assert ingest_folder(archive, root) == Tally(0, 1)
        with archive.catalogue.reading() as connection:
            assert set(ingest_summary(connection)) == {"a.dcm", "source"}


def test_empty_folder_and_missing_folder(archive, tmp_path):
    assert ingest_folder(archive, source(tmp_path)) == Tally()
    with pytest.raises(InputError, match="no file or folder"):
        ingest_folder(archive, tmp_path / "nowhere")


def test_sites_keep_equal_patient_ids_apart(archive, tmp_path):
    root = source(tmp_path)
    for site in ("north", "south"):
        write_instance(root / site / "a.dcm", site, of=study(site, patient_id="1"))
        ingest_folder(archive, root / site, options=IngestOptions(site=site))
    with archive.catalogue.reading() as connection:
        assert len({row.patient_key for row in hydrate_studies(connection, [1, 2])}) == 2


def test_series_of_another_study_is_quarantined_and_leaves_no_empty_study(archive, tmp_path):
    import pydicom

    root = source(tmp_path)
    write_instance(root / "a.dcm", "a")
    path = write_instance(root / "b.dcm", "b")
    dataset = pydicom.dcmread(path)
    dataset.SeriesInstanceUID = pydicom.dcmread(root / "a.dcm").SeriesInstanceUID
    dataset.save_as(path)
    assert ingest_folder(archive, root) == Tally(1, 0, {}, {"conflicting_patient": 1})
    with archive.catalogue.reading() as connection:
        assert connection.execute(select(func.count()).select_from(studies)).scalar() == 1
        assert connection.execute(select(func.count()).select_from(series)).scalar() == 1


def test_report_without_pictures_is_kept(archive, tmp_path):
    root = source(tmp_path)
    write_sr(root / "sr.dcm", "a")
    assert ingest_folder(archive, root) == Tally(1)
    with archive.catalogue.reading() as connection:
        counts = archive_counts(connection)
        (row,) = hydrate_studies(connection, [1])
    assert (counts.n_studies, counts.n_images, counts.n_reports) == (1, 0, 1)
    assert (row.modality, row.has_report) == ("SR", True)


def test_jobs_are_written_down(archive, tmp_path, monkeypatch):
    root = source(tmp_path)
    write_instance(root / "a.dcm", "a")
    ingest_folder(archive, root)

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("radseek.archive.ingest.plan_pictures", interrupt)
        with pytest.raises(KeyboardInterrupt, match="^$"):
            ingest_folder(archive, root)
    with pytest.raises(BusyError, match="another thread"):
        with_lock_elsewhere(archive, root)
    with archive.catalogue.reading() as connection:
        newest, oldest = job_list(connection)
    assert (newest.state, oldest.state, oldest.kind) == ("interrupted", "done", "ingest")
    assert oldest.summary["tally"]["ingested"] == 1
    assert oldest.finished_at is not None


def with_lock_elsewhere(archive, root):
    import threading

    held, end = threading.Event(), threading.Event()

    def hold():
        with archive.writer_lock("other"):
            held.set()
            end.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    try:
        ingest_folder(archive, root)
    finally:
        end.set()
        thread.join()
