"""A whole search beside its bare cost, in one run: is it quick, and does it cost little more than it must?

    export OMP_NUM_THREADS=2 OPENBLAS_THREAD_TIMEOUT=4  # the second as radseek sets it where it comes before numpy
    python benchmarks/search_latency.py --studies 50000 --folder LARGE            # 100,000 pictures, 500,000 sentences
    python benchmarks/search_latency.py --studies 50000 --folder LARGE --profile  # and where the time goes

The archive is made in LARGE (some 10 minutes, 4 GiB; interrupted, it goes on) and used again by the next run. Each
query is asked twice in turn: through `Archive.search` (20 hits, all channels, the real encoder), and as its bare cost,
which is to encode the text and look once through all sentence vectors exactly. Both meet the same noise of the machine:
quote the ratio. The table is written to search_latency.md beside this file, or where `--table` says.
"""

from __future__ import annotations

import argparse
import math
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from latency_archive import GAP, PICTURES_A_STUDY, TAIL_NOISE, open_or_build
from latency_pictures import N_THUMBNAILS, PATCH_NOISE
from latency_profile import Profile
from latency_queries import KINDS, make_queries
from latency_reports import SENTENCES_A_REPORT
from sqlalchemy import func, select

from radseek.archive.embeddings import kept_grid
from radseek.archive.schema import sentences
from radseek.cli.progress import shown_progress
from radseek.encoders import load_encoder
from radseek.index import ExactIndex, Generation
from radseek.records.progress import Progress
from radseek.service import Archive

K = 20
N_EACH, N_EACH_QUICK = 32, 2
TOLD = {False: "Wall clock, of a machine that may have been busy.", True: "Milliseconds of processor time."}
TARGET_MS, TARGET_RATIO = 100.0, 3.0


@dataclass(frozen=True, slots=True)
class Timed:
    """One query, measured."""

    kind: str
    search_ms: float
    exact_ms: float
    """Encoding and one exact scan of all sentence vectors."""
    own_ms: float
    """Encoding and one search of the archive's own index of sentence vectors."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=50_000, help="two pictures and ten sentences each")
    parser.add_argument("--folder", type=Path, required=True, help="where the archive is, or is to be made")
    parser.add_argument("--quick", action="store_true", help=f"{N_EACH_QUICK} queries of a kind in place of {N_EACH}")
    parser.add_argument("--profile", action="store_true", help="also print where the time goes; costs some itself")
    parser.add_argument("--threads", type=int, default=2, help="of the encoder; give OMP_NUM_THREADS the same number")
    parser.add_argument("--cpu", action="store_true", help="processor time in place of the wall's, for busy machines")
    parser.add_argument("--table", type=Path, default=Path(__file__).with_suffix(".md"), help="where the table goes")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    clock = time.process_time if arguments.cpu else time.perf_counter
    encoder = load_encoder("radseek-mini")
    with shown_progress() as progress:
        open_or_build(arguments.folder, arguments.studies, encoder, progress)
    queries = make_queries(N_EACH_QUICK if arguments.quick else N_EACH)
    with Archive.open(arguments.folder) as archive:
        profile = Profile() if arguments.profile else None
        timed = time_queries(archive, queries, clock, profile)
        page = "\n".join([head(archive, arguments, len(queries)), *table(timed), *verdict(timed)])
    if profile:
        page += "\n" + "\n".join(profile.table(len(queries)))
    arguments.table.write_text(page + "\n", encoding="utf-8")
    print(page)


def time_queries(
    archive: Archive, queries: Sequence[tuple[str, str]], clock: Callable[[], float], profile: Profile | None
) -> list[Timed]:
    """Each query's search and its bare costs, taking turns in who goes first."""
    generation, encoder = archive.require_index(), archive.retriever.encoder()
    exact = exact_sentences(archive, generation)
    sides: list[Callable[[str], object]] = [
        lambda text: archive.search(text, k=K),
        lambda text: exact.search(encoder.encode_texts([text]), K),
        lambda text: generation.sentences.search(encoder.encode_texts([text]), K),
    ]
    for text in ("pleural effusion", "no plural efusion modality:CT", "effusion. no pneumothorax."):  # all is loaded
        for side in sides:
            side(text)
    timed = []
    with shown_progress() as progress:
        for number, (kind, text) in enumerate(queries):
            turn = number % len(sides)
            order = [*range(turn, len(sides)), *range(turn)]
            spent = {}
            for place in order:
                with profile if profile and place == 0 else nullcontext():
                    began_s = clock()
                    sides[place](text)
                    spent[place] = 1000 * (clock() - began_s)
            timed.append(Timed(kind, spent[0], spent[1], spent[2]))
            progress(Progress("queries", number + 1, len(queries)))
    return timed


def exact_sentences(archive: Archive, generation: Generation) -> ExactIndex:
    """All sentence vectors of the archive, repeated ones included, in an index that looks at every one."""
    folder = archive.folder.index_folder / generation.name / "sentences"
    vectors = np.load(folder / "vectors.npy")
    rows = folder / "rows.npy"
    return ExactIndex.build(generation.sentences.ids, vectors[np.load(rows)] if rows.exists() else vectors)


def head(archive: Archive, arguments: argparse.Namespace, n_queries: int) -> str:
    """What was measured on what."""
    generation, spec = archive.require_index(), archive.retriever.encoder().spec
    indexes = [
        f"{name}: {index.kind}, {', '.join(f'{key} {value:.3g}' for key, value in index.facts.items()) or 'exact'}"
        for name, index in (("pictures", generation.images), ("sentences", generation.sentences))
    ]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch", "faiss-cpu", "tantivy"))
    return f"""# A whole search beside its bare cost

`python benchmarks/search_latency.py --studies {arguments.studies}`: {generation.images.count:,} pictures,
{generation.sentences.count:,} sentences of {arguments.studies:,} made-up studies; {n_queries} queries, k = {K},
all channels; {arguments.threads} threads ({platform.machine()}), {libraries}. Indexes: {"; ".join(indexes)}.

Sentences are made by the phantoms' report writer and from the lexicon's {len(generation.statements.lexicon.findings)}
findings, {SENTENCES_A_REPORT} a study. {distinct_texts(archive)}
Pictures ({PICTURES_A_STUDY} a study) have the vector of a sentence of their report, moved by {GAP} in one direction and
by noise of their own; each of their {math.prod(kept_grid(spec))} parts has the picture's vector and noise of length
{PATCH_NOISE:g}. They show one of {N_THUMBNAILS} made-up thumbnails: nothing was decoded. Every study has a report,
which tells it from others: thumbnails, compared where there is none (half a ms each the first time), are hardly read.

Each query was searched, and in turn asked for its bare cost: encoding its text and one search of the sentence vectors,
by a scan of all of them (exact), or by the archive's own index. {TOLD[arguments.cpu]}
"""


def distinct_texts(archive: Archive) -> str:
    """How many sentences there are, and how their vectors were made."""
    with archive.folder.catalogue.reading() as connection:
        n_texts = connection.execute(select(func.count(sentences.c.text.distinct()))).scalar_one()
    return (
        f"{n_texts:,} texts are distinct; their stems are really encoded, and a text with a tail (image number, date)\n"
        f"has its stem's vector and noise of length {TAIL_NOISE}."
    )


def table(timed: Sequence[Timed]) -> list[str]:
    """A row for each kind of query and one for all."""
    lines = [
        "| queries | n | search p50 ms | p95 | max | bare, exact: p50 | p95 | ratio of p95 | median of ratios "
        "| bare, own index: p50 | p95 | ratio of p95 | median of ratios |",
        "| --- |" + " --- |" * 12,
    ]
    return lines + [_row(kind, [t for t in timed if t.kind == kind]) for kind in KINDS] + [_row("**all**", timed)]


def _row(kind: str, timed: Sequence[Timed]) -> str:
    search = [t.search_ms for t in timed]
    cells = [f"{np.percentile(search, 50):.0f}", f"{np.percentile(search, 95):.0f}", f"{max(search):.0f}"]
    for bare in ([t.exact_ms for t in timed], [t.own_ms for t in timed]):
        ratios = [whole / part for whole, part in zip(search, bare, strict=True)]
        cells += [f"{np.percentile(bare, 50):.0f}", f"{np.percentile(bare, 95):.0f}"]
        cells += [f"{np.percentile(search, 95) / np.percentile(bare, 95):.2f}", f"{statistics.median(ratios):.2f}"]
    return f"| {kind} | {len(timed)} | {' | '.join(cells)} |"


def verdict(timed: Sequence[Timed]) -> list[str]:
    """Whether the target is met."""
    p95 = float(np.percentile([t.search_ms for t in timed], 95))
    ratio = p95 / float(np.percentile([t.exact_ms for t in timed], 95))
    return [
        "",
        f"- p95 of all searches: {p95:.0f} ms, to be under {TARGET_MS:.0f}: {_met(p95 < TARGET_MS)}",
        f"- ratio of p95 to the exact bare cost: {ratio:.2f}, to be under {TARGET_RATIO:.0f}: "
        f"{_met(ratio < TARGET_RATIO)}",
    ]


def _met(met: bool) -> str:
    return "met" if met else "**not met**"


if __name__ == "__main__":
    main()
