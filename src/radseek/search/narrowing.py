"""Which studies a query leaves out, whatever channel finds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from radseek.index import ASSERTION_CODES, Generation
from radseek.records.search import Channel, Exclusion, Query
from radseek.search.agreement import STATING, studies_stating
from radseek.search.channels import Ids, Probe, SearchScope

NO_IDS: Ids = np.zeros(0, dtype=np.int64)
_REPORT_CHANNELS = frozenset({Channel.SENTENCE, Channel.LEXICAL})


def narrow_scope(query: Query, generation: Generation, scope: SearchScope) -> SearchScope:
    """`scope` without the studies that state what the query excludes, and with those only that hold its phrases.

    Reports decide that, also about what pictures bring: an exclusion asks for what is known of a study.
    """
    barred = _union([scope.barred_studies, *(_excluded_studies(e, generation) for e in query.excluded)])
    allowed = scope.allowed_studies
    for phrase in query.phrases:
        holding = _studies_of(generation.lexical.containing(phrase), generation)
        allowed = holding if allowed is None else np.intersect1d(allowed, holding, assume_unique=True)
    return replace(scope, allowed_studies=allowed, barred_studies=barred if barred.size else None)


def without_contradictions(probes: Iterable[Probe], query: Query, scope: SearchScope) -> SearchScope:
    """`scope` without the studies whose reports contradict the only statement of the query.

    A report outweighs a similar picture. Pictures searched alone do not know the reports; of several statements a study
    may contradict one and answer the others.
    """
    agreements = [probe.agreement for probe in probes]
    if len(agreements) != 1 or agreements[0] is None or not _REPORT_CHANNELS & set(query.channels):
        return scope
    return replace(scope, barred_studies=_union([scope.barred_studies, agreements[0].contradicting]))


def _excluded_studies(exclusion: Exclusion, generation: Generation) -> Ids:
    if exclusion.stated:
        return _union(studies_stating(asked, generation) for asked in exclusion.stated)
    owners = generation.sentence_owners
    stating = np.array([ASSERTION_CODES[assertion] for assertion in STATING], dtype=np.uint8)
    places = np.searchsorted(owners.ids, generation.lexical.containing(exclusion.text))
    return _linked(owners.study_ids[places[np.isin(owners.assertions[places], stating)]])


def _studies_of(sentence_ids: Ids, generation: Generation) -> Ids:
    return _linked(generation.sentence_owners.studies_of(sentence_ids))


def _linked(study_ids: Ids) -> Ids:
    """Each study once, ascending, without what belongs to none."""
    unique = np.unique(study_ids)
    return unique[unique >= 0]


def _union(studies: Iterable[Ids | None]) -> Ids:
    return np.unique(np.concatenate([NO_IDS, *(ids for ids in studies if ids is not None)]))
