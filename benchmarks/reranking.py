"""Do the parts of pictures help to order them? `python benchmarks/reranking.py --data-root DATA`.

Held-out captions and report texts of MedPix ask for their own study, by pictures alone: as whole pictures, by their
best part, and by the sum of both, which is what the search does with the best hundred.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radseek.records.progress import no_progress
from radseek.service.evaluation.embedding import VectorCache, embed_pictures, file_key, patches_kind
from radseek.service.evaluation.subject import Subject, TextTask, TextVectors, text_tasks
from radseek.service.evaluation.target import EvaluateOptions, table_material

CONFIG = Path(__file__).parents[1] / "configs" / "evaluation" / "radseek-mini.yaml"
DEPTH = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-root", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--folder", type=Path, default=Path("runs/reranking"), help="keeps vectors between runs")
    arguments = parser.parse_args()
    os.environ["RADSEEK_DATA"] = str(arguments.data_root)
    material = table_material(CONFIG, EvaluateOptions())
    cache = VectorCache(arguments.folder / "vectors.npz")
    pictures = [picture for picture in material.tested if picture.image_texts or picture.study_texts]
    embedded = embed_pictures(material.encoder, pictures, cache, no_progress)
    texts = TextVectors(material.encoder)
    subject = Subject(embedded, material.encoder, material.prompts, texts, cache, no_progress)
    print("| texts | ordered by | own study first | among 5 | among 10 | mean reciprocal rank |")
    print("| --- | --- | --- | --- | --- | --- |")
    for task in text_tasks(subject):
        kept = [cache.get(patches_kind(material.encoder.spec), file_key(p)) for p in task.gallery.embedded.pictures]
        patches = np.stack([grid for grid in kept if grid is not None]).astype(np.float32)  # [n, rows, cols, dim]
        asked = texts(list(task.texts))  # [n_texts, dim]
        whole = asked @ task.gallery.embedded.vectors.T
        part = np.stack([(patches @ text).reshape(len(patches), -1).max(axis=1) for text in asked])
        for name, scores in (("whole picture", whole), ("best part", part), ("sum of both", whole + part)):
            ranks = reranked(task, whole, scores)
            figures = [(ranks <= k).mean() for k in (1, 5, 10)] + [(1 / ranks).mean()]
            print(f"| {len(ranks)} {task.key} | {name} | " + " | ".join(f"{value:.3f}" for value in figures) + " |")


def reranked(task: TextTask, whole: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rank from 1 of each text's own study: the best `DEPTH` by `whole` are ordered by `scores`."""
    first, then = task.gallery.study_scores(whole), task.gallery.study_scores(scores)
    ranks = []
    for own, by_whole, by_scores in zip(task.own, first, then, strict=True):
        order = np.argsort(-by_whole, kind="stable")
        best = order[:DEPTH][np.argsort(-by_scores[order[:DEPTH]], kind="stable")]
        ranks.append(int(np.flatnonzero(np.append(best, order[DEPTH:]) == own)[0]) + 1)
    return np.array(ranks)


if __name__ == "__main__":
    main()
