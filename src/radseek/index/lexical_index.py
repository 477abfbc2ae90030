"""BM25 over report sentences, by tantivy."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radseek.errors import ArtifactError, StorageError
from radseek.index.contract import NO_ID, Ids, Scores
from radseek.index.id_lookup import places_of
from radseek.index.lexical_analyzer import ANALYZER, build_analyzer, clean_text, placed_terms, terms_of
from radseek.index.vector_checks import check_allowed, check_k

_TEXT, _ID = "text", "id"
_WRITER_BYTES = 500_000_000
"""Ceiling of the writer's memory (used as needed): one segment up to some millions of sentences."""
_MAX_TERMS = 256
"""Terms of a query at most, the rarest ones: a pasted report has some 150."""
_ID_COST = 20
"""An allowed id inside the query costs about as much time as reading this many hits (measured: 5 to 20 against 0.25 to
0.6 us)."""
_GLANCE = 2_000
"""Hits read before any id goes into a query: a millisecond, after which ids are often not needed."""
_WIDEN = 1.5, 8.0
"""Least and most times as many hits that are read next: as many as are likely needed where too few were allowed so far,
and the most where many are equal."""
_SHORTEST_STEM, _LONGEST_SUFFIX = 4, 3
"""Of `perforat*`: the stem `perfor` is that much shorter at most."""
_REMOVE_TRIES = 100


def write_lexical_index(
    folder: Path, ids: Ids, texts: Iterable[str], *, writer_bytes: int = _WRITER_BYTES
) -> list[str]:
    """Writes an index over `texts` into an existing empty folder and returns the names of its files, sorted.

    The files are not the same from build to build (tantivy names segments at random).

    Args:
        folder: Where to write.
        ids: int64 `[n]`, strictly ascending.
        texts: One sentence for each id, in the order of `ids`.
        writer_bytes: Memory after which the writer starts another segment.

    Raises:
        StorageError: When the disk refuses.
    """
    import tantivy

    try:
        index = tantivy.Index(_schema(), path=str(folder))
        index.register_tokenizer(ANALYZER, build_analyzer())
        # One thread: documents stay in id order inside a segment, so equal scores come out by smaller id.
        writer = index.writer(heap_size=writer_bytes, num_threads=1)
        for sentence_id, text in zip(ids.tolist(), texts, strict=True):
            document = tantivy.Document()
            document.add_unsigned(_ID, sentence_id)
            document.add_text(_TEXT, clean_text(text))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
    except OSError as error:
        raise StorageError(f"cannot write the lexical index: {error.strerror or 'the disk refused'}") from error
    for lock in folder.glob("*.lock"):
        lock.unlink()
    return sorted(path.name for path in folder.iterdir())


def _remove_links(links: Path) -> None:
    """Removes a folder of links in which tantivy's watcher may be making a lock file at this very moment."""
    for _ in range(_REMOVE_TRIES):
        shutil.rmtree(links, ignore_errors=True)
        if not links.exists():
            return
        time.sleep(0.01)


class LexicalIndex:
    """Finds sentences by their words: BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza 2009), as in Lucene.

    A sentence matches when it shares at least one term with the query; term statistics are those of all sentences,
    whatever is allowed. Lengths above 40 terms are rounded down to one of 200 steps.
    """

    def __init__(self, searcher: Any) -> None:  # noqa: ANN401  (a tantivy Searcher: the library exports no types)
        self._searcher = searcher
        self._schema = _schema()

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """The index that `write_lexical_index` left in `folder`. Verify the files' SHA-256 before.

        The folder may be read-only, and may be deleted once this returns: all files are mapped by then.

        Raises:
            ArtifactError: When the folder holds no such index.
        """
        import tantivy

        # tantivy makes a lock file where it opens an index. Opened through links, the index folder stays untouched.
        links = Path(tempfile.mkdtemp(prefix="radseek-lexical-"))
        try:
            for path in folder.iterdir():
                (links / path.name).symlink_to(path.resolve())
            index = tantivy.Index.open(str(links))
            index.register_tokenizer(ANALYZER, build_analyzer())
            index.config_reader("manual")
            index.reload()
            return cls(index.searcher())
        except (OSError, ValueError) as error:
            raise ArtifactError("the lexical index cannot be read; run `radseek index`") from error
        finally:
            _remove_links(links)

    @property
    def count(self) -> int:
        """Number of sentences."""
        return int(self._searcher.num_docs)

    def search(self, text: str, k: int, allowed: Ids | None = None) -> tuple[Scores, Ids]:
        """Scores float32 `[k]` and sentence ids int64 `[k]`, best first, equal scores by smaller id.

        Any text is a fine query: it is cut into terms, and no character has a special meaning. Repeated terms count
        once. Places without a sentence hold id -1 and score -inf.

        Args:
            text: What to look for.
            k: Places wanted, at least 1.
            allowed: Sentence ids that may be found, int64 `[m]`, strictly ascending; None allows all.

        Raises:
            InputError: When `k` or `allowed` is not as above.
        """
        check_k(k)
        check_allowed(allowed)
        terms = self._known_terms(text)
        scores, ids = np.full(k, -np.inf, dtype=np.float32), np.full(k, NO_ID, dtype=np.int64)
        if terms and (allowed is None or allowed.size):
            best_scores, best_ids = self._best(terms, k, allowed)
            scores[: best_ids.size], ids[: best_ids.size] = best_scores, best_ids
        return scores, ids

    def containing(self, words: str) -> Ids:
        """Ids of the sentences that hold `words` in this order, next to each other; ascending, int64.

        Words are compared by their stems, stop words stand for any word. Where the last one ends in `*`, a single word
        with that beginning is enough in place of it, and the words may stand apart. Nothing but stop words is nowhere.
        """
        beginning = words.rstrip().rpartition(" ")[2].removesuffix("*") if words.rstrip().endswith("*") else ""
        placed = placed_terms(words.rstrip().removesuffix(f"{beginning}*") if beginning else words)
        queries = [self._phrase(placed)] if placed and not beginning else []
        if beginning:
            queries = [self._phrase([(0, term)]) for _, term in placed]
            queries += [self._beginning(term) for _, term in placed_terms(beginning)[-1:]]
        if not queries or not self.count:
            return np.zeros(0, dtype=np.int64)
        return np.sort(self._fetch(self._all_of(queries), self.count)[1])

    def word_shares(self, text: str, ids: Ids) -> NDArray[np.float64]:
        """How much of `text` each sentence of `ids` holds: the share of its distinct terms, weighed by their rarity.

        A term weighs log((n + 1) / (m + 1)) where m of n sentences hold it; one that none holds weighs the most, and
        unlike BM25 scores the shares of different texts can be compared.

        Args:
            text: Any text.
            ids: Sentence ids, int64 `[n]`, strictly ascending.

        Returns:
            float64 `[n]` in 0..1; 0 for unknown ids, and for a text without terms.
        """
        import tantivy

        counts = {term: int(self._searcher.doc_freq(_TEXT, term)) for term in dict.fromkeys(terms_of(text))}
        weights = {term: math.log((self.count + 1) / (count + 1)) for term, count in counts.items()}
        shares, total = np.zeros(ids.size), math.fsum(weights.values())
        known = self._known_terms(text)
        if not known or not ids.size or total <= 0:
            return shares
        query, occur = tantivy.Query, tantivy.Occur
        terms = [(term, query.term_query(self._schema, _TEXT, term, index_option="basic")) for term in known]
        held = query.boolean_query([(occur.Should, query.const_score_query(one, weights[term])) for term, one in terms])
        chosen = query.const_score_query(query.term_set_query(self._schema, _ID, ids.tolist()), 0.0)
        scores, found = self._fetch(query.boolean_query([(occur.Must, held), (occur.Must, chosen)]), ids.size)
        shares[np.searchsorted(ids, found)] = np.minimum(1.0, scores.astype(np.float64) / total)
        return shares

    def _phrase(self, placed: list[tuple[int, str]]) -> Any:  # noqa: ANN401
        import tantivy

        if len(placed) == 1:
            return tantivy.Query.term_query(self._schema, _TEXT, placed[0][1], index_option="freq")
        return tantivy.Query.phrase_query(self._schema, _TEXT, placed)

    def _beginning(self, term: str) -> Any:  # noqa: ANN401
        """Terms that begin with `term`, or are what a stem has left of it: `perforat` finds `perforation`, `perfor`."""
        import tantivy

        shorter = [term[:end] for end in range(max(_SHORTEST_STEM, len(term) - _LONGEST_SUFFIX), len(term))]
        return tantivy.Query.regex_query(self._schema, _TEXT, "|".join([f"{term}.*", *shorter]))

    def _all_of(self, queries: list[Any]) -> Any:  # noqa: ANN401
        import tantivy

        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])

    def _known_terms(self, text: str) -> list[str]:
        """The query's distinct terms that occur in any sentence, at most `_MAX_TERMS`, rarest first."""
        counts = {term: int(self._searcher.doc_freq(_TEXT, term)) for term in dict.fromkeys(terms_of(text))}
        known = [term for term, count in counts.items() if count]
        return sorted(known, key=counts.__getitem__)[:_MAX_TERMS]

    def _best(self, terms: list[str], k: int, allowed: Ids | None) -> tuple[Scores, Ids]:
        """The best at most `k` scores and ids.

        A filter is applied in the cheapest of three ways, all exact: the first hits hold `k` allowed ones, as those do
        that state what the words say; a few ids become part of the query; of many ids, hits are read until `k` allowed
        ones were met.
        """
        if allowed is None:
            return self._read_on(self._query(terms), k, k, None)
        likely = min(self.count, math.ceil(2 * k * self.count / allowed.size))
        if allowed.size * _ID_COST > likely:
            return self._read_on(self._query(terms), k, likely, allowed)
        if k <= allowed.size and allowed.size * _ID_COST > _GLANCE:
            scores, ids, last = self._read(self._query(terms), _GLANCE, allowed)
            if self._is_settled(scores, k, last):
                return _best_of(scores, ids, k)
        return self._read_on(self._query(terms, allowed), k, k, None)

    def _read_on(self, query: Any, k: int, limit: int, allowed: Ids | None) -> tuple[Scores, Ids]:  # noqa: ANN401
        """The best `k` allowed hits: reads the first `limit` hits, and more until `k` are certain or none is left."""
        while True:
            limit = min(limit, self.count)
            scores, ids, last = self._read(query, limit, allowed)
            if limit == self.count or self._is_settled(scores, k, last):
                return _best_of(scores, ids, k)
            missing = _WIDEN[0] * k / max(1, ids.size) if ids.size < k else _WIDEN[1]
            limit = math.ceil(limit * min(missing, _WIDEN[1]))

    def _read(self, query: Any, limit: int, allowed: Ids | None) -> tuple[Scores, Ids, np.float32 | None]:  # noqa: ANN401
        """The allowed ones of the first `limit` hits, and the last score read; None where there are no more hits."""
        scores, ids = self._fetch(query, limit)
        last = None if ids.size < limit else scores[-1]
        if allowed is not None:
            keep = places_of(allowed, ids) >= 0
            scores, ids = scores[keep], ids[keep]
        return scores, ids, last

    def _is_settled(self, scores: Scores, k: int, last: np.float32 | None) -> bool:
        """Whether reading on could not change the best `k` of `scores` (descending), `last` being the last score read.

        Inside one segment hits with equal scores come by id; over several they do not, and the tie must be read out.
        """
        if last is None:
            return True
        return scores.size >= k and bool(self._searcher.num_segments == 1 or last < scores[k - 1])

    def _fetch(self, query: Any, limit: int) -> tuple[Scores, Ids]:  # noqa: ANN401
        hits = self._searcher.search(query, limit, count=False).hits
        ids = self._searcher.fast_field_values(_ID, [address for _, address in hits])
        return np.array([score for score, _ in hits], dtype=np.float32), np.array(ids, dtype=np.int64)

    def _query(self, terms: list[str], allowed: Ids | None = None) -> Any:  # noqa: ANN401
        """Any of `terms`, and when given one of the `allowed` ids, which adds nothing to the score."""
        import tantivy

        query, occur = tantivy.Query, tantivy.Occur
        words = query.boolean_query([
            (occur.Should, query.term_query(self._schema, _TEXT, term, index_option="freq")) for term in terms
        ])
        if allowed is None:
            return words
        chosen = query.const_score_query(query.term_set_query(self._schema, _ID, allowed.tolist()), 0.0)
        return query.boolean_query([(occur.Must, words), (occur.Must, chosen)])


def _best_of(scores: Scores, ids: Ids, k: int) -> tuple[Scores, Ids]:
    """The first `k`, equal scores by smaller id."""
    order = np.lexsort((ids, -scores))[:k]
    return scores[order], ids[order]


def _schema() -> Any:  # noqa: ANN401
    """A text field with the places of its terms, and the sentence id."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_TEXT, tokenizer_name=ANALYZER, index_option="position")
    builder.add_unsigned_field(_ID, indexed=True, fast=True)
    return builder.build()
