"""A small archive in memory, at the viewer's own border (`radseek_viewer.connection.ViewerArchive`)."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
from PIL import Image

from radseek.errors import InputError
from radseek.records.instances import ImageRecord, Window
from radseek.records.outcomes import Tally
from radseek.records.reports import Assertion, Section
from radseek.records.search import (
    Answer,
    Channel,
    Chip,
    Hit,
    Match,
    Query,
    RegionMap,
    ReportView,
    SentenceView,
    StudyView,
    Where,
)
from radseek.records.search_options import Band, Region, SearchOptions
from radseek.records.timeline import PatientStudy, PatientTimeline
from radseek.service import EncoderCard, RefusedThing, StackView
from radseek.service.patient_timeline import told_of
from radseek.text import default_lexicon, parse_query

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> **bold** :smile: <script>document.title='owned'</script>"
N_SLICES = 12


def make_study(number: int, **changes: object) -> StudyView:
    is_ct = number % 3 == 0
    modality, key = ("CT", "DX")[not is_ct], f"study{number:03d}"
    texts = [
        ("There is a small left pleural effusion.", Assertion.PRESENT),
        ("No pneumothorax.", Assertion.ABSENT),
        ("A nodule cannot be excluded.", Assertion.UNCERTAIN),
        ("Status after median sternotomy.", Assertion.HISTORICAL),
        (HOSTILE, Assertion.PRESENT),
    ]
    text, spans, sentences = "FINDINGS: ", [], []
    for place, (sentence, assertion) in enumerate(texts):
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence + " "
        sentences.append(SentenceView(f"{key}-s{place}", sentence, Section.FINDINGS, assertion))
    images = tuple(
        ImageRecord(
            f"{key}-i{place}", key, f"{key}-series{0 if is_ct else place}", modality, 0, "default", place,
            view_position="" if is_ct else ("PA", "LL")[place % 2], width_px=64, height_px=64,
        )
        for place in range(2)
    )  # fmt: skip
    report = ReportView(f"{key}-r", text, tuple(sentences), tuple(spans), "study_uid")
    study = StudyView(
        study_key=key, patient_key=f"patient{number // 2}", modality=modality, body_part="CHEST", description="",
        sex="MF"[number % 2], age_years=40.0 + number % 60, study_year=2020 + number % 4, source="demo", images=images,
        reports=(report,), labels=("effusion",), other_studies=(f"study{number ^ 1:03d}",), synthetic=number % 4 == 0,
    )  # fmt: skip
    return replace(study, **changes)


def allows(where: Where, study: StudyView) -> bool:
    return all(
        not getattr(where, name) or getattr(study, name) in getattr(where, name)
        for name in ("modality", "body_part", "sex", "source")
    )


def hit_for(study: StudyView, rank: int) -> Hit:
    sentence = study.reports[0].sentences[(rank - 1) % len(study.reports[0].sentences)] if study.reports else None
    image = study.images[0] if study.images else None
    matches = [Match(Channel.SENTENCE, rank, 0.9 / rank, sentence=sentence)] if sentence else []
    matches += [Match(Channel.IMAGE, rank + 2, 0.4 / rank, image=image)] if image else []
    hit = Hit(
        rank, 1 / (60 + rank), study.study_key, study.modality, study.body_part, study.sex, study.age_years,
        study.study_year, study.source, len(study.images), bool(study.reports), tuple(matches), image, study.synthetic,
    )  # fmt: skip
    band = (Band.STRONG, Band.FAIR, Band.WEAK)[(rank - 1) % 3]
    folded = ("study058", "study059") if rank == 2 else ()
    why = "Its report says: pleural effusion (left, mild). The picture is the 3rd nearest." if sentence else ""
    return replace(hit, band=band, folded=folded, why=why, region=region_map(rank != 2) if image else None)


def region_map(lit: bool) -> RegionMap:
    """The fake pictures are 200 wide and 256 high: cell (1, 2) of 4 x 4 is lit, or none is."""
    rows = [[0.0] * 4 for _ in range(4)]
    rows[1][2] = 1.0 if lit else 0.4
    return RegionMap(tuple(map(tuple, rows)), Region(28 / 256, 0.0, 228 / 256, 1.0))


@dataclass
class FakeArchive:
    studies: list[StudyView] = field(default_factory=lambda: [make_study(n) for n in range(60)])
    answers: list[tuple[str, Where]] = field(default_factory=list)
    options: list[SearchOptions] = field(default_factory=list)
    is_shipped: bool = True
    """Whether the encoder's card is radseek's own."""
    days: dict[str, int | None] = field(default_factory=dict)
    """Study -> day on which it was made; of others only the year is known."""

    def search(self, text, k=10, where=None, *, options=SearchOptions()):
        if text == "unreadable":
            raise InputError("the filter `color:` is unknown; known filters: <modality>, body")
        where = where or Where()
        self.answers.append((text, where))
        self.options.append(options)
        if any(example.picture and not example.picture.startswith(b"\x89PNG") for example in options.examples):
            raise InputError("the example is no picture: <b>text</b>")
        allowed = [study for study in self.studies if allows(where, study)]
        ranked = tuple(hit_for(study, rank) for rank, study in enumerate([] if "nothing" in text else allowed[:k], 1))
        hits = tuple(hit for hit in ranked if hit.band.reaches(options.floor) and "weak" not in text)
        nearest = tuple(replace(hit, band=Band.MISS) for hit in ranked[:5]) if not hits else ()
        note = f"No good match. {HOSTILE}" if nearest else ""
        query = parse_query(text, dropped=options.dropped) if "left" in text else Query(text, where)
        pictures = [Chip(f"example:{n}", f"{'un' * e.unlike}like a picture") for n, e in enumerate(options.examples, 1)]
        query = replace(query, chips=(*query.chips, *pictures))
        suggestion = "left effusion" if "effussion" in text else ""
        return Answer(
            query, hits, len(allowed), 3, 0.0123, "g1", {}, nearest, no_good_match=not hits,
            note=note, suggestion=suggestion,
        )  # fmt: skip

    def study(self, study_key):
        return self._study(study_key)

    def _study(self, study_key):
        for study in self.studies:
            if study.study_key == study_key:
                return study
        raise InputError("no such study")

    def timeline(self, study_key, asked=()):
        here, own = self._study(study_key), []
        for study in self.studies:
            if study.patient_key == here.patient_key:
                told = tuple(told_of(mention, study.reports, default_lexicon()) for mention in asked)
                image = study.images[0].image_key if study.images else None
                own.append(
                    PatientStudy(
                        study.study_key, study.study_year, self._days(here, study), study.modality, study.modalities,
                        study.body_part, image, bool(study.reports), study.synthetic, told,
                    )
                )  # fmt: skip
        own.sort(key=lambda study: (study.days is None, study.days or 0))
        return PatientTimeline(tuple(own))

    def _days(self, here, study):
        days = [self.days.get(one.study_key, 365 * one.study_year) for one in (here, study)]
        return None if None in days and study is not here else days[1] - days[0] if None not in days else 0

    def thumbnail(self, image_key):
        self._study(image_key.split("-")[0])
        stream = io.BytesIO()
        Image.fromarray(_pixels(image_key, 0).clip(0, 255).astype(np.uint8)).save(stream, "WEBP")
        return stream.getvalue()

    def stack(self, image_key):
        study = self._study(image_key.split("-")[0])
        n_slices = N_SLICES if study.modality == "CT" else 1
        index = n_slices // 2
        depths = tuple(5.0 * place for place in range(n_slices)) if study.modality == "CT" else ()
        return StackView(n_slices, index, ((index, image_key),), depths, (0.0, 0.0, 1.0) if depths else ())

    def stack_frame_values(self, image_key, index):
        values = _pixels(image_key, index)
        windows = (Window(128, 256, ""), Window(60, 80, "soft_tissue"))
        unit = "HU" if self._study(image_key.split("-")[0]).modality == "CT" else ""
        return SimpleNamespace(
            values=values,
            step=1.0,
            offset=0.0,
            inverted=False,
            windows=windows,
            spacing_mm=(1.0, 1.0),
            frames_per_second=None,
            unit=unit,
        )

    def facets(self, where=None):
        where = where or Where()
        allowed = [study for study in self.studies if allows(where, study)]
        counts: dict[str, dict[str, int]] = {"year": {}}
        for study in allowed:
            counts["year"][str(study.study_year)] = counts["year"].get(str(study.study_year), 0) + 1
        for name in ("modality", "body_part", "sex", "source"):
            for study in allowed:
                counts.setdefault(name, {})
                value = getattr(study, name)
                counts[name][value] = counts[name].get(value, 0) + 1
        return counts

    def close(self):
        pass

    def prepare_libraries(self):
        pass

    def prepare_frames(self):
        pass

    def prepare(self):
        pass

    def prepare_pictures(self):
        pass

    def summary(self):
        return SimpleNamespace(
            n_studies=len(self.studies), n_images=2 * len(self.studies), n_reports=len(self.studies),
            n_sentences=5 * len(self.studies), generation="g1", encoder="tiny", version="0.1.0",
            indexed_at="2026-02-28T12:00:00+00:00",
            tally=Tally(120, 2, {"not_dicom": 3}, {"decode_failed": 1}), n_unlinked_reports=4, n_waiting_reports=1,
            by_source={"demo": Tally(120, 2, {"not_dicom": 3}, {"decode_failed": 1})}, n_pending_images=0,
        )  # fmt: skip

    def encoder_card(self):
        return EncoderCard(
            "tiny", "abc", 16, "Apache-2.0", "", (), ("radseek_phantoms",),
            "# tiny\n\nA card.\n\n## Figures\n\n.5 (.4 to .6)\n", self.is_shipped,
            {"radseek_phantoms": "# phantoms\n\nDrawn."},
        )  # fmt: skip

    def quarantined(self):
        return [RefusedThing("th_1", "demo", "dicom", "quarantined", "decode_failed", HOSTILE)]

    def current_generation(self):
        return "g1"

    def examples(self):
        return ("small left pleural effusion", "No pneumothorax.", HOSTILE)


def picture_file() -> bytes:
    """A small PNG file with something to see in it."""
    stream = io.BytesIO()
    Image.fromarray(_pixels("", 0).clip(0, 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def _pixels(image_key: str, index: int) -> np.ndarray:
    rows, cols = np.mgrid[0:256, 0:200]
    blob = 140 * np.exp(-((rows - 90 - 8 * index) ** 2 + (cols - 100) ** 2) / 1500)
    return (30 + rows / 4 + blob + 3 * index + len(image_key) % 7).astype(np.int16)
