"""The decision which study a report belongs to, as a table, and against a slow obvious version."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from radseek.archive.link_decision import (
    WAITING_EXPLANATIONS,
    Link,
    LinkMethod,
    ReportIdentifiers,
    StudyIdentifiers,
    Waiting,
    WaitingReason,
    decide_link,
)

DAY = date(2024, 5, 17)
UID, ACC, PAT = LinkMethod.STUDY_UID, LinkMethod.ACCESSION, LinkMethod.PATIENT_DATE_MODALITY
NONE, SEVERAL, CONTRADICTION = WaitingReason.NONE, WaitingReason.SEVERAL, WaitingReason.CONTRADICTION


def report(**values: object) -> ReportIdentifiers:
    return ReportIdentifiers(**values)  # type: ignore[arg-type]


def study(key: str, days: int | None = 0, **values: object) -> StudyIdentifiers:
    known: dict[str, object] = {
        "study_uid": f"1.2.3.{key}",
        "patient_id": "P1",
        "study_date": None if days is None else DAY + timedelta(days),
        "modalities": frozenset({"CT"}),
    }
    return StudyIdentifiers(study_key=key, **(known | values))  # type: ignore[arg-type]


A, B = study("a", accession="A1"), study("b", accession="B1")
BY_PATIENT = {"patient_id": "P1", "study_date": DAY, "modality": "CT"}

CASES: dict[str, tuple[ReportIdentifiers, list[StudyIdentifiers], Link | Waiting]] = {
    "nothing to go by": (report(), [A], Waiting(WaitingReason.NO_IDENTIFIER)),
    "patient alone is too little": (report(patient_id="P1"), [A], Waiting(WaitingReason.NO_IDENTIFIER)),
    "patient and date without modality are too little": (
        report(patient_id="P1", study_date=DAY),
        [A],
        Waiting(WaitingReason.NO_IDENTIFIER),
    ),
    "no study at all": (report(study_uid="1.2.3.a"), [], Waiting(NONE)),
    "by UID": (report(study_uid="1.2.3.a"), [A, B], Link("a", UID)),
    "UID before accession": (report(study_uid="1.2.3.a", accession="B1"), [A, B], Link("a", UID)),
    "UID of another patient": (report(study_uid="1.2.3.a", patient_id="P2"), [A], Waiting(CONTRADICTION, ("a",))),
    "UID though the date was corrected": (
        report(study_uid="1.2.3.a", study_date=DAY + timedelta(9)),
        [A],
        Link("a", UID),
    ),
    "UID of a study that is not here does not fall on its order": (
        report(study_uid="1.2.3.z", accession="A1"),
        [A],
        Waiting(CONTRADICTION, ("a",)),
    ),
    "nor on its patient": (report(study_uid="1.2.3.z", **BY_PATIENT), [A], Waiting(CONTRADICTION, ("a",))),
    "a made-up UID contradicts nothing": (
        report(study_uid="1.2.3.z", accession="A1"),
        [replace(A, uid_is_derived=True)],
        Link("a", ACC),
    ),
    "a made-up UID can be named": (report(study_uid="1.2.3.a"), [replace(A, uid_is_derived=True)], Link("a", UID)),
    "by accession": (report(accession="A1"), [A, B], Link("a", ACC)),
    "padding is not guessed": (report(accession="0A1"), [A], Waiting(NONE)),
    "nor prefixes, nor case": (report(accession="a1"), [A], Waiting(NONE)),
    "accession twice": (report(accession="A1"), [A, replace(B, accession="A1")], Waiting(SEVERAL, ("a", "b"))),
    "accession at two sites": (
        report(accession="A1", site="north"),
        [replace(A, site="south"), replace(B, accession="A1", site="north")],
        Link("b", ACC),
    ),
    "accession at two sites, site unknown": (
        report(accession="A1"),
        [replace(A, site="south"), replace(B, accession="A1", site="north")],
        Waiting(SEVERAL, ("a", "b")),
    ),
    "accession at another site only": (
        report(accession="A1", site="north"),
        [replace(A, site="south")],
        Waiting(NONE),
    ),
    "accession of another patient": (report(accession="A1", patient_id="P2"), [A], Waiting(CONTRADICTION, ("a",))),
    "accession recycled after years": (
        report(accession="A1", study_date=DAY + timedelta(93)),
        [A],
        Waiting(CONTRADICTION, ("a",)),
    ),
    "accession, report dated weeks later": (
        report(accession="A1", study_date=DAY + timedelta(92)),
        [A],
        Link("a", ACC),
    ),
    "accession given again, the patient tells": (
        report(accession="A1", patient_id="P1"),
        [A, replace(B, accession="A1", patient_id="P2")],
        Link("a", ACC),
    ),
    "several matches do not fall through to the patient": (
        report(accession="A1", **BY_PATIENT),
        [A, replace(B, accession="A1", study_date=DAY + timedelta(1))],
        Waiting(SEVERAL, ("a", "b")),
    ),
    "by patient, date and modality": (report(**BY_PATIENT), [A], Link("a", PAT)),
    "an unknown accession falls through to a study without one": (
        report(accession="X9", **BY_PATIENT),
        [study("a")],
        Link("a", PAT),
    ),
    "but not to a study of another order": (
        report(accession="X9", **BY_PATIENT),
        [A],
        Waiting(CONTRADICTION, ("a",)),
    ),
    "same day before the day after": (report(**BY_PATIENT), [study("a", 0), study("b", 1)], Link("a", PAT)),
    "the day after when it is alone": (report(**BY_PATIENT), [study("b", 1)], Link("b", PAT)),
    "the day before when it is alone": (report(**BY_PATIENT), [study("b", -1)], Link("b", PAT)),
    "one day on either side": (
        report(**BY_PATIENT),
        [study("a", -1), study("b", 1)],
        Waiting(SEVERAL, ("a", "b")),
    ),
    "two on the same day": (
        report(**BY_PATIENT),
        [study("b"), study("a"), study("c", 1)],
        Waiting(SEVERAL, ("a", "b")),
    ),
    "two days apart": (report(**BY_PATIENT), [study("a", 2)], Waiting(NONE)),
    "study without date": (report(**BY_PATIENT), [study("a", None)], Waiting(NONE)),
    "another modality": (report(**BY_PATIENT), [study("a", modalities=frozenset({"MR"}))], Waiting(NONE)),
    "one modality of several": (
        report(**BY_PATIENT),
        [study("a", modalities=frozenset({"SR", "CT"})), study("b", modalities=frozenset({"MR"}))],
        Link("a", PAT),
    ),
    "CR and DX are one kind": (
        report(**{**BY_PATIENT, "modality": "CR"}),
        [study("a", modalities=frozenset({"DX"}))],
        Link("a", PAT),
    ),
    "patient at another site": (
        report(site="north", **BY_PATIENT),
        [study("a", site="south")],
        Waiting(NONE),
    ),
    "the text names another study that we know": (
        report(accession="A1", mentioned_uids=frozenset({"1.2.3.b"})),
        [A, B],
        Waiting(CONTRADICTION, ("a", "b")),
    ),
    "the text names its own study": (
        report(accession="A1", mentioned_uids=frozenset({"1.2.3.a", "1.9.9.9"})),
        [A, B],
        Link("a", ACC),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_decision(name: str) -> None:
    identifiers, candidates, expected = CASES[name]
    assert decide_link(identifiers, candidates) == expected
    assert decide_link(identifiers, candidates[::-1]) == expected


def test_every_reason_is_explained() -> None:
    assert set(WAITING_EXPLANATIONS) == set(WaitingReason)


def test_never_linked_to_a_study_of_another_patient_and_unrelated_studies_do_no_harm() -> None:
    random.seed(7)
    linked = 0
    for _ in range(3000):
        studies = [
            study(
                str(n),
                days=random.choice([None, 0, 0, 1, 2]),
                accession=random.choice(["", "A1", "B1"]),
                patient_id=random.choice(["", "P1", "P2"]),
                site=random.choice(["", "n", "s"]),
                modalities=frozenset(random.sample(["CT", "MR", "DX"], random.randint(0, 2))),
            )
            for n in range(random.randint(0, 4))
        ]
        asked = report(
            study_uid=random.choice(["", "1.2.3.0", "1.2.3.9"]),
            accession=random.choice(["", "A1"]),
            patient_id=random.choice(["", "P1"]),
            study_date=random.choice([None, DAY]),
            modality=random.choice(["", "CT", "CR"]),
            site=random.choice(["", "n"]),
        )
        decision = decide_link(asked, studies)
        stranger = study("stranger", 300, patient_id="P9", accession="Z", study_uid="1.9", site="far")
        assert decide_link(asked, [stranger, *studies]) == decision
        if isinstance(decision, Link):
            linked += 1
            chosen = next(s for s in studies if s.study_key == decision.study_key)
            assert not (asked.patient_id and chosen.patient_id and asked.patient_id != chosen.patient_id)
            assert _ways(asked, chosen), "linked without a matching identifier"
        else:
            assert (decision.reason in {NONE, WaitingReason.NO_IDENTIFIER}) == (not decision.candidates)
    assert linked > 300


def _ways(asked: ReportIdentifiers, chosen: StudyIdentifiers) -> list[str]:
    ways = []
    if asked.study_uid and asked.study_uid == chosen.study_uid:
        ways.append("uid")
    if asked.accession and asked.accession == chosen.accession and (not asked.site or chosen.site in {"", asked.site}):
        ways.append("accession")
    if asked.patient_id == chosen.patient_id != "" and asked.study_date and chosen.study_date:
        near = abs((asked.study_date - chosen.study_date).days) <= 1
        wanted = {"CR", "DX"} if asked.modality == "CR" else {asked.modality}
        if near and wanted & chosen.modalities:
            ways.append("patient")
    return ways
