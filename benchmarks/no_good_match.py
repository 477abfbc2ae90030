"""Does the search say so when nothing fits? `python benchmarks/no_good_match.py --data-root DATA --folder DIR`.

Makes an archive of validation patients (MedPix, the COVID-19 collection, NIH ChestX-ray14) and of the Indiana
University reports, learns on it how sure hits are (`radseek calibrate`), and asks it
- 70 texts from elsewhere: everyday English, other languages and scripts, emoji, random letters, code, law;
- 70 radiology queries.
What was learned is printed band by band; `--out FILE` keeps it as the package ships it for `radseek-mini`.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from collections import Counter
from pathlib import Path

from radseek import Archive
from radseek.cli.calibrate import write_learned_table
from radseek.cli.progress import shown_progress
from radseek.service import IngestOptions
from radseek.service.calibrating import calibrate

SETS = ("medpix2", "covid_cxr", "nih_cxr14")
REPORTS, REPORTS_MAP = "iu_reports_text", "iu_reports"
QUERIES = Path(__file__).parent / "queries"
N_HITS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-root", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--folder", type=Path, required=True, help="where the archive is made; a finished one is used")
    parser.add_argument("--out", type=Path, help="keep what was learned in this file")
    arguments = parser.parse_args()
    folder = arguments.folder / "archive"
    if not folder.exists():
        make_archive(arguments.data_root, arguments.folder)
    out = arguments.out or arguments.folder / "relevance.json"
    with Archive.open(folder) as archive, shown_progress() as progress:
        learned = calibrate(archive, out, progress)
        rates = {name: rejected(archive, name) for name in ("elsewhere", "radiology")}
    write_learned_table(learned)
    print("\n| texts | number | no good match | best hit strong | fair | weak |\n| --- | --- | --- | --- | --- | --- |")
    for name, bands in rates.items():
        counts = [name, sum(bands.values()), *(bands[band] for band in ("", "strong", "fair", "weak"))]
        print(f"| {' | '.join(map(str, counts))} |")


def make_archive(data_root: Path, folder: Path) -> None:
    """An archive of the validation patients' pictures and texts, and of all reports of the text set."""
    with Archive.create(folder / "archive") as archive, shown_progress() as progress:
        for name in SETS:
            archive.ingest(copy_validation_part(data_root / name, folder / name), IngestOptions(), progress)
        archive.ingest(
            data_root / REPORTS / "reports.csv", IngestOptions(kind="table", column_map=REPORTS_MAP), progress
        )
        archive.index(progress=progress)


def copy_validation_part(source: Path, target: Path) -> Path:
    """The table and pictures of the split `val`, in a folder of their own; returns the table."""
    with (source / "pairs.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    for row in rows:
        (target / row["image"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / row["image"], target / row["image"])
    with (target / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return target / "pairs.csv"


def rejected(archive: Archive, name: str) -> Counter[str]:
    """Band of the best hit, empty for no good match -> number of the texts of a file."""
    texts = (QUERIES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    answers = [archive.search(text, k=N_HITS) for text in texts]
    return Counter(answer.hits[0].band.value if answer.hits and answer.hits[0].band else "" for answer in answers)


if __name__ == "__main__":
    main()
