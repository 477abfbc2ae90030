"""An index as if one study's own report had never been written: for honest trials with its sentences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radseek.index import NO_STUDY, Generation


def without_report_of(generation: Generation, study_id: int) -> Generation:
    """`generation` with the sentences of that study belonging to no study; its pictures stay.

    Nothing of that report then finds, ranks, affirms, contradicts, excludes or holds a phrase. All else is shared with
    `generation`, not copied.
    """
    owners = generation.sentence_owners
    study_ids = np.where(owners.study_ids == study_id, NO_STUDY, owners.study_ids)
    return replace(generation, sentence_owners=replace(owners, study_ids=study_ids))
