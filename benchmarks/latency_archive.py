"""A large archive on disk for the latency trial: the real schema, the real index, made-up patients, two pictures each.

Nothing is decoded: pictures stand in the catalogue as ready and have vectors and thumbnails, but no pixels. Made in
steps that go on where they stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from latency_pictures import fill_patches, fill_thumbnails
from latency_reports import MadeSentence, make_report, scene_of
from numpy.typing import NDArray
from sqlalchemy import func, insert, select

from radseek.archive import schema
from radseek.archive.catalogue_writes import CatalogueWriter
from radseek.archive.embeddings import IMAGES, SENTENCES, EmbeddingStore
from radseek.archive.folder import CONFIG_NAME, ArchiveFolder
from radseek.archive.indexing import build_index
from radseek.archive.keys import text_key
from radseek.encoders.spec import Encoder
from radseek.records.progress import Progress, ProgressListener
from radseek.records.reports import Assertion, Section
from radseek.text import assert_sentence

PICTURES_A_STUDY = 2
TAIL_NOISE = 0.3
"""Length of what is added to a core's vector for the tail of a sentence."""
GAP, GAP_NOISE = 1.5, 0.8
"""Lengths of the direction that all pictures share and of what is each one's own, beside a text of length 1."""
_STUDIES_A_STEP = 1000
_TEXTS_A_STEP = 256
_SOURCES = ("north", "south", "trial")

Rows = dict[str, list[dict[str, Any]]]
"""Table -> rows."""


def open_or_build(folder: Path, n_studies: int, encoder: Encoder, progress: ProgressListener) -> None:
    """Makes the archive of `n_studies` in `folder`, or completes what is there of it.

    Raises:
        SystemExit: When the folder holds more studies.
    """
    archive = ArchiveFolder.open(folder) if (folder / CONFIG_NAME).exists() else ArchiveFolder.create(folder)
    with archive:
        fill_catalogue(archive, n_studies, progress)
        fill_embeddings(archive, n_studies, encoder, progress)
        keys = [picture_key(study, place) for study in range(n_studies) for place in range(PICTURES_A_STUDY)]
        fill_patches(archive, keys, encoder.spec, progress)
        fill_thumbnails(archive, keys, progress)
        build_index(archive, encoder, "auto", progress)


def fill_catalogue(archive: ArchiveFolder, n_studies: int, progress: ProgressListener) -> None:
    """Writes the studies that are missing, a thousand a transaction."""
    with archive.catalogue.reading() as connection:
        n_known = int(connection.execute(select(func.max(schema.studies.c.id))).scalar() or 0)
    if n_known > n_studies:
        raise SystemExit(f"the folder holds {n_known:,} studies; give it a folder of its own, or --studies {n_known}")
    for first in range(n_known, n_studies, _STUDIES_A_STEP):
        last = min(first + _STUDIES_A_STEP, n_studies)
        with archive.catalogue.writing() as writer:
            sources = [writer.source(name, "dicom", archive.path / name) for name in _SOURCES]
            rows: Rows = {}
            for study in range(first, last):
                for table, found in study_rows(writer, sources, study).items():
                    rows.setdefault(table, []).extend(found)
            for table, found in rows.items():
                writer.connection.execute(insert(schema.metadata.tables[table]), found)
        progress(Progress("catalogue", last, n_studies))


def study_rows(writer: CatalogueWriter, sources: Sequence[int], study: int) -> Rows:
    """The rows of one study and its patient in all tables, in the order in which they must be written."""
    rng, scene, number = Random(f"latency study {study}"), scene_of(study), study + 1
    uid, source, day = f"2.25.{10**12 + study}", rng.choice(sources), date(2012, 1, 1) + timedelta(rng.randrange(4600))
    person = f"LATENCY-{study:07d}"
    patient = {"id": number, "patient_key": writer.keys.patient(person, "", ""), "patient_id": person, "issuer": ""}
    common = {"modality": scene.modality, "body_part": scene.body_part, "description": scene.value.replace("_", " ")}
    row = {"id": number, "study_key": writer.keys.study(uid), "study_uid": uid, "patient_id": number, "site": ""}
    row |= {"source_id": source, "accession": f"LT{study:08d}", "study_date": day, "synthetic": True}
    row |= common | {"age_years": float(rng.randint(1, 95)), "needs_plan": False}
    series_uid = f"{uid}.1"
    series = {"id": number, "series_key": writer.keys.series(series_uid), "series_uid": series_uid, **common}
    series |= {"study_id": number, "series_number": 1}
    return {
        "patients": [patient | {"site": "", "sex": rng.choice("FFFMMMO")}],
        "studies": [row],
        "series": [series],
        "outcomes": [_outcome_row(study, place, source) for place in range(PICTURES_A_STUDY + 1)],
        **_picture_rows(writer, study, source, "PA" if scene.modality == "DX" else ""),
        **_report_rows(writer, study, source, row),
    }


def _outcome_row(study: int, place: int, source: int) -> dict[str, Any]:
    """What became of the study's file number `place`: its pictures, then its report."""
    path, content = _path(study, place), picture_key(study, place)
    row = {"id": _outcome_id(study, place), "source_id": source, "path": path, "member": b"", "reason": ""}
    row |= {"locator_sha256": hashlib.sha256(path).hexdigest(), "content_sha256": content, "detail": ""}
    return row | {"kind": "image" if place < PICTURES_A_STUDY else "report", "outcome": "ingested"}


def _outcome_id(study: int, place: int) -> int:
    return 1 + study * (PICTURES_A_STUDY + 1) + place


def _path(study: int, place: int) -> bytes:
    return f"{study}/{place}".encode()


def picture_key(study: int, place: int) -> str:
    """What stands for the content of a picture that is not there."""
    return text_key(f"latency picture {study} {place}")


def _picture_rows(writer: CatalogueWriter, study: int, source: int, view: str) -> Rows:
    rows: Rows = {"instances": [], "images": []}
    for place in range(PICTURES_A_STUDY):
        number, content, uid = (
            1 + study * PICTURES_A_STUDY + place,
            picture_key(study, place),
            f"2.25.{study}.1.{place}",
        )
        seen = {
            "source_id": source,
            "outcome_id": _outcome_id(study, place),
            "path": _path(study, place),
            "member": b"",
        }
        pixels = {"rows": 512, "cols": 512, "n_frames": 1, "photometric": "MONOCHROME2", "bits_stored": 12}
        told = {"manufacturer": "", "burned_in_annotation": "", "preamble": "", "charset_suspect": False}
        kind = {"kind": "image", "refused": False, "sop_class_uid": "", "transfer_syntax_uid": "", "laterality": ""}
        own = {"id": number, "instance_uid": uid, "series_id": study + 1, "content_sha256": content, "n_bytes": 1}
        shown = {"view_position": ("LATERAL" if place else view) if view else "", "instance_number": place + 1}
        rows["instances"].append(own | seen | pixels | told | kind | shown)
        picture = {"id": number, "image_key": writer.keys.image(uid, 0, "default"), "instance_id": number}
        picture |= {"study_id": study + 1, "series_id": study + 1, "frame_index": 0, "window": "default"}
        picture |= {"ordinal": place, "width_px": 512, "height_px": 512, "position": "", "ready": True}
        rows["images"].append(picture | {"content_key": content})
    return rows


def _report_rows(writer: CatalogueWriter, study: int, source: int, of: dict[str, Any]) -> Rows:
    told, number, places = make_report(study), study + 1, []
    text = "FINDINGS:"
    for sentence in told:
        if sentence.section is Section.IMPRESSION and "IMPRESSION:" not in text:
            text += "\nIMPRESSION:"
        places.append((len(text) + 1, len(text) + 1 + len(sentence.text)))
        text += f" {sentence.text}"
    report = {"id": number, "report_key": writer.keys.report(str(study)), "study_id": number, "source_id": source}
    report |= {"outcome_id": _outcome_id(study, PICTURES_A_STUDY), "source_kind": "text", "report_id": str(study)}
    report |= {name: of[name] for name in ("study_uid", "accession", "study_date", "modality", "site")}
    report |= {"patient_id": f"LATENCY-{study:07d}", "text": text, "text_sha256": text_key(text), "labels": []}
    report |= {"link_method": "study_uid", "link_state": "linked", "link_note": ""}
    return {
        "reports": [report],
        "sentences": [
            {"report_id": number, "ordinal": n, "section": s.section.value, "start_char": place[0]}
            | {"end_char": place[1], "text": s.text, "assertion": _assertion(s.text).value}
            for n, (s, place) in enumerate(zip(told, places, strict=True))
        ],
    }


@lru_cache(maxsize=100_000)
def _assertion(text: str) -> Assertion:
    return assert_sentence(text)


def fill_embeddings(archive: ArchiveFolder, n_studies: int, encoder: Encoder, progress: ProgressListener) -> None:
    """Encodes all cores, and adds the vectors of sentences with tails and of pictures, which are made from them."""
    sentences = EmbeddingStore(archive.embeddings_folder, encoder.spec, SENTENCES)
    pictures = EmbeddingStore(archive.embeddings_folder, encoder.spec, IMAGES)
    cores: set[str] = set()
    for study in range(n_studies):
        cores.update(sentence.core for sentence in make_report(study))
        if study % _STUDIES_A_STEP == 0:
            progress(Progress("composing", study, n_studies))
    vectors = core_vectors(sentences, sorted(cores, key=lambda core: (len(core), core)), encoder, progress)
    for first in range(0, n_studies, _STUDIES_A_STEP):
        studies = range(first, min(first + _STUDIES_A_STEP, n_studies))
        reports = [make_report(study) for study in studies]
        missing = {s.text: s for told in reports for s in told if text_key(s.text) not in sentences}
        if missing:
            sentences.add([text_key(text) for text in missing], _tail_vectors(list(missing.values()), vectors))
        keys = [picture_key(study, place) for study in studies for place in range(PICTURES_A_STUDY)]
        if keys[-1] not in pictures:
            pictures.add(keys, _picture_vectors(reports, first, vectors))
        progress(Progress("vectors", studies.stop, n_studies))
    sentences.flush()
    pictures.flush()


def core_vectors(
    store: EmbeddingStore, cores: Sequence[str], encoder: Encoder, progress: ProgressListener
) -> dict[str, NDArray[np.float32]]:
    """Core -> its really encoded vector; those in the store are not encoded again."""
    missing = [core for core in cores if text_key(core) not in store]
    for start in range(0, len(missing), _TEXTS_A_STEP):
        batch = missing[start : start + _TEXTS_A_STEP]
        store.add([text_key(core) for core in batch], encoder.encode_texts(batch))
        progress(Progress("encoding", start + len(batch), len(missing)))
    return dict(zip(cores, store.read([text_key(core) for core in cores])[0], strict=True))


def _tail_vectors(told: Sequence[MadeSentence], cores: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """The core's vector and a little noise of the text's own, unit length `[n, dim]`."""
    vectors = np.stack([cores[sentence.core] for sentence in told])
    seed = int(text_key(told[0].text)[:8], 16)
    return _unit(vectors + TAIL_NOISE * _noise(seed, vectors.shape))


def _picture_vectors(
    reports: Sequence[Sequence[MadeSentence]], first: int, cores: dict[str, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """For each picture a sentence of its report, far off in the direction that all pictures share `[n, dim]`."""
    rng = Random(f"latency pictures {first}")
    vectors = np.stack([cores[rng.choice(told).core] for told in reports for _ in range(PICTURES_A_STUDY)])
    gap = _noise(0, (1, vectors.shape[1]))
    return _unit(vectors + GAP * gap + GAP_NOISE * _noise(first + 1, vectors.shape))


def _noise(seed: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Rows of length near 1 in random directions."""
    return np.random.default_rng([7, seed]).standard_normal(shape, dtype=np.float32) / np.float32(np.sqrt(shape[1]))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
