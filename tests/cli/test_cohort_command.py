"""`radseek cohort` as typed: its words, its JSON, its files, its exit codes, on an archive without pictures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from radseek import Archive
from radseek.archive.facts import PatientFacts, StudyFacts
from radseek.cli.main import EXIT_ERROR, main

N_FIRST, N_LATER = 30, 4
GHOST = "st_0123456789abcdef"


def add_studies(path, numbers):
    """Studies of known patients, as an ingest leaves them in the catalogue: women are even, each has an age."""
    with Archive.open(path) as archive, archive.folder.catalogue.writing() as writer:
        source_id = writer.source("kit", "dicom", Path("/kit"))
        for number in numbers:
            patient = PatientFacts(f"PAT-{number}", sex="FM"[number % 2])
            accession = "=1+1" if number == 0 else f"ACC-{number}"
            facts = {"modality": "CT" if number % 3 else "DX", "age_years": 20.0 + number, "accession": accession}
            writer.study(StudyFacts(study_uid=f"1.2.{number}", patient=patient, source_id=source_id, **facts))


@pytest.fixture
def path(tmp_path):
    assert main(["init", str(tmp_path / "archive")]) == 0
    add_studies(tmp_path / "archive", range(N_FIRST))
    return str(tmp_path / "archive")


@pytest.fixture
def cohort(path, capsys):
    """Runs `radseek cohort ACTION ARCHIVE ...`; exit code, stdout, stderr."""
    capsys.readouterr()

    def call(action, *words):
        code = main(["cohort", action, path, *words])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return call


def in_json(answer):
    code, out, _ = answer
    assert code == 0
    return json.loads(out)


def test_save_run_grow_check_new(cohort, path):
    code, out, err = cohort("save", "ct", "modality:CT sex:F")
    assert code == 0
    assert "modality    CT 10" in out
    assert err.splitlines() == ["ct is saved as version 1", "10 studies; the first run: all are new"]
    assert cohort("run", "ct", "--new")[1] == ""
    add_studies(path, range(N_FIRST, N_FIRST + N_LATER))
    for _ in range(2):
        code, out, _ = cohort("check")
        assert (code, out.splitlines()[1].split()[:4]) == (0, ["ct", "1", "0", "11"])  # of the four, one is CT and F
    code, out, err = cohort("run", "ct", "--new")
    assert len(out.splitlines()) == 1
    assert "CT, F 52 y, kit" in out
    assert err.startswith("11 studies; 1 new and 0 gone since run 2 of version 1, ")
    code, out, err = cohort("run", "ct")
    assert out.count("st_") == 11
    assert "+ st_" not in out
    assert in_json(cohort("check", "--json"))[0]["n_new"] == 0


def test_run_marks_new_ones_and_prints_in_json(cohort, path):
    cohort("save", "all", "--all")
    add_studies(path, [77])
    first = in_json(cohort("run", "all", "--json"))
    assert (len(first["members"]), len(first["new"]), first["since"]["number"]) == (31, 1, 1)
    assert first["run"]["members_sha256"] != first["since"]["members_sha256"]
    add_studies(path, [79])
    assert cohort("run", "all")[1].count(" + st_") == 1


def test_include_exclude_undo_and_show(cohort):
    members = in_json(cohort("save", "women", "--sex", "F", "--note", "for teaching", "--json"))["members"]
    men = in_json(cohort("save", "men", "--sex", "M", "--json"))["members"]
    assert cohort("include", "women", men[0])[2].startswith("women is saved as version 2")
    assert in_json(cohort("exclude", "women", members[0], members[1], "--json"))["version"] == 3
    result = in_json(cohort("run", "women", "--json"))
    assert (result["new"], result["gone"]) == ([men[0]], members[:2])
    assert in_json(cohort("exclude", "women", members[0], "--undo", "--json"))["definition"]["exclude"] == [members[1]]
    code, out, _ = cohort("show", "women")
    assert "women, version 4 of 4" in out
    assert "for teaching" in out
    assert f"include      {men[0]}" in out
    shown = in_json(cohort("show", "women", "--version", "3", "--members", "--json"))
    assert shown["members"] == result["members"]
    assert [len(shown["versions"]), len(shown["runs"]), shown["cohort"]["version"]] == [4, 2, 3]
    code, out, _ = cohort("show", "women", "--version", "3", "--members")
    assert out.count("st_") >= 14


def test_saving_again_keeps_what_was_chosen_by_hand(cohort):
    men = in_json(cohort("save", "men", "sex:M", "--json"))["members"]
    cohort("save", "mine", "sex:F", "--include", men[0], "--exclude", men[1])
    cohort("sample", "mine", "-n", "5")
    code, _, err = cohort("save", "mine", "sex:F modality:CT", "--include", men[1])
    assert "kept: 2 studies included and 0 excluded by hand, and its sampling" in err
    saved = in_json(cohort("show", "mine", "--json"))["cohort"]["definition"]
    assert (saved["include"], saved["sampling"]["n"], saved["query"]) == (men[:2], 5, "sex:F modality:CT")
    code, _, err = cohort("save", "mine", "--include", men[2])
    assert (code, "radseek cohort include" in err) == (EXIT_ERROR, True)


def test_samples_by_field_under_another_name(cohort):
    cohort("save", "all", "--all")
    code, out, err = cohort("sample", "all", "-n", "8", "--by", "sex", "--seed", "7", "--as", "eight")
    assert code == 0
    assert "sex         F 4, M 4" in out
    one = in_json(cohort("run", "eight", "--json"))["members"]
    assert in_json(cohort("run", "eight", "--json"))["members"] == one
    cohort("sample", "eight", "-n", "8", "--by", "sex", "--seed", "8")
    assert in_json(cohort("run", "eight", "--json"))["members"] != one
    cohort("sample", "eight", "--off")
    assert in_json(cohort("run", "eight", "--json"))["run"]["n_members"] == N_FIRST
    assert cohort("sample", "all", "-n", "3", "--as", "eight")[0] == EXIT_ERROR
    assert cohort("sample", "all")[0] == EXIT_ERROR
    with pytest.raises(SystemExit, match="2"):
        cohort("sample", "all", "-n", "3", "--by", "colour")


def test_export_and_import_as_typed(cohort, tmp_path):
    cohort("save", "ct", "modality:CT", "--one-per-patient")
    file = tmp_path / "ct.csv"
    code, out, err = cohort("export", "ct", str(file), "--facts")
    assert (code, out.split()) == (0, [str(file), str(tmp_path / "ct.json")])
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert (len(rows), set(rows[0]) & {"accession", "study_uid"}) == (20, set())
    assert "identify patients" not in err
    assert cohort("export", "ct", str(file))[0] == EXIT_ERROR
    code, _, err = cohort("export", "ct", str(file), "--with-identifiers", "--overwrite")
    assert "identify patients" in err
    assert "accession" in file.read_text()
    imported = in_json(cohort("import", str(tmp_path / "ct.json"), "--as", "copy", "--json"))
    assert (imported["n_missing"], imported["result"]["run"]["n_members"]) == (0, 20)
    code, out, err = cohort("import", str(file), "--as", "copy")
    assert (code, "copy is saved as version 1" in err) == (0, True)
    report = in_json(cohort("export", "copy", str(tmp_path / "c.parquet"), "--json"))
    assert report["columns"] == ["rank", "study_key", "by_hand"]


def test_list_delete_and_an_empty_list(cohort):
    code, out, err = cohort("list")
    assert (code, out.split()[0], "no cohort is saved yet" in err) == (0, "name", True)
    cohort("save", "all", "--all")
    cohort("save", "picked", "--include", in_json(cohort("run", "all", "--json"))["members"][3])
    assert [line.split()[0] for line in cohort("list")[1].splitlines()] == ["name", "all", "picked"]
    assert [entry["newest"]["name"] for entry in in_json(cohort("list", "--json"))] == ["all", "picked"]
    code, _, err = cohort("delete", "all")
    assert (code, "say --yes" in err) == (EXIT_ERROR, True)
    assert in_json(cohort("delete", "all", "--yes", "--json")) == {"deleted": "all", "versions": 1}
    assert cohort("delete", "picked", "--yes")[0] == 0
    assert in_json(cohort("list", "--json")) == []


def test_a_cohort_that_cannot_be_run_does_not_hide_the_others(cohort, path):
    from radseek.records.cohort import CohortDefinition

    cohort("save", "fine", "modality:CT")
    with Archive.open(path) as archive:
        archive.cohorts.save("searched", CohortDefinition("effusion"))  # nothing is indexed
    code, out, _ = cohort("check")
    assert code == EXIT_ERROR
    assert "radseek index" in out
    assert out.splitlines()[1].split()[:4] == ["fine", "0", "0", "20"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "nobody"), "no cohort has this name; cohorts: ct"),
        (("run", "ct", "--version", "9"), "the cohort has versions 1 to 1, not 9"),
        (("save", "a b", "x"), "a cohort's name has 1 to 64"),
        (("save", "x"), "say which studies belong"),
        (("save", "x", "sex:F", "--all"), "--all goes without query"),
        (("save", "x", "colour:red"), "unknown filter"),
        (("save", "x", "-k", "5", "--sex", "F"), "k and floor go with a query"),
        (("save", "x", "--include", GHOST), f"1 of 1 study keys are not in this archive: {GHOST}"),
        (("save", "x", "--include", "ACC-1"), "include: expected study keys"),
        (("include", "ct", GHOST), "not in this archive"),
        (("sample", "ct", "-n", "0"), "sample size: expected at least 1, got 0"),
        (("export", "ct", "x.docx"), "must end in one of .csv, .parquet, .json"),
        (("import", "nowhere.json"), "there is no such file"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(cohort, words, message):
    cohort("save", "ct", "modality:CT")
    action, *rest = words
    code, out, err = cohort(action, *rest)
    assert (code, out) == (EXIT_ERROR, "")
    assert message in err
    assert err.startswith("radseek cohort: ")
    assert len(err.strip().splitlines()) == 1


def test_no_action_or_an_unknown_one_is_wrong_usage(path, capsys):
    for words in (["cohort"], ["cohort", "frobnicate", path]):
        with pytest.raises(SystemExit, match="2"):
            main(words)
    assert "invalid choice" in capsys.readouterr().err


def test_each_action_has_help_and_stands_in_the_reference(capsys):
    from radseek.cli.cohort import _ACTIONS
    from radseek.cli.reference import reference_text

    page = reference_text()
    for action in _ACTIONS:
        with pytest.raises(SystemExit, match="0"):
            main(["cohort", action, "--help"])
        assert "archive folder" in capsys.readouterr().out
        assert f"### radseek cohort {action}\n" in page
