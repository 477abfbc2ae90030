"""`radseek lexicon`: what is understood is shown, read and tried; nothing of a report is shown unasked."""

from __future__ import annotations

import csv
import json

import pytest

from radseek.cli.main import main

REPORTS = [
    ("1", "Large heart.", "Cardiomegaly.", "Cardiomegaly/mild"),
    ("2", "Heart size is normal. Left pleural effusion.", "", "Pleural Effusion/left"),
    ("3", "No effusion. Possible cardiomegaly.", "", "Cardiomegaly"),
    ("4", "Small effusion.", "", "normal"),
    ("5", "Not read by a coder.", "", "No Indexing"),
    ("6", "", "", "normal"),
]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "reports.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("uid", "findings", "impression", "mesh_major"))
        writer.writerows(REPORTS)
    return path


def told(capsys, *words):
    assert main(["lexicon", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_a_finding_is_shown_with_its_words_parents_and_kinds(capsys):
    (shown,) = json.loads(told(capsys, "show", "ptx", "--json"))
    assert shown["finding"] == "pneumothorax"
    assert "hydropneumothorax" in shown["its_kinds"]
    assert "PTX" in told(capsys, "show", "pneumothorax")
    (shown,) = json.loads(told(capsys, "show", "hydropneumothorax", "--json"))
    assert shown["is_a_kind_of"] == ["effusion", "pneumothorax"]
    assert len(json.loads(told(capsys, "show", "--json"))) >= 300
    assert "hydropneumothorax" in told(capsys, "show")


def test_a_text_or_file_is_read(capsys, tmp_path):
    (tmp_path / "report.txt").write_text("FINDINGS: Small left effusion.\nNo PTX.")
    for subject in ("FINDINGS: Small left effusion.\nNo PTX.", tmp_path / "report.txt"):
        assert json.loads(told(capsys, "read", subject, "--json")) == [
            {
                "sentence": "Small left effusion.",
                "words": "effusion",
                "finding": "effusion",
                "assertion": "present",
                "side": "left",
            },
            {"sentence": "No PTX.", "words": "PTX", "finding": "pneumothorax", "assertion": "absent", "side": ""},
        ]
    assert json.loads(told(capsys, "read", "no ptx", "--json")) == []
    assert len(json.loads(told(capsys, "read", "no ptx", "--json", "--query"))) == 1


def test_the_words_of_a_site_are_understood(capsys, tmp_path):
    (tmp_path / "site.yaml").write_text("words: {effusion: {wordings: [pleural puddle]}}")
    assert json.loads(told(capsys, "read", "Pleural puddle.", "--json")) == []
    site = told(capsys, "read", "Pleural puddle.", "--json", "--lexicon", tmp_path / "site.yaml")
    assert [row["finding"] for row in json.loads(site)] == ["effusion"]


def test_reports_are_compared_with_their_codes_and_the_reading_corrects_the_figures(capsys, table, tmp_path):
    trial = json.loads(told(capsys, "trial", table, "--json"))
    assert trial["n_reports"] == 4
    rows = {row["finding"]: row for row in trial["rows"]}
    assert list(rows) == ["cardiomegaly", "effusion"]
    assert (rows["cardiomegaly"]["precision"]["value"], rows["cardiomegaly"]["recall"]["value"]) == (1, 1 / 2)
    assert (rows["effusion"]["precision"]["value"], rows["effusion"]["recall"]["value"]) == (1 / 2, 1)
    assert trial["mean"]["precision"]["value"] == pytest.approx(3 / 4)

    sheet = tmp_path / "sheet.csv"
    out = told(capsys, "trial", table, "--disagreements", 9, "--out", sheet)
    assert "Possible" not in out
    rows = list(csv.DictReader(sheet.read_text().splitlines()))
    assert {(r["report"], r["finding"], r["reader"]) for r in rows} == {
        ("3", "cardiomegaly", "not present"),
        ("4", "effusion", "present"),
    }
    assert "cardiomegaly uncertain: Possible cardiomegaly." in {r["mentions"] for r in rows}
    verdicts = {"3": "both_defensible", "4": "reader"}
    with sheet.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("report", "finding", "verdict"))
        writer.writerows((r["report"], r["finding"], verdicts[r["report"]]) for r in rows)
    judged = json.loads(told(capsys, "trial", table, "--judged", sheet, "--json"))
    assert judged["mean"]["read_precision"]["value"] == judged["mean"]["read_recall"]["value"] == 1
    assert judged["mean"]["strict_recall"]["value"] == pytest.approx((1 / 2 + 1) / 2)
    assert "both_defensible 1" in told(capsys, "trial", table, "--judged", sheet)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "zorblax"], "no finding of the lexicon is called 'zorblax'"),
        (["read"], "lexicon read needs a text or file"),
        (["trial"], "lexicon trial needs a CSV of reports"),
        (["trial", "{folder}/none.csv"], "the table cannot be read: No such file"),
        (["trial", "{table}", "--disagreements", "3"], "--disagreements N and --out FILE go together"),
        (
            ["trial", "{table}", "--codes-column", "codes"],
            "the table has no column codes; its columns: 'uid', 'findings'",
        ),
        (
            ["trial", "{table}", "--judged", "{folder}/bad.csv"],
            "line 2: unknown verdict 'me'; known: reader, coder, both",
        ),
    ],
)
def test_what_cannot_be_done_is_said(capsys, table, tmp_path, words, message):
    (tmp_path / "bad.csv").write_text("report,finding,verdict\n3,cardiomegaly,me\n")
    assert main(["lexicon", *(word.format(table=table, folder=tmp_path) for word in words)]) == 1
    assert message in capsys.readouterr().err
