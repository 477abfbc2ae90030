"""The lexical index against BM25 written out: every sentence scored, restricted to what is allowed, sorted."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.errors import ArtifactError, InputError
from radseek.index import NO_ID, LexicalIndex, write_lexical_index
from radseek.index.lexical_analyzer import terms_of

K1, B = 1.2, 0.75
WORDS = (
    "effusion pneumothorax pleural left right lung opacity nodule heart size normal no stable catheter tip "
    "consolidation atelectasis basal mild moderate interval change fracture rib edema"
).split()


def stored_length(n: int) -> int:
    """Lengths are kept in one byte as Lucene's SmallFloat does: exact to 40, then in steps of 1/8 of a power of two."""
    if n < 40:
        return n
    rest = n - 24
    unit = 2 ** (rest.bit_length() - 4)
    return 24 + rest // unit * unit


class ExactLexicalIndex:
    """BM25 by its formula (Robertson and Zaragoza 2009, with the non-negative idf of Lucene)."""

    def __init__(self, ids, texts):
        self.documents = {int(i): Counter(terms_of(text)) for i, text in zip(ids, texts, strict=True)}
        self.frequency = Counter(term for counts in self.documents.values() for term in counts)
        n_terms = sum(sum(counts.values()) for counts in self.documents.values())
        self.mean_length = n_terms / max(1, len(self.documents))

    def idf(self, term):
        n, df = len(self.documents), self.frequency[term]
        return math.log(1 + (n - df + 0.5) / (df + 0.5))

    def score(self, sentence_id, terms):
        counts = self.documents[sentence_id]
        norm = K1 * (1 - B + B * stored_length(sum(counts.values())) / self.mean_length)
        return sum(self.idf(t) * counts[t] * (K1 + 1) / (counts[t] + norm) for t in sorted(terms & set(counts)))

    def search(self, text, allowed=None):
        """All matching allowed (score, id), best first."""
        terms = set(terms_of(text))
        chosen = self.documents if allowed is None else [i for i in allowed.tolist() if i in self.documents]
        matching = [i for i in chosen if terms & set(self.documents[i])]
        return sorted(((self.score(i, terms), i) for i in matching), key=lambda pair: (-pair[0], pair[1]))


def build(folder: Path, ids, texts, **options) -> LexicalIndex:
    folder.mkdir(parents=True)
    names = write_lexical_index(folder, np.asarray(ids, dtype=np.int64), texts, **options)
    assert names == sorted(path.name for path in folder.iterdir())
    return LexicalIndex.load(folder)


def make_texts(rng: np.random.Generator, n: int) -> list[str]:
    distinct = [" ".join(rng.choice(WORDS, rng.integers(1, 15))) for _ in range(max(1, n // 3))]
    return [distinct[i] for i in rng.integers(0, len(distinct), n)]  # each text some three times: ties everywhere


def assert_equals_oracle(index, oracle, text, k, allowed=None):
    scores, ids = index.search(text, k, allowed)
    assert (scores.dtype, ids.dtype, scores.shape, ids.shape) == (np.float32, np.int64, (k,), (k,))
    wanted = oracle.search(text, allowed)
    n = min(k, len(wanted))
    assert np.all(ids[n:] == NO_ID)
    assert np.all(scores[n:] == -np.inf)
    assert np.all(ids[:n] >= 0)
    assert np.allclose(scores[:n], [score for score, _ in wanted[:n]], rtol=2e-5)
    # tantivy adds in single precision: scores that differ by less may swap, anything else may not.
    truth = {sentence_id: score for score, sentence_id in wanted}
    assert len(set(ids[:n].tolist())) == n
    assert np.allclose(scores[:n], [truth[i] for i in ids[:n].tolist()], rtol=2e-5)
    for here, there in zip(range(n - 1), range(1, n), strict=False):
        assert (-scores[here], ids[here]) < (-scores[there], ids[there])
    if n:  # of sentences with the same terms, those with the smaller ids are found
        last = ids[n - 1]
        twins = [i for i in truth if oracle.documents[i] == oracle.documents[int(last)] and i < last]
        assert set(twins) <= set(ids[:n].tolist())


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory):
    rng = np.random.default_rng(0)
    ids = np.sort(rng.permutation(20_000)[:6000])
    texts = make_texts(rng, 6000)
    return build(tmp_path_factory.mktemp("lexical") / "index", ids, texts), ExactLexicalIndex(ids, texts), ids


@given(data=st.data())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_it_equals_bm25_with_and_without_filters(archive, data: st.DataObject) -> None:
    index, oracle, ids = archive
    text = " ".join(data.draw(st.lists(st.sampled_from([*WORDS, "the", "unheard"]), min_size=1, max_size=6)))
    k = data.draw(st.sampled_from([1, 10, 400]))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    share = data.draw(st.sampled_from([None, 0.0, 0.001, 0.05, 0.3, 0.5, 0.9, 1.0]))  # both ways to apply a filter
    allowed = None if share is None else ids[rng.random(ids.size) < share]
    assert_equals_oracle(index, oracle, text, k, allowed)


def test_a_filter_that_allows_only_the_worst_hits_still_finds_them_all(archive) -> None:
    index, oracle, ids = archive
    ranked = [i for _, i in oracle.search("effusion pleural left")]
    unmatched = sorted(set(ids.tolist()) - set(ranked))
    allowed = np.array(sorted([*ranked[-30:], *unmatched]), dtype=np.int64)
    assert allowed.size > 2000  # too many to be part of the query: hits are read on to the very end
    assert_equals_oracle(index, oracle, "effusion pleural left", 30, allowed)
    assert_equals_oracle(index, oracle, "effusion pleural left", 50, allowed)


@pytest.mark.parametrize("places", [slice(0, 150), slice(-150, None)], ids=["best", "worst"])
def test_a_filter_of_medium_size_gives_the_best_of_it_wherever_it_lies(archive, places: slice) -> None:
    index, oracle, _ = archive
    ranked = [sentence_id for _, sentence_id in oracle.search("effusion pleural left")]
    assert len(ranked) > 2300  # more than are read at a glance: the worst are not among those
    assert_equals_oracle(index, oracle, "effusion pleural left", 100, np.array(sorted(ranked[places]), dtype=np.int64))


def test_ids_that_are_not_in_the_index_are_ignored(archive) -> None:
    index, _, ids = archive
    strangers = np.setdiff1d(np.arange(30_000), ids)
    assert np.all(index.search("effusion", 3, strangers)[1] == NO_ID)
    assert np.all(index.search("effusion", 3, strangers[:10])[1] == NO_ID)


@pytest.mark.parametrize(
    "text", ["", "   ", "the of and", "😀 🫁", "!?*+-()[]{}~^\\\"':/&|", "\x00", "\ud800", "unheard"]
)
def test_texts_without_a_known_word_find_nothing(archive, text: str) -> None:
    scores, ids = archive[0].search(text, 3)
    assert ids.tolist() == [NO_ID] * 3
    assert scores.tolist() == [-np.inf] * 3


@given(text=st.text(max_size=60))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_text_is_a_syntax_error(archive, text: str) -> None:
    index, oracle, _ = archive
    assert_equals_oracle(index, oracle, text, 5)


@pytest.mark.parametrize(
    "text",
    [
        "effusion AND",
        '"left effusion',
        "text:effusion",
        "-effusion",
        "id:[0 TO 5] effusion",
        "effusion^",
        "eff* effusion",
    ],
)
def test_query_language_is_only_words(archive, text: str) -> None:
    index, oracle, _ = archive
    assert index.search(text, 1)[1][0] != NO_ID
    assert_equals_oracle(index, oracle, text, 5)


def test_a_pasted_book_is_a_fine_query(tmp_path: Path) -> None:
    ids, texts = np.arange(500), [f"finding{i} effusion" for i in range(500)]
    index = build(tmp_path / "index", ids, texts)
    scores, found = index.search(" ".join(texts) * 20, 500)
    assert np.count_nonzero(found >= 0) == 256  # the 256 rarest of 501 terms are asked
    assert np.all(np.diff(scores[:256]) <= 0)


def test_long_sentences_follow_the_stored_length(tmp_path: Path) -> None:
    texts = [" ".join(["effusion"] + ["lung"] * (n - 1)) for n in (1, 39, 40, 41, 45, 90, 700)]
    ids = np.arange(len(texts))
    assert_equals_oracle(build(tmp_path / "index", ids, texts), ExactLexicalIndex(ids, texts), "effusion", 7)


def test_equal_scores_go_to_the_smaller_id_across_segments(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    n = 60_000
    texts = [f"effusion {word}" for word in rng.choice(WORDS, n)]
    index = build(tmp_path / "index", np.arange(n), texts, writer_bytes=15_000_000)
    assert index._searcher.num_segments > 1, "one segment would show nothing"
    wanted = [i for i, text in enumerate(texts) if text == "effusion rib"]
    assert index.search("effusion rib", 50)[1].tolist() == wanted[:50]
    allowed = np.arange(1, n, 2)
    assert index.search("effusion rib", 50, allowed)[1].tolist() == [i for i in wanted if i % 2][:50]


def test_empty_and_one_sentence_indexes(tmp_path: Path) -> None:
    nothing = build(tmp_path / "none", np.empty(0, dtype=np.int64), [])
    assert nothing.count == 0
    assert nothing.search("effusion", 2)[1].tolist() == [NO_ID, NO_ID]
    one = build(tmp_path / "one", [2**62], ["Small pleural effusion."])
    assert one.search("EFFUSIONS", 2)[1].tolist() == [2**62, NO_ID]


def test_sentences_without_words_are_kept_and_never_found(tmp_path: Path) -> None:
    index = build(tmp_path / "index", [1, 2, 3], ["", "😀 \ud800", "effusion"])
    assert index.count == 3
    assert index.search("effusion 😀", 3)[1].tolist() == [3, NO_ID, NO_ID]


def test_the_folder_stays_untouched_and_may_vanish_after_loading(tmp_path: Path) -> None:
    build(tmp_path / "index", [1, 2], ["left effusion", "right nodule"])
    before = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()}
    index = LexicalIndex.load(tmp_path / "index")
    assert {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()} == before
    for path in (tmp_path / "index").iterdir():
        path.unlink()
    assert index.search("nodule", 1)[1].tolist() == [2]


def test_bad_arguments_are_refused(archive) -> None:
    with pytest.raises(InputError, match=r"k: expected a whole number"):
        archive[0].search("effusion", 0)
    with pytest.raises(InputError, match=r"allowed: ids must be strictly ascending"):
        archive[0].search("effusion", 1, np.array([3, 2]))
    with pytest.raises(InputError, match=r"allowed: expected int64"):
        archive[0].search("effusion", 1, np.array([3.0]))


def test_a_folder_that_is_no_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"the lexical index cannot be read; run `radseek index`"):
        LexicalIndex.load(tmp_path)
    with pytest.raises(ArtifactError, match=r"the lexical index cannot be read"):
        LexicalIndex.load(tmp_path / "absent")
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(ArtifactError, match=r"the lexical index cannot be read"):
        LexicalIndex.load(tmp_path)


def test_opening_many_times_leaves_nothing_behind_and_never_fails(tmp_path, monkeypatch):
    """tantivy's watcher once made its lock file while the folder of links was being removed."""
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setenv("TMPDIR", str(links))
    monkeypatch.setattr("tempfile.tempdir", None)
    folder = tmp_path / "index"
    folder.mkdir()
    write_lexical_index(folder, np.array([1, 2], dtype=np.int64), ["small effusion", "no effusion"])
    for _ in range(60):
        assert LexicalIndex.load(folder).count == 2
    assert list(links.iterdir()) == []
