"""Patients with many studies in memory, and the viewer's server: `python timeline_archive.py PORT [THEME]`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace

from fake_archive import FakeArchive, make_study

from radseek.records.reports import Assertion, Section
from radseek.records.search import ReportView, SentenceView
from radseek_viewer import server
from radseek_viewer.connection import connect

EFFUSION = ("There is a small left pleural effusion.", Assertion.PRESENT)
NO_EFFUSION = ("No left pleural effusion.", Assertion.ABSENT)
POSSIBLE = ("A left pleural effusion cannot be excluded.", Assertion.UNCERTAIN)
CLEAR = ("The lungs are clear.", Assertion.PRESENT)

FEW = {
    # study: day, modality, what its report says
    "first": (-800, "DX", NO_EFFUSION),
    "close": (-21, "CT", POSSIBLE),
    "closer": (-20, "DX", EFFUSION),
    "today": (0, "DX", EFFUSION),
    "twin": (0, "US", CLEAR),
    "later": (731, "MR", None),
    "unknown": (None, "DX", EFFUSION),
}
MANY = {f"many{n:02d}": (30 * n if n < 20 else 4000 + n, ("DX", "CT", "MR")[n % 3], EFFUSION) for n in range(40)}


def report_of(key: str, sentence: tuple[str, Assertion]) -> ReportView:
    text, assertion = sentence
    return ReportView(
        f"{key}-r", text, (SentenceView(f"{key}-s", text, Section.FINDINGS, assertion),), ((0, len(text)),), ""
    )


def studies_of(patient: str, told: dict) -> list:
    studies = []
    for key, (_, modality, sentence) in told.items():
        study = make_study(1)
        images = tuple(
            replace(image, image_key=f"{key}-i{n}", study_key=key, series_key=f"{key}-s{n}", modality=modality)
            for n, image in enumerate(study.images)
        )
        reports = (report_of(key, sentence),) if sentence else ()
        others = tuple(other for other in told if other != key)
        studies.append(
            replace(
                study,
                study_key=key,
                patient_key=patient,
                modality=modality,
                images=images,
                reports=reports,
                other_studies=others,
            )
        )
    return studies


@dataclass
class TimelineArchive(FakeArchive):
    studies: list = field(
        default_factory=lambda: [
            *studies_of("few", FEW),
            *studies_of("many", MANY),
            replace(make_study(5), other_studies=()),
        ]
    )
    days: dict = field(default_factory=lambda: {key: day for key, (day, *_) in (FEW | MANY).items()})

    def stack(self, image_key):
        return replace(super().stack(image_key), n_slices=1, index=0)


if __name__ == "__main__":
    connect(TimelineArchive())
    theme = ["--theme", sys.argv[2]] if len(sys.argv) > 2 else []
    server.main(["--archive", "unused", "--port", sys.argv[1], *theme])
