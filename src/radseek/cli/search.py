"""Find scans by a report sentence, a finding, or a few words.

Filters can stand in the query (modality:CT body:chest age:>60 sex:F after:2023) or be given as options.
A negated query ('no pleural effusion') is answered from reports that say so; -word and NOT words leave out what states
that, "words in quotes" must stand in a report, OR takes either, several sentences are asked one by one. What was
understood is shown in brackets; --drop takes it out. An accession number or a UID goes straight to its study.

--like asks for pictures that resemble a PNG, JPEG or DICOM file, a picture of the archive or all of a study (by key),
--unlike for those that do not; with or without a query. --region takes only a part of each --like picture.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from radseek.cli.output import note, write_json
from radseek.cli.weights import parse_weights
from radseek.errors import InputError
from radseek.records.channel_choices import CHANNEL_CHOICES, chosen_channels
from radseek.records.search import Answer, Hit, TimelineEntry
from radseek.records.search_options import Band, Example, Region, SearchOptions

EXAMPLES = """examples:
  radseek search my-archive "small left pleural effusion"
  radseek search my-archive "no pneumothorax" -k 5 --modality DX
  radseek search my-archive "liver cyst modality:CT age:>60" --json
  radseek search my-archive "spiculated nodule" --channel image
  radseek search my-archive "pleural effusion" --by-patient
  radseek search my-archive "small effusion" --weight image=2 --weight lexical=0.5
  radseek search my-archive "left effusion -pneumothorax"
  radseek search my-archive "CT left effusion" --drop side:left --drop modality:ct
  radseek search my-archive "hamartoma" --floor fair
  radseek search my-archive "$(cat report.txt)"
  radseek search my-archive --like film.png
  radseek search my-archive --like film.dcm --region 0.1,0.5,0.4,0.9
  radseek search my-archive --like STUDY_KEY --other-patients-than STUDY_KEY
  radseek search my-archive "left effusion" --like STUDY_KEY --unlike IMAGE_KEY --text-weight 0.7
"""

FLOORS = {"strong": Band.STRONG, "fair": Band.FAIR, "weak": Band.WEAK, "none": Band.MISS}
"""What `--floor` takes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    parser.add_argument("query", nargs="?", default="", help="a report sentence, a finding or a few words")
    parser.add_argument("-k", type=int, default=10, help="number of studies (default 10)")
    parser.add_argument("--modality", action="append", default=[], help="only this modality; may be repeated")
    parser.add_argument("--body-part", action="append", default=[], help="only this body part; may be repeated")
    parser.add_argument("--sex", action="append", default=[], choices=("F", "M", "O"), help="only this sex")
    parser.add_argument("--source", action="append", default=[], help="only this source; may be repeated")
    parser.add_argument(
        "--channel", action="append", default=[], choices=list(CHANNEL_CHOICES),
        help="search in this way only; report is sentence and lexical; may be repeated; default: fused, all of them",
    )  # fmt: skip
    parser.add_argument(
        "--weight", action="append", default=[], metavar="CHANNEL=NUMBER",
        help="how much image, sentence or lexical counts, 0 leaves it out; default: as the archive is set up, else 1",
    )  # fmt: skip
    parser.add_argument("--no-fold", action="store_true", help="give near-identical studies a place each")
    parser.add_argument(
        "--by-patient", action="store_true", help="one hit a patient, with all studies of the patient in time"
    )
    parser.add_argument(
        "--without-report-of", default="", metavar="STUDY",
        help="do not read this study's own report: an honest trial with a sentence of it",
    )  # fmt: skip
    parser.add_argument(
        "--other-patients-than", default="", metavar="STUDY",
        help="leave out this study and all others of its patient: what else looks like it, or is reported like it",
    )  # fmt: skip
    parser.add_argument(
        "--drop", action="append", default=[], metavar="KEY",
        help="do not ask what stands in brackets under this key, such as side:left; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--floor", choices=tuple(FLOORS), default="weak",
        help="weakest band that is a hit (default weak); below it are the nearest misses; none shows all",
    )  # fmt: skip
    parser.add_argument(
        "--like", action="append", default=[], metavar="FILE_OR_KEY",
        help="a picture file, or the key of a picture or study, that hits should resemble; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--unlike", action="append", default=[], metavar="FILE_OR_KEY",
        help="one that hits should not resemble; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--region", default="", metavar="L,T,R,B",
        help="only this part of the --like pictures: fractions of width and height from the top left corner",
    )  # fmt: skip
    parser.add_argument(
        "--text-weight", type=float, default=SearchOptions().text_weight, metavar="W",
        help="share of the query, 0 to 1, in what pictures are compared with; the rest is that of the examples "
        "(default 0.5)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Search and print the hits."""
    from radseek.service import Archive

    where = {
        "modality": arguments.modality,
        "body_part": arguments.body_part,
        "sex": arguments.sex,
        "source": arguments.source,
    }
    options = SearchOptions(
        dropped=frozenset(arguments.drop),
        examples=read_examples(arguments.like, arguments.unlike, arguments.region),
        text_weight=arguments.text_weight,
        floor=FLOORS[arguments.floor],
        fold=not arguments.no_fold,
        by_patient=arguments.by_patient,
        unread_study=arguments.without_report_of,
        other_patients_than=arguments.other_patients_than,
    )
    with Archive.open(arguments.archive) as archive:
        answer = archive.search(
            arguments.query,
            k=arguments.k,
            where={name: values for name, values in where.items() if values},
            channels=chosen_channels(arguments.channel),
            options=dataclasses.replace(
                options, weights=parse_weights(arguments.weight, archive.folder.config.search.weights)
            ),
        )
    if arguments.json:
        write_json(answer)
    else:
        write_answer(answer)
        if arguments.without_report_of:
            note(f"the report of {arguments.without_report_of} was not read")
    return 0


def read_examples(like: Sequence[str], unlike: Sequence[str], region: str) -> tuple[Example, ...]:
    """The examples that a command line names: what is a file is read, all else is a key.

    Raises:
        InputError: When a file cannot be read, a key is none, or the region does not fit.
    """
    part = _region(region) if region else None
    if part is not None and not like:
        raise InputError("--region: expected with --like, whose picture it is a part of")
    return (*(_example(name, part) for name in like), *(_example(name, unlike=True) for name in unlike))


def _example(name: str, region: Region | None = None, unlike: bool = False) -> Example:
    from radseek.service.example_pixels import MAX_PICTURE_BYTES

    path = Path(name)
    try:
        if path.is_file():
            with path.open("rb") as file:
                content = file.read(MAX_PICTURE_BYTES + 1)  # one too many is refused behind the door
            if not content:
                raise InputError("the example picture is an empty file")
            return Example(picture=content, region=region, unlike=unlike)
    except OSError as error:
        raise InputError(f"an example's file cannot be read: {error.strerror}") from error
    if name.startswith("im_"):
        return Example(image_key=name, region=region, unlike=unlike)
    if name.startswith("st_"):
        return Example(study_key=name, region=region, unlike=unlike)
    raise InputError("--like, --unlike: expected a file that is there, or the key of a picture or study")


def _region(text: str) -> Region:
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError("--region: expected four numbers 0 to 1, such as 0.1,0.5,0.4,0.9") from error
    return Region(left, top, right, bottom)


def write_answer(answer: Answer) -> None:
    """Hits on stdout, three lines each; what was understood and the summary on stderr."""
    if answer.query.chips:
        note("understood: " + "  ".join(f"{chip.label} [{chip.key}]" for chip in answer.query.chips))
    if answer.suggestion:
        note(f"did you mean: {answer.suggestion}")
    for hit in answer.hits:
        write_hit(hit)
    if answer.nearest and not answer.hits:
        print("nearest misses, probably not what was asked:")
        for hit in answer.nearest:
            write_hit(hit)
    note(
        f"{len(answer.hits)} of {answer.n_searched:,} studies searched in {answer.seconds * 1000:.0f} ms"
        + (f"; {answer.n_not_searched:,} not searched" if answer.n_not_searched else "")
        + (f". {answer.note}" if answer.note else "")
    )


def write_hit(hit: Hit) -> None:
    """One hit: what it is, which sentence and picture matched, and how each channel ranked it."""
    person = " ".join(part for part in (hit.sex, f"{hit.age_years:.0f} y" if hit.age_years is not None else "") if part)
    facts = [", ".join(hit.modalities) or hit.modality, hit.body_part, person, str(hit.study_year or ""), hit.source]
    mark = f"  ({hit.band.value})" if hit.band is not None else ""
    mark += "  [SYNTHETIC]" if hit.synthetic else ""
    print(f"{hit.rank:>3}. {hit.study_key}  {', '.join(fact for fact in facts if fact)}{mark}")
    told = next((match for match in hit.matches if match.sentence is not None), None)
    if told is not None and told.sentence is not None:
        marked = " ".join(_marked(told.sentence.text, told.phrases).split())
        print(f"       “{marked}” ({told.sentence.section.value}, {told.sentence.assertion.value})")
    if hit.why:
        print(f"       {hit.why}")
    if hit.matches:
        _write_ways(hit)
    if hit.folded:
        print(f"       +{len(hit.folded)} near-identical: {', '.join(hit.folded)}")
    for entry in hit.timeline:
        print(f"       {_timeline_line(entry, hit.study_key)}")


def _timeline_line(entry: TimelineEntry, hit_key: str) -> str:
    """Such as `-> 2024  +12 d  st_0123456789abcdef  DX CHEST`; `*` marks other studies that answer too."""
    mark = "->" if entry.study_key == hit_key else " *" if entry.is_hit else "  "
    days = "" if entry.days is None else f"{entry.days:+d} d"
    kind = f"{entry.modality} {entry.body_part}".strip()
    return f"{mark} {entry.study_year or '----'} {days:>8}  {entry.study_key}  {kind}".rstrip()


def _write_ways(hit: Hit) -> None:
    """How each channel ranked the hit, and which picture is shown."""
    ways = [f"{match.channel.value} #{match.rank} ({match.score:.3f})" for match in hit.matches]
    picture = f"; picture: {hit.key_image.position or hit.key_image.window}" if hit.key_image is not None else ""
    print(f"       {', '.join(ways)}{picture}")


def _marked(text: str, phrases: Sequence[tuple[int, int]]) -> str:
    """`text` with its phrases between asterisks."""
    for start, end in sorted(phrases, reverse=True):
        text = f"{text[:start]}*{text[start:end]}*{text[end:]}"
    return text
