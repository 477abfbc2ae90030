"""Have the embeddings collapsed, and how far apart do pictures and texts lie?"""

from __future__ import annotations

from radseek.evaluation.embedding_health import SideHealth, measure_embeddings
from radseek.service.evaluation.report import Figure, Panel, Section, finite
from radseek.service.evaluation.subject import Subject, finding_texts, text_tasks


def health_section(subject: Subject) -> Section:
    """Mean cosine and effective rank of both sides, and the gap between them."""
    texts = [text for task in text_tasks(subject) for text in task.texts]
    words = "the texts that ask" if texts else "the prompts"
    found = measure_embeddings(subject.embedded.vectors, subject.texts(texts or finding_texts(subject.prompts)))
    figures = (
        *_side("pictures", found.pictures),
        *_side("texts", found.texts),
        Figure("health/centroid_similarity", "cosine of the two centres", finite(found.centroid_similarity)),
        Figure("health/modality_gap", "distance of the two centres (0 to 2)", finite(found.modality_gap)),
    )
    return Section(
        "health",
        "Embedding health",
        "Have the embeddings collapsed, and how far apart do pictures and texts lie?",
        (Panel("health", f"Pictures, and {words}", figures=figures),),
        notes=("A mean cosine near 1, or an effective rank near 1, says that everything looks alike to the encoder.",),
    )


def _side(name: str, side: SideHealth) -> tuple[Figure, ...]:
    same = f"{side.n_identical:,} equal an earlier one" if side.n_identical else ""
    return (
        Figure(
            f"health/{name}/mean_cosine", f"{name}: mean cosine of two", finite(side.mean_cosine), n=side.n, note=same
        ),
        Figure(
            f"health/{name}/effective_rank",
            f"{name}: effective rank, of {side.dim}",
            finite(side.effective_rank),
            n=side.n,
        ),
    )
