"""Filters and facets against the slow obvious way: go through all studies and look."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert

from radseek.archive import FACETS, Catalogue, allowed_study_ids, count_studies, facet_counts, hydrate_studies
from radseek.archive.facts import InstanceFacts, PatientFacts, SeriesFacts, StudyFacts, Thing
from radseek.archive.filter_columns import StudyColumns
from radseek.archive.schema import images
from radseek.records.outcomes import Outcome
from radseek.records.reports import IncomingReport, ParsedReport
from radseek.records.search import Where

N_STUDIES = 60


def fill(writer, rng):
    """Random studies in the catalogue; what was written about each, by id."""
    truth = {}
    sources = {name: writer.source(name, "dicom", Path(f"/{name}")) for name in ("alpha", "beta")}
    for number in range(N_STUDIES):
        source = rng.choice(sorted(sources))
        facts = StudyFacts(
            study_uid=f"1.2.{number}",
            patient=PatientFacts(f"P{number}", sex=rng.choice(["M", "F", "O", ""])),
            source_id=sources[source],
            study_date=rng.choice([None, date(2019, 12, 31), date(2020, 1, 1), date(2024, 6, 1)]),
            modality=rng.choice(["CT", "DX", "MR", ""]),
            body_part=rng.choice(["CHEST", "HEAD", ""]),
            age_years=rng.choice([None, 0.0, 17.9, 18.0, 64.5]),
        )
        study_id = writer.study(facts)
        second = rng.choice(["", facts.modality, "PT", "SR"])
        views = {v for v in (rng.choice(["PA", "LL", "", "AP"]), rng.choice(["PA", ""])) if rng.random() < 0.7}
        truth[study_id] = {
            "facts": facts, "source": source, "views": views, "modalities": {facts.modality, second},
            "report": rng.random() < 0.5, "image": bool(views) and rng.random() < 0.8,
        }  # fmt: skip
        write_parts(writer, study_id, number, truth[study_id], second)
    return truth


def write_parts(writer, study_id, number, entry, second):
    series_id = writer.series(study_id, SeriesFacts(f"2.{number}", modality=second))
    for place, view in enumerate(sorted(entry["views"])):
        thing = Thing(entry["facts"].source_id, f"{number}/{place}".encode(), content_sha256=f"{number}-{place}")
        outcome = writer.outcome(thing, Outcome.INGESTED)
        instance = writer.instance(
            series_id, outcome, InstanceFacts(f"3.{number}.{place}", thing, 1, view_position=view)
        )
        if entry["image"] and place == 0:
            row = {
                "image_key": f"im_{number}", "instance_id": instance, "study_id": study_id, "series_id": series_id,
                "frame_index": 0, "window": "default", "ordinal": 0, "width_px": 1, "height_px": 1, "position": "",
                "content_key": "00" * 32, "ready": True,
            }  # fmt: skip
            writer.connection.execute(insert(images), [row])
    if entry["report"]:
        thing = Thing(entry["facts"].source_id, f"r{number}".encode(), kind="report")
        ids = (entry["facts"].source_id, writer.outcome(thing, Outcome.INGESTED))
        report = writer.report((str(number),), ids, IncomingReport("x", "csv"), ParsedReport("x", ()))
        writer.link(report, study_id, "study_uid")


def allows(where, entry):
    """Whether one study passes, written out."""
    facts = entry["facts"]
    checks = [
        not where.modality or bool(entry["modalities"] & set(where.modality)),
        not where.body_part or facts.body_part in where.body_part,
        not where.view_position or bool(entry["views"] & set(where.view_position)),
        not where.sex or facts.patient.sex in where.sex,
        not where.source or entry["source"] in where.source,
        where.age_min_years is None or (facts.age_years is not None and facts.age_years >= where.age_min_years),
        where.age_max_years is None or (facts.age_years is not None and facts.age_years <= where.age_max_years),
        where.date_from is None or (facts.study_date is not None and facts.study_date >= where.date_from),
        where.date_to is None or (facts.study_date is not None and facts.study_date <= where.date_to),
        where.has_report is None or entry["report"] is where.has_report,
        where.has_images is None or entry["image"] is where.has_images,
    ]
    return all(checks)


def counted(entries):
    """Facet counts, written out."""
    facets = {name: Counter() for name in FACETS}
    for entry in entries:
        facts = entry["facts"]
        year = str(facts.study_date.year) if facts.study_date else ""
        for name, values in {
            "modality": {facts.modality}, "body_part": {facts.body_part}, "sex": {facts.patient.sex},
            "source": {entry["source"]}, "year": {year}, "view_position": entry["views"],
        }.items():  # fmt: skip
            facets[name].update(values - {""})
    return {name: dict(counter) for name, counter in facets.items()}


WHERES = [
    Where(),
    Where(modality=("CT",)),
    Where(modality=("CT", "PT")),
    Where(body_part=("CHEST",), sex=("F", "M")),
    Where(view_position=("PA",)),
    Where(view_position=("PA", "LL"), source=("beta",)),
    Where(source=("nobody",)),
    Where(age_min_years=18.0),
    Where(age_max_years=17.9),
    Where(age_min_years=0.0, age_max_years=18.0),
    Where(date_from=date(2020, 1, 1)),
    Where(date_to=date(2020, 1, 1)),
    Where(date_from=date(2024, 6, 1), date_to=date(2024, 6, 1)),
    Where(has_report=True),
    Where(has_report=False, has_images=True),
    Where(has_images=False),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory, empty_catalogue_file):
    """A catalogue of random studies, and the truth about them."""
    path = tmp_path_factory.mktemp("filled") / "catalogue.sqlite"
    shutil.copy(empty_catalogue_file, path)
    catalogue = Catalogue(f"sqlite:///{path}")
    with catalogue.writing() as writer:
        truth = fill(writer, random.Random(7))
    yield catalogue, truth
    catalogue.close()


@pytest.mark.parametrize("where", WHERES)
def test_filters_allow_what_a_person_would(filled, where):
    catalogue, truth = filled
    expected = sorted(study_id for study_id, entry in truth.items() if allows(where, entry))
    with catalogue.reading() as connection:
        allowed = allowed_study_ids(connection, where)
        assert count_studies(connection, where) == len(expected)
        assert facet_counts(connection, where) == counted(truth[study_id] for study_id in expected)
    if where == Where():
        assert allowed is None
    else:
        assert allowed.dtype == "int64"
        assert allowed.tolist() == expected


def test_facets_put_the_most_frequent_first(filled):
    with filled[0].reading() as connection:
        for values in facet_counts(connection, Where()).values():
            counts = list(values.items())
            assert counts == sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def test_empty_catalogue_has_no_facets(catalogue):
    with catalogue.reading() as connection:
        assert facet_counts(connection, Where()) == {name: {} for name in FACETS}
        assert allowed_study_ids(connection, Where(sex=("F",))).tolist() == []


def test_studies_come_in_the_order_asked_and_without_those_that_are_gone(filled):
    catalogue, truth = filled
    wanted = [17, 999, 3, 41]
    with catalogue.reading() as connection:
        rows = hydrate_studies(connection, wanted)
        assert hydrate_studies(connection, []) == []
    assert [row.id for row in rows] == [17, 3, 41]
    for row in rows:
        entry = truth[row.id]
        assert (row.modality, row.age_years, row.source) == (
            entry["facts"].modality, entry["facts"].age_years, entry["source"],
        )  # fmt: skip
        assert (row.has_report, row.n_images) == (entry["report"], int(entry["image"]))


@pytest.mark.parametrize("where", WHERES)
def test_what_memory_allows_and_counts_is_what_the_database_does(filled, where):
    catalogue, truth = filled
    with catalogue.reading() as connection:
        allowed = allowed_study_ids(connection, where)
        ids = np.array(sorted(truth), dtype=np.int64) if allowed is None else allowed
        columns = StudyColumns(connection)
        assert columns.allowed(where).tolist() == ids.tolist()
        counts = columns.counts(ids)
        assert [(name, list(values.items())) for name, values in counts.items()] == [
            (name, list(values.items())) for name, values in facet_counts(connection, where).items()
        ]


def test_counts_from_memory_of_nothing_and_of_studies_that_came_later(filled):
    catalogue, truth = filled
    with catalogue.reading() as connection:
        columns = StudyColumns(connection)
    assert columns.counts(np.array([], dtype=np.int64)) == {name: {} for name in FACETS}
    assert columns.counts(np.array([max(truth) + 1], dtype=np.int64)) == {name: {} for name in FACETS}


def test_a_study_tells_all_modalities_of_its_pictures(filled):
    catalogue, truth = filled
    with catalogue.reading() as connection:
        told = {row.id: row.modalities for row in hydrate_studies(connection, sorted(truth))}
    assert told == {study_id: tuple(sorted(entry["modalities"] - {"", "SR"})) for study_id, entry in truth.items()}
    assert any("SR" in entry["modalities"] for entry in truth.values())  # a report is no picture
    assert {len(modalities) for modalities in told.values()} == {0, 1, 2}
