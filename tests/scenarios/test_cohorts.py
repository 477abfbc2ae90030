"""Cohorts through the one door: a small archive that grows between two runs, files out and in, roles, kills."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest
from archive_kit import HashEncoder, study, write_instance
from cohort_kit import KEYS, add_studies
from sqlalchemy import delete, select, update

from radseek import Archive
from radseek.archive import ArchiveConfig, ArchiveFolder, audit_list
from radseek.archive.schema import patients, studies
from radseek.dicom.write import ReportAttributes, uid_from, write_report
from radseek.errors import ArtifactError, InputError, PrivacyError, StorageError
from radseek.records.cohort import NOTICE, CohortDefinition, Grouping, SampleMethod, Sampling
from radseek.records.reports import Section
from radseek.records.search import Channel, Where
from radseek.service import IngestOptions, Permission, Principal
from radseek.service import archive as archive_module
from radseek.service.cohort_export import FORMULA_STARTS, ExportOptions, guarded_cell

EFFUSION, FRACTURE = "Small pleural effusion on the left.", "Rib fracture on the right."
FIRST = {"s0": EFFUSION, "s1": EFFUSION, "s2": EFFUSION, "s3": FRACTURE, "s4": FRACTURE, "s5": FRACTURE}
LATER = {"s6": EFFUSION, "s7": FRACTURE, "s8": EFFUSION}
PATIENTS = {"s2": "PAT-s1", "s8": "PAT-s0"}
"""Two patients have two studies each; every other study has its own patient."""
CONFIG = ArchiveConfig(workers=1, key_slices=3, index="exact", thumbnail_px=32)
BY_WORDS = (Channel.LEXICAL,)
SEARCHED = CohortDefinition("effusion", channels=BY_WORDS)


def write_studies(root, texts):
    for number, (name, text) in enumerate(texts.items()):
        sex = "FM"[number % 2]
        of = study(name, patient_id=PATIENTS.get(name, f"PAT-{name}"), sex=sex if name not in PATIENTS else "F")
        write_instance(root / name / "pa.dcm", name, of=of, seed=int(name[1:]))
        attributes = ReportAttributes(of, uid_from("series", name, "SR"), uid_from("instance", name, "SR"))
        write_report(root / name / "report.dcm", {Section.FINDINGS: text}, attributes)
    return root


def opened(path, principal=None):
    archive = Archive.open(path, principal)
    archive.retriever._encoder = HashEncoder()
    return archive


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    return write_studies(folder / "first", FIRST), write_studies(folder / "later", LATER)


@pytest.fixture(scope="module")
def built(tmp_path_factory, sources):
    """An archive of the first studies, to be copied."""
    path = tmp_path_factory.mktemp("built") / "archive"
    ArchiveFolder.create(path, CONFIG).close()
    grow(path, sources[0])
    return path


def grow(path, source):
    with opened(path) as archive:
        archive.ingest(source, IngestOptions(name="kit"))
        archive.index()
        archive.folder.catalogue.checkpoint()


@pytest.fixture
def path(tmp_path, built):
    return Path(shutil.copytree(built, tmp_path / "archive"))


@pytest.fixture
def archive(path):
    with opened(path) as archive:
        yield archive


def key_of(archive, name):
    return archive.folder.catalogue.keys.study(uid_from("study", name))


def keys_of(archive, *names):
    return {key_of(archive, name) for name in names}


def remove(archive, name):
    with archive.folder.catalogue.writing() as writer:
        writer.connection.execute(delete(studies).where(studies.c.study_key == key_of(archive, name)))


def test_a_grown_archive_says_exactly_what_is_new_and_what_is_gone(archive, path, sources):
    archive.cohorts.save("effusions", SEARCHED)
    first = archive.cohorts.run("effusions")
    assert set(first.members) == set(first.new) == keys_of(archive, "s0", "s1", "s2")
    assert (first.since, first.gone, first.run.number) == (None, (), 1)
    assert first.members == tuple(hit.study_key for hit in archive.search("effusion", 10, None, BY_WORDS).hits)
    grow(path, sources[1])
    for _ in range(2):
        (check,) = archive.cohorts.check()  # keeps nothing: what is new stays new
        assert (check.n_members, check.n_new, check.n_gone, check.since.number) == (5, 2, 0, 1)
    second = archive.cohorts.run("effusions")
    assert set(second.new) == keys_of(archive, "s6", "s8")
    assert [key for key in second.members if key in second.new] == list(second.new), "in rank order"
    assert (second.gone, second.since) == ((), first.run)
    assert second.run.generation != first.run.generation
    remove(archive, "s0")
    third = archive.cohorts.run("effusions")
    assert (third.new, set(third.gone), set(third.removed)) == ((), *[keys_of(archive, "s0")] * 2)
    again = archive.cohorts.run("effusions")
    assert (again.new, again.gone, again.run.members_sha256) == ((), (), third.run.members_sha256)
    assert archive.cohorts.last("effusions").members == third.members


def test_each_edit_is_a_version_and_old_ones_stay(archive):
    fracture, effusion = key_of(archive, "s3"), key_of(archive, "s0")
    one = archive.cohorts.save("mine", SEARCHED)
    assert archive.cohorts.save("mine", SEARCHED) == one, "nothing changed, nothing added"
    first = archive.cohorts.run("mine")
    assert archive.cohorts.include("mine", [fracture]).version == 2
    assert archive.cohorts.exclude("mine", [effusion]).version == 3
    result = archive.cohorts.run("mine")
    assert (result.new, result.gone, result.removed) == ((fracture,), (effusion,), ())
    assert result.members[-1] == fracture
    assert (result.since, result.cohort.version) == (first.run, 3)
    old = archive.cohorts.run("mine", version=1)
    assert (old.members, old.new, old.since) == (first.members, (), first.run)
    assert archive.cohorts.run("mine").since == result.run, "running an old version does not disturb the new one"
    assert archive.cohorts.include("mine", [effusion]).definition.exclude == ()
    assert archive.cohorts.include("mine", [fracture, effusion], undo=True).definition == SEARCHED
    assert [entry.version for entry in archive.cohorts.versions("mine")] == [1, 2, 3, 4, 5]
    assert archive.cohorts.get("mine", 1) == one


def test_what_is_kept_with_a_run_says_how_it_came_about(archive):
    from radseek import __version__

    archive.cohorts.save("mine", SEARCHED)
    run = archive.cohorts.run("mine").run
    spec = HashEncoder.spec
    assert (run.ran.by, run.ran.radseek_version) == (archive.principal.name, __version__)
    assert (run.ran.encoder_id, run.ran.encoder_revision) == (spec.id, spec.revision)
    assert run.generation == archive.summary().generation
    saved = archive.cohorts.get("mine").saved
    assert (saved.encoder_id, saved.encoder_revision) == (spec.id, spec.revision)


def test_filters_alone_take_every_study_and_need_no_index(tmp_path):
    with Archive.create(tmp_path / "archive") as archive:
        add_studies(archive, range(1_100))
        archive.cohorts.save("all", CohortDefinition())
        archive.cohorts.save("women", CohortDefinition("sex:F", Where(modality=("DX",))))
        archive.cohorts.save("none", CohortDefinition("modality:CT", Where(modality=("DX",))))
        archive.cohorts.save("searched", SEARCHED)
        for name in ("all", "women"):
            result = archive.cohorts.run(name)
            assert result.run.n_members == 1_100 > archive_module.MAX_HITS
            assert result.counts["sex"] == {"F": 1_100}
        empty = archive.cohorts.run("none")
        assert (empty.members, empty.run.generation) == ((), "")
        assert empty.run.notes == ("The filters contradict each other: no study passes them.",)
        with pytest.raises(ArtifactError, match="run `radseek index` first"):
            archive.cohorts.run("searched")
        checks = {check.name: check for check in archive.cohorts.check()}
        assert "radseek index" in checks["searched"].problem
        assert (checks["all"].problem, checks["all"].n_members) == ("", 1_100)
        with pytest.raises(InputError, match="nothing to export"):
            archive.cohorts.export("none", tmp_path / "none.csv")


def test_a_query_that_reaches_the_limit_says_so(archive, monkeypatch):
    archive.cohorts.save("mine", SEARCHED)
    assert not [note for note in archive.cohorts.run("mine").run.notes if "more may match" in note]
    monkeypatch.setattr(archive_module, "MAX_HITS", 2)
    result = archive.cohorts.run("mine")
    assert len(result.members) == 2
    assert [note for note in result.run.notes if "brought 2 studies" in note and "more may match" in note]


def test_k_floor_and_hand_decide_where_a_cohort_ends(archive):
    hits = archive.search("effusion", 10, None, BY_WORDS).hits
    everything = CohortDefinition("effusion", where=Where(sex=("F", "M")))
    archive.cohorts.save("k", CohortDefinition("effusion", channels=BY_WORDS, k=2))
    archive.cohorts.save("floor", CohortDefinition("effusion", channels=BY_WORDS, floor=hits[1].score))
    archive.cohorts.save("all", everything)
    hand = (key_of(archive, "s5"), key_of(archive, "s0"))
    archive.cohorts.save("hand", CohortDefinition(hand_picked=True, include=hand))
    assert archive.cohorts.run("k").members == tuple(hit.study_key for hit in hits[:2])
    assert archive.cohorts.run("floor").members == tuple(hit.study_key for hit in hits if hit.score >= hits[1].score)
    assert archive.cohorts.run("hand").members == hand
    ranked = archive.search("effusion", 10)
    note = "ranks every study"
    assert any(note in line for line in archive.cohorts.run("all").run.notes) == (len(ranked.hits) == ranked.n_searched)


def test_one_study_a_patient_and_the_hand_goes_first(archive, path, sources):
    grow(path, sources[1])
    grouped = CohortDefinition("effusion", channels=BY_WORDS, grouping=Grouping.PATIENT)
    archive.cohorts.save("mine", grouped)
    result = archive.cohorts.run("mine")
    ranked = archive.cohorts.run("mine", keep=False)
    assert ranked.members == result.members
    rows = archive.cohorts.studies(result.members)
    assert len({row.patient_key for row in rows.values()}) == len(rows) == 3
    for wanted, other in (("s2", "s1"), ("s1", "s2")):
        archive.cohorts.include("mine", [key_of(archive, other)], undo=True)
        archive.cohorts.include("mine", [key_of(archive, wanted)])
        members = set(archive.cohorts.run("mine").members)
        assert (key_of(archive, wanted) in members, key_of(archive, other) in members) == (True, False)
    archive.cohorts.include("mine", [key_of(archive, "s2")])
    result = archive.cohorts.run("mine")
    assert key_of(archive, "s1") in result.members, "the first that was included"
    assert any("gave way to another study of the same patient" in note for note in result.run.notes)


@pytest.mark.parametrize("sampling", [
    Sampling(4, seed=3), Sampling(4, SampleMethod.BALANCED, "sex", 3), Sampling(4, SampleMethod.DIVERSE, seed=3),
])  # fmt: skip
def test_samples_are_the_same_each_time_and_hold_what_was_included(archive, sampling):
    wanted = key_of(archive, "s4")
    archive.cohorts.save("all", CohortDefinition(where=Where(sex=("F", "M")), include=(wanted,)))
    archive.cohorts.sample("all", sampling)
    result = archive.cohorts.run("all")
    assert len(result.members) == 4
    assert wanted in result.members
    assert archive.cohorts.run("all").members == result.members
    rows = archive.cohorts.studies(result.members).values()
    assert len({row.patient_key for row in rows}) == 4
    if sampling.method is SampleMethod.BALANCED:
        assert result.counts["sex"] == {"F": 2, "M": 2}
    assert archive.cohorts.sample("all", None, Grouping.ALL).definition.sampling is None
    assert len(archive.cohorts.run("all").members) == len(FIRST)


def test_samples_say_when_there_is_too_little_to_draw(archive):
    add_studies(archive, [900, 901])
    archive.cohorts.save("all", CohortDefinition(sampling=Sampling(50, SampleMethod.DIVERSE)))
    result = archive.cohorts.run("all")
    assert len(result.members) == len(FIRST)
    assert result.run.notes == (
        "2 studies without an encoded picture cannot be drawn by how they look.",
        "A sample of 50 was asked for; there are 6 studies to draw.",
    )
    archive.cohorts.save("nothing", CohortDefinition("modality:XA", sampling=Sampling(5, SampleMethod.DIVERSE)))
    assert archive.cohorts.run("nothing").members == ()


def test_what_was_included_and_is_gone_is_told(archive):
    keys = (key_of(archive, "s5"), key_of(archive, "s0"))
    archive.cohorts.save("hand", CohortDefinition(hand_picked=True, include=keys))
    archive.cohorts.run("hand")
    remove(archive, "s0")
    result = archive.cohorts.run("hand")
    assert (result.members, result.removed) == (keys[:1], keys[1:])
    assert result.run.notes == ("1 of the studies included by hand are not in this archive.",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.get("nobody"), "no cohort has this name; cohorts: mine"),
        (lambda c: c.run("mine", 7), "the cohort has versions 1 to 1, not 7"),
        (lambda c: c.save("../mine", SEARCHED), "a cohort's name has 1 to 64"),
        (lambda c: c.save("x", CohortDefinition("effusion colour:red")), "unknown filter"),
        (lambda c: c.save("x", CohortDefinition("effusion", include=(KEYS[0],))), "1 of 1 study keys are not in this"),
        (lambda c: c.include("mine", [KEYS[0]]), f"1 of 1 study keys are not in this archive: {KEYS[0]}"),
        (lambda c: c.exclude("mine", ["ACC-s0"]), "not in this archive: they begin with st_"),
        (lambda c: c.include("nobody", []), "no cohort has this name"),
        (lambda c: c.delete("nobody"), "no cohort has this name"),
        (lambda c: c.export("mine", Path("x.xlsx")), r"must end in one of \.csv, \.parquet, \.json"),
        (lambda c: c.import_file(Path("nowhere.json")), "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(archive, call, message):
    archive.cohorts.save("mine", SEARCHED)
    with pytest.raises(InputError, match=message) as caught:
        call(archive.cohorts)
    assert "ACC-" not in str(caught.value)


def test_deleted_is_deleted(archive):
    archive.cohorts.save("mine", SEARCHED)
    archive.cohorts.run("mine")
    archive.cohorts.delete("mine")
    assert archive.cohorts.all() == []
    assert archive.cohorts.save("mine", SEARCHED).version == 1
    assert archive.cohorts.last("mine") is None


# Files


def secrets_of(archive):
    with archive.folder.catalogue.reading() as connection:
        columns = (studies.c.accession, studies.c.study_uid, patients.c.patient_id)
        return {str(value) for column in columns for value in connection.execute(select(column)).scalars() if value}


def read_rows(file):
    if file.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
    if file.suffix == ".parquet":
        return pyarrow.parquet.read_table(file).to_pylist()
    return json.loads(file.read_text())["studies"]


def read_document(file):
    if file.suffix == ".parquet":
        return json.loads(pyarrow.parquet.read_schema(file).metadata[b"radseek_cohort"])
    return json.loads(file.with_suffix(".json").read_text())


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json"])
def test_an_export_holds_keys_definition_and_counts_and_no_identifiers(archive, tmp_path, ending):
    archive.cohorts.save("mine", CohortDefinition("effusion", channels=BY_WORDS, include=(key_of(archive, "s3"),)))
    result = archive.cohorts.run("mine")
    for facts in (False, True):
        report = archive.cohorts.export("mine", tmp_path / f"mine{facts}{ending}", ExportOptions(facts=facts))
        assert {file.stat().st_mode & 0o777 for file in report.files} == {0o600}
        content = b"".join(file.read_bytes() for file in report.files)
        assert not [secret for secret in secrets_of(archive) if secret.encode() in content]
        rows = read_rows(report.files[0])
        assert [row["study_key"] for row in rows] == list(result.members)
        assert [int(row["rank"]) for row in rows] == [1, 2, 3, 4]
        assert [str(row["by_hand"]).lower() for row in rows] == ["false"] * 3 + ["true"]
        assert tuple(rows[0]) == report.columns
        known = archive.cohorts.studies(result.members)
        if facts:
            assert [row["patient_key"] for row in rows] == [entry.patient_key for entry in known.values()]
            assert [float(row["age_years"]) for row in rows] == [entry.age_years for entry in known.values()]
        document = read_document(report.files[0])
        assert (document["notice"], document["n_studies"]) == (NOTICE, 4)
        assert document["counts"] == result.counts
        assert document["definition"]["query"] == "effusion"
        assert document["run"]["members_sha256"] == result.run.members_sha256
        assert "study_uids" not in document


def test_identifiers_need_their_own_right_and_leave_an_event(archive, path, tmp_path):
    archive.cohorts.save("mine", SEARCHED)
    with_them = ExportOptions(identifiers=True)
    with opened(path, Principal("student", "researcher")) as other:
        other.cohorts.run("mine")
        assert other.cohorts.export("mine", tmp_path / "keys.csv").n_studies == 3
        with pytest.raises(PrivacyError, match="may not export identifiers; these may: curator"):
            other.cohorts.export("mine", tmp_path / "all.csv", with_them)
    assert not (tmp_path / "all.csv").exists()
    report = archive.cohorts.export("mine", tmp_path / "all.csv", with_them)
    rows = read_rows(report.files[0])
    assert {row["accession"] for row in rows} == {"ACC-s0", "ACC-s1", "ACC-s2"}
    assert {row["study_uid"] for row in rows} == {uid_from("study", name) for name in ("s0", "s1", "s2")}
    with archive.folder.catalogue.reading() as connection:
        events = audit_list(connection, 2)
    assert [(event.principal, event.action, event.detail["identifiers"]) for event in events] == [
        (archive.principal.name, "export cohort", True),
        ("student", "export cohort", False),
    ]
    assert events[0].detail == {"cohort": 1, "version": 1, "run": 1, "studies": 3, "identifiers": True}
    assert "effusion" not in json.dumps([event.detail for event in events])


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_cell_that_begins_like_a_formula_is_made_harmless(start):
    assert guarded_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert guarded_cell(f"  {start}1") == f"'  {start}1"
    assert guarded_cell(f"A{start}1") == f"A{start}1"


def test_received_values_reach_a_spreadsheet_as_text_only(archive, tmp_path):
    evil = ['=HYPERLINK("http://x","y")', "+1", "-1+2", "@SUM(A1)", "\tx", 'Zürich, b\r\n"c"']
    told = {key_of(archive, name): text for name, text in zip(FIRST, evil, strict=True)}
    with archive.folder.catalogue.writing() as writer:
        for key, text in told.items():
            writer.connection.execute(update(studies).where(studies.c.study_key == key).values(accession=text))
    archive.cohorts.save("all", CohortDefinition())
    archive.cohorts.run("all")
    for ending in (".csv", ".parquet", ".json"):
        report = archive.cohorts.export("all", tmp_path / f"all-{ending[1:]}{ending}", ExportOptions(identifiers=True))
        got = {row["study_key"]: row["accession"] for row in read_rows(report.files[0])}
        for key, text in told.items():
            guarded = ending == ".csv" and text.startswith(FORMULA_STARTS)
            assert got[key] == (f"'{text}" if guarded else text)
    raw = (tmp_path / "all-csv.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "letters beyond ASCII: a spreadsheet needs the mark"
    assert not archive.cohorts.export("all", tmp_path / "plain.csv").files[0].read_bytes().startswith(b"\xef")


def test_files_that_are_there_are_left_alone_unless_told(archive, tmp_path):
    archive.cohorts.save("mine", SEARCHED)
    (tmp_path / "mine.json").write_text("my notes")
    with pytest.raises(InputError, match="or the JSON beside it"):
        archive.cohorts.export("mine", tmp_path / "mine.csv")
    assert [file.name for file in tmp_path.iterdir() if file.name != "archive"] == ["mine.json"]
    archive.cohorts.export("mine", tmp_path / "mine.csv", ExportOptions(overwrite=True))
    assert read_document(tmp_path / "mine.csv")["name"] == "mine"
    with pytest.raises(StorageError, match="writing the exported cohort"):
        archive.cohorts.export("mine", tmp_path / "nowhere" / "mine.parquet")


def test_very_old_ages_leave_as_ninety(archive, tmp_path):
    with archive.folder.catalogue.writing() as writer:
        writer.connection.execute(update(studies).values(age_years=97.5))
    archive.cohorts.save("all", CohortDefinition())
    assert archive.cohorts.run("all").counts["age_decade"] == {"90+": 6}
    report = archive.cohorts.export("all", tmp_path / "all.parquet", ExportOptions(facts=True))
    assert {row["age_years"] for row in read_rows(report.files[0])} == {90.0}


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json"])
@pytest.mark.parametrize("identifiers", [False, True])
def test_an_exported_cohort_is_the_same_one_on_another_archive(archive, sources, tmp_path, ending, identifiers):
    definition = CohortDefinition(
        "effusion", Where(modality=("DX",)), BY_WORDS, k=50, include=(key_of(archive, "s3"),),
        exclude=(key_of(archive, "s0"),), grouping=Grouping.PATIENT, note="für die Lehre",
    )  # fmt: skip
    archive.cohorts.save("mine", definition)
    file = archive.cohorts.export("mine", tmp_path / f"mine{ending}", ExportOptions(identifiers=identifiers)).files[0]
    ArchiveFolder.create(tmp_path / "other", CONFIG).close()
    grow(tmp_path / "other", sources[0])
    with opened(tmp_path / "other") as other:
        assert key_of(other, "s3") != key_of(archive, "s3")
        imported = other.cohorts.import_file(file)
        assert imported.n_missing == (0 if identifiers else 2)
        members = set(other.cohorts.run("mine").members)
        assert members == (keys_of(other, "s1", "s3") if identifiers else keys_of(other, "s0", "s1"))
        if identifiers:
            assert imported.cohort.definition.include == (key_of(other, "s3"),)
        else:
            assert imported.cohort.definition == definition
        assert other.cohorts.import_file(file).cohort == imported.cohort, "once more changes nothing"
        other.cohorts.save("mine", SEARCHED)
        with pytest.raises(InputError, match="has this name already"):
            other.cohorts.import_file(file)
        assert other.cohorts.import_file(file, "theirs").cohort.version == 1


def test_importing_identifiers_needs_the_right(archive, path, tmp_path):
    archive.cohorts.save("mine", CohortDefinition(hand_picked=True, include=(key_of(archive, "s3"),)))
    file = archive.cohorts.export("mine", tmp_path / "mine.json", ExportOptions(identifiers=True)).files[0]
    with opened(path, Principal("student", "researcher")) as other:
        with pytest.raises(PrivacyError, match="may not export identifiers"):
            other.cohorts.import_file(file, "theirs")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is no exported cohort"),
        (b"[1, 2]", "the file is no exported cohort"),
        (b"\xff\xfe", "the file is no exported cohort"),
        (b"[" * 100_000, "the file is no exported cohort"),
        (b'{"format": "radseek cohort", "name": "x", "format_version": 2}', "of another format than 1"),
        (b'{"format": "radseek cohort", "name": "x", "format_version": 1}', "the cohort definition: expected"),
        (b'{"format": "radseek cohort", "name": "../x", "format_version": 1, "definition": {}}', "a cohort's name has"),
        (b'{"format": "radseek cohort", "name": "x", "format_version": 1, "definition": {}, "study_uids": {"a": "b"}}',
         "study_uids: expected"),
    ],
)  # fmt: skip
def test_other_files_are_no_cohorts(archive, tmp_path, content, message):
    for ending in (".json", ".parquet"):
        (tmp_path / f"x{ending}").write_bytes(content)
    with pytest.raises(InputError, match=message):
        archive.cohorts.import_file(tmp_path / "x.json")
    with pytest.raises(InputError, match="the file is no exported cohort"):
        archive.cohorts.import_file(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="there is no such file"):
        archive.cohorts.import_file(tmp_path)
    assert archive.cohorts.all() == []


def test_a_viewer_may_look_at_cohorts_and_change_none(archive, path, tmp_path):
    archive.cohorts.save("mine", SEARCHED)
    archive.cohorts.run("mine")
    with opened(path, Principal("visitor", "viewer")) as other:
        cohorts = other.cohorts
        assert [entry.newest.name for entry in cohorts.all()] == ["mine"]
        assert cohorts.last("mine").members == cohorts.run("mine", keep=False).members
        assert cohorts.check()[0].n_new == 0
        for attempt in (
            lambda: cohorts.save("other", SEARCHED),
            lambda: cohorts.run("mine"),
            lambda: cohorts.include("mine", []),
            lambda: cohorts.exclude("mine", []),
            lambda: cohorts.sample("mine", None),
            lambda: cohorts.export("mine", tmp_path / "x.csv"),
            lambda: cohorts.import_file(tmp_path / "x.json"),
            lambda: cohorts.delete("mine"),
        ):
            with pytest.raises(
                PrivacyError, match=f"may not {Permission.COHORTS.value}; these may: curator, researcher"
            ):
                attempt()
    assert [entry.name for entry in tmp_path.iterdir()] == ["archive"]


def test_a_killed_run_is_kept_whole_or_not_at_all(tmp_path):
    words = [sys.executable, str(Path(__file__).with_name("cohort_kit.py")), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stderr[-2000:]
    *killed, last = json.loads(done.stdout)
    assert len(killed) > 20
    assert killed == [{"survived": False, "runs": 1, "whole": True, "new": 5}] * len(killed)
    assert (last["runs"], last["whole"], last["new"]) == (2, True, 0)
