"""How much can anybody learn from the pairs that radseek-mini was trained on? Supervised ceilings beside its figures.

    python benchmarks/ceilings.py --data-root DATA

Three questions, all answered on the val parts:
- NIH: how well does a supervised linear classifier tell the findings apart, with the same pictures and their labels?
- MedPix: how often does a caption, or a picture, let one tell the modality, plane, region and organ system?
- MedPix: where would a caption find its case if these were known of both without error, or of one of them?
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from radseek.encoders import LocalEncoder, load_encoder
from radseek.encoders.efficientnet_lite import EfficientNetLite, ImageTowerConfig
from radseek.images import normalise
from radseek.records.config import build_config
from radseek.records.progress import no_progress
from radseek.training.config import TrainingConfig
from radseek.training.pairs import Pair, read_pairs
from radseek.training.pixels import load_pixels
from radseek.training.public_weights import read_image_weights
from radseek.training.validation import finding_auroc, finding_scores

RECIPE = Path(__file__).parents[1] / "configs" / "training" / "radseek-mini.yaml"
STRENGTHS = (1e1, 1e2, 1e3, 1e4, 1e5)
"""Ridge penalties of the classifiers; the best in cross-validation by patient on the train part is taken."""
KINDS = ("modality", "plane", "region", "system")
BATCH = 64
Features = dict[str, NDArray[np.float32]]
"""Name of what made them -> features `[n_pairs, channels]`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/ceilings"), help="folder for fitted pixels")
    arguments = parser.parse_args()
    config = read_recipe(arguments.data_root, arguments.cache)
    pairs = read_pairs(config)
    encoder = load_encoder("radseek-mini")
    pixels = load_pixels(pairs, config.preprocessing, arguments.cache, no_progress)
    grey = torch.from_numpy(pixels).float() / 255
    pictures = normalise(grey, config.preprocessing)
    features = {
        "ImageNet tower": in_batches(start_features(), pictures),
        "radseek-mini": in_batches(lambda part: encoder.encode_prepared(part)[0], pictures),
    }
    report_findings(config, pairs, features, encoder)
    report_attributes(config, pairs, features, encoder)


def read_recipe(data_root: Path, cache: Path) -> TrainingConfig:
    """The recipe's two measured tables and its prompts."""
    plain = yaml.safe_load(RECIPE.read_text())
    plain["tables"] = [table for table in plain["tables"] if table["name"] in {"medpix2", "nih_cxr14"}]
    plain |= {"data_root": str(data_root), "output": str(cache)}
    return build_config(plain, TrainingConfig)


def start_features() -> Callable[[torch.Tensor], NDArray[np.float32]]:
    """Mean and maximum over the feature map of the tower that the training starts from."""
    tower = EfficientNetLite(ImageTowerConfig())
    tower.load_state_dict(read_image_weights())
    tower.eval()

    def run(pictures: torch.Tensor) -> NDArray[np.float32]:
        with torch.inference_mode():
            maps = tower(pictures)
        return torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1).numpy()

    return run


def in_batches(run: Callable[[torch.Tensor], NDArray[np.float32]], pictures: torch.Tensor) -> NDArray[np.float32]:
    return np.concatenate([run(part) for part in pictures.split(BATCH)])


def report_findings(config: TrainingConfig, pairs: Sequence[Pair], features: Features, encoder: LocalEncoder) -> None:
    train, val = places(pairs, "nih_cxr14", "train"), places(pairs, "nih_cxr14", "val")
    asked = finding_scores(encoder, config.prompts, features["radseek-mini"][val])
    measured = finding_auroc([pairs[place] for place in val], asked, config.validation.min_positives)
    findings = [name.rpartition("/")[2] for name in measured if name.startswith("findings/auroc/")]
    print(f"NIH, {len(train)} train and {len(val)} val pictures, macro AUROC over {len(findings)} findings")
    print(f"  radseek-mini asked by prompts, no label of the val part   {measured['findings/macro_auroc']:.3f}")
    for name, vectors in features.items():
        aurocs = []
        for finding in findings:
            truth = np.array([finding in pair.findings for pair in pairs])
            model = best_classifier(vectors[train], truth[train], [pairs[place].patient for place in train])
            aurocs.append(roc_auc_score(truth[val], model.decision_function(vectors[val])))
        print(f"  supervised, linear classifier on {name:<23}   {np.mean(aurocs):.3f}")
    known = [place for place in val if pairs[place].teacher]
    aurocs = []
    for finding in findings:
        rows = [place for place in known if finding in pairs[place].teacher]
        truth = [finding in pairs[place].findings for place in rows]
        if min(sum(truth), len(truth) - sum(truth)) >= config.validation.min_positives:
            aurocs.append(roc_auc_score(truth, [pairs[place].teacher[finding] for place in rows]))
    if aurocs:
        print(
            f"  CheXNet reproduction (112,120 pictures), {len(aurocs)} findings on {len(known)} pictures   "
            f"{np.mean(aurocs):.3f}"
        )


def best_classifier(vectors: NDArray[np.float32], truth: NDArray[Any], patients: Sequence[str]) -> Pipeline:
    """A linear (ridge) classifier whose penalty is chosen by AUROC (accuracy for several classes) in five folds."""

    def build(strength: float) -> Pipeline:
        weight = "balanced" if truth.dtype == bool else None
        return make_pipeline(StandardScaler(), RidgeClassifier(strength, class_weight=weight))

    def quality(strength: float) -> float:
        parts = []
        for fit, held in GroupKFold(5).split(vectors, truth, patients):
            if len(set(truth[fit])) < 2 or len(set(truth[held])) < 2:
                continue
            model = build(strength).fit(vectors[fit], truth[fit])
            if truth.dtype == bool:
                parts.append(roc_auc_score(truth[held], model.decision_function(vectors[held])))
            else:
                parts.append(model.score(vectors[held], truth[held]))
        return float(np.mean(parts))

    return build(max(STRENGTHS, key=quality)).fit(vectors, truth)


def report_attributes(config: TrainingConfig, pairs: Sequence[Pair], features: Features, encoder: LocalEncoder) -> None:
    asked = [place for place in places(pairs, "medpix2") if pairs[place].image_texts]
    captions = [pairs[place].image_texts[0] for place in asked]
    is_val = np.array([pairs[place].split == "val" for place in asked])
    words = TfidfVectorizer(min_df=2, sublinear_tf=True).fit([
        caption for caption, val in zip(captions, is_val, strict=True) if not val
    ])
    sources = {
        "its caption's words": words.transform(captions).toarray().astype(np.float32),
        "its caption, by radseek-mini": encoder.encode_texts(captions),
        "its picture, by radseek-mini": features["radseek-mini"][asked],
    }
    patients = [pairs[place].patient for place in asked]
    values = {kind: np.array([value_of(pairs[place], config, kind) for place in asked]) for kind in KINDS}
    print(
        f"\nMedPix, {int((~is_val).sum())} train and {int(is_val.sum())} val pictures with captions: "
        "how often a classifier tells right"
    )
    print(f"  {'from':<32}" + "".join(f"{kind:>10}" for kind in KINDS))
    commonest = [np.mean(truth[is_val] == max(set(truth), key=truth.tolist().count)) for truth in values.values()]
    print(f"  {'nothing (the commonest value)':<32}" + "".join(f"{share:>10.3f}" for share in commonest))
    truth = np.stack(list(values.values()), axis=1)[is_val]  # [n_val, kinds]
    told: dict[str, NDArray[Any]] = {}
    for name, vectors in sources.items():
        own = [p for p, val in zip(patients, is_val, strict=True) if not val]
        models = [best_classifier(vectors[~is_val], known[~is_val], own) for known in values.values()]
        told[name] = np.stack([model.predict(vectors[is_val]) for model in models], axis=1)
        shares = (told[name] == truth).mean(axis=0)
        print(f"  {name:<32}" + "".join(f"{share:>10.3f}" for share in shares))
    studies = np.array([pairs[place].study for place in asked])[is_val]
    print("\nMedPix val, a caption's own case among all, were these known of both without error")
    report_oracle(truth, truth, studies)
    print("  the same, known of the caption and told from the picture by radseek-mini and a classifier")
    report_oracle(truth, told["its picture, by radseek-mini"], studies)
    print("  the same, known of the picture and told from the caption by radseek-mini and a classifier")
    report_oracle(told["its caption, by radseek-mini"], truth, studies)


def report_oracle(captions: NDArray[Any], pictures: NDArray[Any], studies: NDArray[Any]) -> None:
    """Cases by how many attributes their best picture shares with the caption; ties count by expectation.

    Args:
        captions: Values `[n, kinds]` of each picture's caption.
        pictures: Values `[n, kinds]` of the pictures.
        studies: Case of each, `[n]`.
    """
    names = sorted(set(studies))
    for n_kinds in range(1, len(KINDS) + 1):
        agreed = (captions[:, None, :n_kinds] == pictures[None, :, :n_kinds]).sum(-1)  # [n, n]
        best = np.stack([agreed[:, studies == name].max(axis=1) for name in names], axis=1)
        own = best[np.arange(len(studies)), [names.index(study) for study in studies]][:, None]
        above, tied = (best > own).sum(1), (best == own).sum(1)
        shares = [np.clip((k - above) / tied, 0, 1).mean() for k in (1, 5, 10)]
        shown = ", ".join(f"success@{k} {share:.3f}" for k, share in zip((1, 5, 10), shares, strict=True))
        print(f"  {' + '.join(KINDS[:n_kinds]):<36}{shown}")


def value_of(pair: Pair, config: TrainingConfig, kind: str) -> str:
    known = sorted(pair.findings & set(config.prompts.attributes[kind].values))
    return known[0] if known else "other"


def places(pairs: Sequence[Pair], table: str, split: str = "") -> list[int]:
    return [place for place, pair in enumerate(pairs) if pair.table == table and split in {"", pair.split}]


if __name__ == "__main__":
    main()
