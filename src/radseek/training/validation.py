"""What is measured on the val part after each epoch: does a caption find its case, do prompts tell findings apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from radseek.encoders.spec import PreparedEncoder
from radseek.errors import ConfigError
from radseek.evaluation import measure_run
from radseek.images import normalise
from radseek.records.progress import ProgressListener, no_progress
from radseek.records.ranking import Qrels, Run
from radseek.training.config import PromptsConfig, TrainingConfig
from radseek.training.pairs import Pair, read_pairs
from radseek.training.pixels import load_pixels

_AT_ONCE = 256
"""Pictures that are floats at a time: ten thousand of 518 px would take 32 GB. A multiple of the encoders' batches."""
RETRIEVAL_MEASURES = ("success@1", "success@5", "success@10", "mrr", "ndcg@10")


def validate(
    config: TrainingConfig, encoder: PreparedEncoder, pairs: Sequence[Pair], pixels: NDArray[np.uint8]
) -> dict[str, float]:
    """Figures of `encoder` on the val part, and `choice` (higher is better), by which the best epoch is taken.

    Args:
        config: `validation` names the two tables; either may be empty.
        encoder: What is measured.
        pairs: All pictures.
        pixels: Their fitted pixels uint8 `[n, size, size]`.
    """
    figures: dict[str, float] = {}
    tables = config.validation
    if tables.retrieval_table:
        places = _val_places(pairs, tables.retrieval_table)
        vectors = encode_pixels(encoder, pixels[places])
        figures |= caption_to_case(encoder, [pairs[place] for place in places], vectors)
    if tables.findings_table:
        places = _val_places(pairs, tables.findings_table)
        vectors = encode_pixels(encoder, pixels[places])
        scores = finding_scores(encoder, config.prompts, vectors)
        figures |= finding_auroc([pairs[place] for place in places], scores, tables.min_positives)
    parts = [figures[name] for name in ("caption_to_case/ndcg@10", "findings/macro_auroc") if name in figures]
    return figures | ({"choice": sum(parts) / len(parts)} if parts else {})


def check_validation(config: TrainingConfig, pairs: Sequence[Pair]) -> None:
    """Refuse, before anything is trained, a val part on which nothing can be measured.

    Raises:
        ConfigError: When a table that `validation` names has no val pictures, or no texts where texts must ask.
    """
    tables = config.validation
    for name in filter(None, (tables.retrieval_table, tables.findings_table)):
        if not _val_places(pairs, name):
            known = ", ".join(table.name for table in config.tables)
            raise ConfigError(f"validation: table {name!r} has no val pictures; tables here: {known}")
    if tables.retrieval_table:
        asking = [pairs[place] for place in _val_places(pairs, tables.retrieval_table)]
        if not any(pair.image_texts or pair.study_texts for pair in asking):
            raise ConfigError(
                f"validation: the val part of retrieval_table {tables.retrieval_table!r} has no text that could ask; "
                "name a table with texts, or leave it empty and name one with labels as findings_table"
            )


def evaluate_pairs(
    config: TrainingConfig, encoder: PreparedEncoder, progress: ProgressListener = no_progress
) -> dict[str, float]:
    """The val figures of any encoder, prepared in its own way, with 95 % intervals by patient for retrieval.

    Raises:
        ConfigError: As `read_pairs`, or when `validation` names no table, or one on which nothing can be measured.
        InputError: As `read_pairs`.
    """
    wanted = {config.validation.retrieval_table, config.validation.findings_table} - {""}
    if not wanted:
        raise ConfigError("nothing to measure: the configuration names no retrieval_table or findings_table")
    pairs = [pair for pair in read_pairs(config) if pair.split == "val" and pair.table in wanted]
    check_validation(config, pairs)
    pixels = load_pixels(pairs, encoder.spec.preprocessing, config.output / "cache", progress)
    figures = validate(config, encoder, pairs, pixels)
    if not figures:
        raise ConfigError(
            f"nothing to measure: no finding has {config.validation.min_positives} val pictures with and without it "
            "(validation: min_positives)"
        )
    return figures


def encode_pixels(encoder: PreparedEncoder, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Fitted pictures uint8 `[n, size, size]` as unit vectors `[n, dim]`."""
    import torch

    vectors = []
    for start in range(0, max(len(pixels), 1), _AT_ONCE):
        grey = torch.from_numpy(pixels[start : start + _AT_ONCE]).float() / 255
        vectors.append(encoder.encode_prepared(normalise(grey, encoder.spec.preprocessing))[0])
    return np.concatenate(vectors)


def caption_to_case(encoder: PreparedEncoder, pairs: Sequence[Pair], vectors: NDArray[np.float32]) -> dict[str, float]:
    """Success of captions as queries for their own study, by picture vectors only, beside a random order.

    A study scores by its best picture; studies are the gallery. `caption_to_case` asks once for every picture with a
    caption, `first_caption_to_case` once for every study, with the caption of its first picture. A table without any
    caption asks once for every study, with the first of its texts.
    """
    asking = [row for row, pair in enumerate(pairs) if pair.image_texts] or _reported(pairs)
    queries = encoder.encode_texts([(pairs[row].image_texts or pairs[row].study_texts)[0] for row in asking])
    scores = queries @ vectors.T  # [n_queries, n_pictures]
    run: dict[str, Mapping[str, float]] = {}
    for line, row in enumerate(asking):
        best: dict[str, float] = {}
        for place, pair in enumerate(pairs):
            best[pair.study] = max(best.get(pair.study, -np.inf), float(scores[line, place]))
        run[str(row)] = best
    n_studies = len({pair.study for pair in pairs})
    first = {pairs[row].study: row for row in reversed(asking)}
    figures = _own_case("caption_to_case", asking, pairs, run)
    figures |= _own_case("first_caption_to_case", sorted(first.values()), pairs, run)
    figures |= {f"caption_to_case/random_success@{k}": min(1.0, k / n_studies) for k in (1, 5, 10)}
    return figures | {"caption_to_case/studies": n_studies}


def _reported(pairs: Sequence[Pair]) -> list[int]:
    """The first picture of each study that has a text."""
    return list({pair.study: row for row, pair in reversed(list(enumerate(pairs))) if pair.study_texts}.values())[::-1]


def _own_case(
    name: str, rows: Sequence[int], pairs: Sequence[Pair], run: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Measures of the queries of `rows`, each relevant to its own study only, with 95 % intervals by patient."""
    asked = {str(row): run[str(row)] for row in rows}
    qrels = Qrels("own case", {str(row): {pairs[row].study: 1.0} for row in rows})
    patients = {str(row): pairs[row].patient for row in rows}
    measured = measure_run(Run("image vectors", asked), qrels, RETRIEVAL_MEASURES, patients)
    figures = {f"{name}/{measure}": value.value for measure, value in measured.items()}
    figures |= {
        f"{name}/success@10/low": measured["success@10"].low,
        f"{name}/success@10/high": measured["success@10"].high,
    }
    return figures | {f"{name}/queries": len(rows)}


def finding_scores(
    encoder: PreparedEncoder, prompts: PromptsConfig, vectors: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """For each prompted finding one score a picture `[n]`: the mean cosine over every frame and wording."""
    scores = {}
    for finding, wordings in prompts.findings.items():
        texts = [frame.format(wording) for frame in prompts.frames for wording in wordings]
        scores[finding] = vectors @ encoder.encode_texts(texts).mean(axis=0)  # [n, dim] @ [dim] -> [n]
    return scores


def finding_auroc(
    pairs: Sequence[Pair], scores: Mapping[str, NDArray[np.float32]], min_positives: int
) -> dict[str, float]:
    """AUROC of each finding whose positives and negatives number `min_positives` or more, and their plain mean."""
    figures = {}
    for finding, values in scores.items():
        truth = np.array([finding in pair.findings for pair in pairs])
        if min(truth.sum(), (~truth).sum()) >= min_positives:
            figures[f"findings/auroc/{finding}"] = float(roc_auc_score(truth, values))
    if not figures:
        return {}
    return figures | {"findings/macro_auroc": float(np.mean(list(figures.values()))), "findings/measured": len(figures)}


def _val_places(pairs: Sequence[Pair], table: str) -> list[int]:
    return [place for place, pair in enumerate(pairs) if pair.table == table and pair.split == "val"]
