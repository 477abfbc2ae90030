"""How many words of dictated report sentences are recognised wrongly: the stock model against an archive's own.

Phrases are drawn from reports of people whom the language model never saw, spoken by espeak-ng (a program of its own,
GPL; only run here, no part of radseek). Synthetic speech is clean and monotonous: a figure for
comparing models, not a promise.

    python benchmarks/dictation.py ARCHIVE --phrases 40 --voices en-us,en-us+f2,en-gb
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from radseek.archive import ArchiveFolder
from radseek.archive.spoken_queries import sentences_by_person
from radseek.speech import (
    Pronouncer,
    SphinxRecogniser,
    common_phrases,
    level,
    model_key,
    read_dictionary,
    read_wav,
    share_phrases,
    spoken_runs,
    stock_dictionary,
    stock_folder,
    write_model,
)

WORDS_PER_MINUTE = 150
FEWEST_WORDS, MOST_WORDS = 2, 12
DRAWS = 2_000


@dataclass
class Tally:
    """Edits and words of each phrase, all its voices together."""

    edits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    words: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    exact: int = 0
    utterances: int = 0
    audio_s: float = 0.0
    work_s: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--phrases", type=int, default=40)
    parser.add_argument("--voices", default="en-us,en-us+f2,en-us+m3,en-gb")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-stock", action="store_true", help="leave out the stock model, which is slow")
    parser.add_argument("--show", action="store_true", help="print each phrase that was heard wrongly")
    arguments = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        print("espeak-ng is not installed", file=sys.stderr)
        return 1
    with ArchiveFolder.open(arguments.archive) as archive, archive.catalogue.reading() as connection:
        sentences = list(sentences_by_person(connection))
    training, phrases = hold_out(sentences, arguments.phrases, arguments.seed)
    with TemporaryDirectory() as folder:
        measure(training, phrases, arguments.voices.split(","), Path(folder), arguments)
    return 0


def hold_out(
    sentences: list[tuple[str, str]], n_phrases: int, seed: int
) -> tuple[list[tuple[str, str]], list[tuple[str, bool]]]:
    """Sentences of two thirds of the people; phrases of the others, with whether the model saw them word for word."""
    people = sorted({person for person, _ in sentences})
    random.Random(seed).shuffle(people)
    held = set(people[: len(people) // 3])
    training = [(person, sentence) for person, sentence in sentences if person not in held]
    seen = {" ".join(run) for _, sentence in training for run in spoken_runs(sentence)}
    spoken = [
        spoken_runs(sentence) for person, sentence in sentences if person in held and not re.search(r"\d", sentence)
    ]
    candidates = sorted({" ".join(runs[0]) for runs in spoken if len(runs) == 1})
    candidates = [phrase for phrase in candidates if FEWEST_WORDS <= len(phrase.split()) <= MOST_WORDS]
    random.Random(seed + 1).shuffle(candidates)
    chosen = [phrase for phrase in candidates if phrase not in seen][: n_phrases - n_phrases // 3]
    chosen += [phrase for phrase in candidates if phrase in seen][: n_phrases - len(chosen)]
    return training, [(phrase, phrase in seen) for phrase in chosen]


def measure(
    training: list[tuple[str, str]],
    phrases: list[tuple[str, bool]],
    voices: list[str],
    folder: Path,
    arguments: argparse.Namespace,
) -> None:
    pronouncer = Pronouncer(read_dictionary(stock_dictionary()))
    shared = share_phrases(training, common_phrases())
    began_s = time.process_time()
    model = write_model(folder, model_key("benchmark", 3), shared, pronouncer)
    print(f"{shared.n_sentences:,} sentences of {shared.n_people:,} people: {len(shared.words):,} words, "
          f"{len(shared.counts):,} phrases; made in {time.process_time() - began_s:.0f} s of CPU")  # fmt: skip
    spoken = [word for phrase, _ in phrases for word in phrase.split()]
    unknown = sum(word not in set(shared.words) for word in spoken)
    print(f"{len(phrases)} phrases, {len(spoken)} words, {unknown} of them in no model; voices {', '.join(voices)}\n")
    recognisers = {"archive's model": SphinxRecogniser(model.language_model, model.dictionary)}
    if not arguments.without_stock:
        recognisers["stock model"] = SphinxRecogniser(stock_folder() / "en-us.lm.bin", stock_dictionary())
    sure: dict[bool, list[bool]] = {True: [], False: []}
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for voice, phrase, seen, samples in utterances(phrases, voices):
        for name, recogniser in recognisers.items():
            began_s = time.process_time()
            heard = recogniser.recognise(level(samples))
            work_s = time.process_time() - began_s
            edits = word_edits(phrase.split(), heard.text.split())
            for group in ("all", voice, "seen word for word" if seen else "never seen"):
                tally = tallies[name, group]
                tally.edits[phrase] += edits
                tally.words[phrase] += len(phrase.split())
                tally.exact += edits == 0
                tally.utterances += 1
                tally.audio_s += len(samples) / 16_000
                tally.work_s += work_s
            if name == "archive's model":
                sure[(heard.confidence or 0.0) >= 0.5].append(edits == 0)
            if arguments.show and edits and name == "archive's model":
                print(f"{voice:8} {phrase}\n         {heard.text} ({heard.confidence:.2f})")
    print()
    for confident, exact in sure.items():
        if exact:
            print(f"confidence {'from 0.5' if confident else 'under 0.5'}: {sum(exact)} of {len(exact)} heard exactly")
    print()
    print("| model | phrases | utterances | word error rate [95 % interval] | heard exactly | times real time |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (name, group), tally in sorted(
        tallies.items(), key=lambda entry: (entry[0][0], entry[0][1] != "all", entry[0])
    ):
        rate, low, high = word_error_rate(tally)
        print(f"| {name} | {group} | {tally.utterances} | {rate:.3f} [{low:.3f}, {high:.3f}] "
              f"| {tally.exact / tally.utterances:.2f} | {tally.audio_s / tally.work_s:.1f} |")  # fmt: skip


def utterances(phrases: list[tuple[str, bool]], voices: list[str]) -> Iterator[tuple[str, str, bool, np.ndarray]]:
    for voice in voices:
        for phrase, seen in phrases:
            command = ["espeak-ng", "-v", voice, "-s", str(WORDS_PER_MINUTE), "--stdout", phrase]
            yield voice, phrase, seen, read_wav(subprocess.run(command, capture_output=True, check=True).stdout)


def word_error_rate(tally: Tally) -> tuple[float, float, float]:
    """Edits over words, with a bootstrap interval over the phrases."""
    edits = np.array(list(tally.edits.values()), dtype=float)
    words = np.array(list(tally.words.values()), dtype=float)
    drawn = np.random.default_rng(0).integers(0, len(edits), (DRAWS, len(edits)))
    rates = edits[drawn].sum(axis=1) / words[drawn].sum(axis=1)
    return edits.sum() / words.sum(), *np.percentile(rates, [2.5, 97.5])


def word_edits(spoken: list[str], heard: list[str]) -> int:
    """Least number of words to insert, delete or replace."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(spoken, start=1):
        previous, row[0] = row[0], i
        for j, other in enumerate(heard, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (word != other))
    return row[-1]


if __name__ == "__main__":
    sys.exit(main())
