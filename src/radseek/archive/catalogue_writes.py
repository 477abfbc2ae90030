"""Everything that is written to a catalogue by an ingest, one fact a call, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, insert, select, update

from radseek.archive import schema
from radseek.archive.facts import InstanceFacts, PatientFacts, SeriesFacts, StudyFacts, Thing
from radseek.archive.keys import Keyring, text_key
from radseek.records.outcomes import Outcome, Reason, Refusal, quarantined

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from radseek.records.reports import IncomingReport, ParsedReport


class ReportState(StrEnum):
    """What the catalogue knows of a report that comes in."""

    NEW = "new"
    SAME = "same"
    """Known already, with the same text: a duplicate."""
    CONFLICT = "conflict"
    """Known already under the same identifier, with other text."""


class CatalogueWriter:
    """Writes into one open transaction; `radseek.archive.catalogue.Catalogue.writing` makes it and commits.

    Args:
        connection: In a write transaction.
        keys: The archive's pseudonyms.
    """

    def __init__(self, connection: Connection, keys: Keyring) -> None:
        self.connection = connection
        self.keys = keys

    def source(self, name: str, kind: str, root: Path, site: str = "") -> int:
        """The id of a source, known or new. One name may stand for several roots.

        Args:
            name: What people filter by.
            kind: dicom, table or reports.
            root: The folder that the source's paths are relative to.
            site: The hospital, when IDs of several hospitals meet in one archive.
        """
        raw = os.fsencode(root)
        digest = hashlib.sha256(raw).hexdigest()
        table = schema.sources
        known = self._scalar(
            select(table.c.id).where(table.c.name == name, table.c.kind == kind, table.c.root_sha256 == digest)
        )
        if known is not None:
            return known
        return self._insert(
            table, name=clean_text(name), kind=kind, site=clean_text(site), root=raw, root_sha256=digest
        )

    def outcome(self, thing: Thing, outcome: Outcome, refusal: Refusal | None = None) -> int:
        """Records what became of a thing and returns the row's id.

        A thing has one row. What an earlier run could not use at the same place gives way to what is there now;
        what it ingested from there stays known, even if the place holds something else today.
        """
        self.supersede(thing)
        table = schema.outcomes
        values = {
            "outcome": outcome.value,
            "reason": refusal.reason.value if refusal else "",
            "detail": clean_text(refusal.detail) if refusal else "",
        }
        same = (table.c.locator_sha256 == thing.locator_sha256, table.c.content_sha256 == thing.content_sha256)
        known = self._scalar(select(table.c.id).where(table.c.source_id == thing.source_id, *same))
        if known is not None:
            self.connection.execute(update(table).where(table.c.id == known).values(**values))
            return known
        return self._insert(
            table,
            source_id=thing.source_id,
            locator_sha256=thing.locator_sha256,
            content_sha256=thing.content_sha256,
            path=thing.path,
            member=thing.member,
            kind=thing.kind,
            **values,
        )

    def supersede(self, thing: Thing) -> None:
        """Forgets what was seen at the same place with other content, unless something of it is in use."""
        table, instances = schema.outcomes, schema.instances
        brought_report = exists().where(schema.reports.c.outcome_id == table.c.id)
        old = self.connection.execute(
            select(table.c.id).where(
                table.c.source_id == thing.source_id,
                table.c.locator_sha256 == thing.locator_sha256,
                table.c.content_sha256 != thing.content_sha256,
                table.c.outcome != Outcome.INGESTED.value,
                ~brought_report,
            )
        ).scalars()
        for outcome_id in old.all():
            held = select(instances.c.series_id).where(instances.c.outcome_id == outcome_id)
            study = select(schema.series.c.study_id).where(schema.series.c.id.in_(held))
            studies = schema.studies
            self.connection.execute(update(studies).where(studies.c.id.in_(study)).values(needs_plan=True))
            self.connection.execute(delete(instances).where(instances.c.outcome_id == outcome_id))
            self.connection.execute(delete(table).where(table.c.id == outcome_id))

    def refused(self, thing: Thing, refusal: Refusal) -> int:
        """Records that a thing was skipped or quarantined, and why."""
        return self.outcome(thing, refusal.outcome, refusal)

    def study(self, facts: StudyFacts) -> int | Refusal:
        """The id of a study, known or new; a refusal when the study is known with another patient.

        A study that came without a patient ID takes the first ID that a later instance brings.
        """
        table = schema.studies
        patients = schema.patients
        row = self.connection.execute(
            select(
                table.c.id, patients.c.id.label("patient"), patients.c.patient_id, patients.c.issuer, patients.c.site
            )
            .join(patients, patients.c.id == table.c.patient_id)
            .where(table.c.study_uid == clean_text(facts.study_uid))
        ).first()
        if row is None:
            return self._new_study(facts)
        if not same_patient(facts.patient, PatientFacts(row.patient_id, row.issuer, row.site)):
            return quarantined(Reason.CONFLICTING_PATIENT, "the study is known with another patient")
        if facts.patient.patient_id and not row.patient_id:
            self._name_patient(row.id, row.patient, facts)
        return int(row.id)

    def series(self, study_id: int, facts: SeriesFacts) -> int | Refusal:
        """The id of a series, known or new; a refusal when the series is known in another study."""
        table = schema.series
        uid = clean_text(facts.series_uid)
        row = self.connection.execute(select(table.c.id, table.c.study_id).where(table.c.series_uid == uid)).first()
        if row is not None and row.study_id != study_id:
            return quarantined(Reason.CONFLICTING_PATIENT, "the series is known in another study")
        if row is not None:
            return int(row.id)
        return self._insert(
            table,
            series_key=self.keys.series(uid),
            series_uid=uid,
            study_id=study_id,
            modality=_code(facts.modality),
            body_part=_code(facts.body_part),
            description=clean_text(facts.description),
            series_number=facts.series_number,
        )

    def instance(self, series_id: int, outcome_id: int, facts: InstanceFacts) -> int:
        """Adds an instance, which must not be known yet, and marks its study for a new choice of pictures."""
        values: dict[str, Any] = {
            field.name: getattr(facts, field.name) for field in dataclasses.fields(facts) if field.name != "thing"
        }
        values = {name: clean_text(value) if isinstance(value, str) else value for name, value in values.items()}
        values |= {name: _listed(values[name]) for name in ("position_mm", "orientation", "spacing_mm")}
        values |= {"view_position": _code(facts.view_position), "laterality": _code(facts.laterality)}
        study = select(schema.series.c.study_id).where(schema.series.c.id == series_id).scalar_subquery()
        self.connection.execute(update(schema.studies).where(schema.studies.c.id == study).values(needs_plan=True))
        return self._insert(
            schema.instances,
            series_id=series_id,
            outcome_id=outcome_id,
            source_id=facts.thing.source_id,
            path=facts.thing.path,
            member=facts.thing.member,
            content_sha256=facts.thing.content_sha256,
            refused=False,
            **{**values, "kind": facts.kind.value},
        )

    def report_state(self, identity: tuple[str, ...], text: str) -> ReportState:
        """Whether a report of this identity (see `report_identity`) is known, and with which text."""
        table = schema.reports
        known = self.connection.execute(
            select(table.c.text_sha256).where(table.c.report_key == self.keys.report(*identity))
        ).scalar()
        if known is None:
            return ReportState.NEW
        return ReportState.SAME if known == text_key(clean_text(text)) else ReportState.CONFLICT

    def report(
        self, identity: tuple[str, ...], thing: tuple[int, int], incoming: IncomingReport, parsed: ParsedReport
    ) -> int:
        """Adds a report, which must be new, and its sentences; it is linked to no study yet (see `link`).

        Args:
            identity: From `report_identity`.
            thing: Ids of the source and of the outcome.
            incoming: Identifiers as received.
            parsed: Its text, cleaned with `clean_text` before parsing, and sentences.
        """
        source_id, outcome_id = thing
        report_id = self._insert(
            schema.reports,
            report_key=self.keys.report(*identity),
            source_id=source_id,
            outcome_id=outcome_id,
            source_kind=incoming.source,
            report_id=clean_text(incoming.report_id),
            study_uid=clean_text(incoming.study_uid),
            accession=clean_text(incoming.accession),
            site=clean_text(incoming.site),
            patient_id=clean_text(incoming.patient_id),
            study_date=incoming.study_date,
            modality=_code(incoming.modality),
            text=clean_text(parsed.text),
            text_sha256=text_key(clean_text(parsed.text)),
            link_method="",
            link_state="unlinked",
            link_note="",
            labels=[clean_text(label) for label in incoming.labels],
        )
        rows = [
            {
                "report_id": report_id,
                "ordinal": sentence.ordinal,
                "section": sentence.section.value,
                "start_char": sentence.start,
                "end_char": sentence.end,
                "text": clean_text(sentence.text),
                "assertion": sentence.assertion.value,
            }
            for sentence in parsed.sentences
        ]
        if rows:
            self.connection.execute(insert(schema.sentences), rows)
        return report_id

    def link(self, report_id: int, study_id: int | None, method: str, state: str = "linked", note: str = "") -> None:
        """Links a report to a study, or says why not.

        Args:
            report_id: The report's id.
            study_id: The study's id, None for none.
            method: study_uid, accession, patient_date_modality or table; empty when not linked.
            state: linked, unlinked or review.
            note: A plain sentence for the review list, without identifiers.
        """
        self.connection.execute(
            update(schema.reports)
            .where(schema.reports.c.id == report_id)
            .values(study_id=study_id, link_method=method, link_state=state, link_note=note)
        )

    def labels(self, study_id: int, names: Iterable[str], instance_id: int | None = None) -> None:
        """Adds the labels that the study (or the instance) does not have yet."""
        table = schema.labels
        known = set(
            self.connection.execute(
                select(table.c.name).where(table.c.study_id == study_id, table.c.instance_id == instance_id)
            ).scalars()
        )
        missing = sorted({clean_text(name).strip() for name in names} - known - {""})
        if missing:
            rows = [{"study_id": study_id, "instance_id": instance_id, "name": name} for name in missing]
            self.connection.execute(insert(table), rows)

    def audit(self, principal: str, action: str, detail: dict[str, Any]) -> None:
        """Adds an audit event; `detail` holds keys and counts only."""
        self._insert(schema.audit, at=utc_now(), principal=principal, action=action, detail=detail)

    def _new_study(self, facts: StudyFacts) -> int:
        uid = clean_text(facts.study_uid)
        return self._insert(
            schema.studies,
            study_key=self.keys.study(uid),
            study_uid=uid,
            patient_id=self._patient(facts.patient, uid),
            source_id=facts.source_id,
            accession=clean_text(facts.accession),
            site=clean_text(facts.site),
            study_date=facts.study_date,
            modality=_code(facts.modality),
            body_part=_code(facts.body_part),
            description=clean_text(facts.description),
            age_years=facts.age_years,
            synthetic=facts.synthetic,
            needs_plan=True,
        )

    def _patient(self, facts: PatientFacts, study_uid: str) -> int:
        table = schema.patients
        patient_id, issuer, site = (clean_text(text) for text in (facts.patient_id, facts.issuer, facts.site))
        key = self.keys.patient(patient_id, issuer, site) if patient_id else self.keys.unnamed_patient(study_uid)
        row = self.connection.execute(select(table.c.id, table.c.sex).where(table.c.patient_key == key)).first()
        if row is None:
            return self._insert(
                table, patient_key=key, patient_id=patient_id, issuer=issuer, site=site, sex=_code(facts.sex)
            )
        if facts.sex and not row.sex:
            self.connection.execute(update(table).where(table.c.id == row.id).values(sex=_code(facts.sex)))
        return int(row.id)

    def _name_patient(self, study_id: int, unnamed_id: int, facts: StudyFacts) -> None:
        named = self._patient(facts.patient, facts.study_uid)
        studies = schema.studies
        self.connection.execute(update(studies).where(studies.c.id == study_id).values(patient_id=named))
        self.connection.execute(delete(schema.patients).where(schema.patients.c.id == unnamed_id))

    def _scalar(self, statement: Any) -> int | None:  # noqa: ANN401  (any select of one id)
        value = self.connection.execute(statement).scalar()
        return None if value is None else int(value)

    def _insert(self, table: Table, **values: Any) -> int:  # noqa: ANN401  (column values)
        key = self.connection.execute(insert(table).values(**values)).inserted_primary_key
        return int(key[0]) if key else 0


def report_identity(incoming: IncomingReport, source_name: str) -> tuple[str, ...]:
    """What tells a report from all others: its identifier within its source, else its text and what it refers to."""
    if incoming.report_id:
        return ("report_id", source_name, incoming.report_id)
    day = incoming.study_date.isoformat() if incoming.study_date else ""
    refers = (incoming.study_uid, incoming.accession, incoming.site, incoming.patient_id, day, incoming.modality)
    return ("text", source_name, text_key(clean_text(incoming.text)), *refers)


def same_patient(one: PatientFacts, other: PatientFacts) -> bool:
    """Whether two patients as received can be the same: an absent ID, issuer or site contradicts nothing."""
    pairs = ((one.patient_id, other.patient_id), (one.issuer, other.issuer), (one.site, other.site))
    return all(not a or not b or clean_text(a) == clean_text(b) for a, b in pairs)


def clean_text(text: str) -> str:
    """`text` as a database takes it: NUL becomes a space, unpaired surrogates U+FFFD; the length stays the same."""
    text = text.replace("\0", " ")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def utc_now() -> str:
    """The time now, as ISO 8601 in UTC with seconds, such as `2026-11-23T06:39:13Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _code(text: str) -> str:
    """A DICOM code string as it is compared and counted: upper case, no blanks at the ends."""
    return clean_text(text).strip().upper()


def _listed(values: tuple[float, ...] | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]
