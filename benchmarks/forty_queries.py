"""Forty real queries of all kinds, what the search answers, and what we think of it.

    python benchmarks/forty_queries.py --data-root DATA --folder ARCHIVE [--out benchmarks/forty_queries.md]

Makes the archive from real sets, once, and asks what stands in `queries/forty.yaml`, where our judgements stand too.
The page shows neither report text nor keys. `judged` is a digest of the rows that were judged: the page says where the
first hits are others now.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radseek.errors import ArtifactError, InputError, RadseekError
from radseek.records.channel_choices import chosen_channels
from radseek.records.config import read_config
from radseek.records.progress import Progress
from radseek.records.search import Answer, Hit, TimelineEntry
from radseek.records.search_options import Example, Region, SearchOptions
from radseek.service import Archive, IngestOptions

QUERIES = Path(__file__).parent / "queries" / "forty.yaml"
SOURCES = (
    ("medpix2/pairs.csv", IngestOptions("table", "radseek_pairs")),
    ("covid_cxr/pairs.csv", IngestOptions("table", "radseek_pairs")),
    ("nih_cxr14/pairs.csv", IngestOptions("table", "radseek_pairs")),
    ("iu_reports_text/reports.csv", IngestOptions("table", "iu_reports")),
    ("dicom", IngestOptions("dicom", name="dicom")),
)
"""Real sets below the data folder, with how each is read."""
SETS = (
    "MedPix CT and MR, the COVID-19 image data collection, NIH ChestX-ray14 (no reports), the Indiana University "
    "reports (no pictures) and real DICOM files"
)
VERDICTS = ("right", "partly", "wrong")
N_ASKED, N_SHOWN = 20, 5
HEADER = ("", "study", "band", "why", "ranks", "map")
"""Of the table of hits."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An example picture by rule, since keys differ from archive to archive.

    Args:
        of: The picture of the first hit that a report channel finds for these words.
        box: Else the first lesion box of this finding in NIH ChestX-ray14: its file with that region.
        unlike: Hits should not resemble it.
    """

    of: str = ""
    box: str = ""
    unlike: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of ours, what we expect of it, and what we think of its answer.

    Args:
        kind: Such as `sentence` or `misspelt`.
        text: What is typed; `{key}` is the key of the first study that `names` finds.
        expect: What a radiologist would want, in plain words.
        judgement: right, partly or wrong; empty while nobody judged.
        reason: Why, without a patient's data.
        judged: Digest of the rows that were judged.
        times: How often the text is repeated.
        names: Words whose first hit is the study that `{key}` or `unread` means.
        unread: Whether the report of that study is not read.
        channel: As `--channel`.
        by_patient: As `--by-patient`.
        pictures: Example pictures.
    """

    kind: str
    text: str
    expect: str
    judgement: str = ""
    reason: str = ""
    judged: str = ""
    times: int = 1
    names: str = ""
    unread: bool = False
    channel: str = "fused"
    by_patient: bool = False
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """The file of queries."""

    queries: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a person sees of one answer."""

    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    digest: str = field(default="", compare=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-root", type=Path, required=True, help="folder of the real sets")
    parser.add_argument("--folder", type=Path, required=True, help="archive to make, or one made before")
    parser.add_argument("--out", type=Path, help="also write the page here")
    arguments = parser.parse_args()
    queries = read_config(QUERIES, Asking).queries
    with open_archive(arguments.folder, arguments.data_root) as archive:
        page = "\n".join(write_page(archive, arguments.data_root, queries))
    print(page)
    if arguments.out is not None:
        arguments.out.write_text(f"{page}\n", encoding="utf-8")


def open_archive(folder: Path, data_root: Path, sources: Sequence[tuple[str, IngestOptions]] = SOURCES) -> Archive:
    """The archive in `folder` with all `sources`; made where there is none, finished where it was left unfinished."""
    archive = Archive.open(folder) if folder.is_dir() else Archive.create(folder)
    try:
        archive.require_index()  # made last
    except ArtifactError:
        for name, options in sources:
            archive.ingest(data_root / name, options, progress)
        archive.index(progress=progress)
    return archive


def progress(told: Progress) -> None:
    """A line every hundred things, on stderr."""
    if told.done % 100 == 0 or told.done == told.total:
        print(f"{told.stage}: {told.done:,} of {told.total or '?'} {told.note}", file=sys.stderr)


def write_page(archive: Archive, data_root: Path, queries: Sequence[Asked]) -> Iterator[str]:
    """The page's lines: a summary, then each query with its hits and our judgement."""
    told = [ask(archive, data_root, asked) for asked in queries]
    counts = Counter(asked.judgement for asked in queries)
    held = archive.summary()
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)
    changed = sum(is_changed(asked, answer) for asked, answer in zip(queries, told, strict=True))
    yield "# Forty queries, asked of real studies, with our judgement\n"
    yield f"**{len(queries)} queries: {verdicts}**, {counts['']} not judged; of {changed} the hits changed since.\n"
    yield (
        "Made by `python benchmarks/forty_queries.py --data-root DATA --folder ARCHIVE --out FILE` on "
        f"{held.n_studies:,} studies with {held.n_images:,} pictures and {held.n_reports:,} reports, encoder "
        f"{held.encoder}: {SETS}. Most of these pictures and reports are among those that the encoder was trained on, "
        "so this page tells how the search behaves, not how well the encoder generalises.\n"
    )
    yield (
        f"Up to {N_ASKED} hits were asked of each query, and {N_SHOWN} are shown. Their reports and pictures were "
        "looked at outside of this page, which holds no report text. `map` tells whether the region map points "
        "somewhere (lit) or nowhere (dark).\n"
    )
    for number, (asked, answer) in enumerate(zip(queries, told, strict=True), start=1):
        yield from write_query(number, asked, answer)


def write_query(number: int, asked: Asked, answer: Told) -> Iterator[str]:
    """One query with its hits and our judgement."""
    yield f"## {number}. {asked.kind}\n"
    yield f"{quoted(asked)}\n"
    yield f"*Expected:* {asked.expect}\n"
    yield from (f"{line}  " for line in answer.lines)
    yield ""
    if answer.rows:
        yield from (f"| {' | '.join(row)} |" for row in (HEADER, ("---",) * len(HEADER), *answer.rows))
        yield ""
    changed = f" (the hits changed since; their digest is {answer.digest})" if is_changed(asked, answer) else ""
    yield f"**Judgement: {asked.judgement or 'none yet'}.** {asked.reason}{changed}\n"


def is_changed(asked: Asked, answer: Told) -> bool:
    """Whether the rows are others than those that were judged."""
    return asked.judged != answer.digest


def quoted(asked: Asked) -> str:
    """What is asked, in a line for people."""
    words = " ".join(asked.text.split())
    parts = [f"`` {words} ``" if words else "(no words)"]
    if asked.times > 1:
        parts.append(f"{asked.times:,} times")
    if "{key}" in asked.text:
        parts.append(f"where {{key}} is the key of the first study for “{asked.names}”")
    for picture in asked.pictures:
        what = f"the first lesion box of “{picture.box}”" if picture.box else f"the first picture for “{picture.of}”"
        parts.append(f"{'unlike' if picture.unlike else 'like'} {what}")
    if asked.unread:
        parts.append(f"without reading the report of the first study for “{asked.names}”")
    parts += [f"channel {asked.channel}"] * (asked.channel != "fused") + ["by patient"] * asked.by_patient
    return ", ".join(parts)


def ask(archive: Archive, data_root: Path, asked: Asked) -> Told:
    """The answer as people see it; an error is the line that they would see."""
    try:
        answer, own = search(archive, data_root, asked)
    except RadseekError as error:
        return with_digest(Told((f"*Error:* {error}",)))
    shown = answer.hits or answer.nearest
    lines = [f"*Understood:* {', '.join(chip.label for chip in answer.query.chips)}"] * bool(answer.query.chips)
    lines += [f"*Did you mean:* `{' '.join(answer.suggestion.split())}`"] * bool(answer.suggestion)
    lines += [f"*Note:* {answer.note}"] * bool(answer.note)
    more = " or more" if len(answer.hits) == N_ASKED else ""
    nearest = f", {len(answer.nearest)} nearest misses" if not answer.hits and answer.nearest else ""
    counted = f"{len(answer.hits)}{more} hits{nearest} of {answer.n_searched:,} studies"
    told = with_digest(Told(tuple(lines), tuple(row(hit, own) for hit in shown[:N_SHOWN])))
    return Told((*told.lines, f"{counted}, {answer.seconds * 1000:.0f} ms"), told.rows, told.digest)


def with_digest(told: Told) -> Told:
    """`told` with the digest of what is judged: all but counts and times."""
    return Told(told.lines, told.rows, hashlib.sha256(repr((told.lines, told.rows)).encode()).hexdigest()[:8])


def search(archive: Archive, data_root: Path, asked: Asked) -> tuple[Answer, str]:
    """The answer, and the key of the study that `names` means."""
    own = first_hit(archive, asked.names).study_key if asked.names else ""
    options = SearchOptions(
        examples=tuple(example(archive, data_root, picture) for picture in asked.pictures),
        by_patient=asked.by_patient,
        unread_study=own if asked.unread else "",
    )
    text = " ".join([asked.text] * asked.times).replace("{key}", own)
    return archive.search(text, N_ASKED, channels=chosen_channels([asked.channel]), options=options), own


def first_hit(archive: Archive, words: str) -> Hit:
    """The first study with pictures whose report answers `words`.

    Raises:
        InputError: When there is none.
    """
    hits = archive.search(f"{words} has:images", 1, channels=chosen_channels(["report"])).hits
    if not hits:
        raise InputError(f"no study with pictures answers “{words}”")
    return hits[0]


def example(archive: Archive, data_root: Path, picture: Picture) -> Example:
    """The example picture that a rule means."""
    if not picture.box:
        return Example(study_key=first_hit(archive, picture.of).study_key, unlike=picture.unlike)
    folder = data_root / "nih_cxr14"
    with (folder / "boxes.csv").open(newline="", encoding="utf-8") as file:
        box = next(line for line in csv.DictReader(file) if line["finding"] == picture.box)
    side_px = 512  # all pictures of this set
    left, top, width, height = (float(box[name]) / side_px for name in ("x", "y", "width", "height"))
    region = Region(left, top, min(left + width, 1), min(top + height, 1))
    return Example(picture=(folder / box["image"]).read_bytes(), region=region, unlike=picture.unlike)


def row(hit: Hit, own: str) -> tuple[str, ...]:
    """A hit in words, without identifiers."""
    pictures = f"{hit.n_images} picture{'s' * (hit.n_images != 1)}" if hit.n_images else "no picture"
    study = [hit.modality, hit.body_part.lower(), hit.source, pictures, *["the study itself"] * (hit.study_key == own)]
    study += [f"+{len(hit.folded)} near-identical"] * bool(hit.folded)
    ranks = ", ".join(f"{match.channel.value} {match.rank}" for match in hit.matches)
    why = " ".join([hit.why, *[timeline(hit.timeline)] * bool(hit.timeline)])
    region = "–" if hit.region is None else "dark" if hit.region.is_dark else "lit"
    band = hit.band.value if hit.band else "–"
    cells = (str(hit.rank), ", ".join(filter(None, study)), band, why, ranks or "–", region)
    return tuple(cell.replace("|", "/") for cell in cells)


def timeline(entries: Sequence[TimelineEntry]) -> str:
    """A patient's studies in a few words."""
    found = sum(entry.is_hit for entry in entries)
    return f"{len(entries)} stud{'ies' if len(entries) > 1 else 'y'} of the patient, {found} found."


if __name__ == "__main__":
    main()
