"""Read DICOM (files, folders, zip archives, DICOMDIR), a table of images, or reports into an archive.

Every input ends in one of four bins: ingested, duplicate, skipped or quarantined, with the reason. Running the command
again goes on where it was and adds nothing twice.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from radseek.cli.output import note, plain_tally, write_json, write_tally

EXAMPLES = """examples:
  radseek ingest my-archive /data/dicom
  radseek ingest my-archive study.zip --name trauma
  radseek ingest my-archive pairs.csv --map radseek_pairs
  radseek ingest my-archive reports.csv --as reports
  radseek ingest my-archive reports/ --as reports --name-is accession
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder, made by `radseek init`")
    parser.add_argument("source", type=Path, help="folder, file, zip archive, table or report file")
    parser.add_argument(
        "--as", dest="kind", choices=("auto", "dicom", "table", "reports"), default="auto",
        help="what the source is; auto: .csv .tsv .parquet are tables, .jsonl .xml reports, the rest DICOM",
    )  # fmt: skip
    parser.add_argument("--map", help="tables: a shipped column map or a YAML file; reports: a YAML file of options")
    parser.add_argument("--name", help="name of this source for filters; default: the folder's or file's name")
    parser.add_argument(
        "--name-is", choices=("accession", "study_uid", "report_id"), default="accession",
        help="what the file name of a plain text report means",
    )  # fmt: skip
    parser.add_argument("--site", default="", help="the hospital, when identifiers of several meet in one archive")
    parser.add_argument("--retry", action="store_true", help="try pixels again that did not decode before")
    parser.add_argument("--no-encode", action="store_true", help="leave the encoding of images to `radseek index`")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Ingest one source and print the four bins."""
    from radseek.cli.main import EXIT_QUARANTINED
    from radseek.cli.progress import shown_progress
    from radseek.service import Archive, IngestOptions

    options = IngestOptions(
        kind=arguments.kind,
        column_map=arguments.map,
        name=arguments.name,
        name_is=arguments.name_is,
        site=arguments.site,
        retry=arguments.retry,
        encode=not arguments.no_encode,
    )
    began_s = time.monotonic()
    with Archive.open(arguments.archive) as archive, shown_progress() as progress:
        report = archive.ingest(arguments.source, options, progress)
    if arguments.json:
        write_json({**plain_tally(report.tally), "links": report.links, "seconds": time.monotonic() - began_s})
    else:
        write_tally(report.tally)
        for line in report.lines():
            print(line)
    note(f"done in {time.monotonic() - began_s:.1f} s; next: radseek index {arguments.archive}")
    return EXIT_QUARANTINED if report.tally.quarantined else 0
