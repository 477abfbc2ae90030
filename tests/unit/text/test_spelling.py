import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radseek.text.spelling import Correction, KnownWords, _distances, count_words, lexicon_words, suggest
from radseek.text.wordings import fold

ARCHIVE = {"pleural": 900, "effusion": 1200, "effusions": 300, "pneumothorax": 1500, "lung": 4000, "lungs": 5000}


@pytest.fixture(scope="module")
def known() -> KnownWords:
    return KnownWords(ARCHIVE)


def slow_distance(a: str, b: str) -> int:
    """Optimal string alignment, as it is defined."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("effussion", "effusion"),
        ("pnuemothorax", "pneumothorax"),
        ("cardiomegally", "cardiomegaly"),
        ("atelectesis", "atelectasis"),
        ("hydronephrosys", "hydronephrosis"),
        ("plueral effusoin", "pleural effusion"),
        ("small left plueral effussions without pnuemothorax", "small left pleural effusions without pneumothorax"),
        ("SMALL EFFUSSION", "SMALL EFFUSION"),
        ("Effussion. Normal lungs.", "Effusion. Normal lungs."),
        ("Haemorrage", "Hemorrhage"),
        ("emphysemma and consoldation", "emphysema and consolidation"),
        ("fractre of the clavical", "fracture of the clavicle"),
        ("brain infart", "brain infarct"),
        ("nodul", "nodule"),
        ("rigth opasity, tortous aorta", "right opacity, tortuous aorta"),
        ("cholecistitis; diverticulites!", "cholecystitis; diverticulitis!"),
        ("modality:CT efusion -fractre", "modality:CT effusion -fracture"),
    ],
)
def test_misspelt_queries_are_offered_what_was_meant(known: KnownWords, written: str, meant: str) -> None:
    offered = suggest(written, known)
    assert offered is not None
    assert offered.text == meant


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "small left effusion without pneumothorax",
        "oedema, tumours, haemorrhages and metastases",
        "disc herniation at L4-5, T12",
        "RLL pneumonia, COPD, CABG, RUQ",
        "htn ptx chf",
        'modality:CTX source:"Sommne Hopital" lung',
        '"exact fraze that stands" lung',
        "“exact fraze” lung",
        "5mm nodule 2.3cm 12x14mm",
        "1.2.840.113619.2.55 ACC12345",
        "zzzzzz qqqqqq",
        "сердце увеличено 胸水",
        "🙂🙂",
        "XXXX effusion",
        "ask someone@hospitl.org or https://pneumotorax.org",
        "McBurney",
    ],
)
def test_what_is_right_or_no_word_is_left_alone(known: KnownWords, query: str) -> None:
    assert suggest(query, known) is None


@pytest.mark.parametrize(
    "query",
    [
        "<script>alert(1)</script> effusion'; DROP TABLE studies; --",
        "<script> effusion </script>",
        "< scrpit type > effusion",
        "effussion=1 --lugns {lugns} $lugns \\\\lugns",
        "x=1; effussion; lugns",
    ],
)
def test_markup_and_code_are_left_alone(known: KnownWords, query: str) -> None:
    assert suggest(query, known) is None


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("effussion; rigth lugns", "effusion; right lungs"),
        ("effussion <3 cm > rigth", "effusion <3 cm > right"),
        ("<b> effussion </b>", "<b> effusion </b>"),
    ],
)
def test_prose_beside_code_is_corrected(known: KnownWords, query: str, offered: str) -> None:
    suggestion = suggest(query, known)
    assert suggestion is not None
    assert suggestion.text == offered


def test_a_correction_has_its_place(known: KnownWords) -> None:
    query = "no effussion, rigth lung"
    offered = suggest(query, known)
    assert offered is not None
    assert offered.corrections == (Correction(3, 12, "effusion"), Correction(14, 19, "right"))
    assert [query[c.start : c.end] for c in offered.corrections] == ["effussion", "rigth"]


def test_the_commoner_word_is_offered_of_two_equally_near() -> None:
    assert KnownWords({"bandel": 5, "bandet": 5000}).nearest("bandex") == "bandet"
    assert KnownWords({"bandel": 5000, "bandet": 5}).nearest("bandex") == "bandel"
    assert KnownWords({"bandet": 5, "bandel": 5}).nearest("bandex") == "bandel"


def test_the_nearer_word_is_offered_however_common_the_other_is() -> None:
    assert KnownWords({"gravelling": 1, "gravelly": 10**9}).nearest("gravellingg") == "gravelling"


def test_a_word_of_the_archive_is_known_and_its_plural_and_british_spelling_too() -> None:
    assert "gravelloma" not in lexicon_words()
    known = KnownWords({"gravelloma": 3})
    assert all(word in known for word in ("gravelloma", "gravellomas", "Gravelloma"))
    assert suggest("gravellomma", known) is not None


def test_a_slip_in_the_archive_is_not_taken_for_a_word() -> None:
    assert "granpular" in KnownWords({"granpular": 1, "granular": 900})
    known = KnownWords({"granpular": 1, "granular": 5000})
    assert "granpular" not in known
    assert known.nearest("granpular") == "granular"
    assert "granpular" in KnownWords({"granpular": 50, "granular": 50_000})


def test_an_empty_archive_leaves_the_lexicon() -> None:
    offered = suggest("cardiomegally", lexicon_words())
    assert offered is not None
    assert offered.text == "cardiomegaly"


def test_words_are_counted_as_they_are_looked_up() -> None:
    sentences = ["Small EFFUSION, small-ish; the 5mm nodule.", "XXXX effusion's L4 naïve", "", "snake_case"]
    assert count_words(sentences) == {
        "small": 2,
        "effusion": 2,
        "ish": 1,
        "the": 1,
        "nodule": 1,
        "s": 1,
    }
    assert count_words([]) == {}


words = st.text(st.sampled_from("abcde"), min_size=1, max_size=9)


@given(words, st.lists(words, min_size=1, max_size=20))
def test_distances_are_those_of_the_slow_way(target: str, others: list[str]) -> None:
    letters = np.zeros((len(others), 9), dtype=np.uint8)
    for row, word in enumerate(others):
        letters[row, : len(word)] = list(word.encode())
    lengths = np.array([len(word) for word in others])
    found = _distances(np.frombuffer(target.encode(), dtype=np.uint8), letters, lengths)
    assert found.tolist() == [slow_distance(target, word) for word in others]


@settings(deadline=None)
@given(st.text(st.sampled_from("abcdef"), min_size=4, max_size=12).filter(lambda word: fold(word) == word))
def test_the_nearest_word_is_as_near_as_any(word: str) -> None:
    known = KnownWords({"abcabc": 4, "fedfed": 3, "aabbccdd": 9, "ffff": 1, "abcdefabcdef": 2}, ())
    forgiven = 3 if len(word) >= 10 else 2 if len(word) >= 6 else 1
    near = {
        w: slow_distance(word, w) for w in known._counts if len(w) >= 4 and w.isascii() and len(w) <= 24 and w != word
    }
    found = known.nearest(word)
    nearest = min(near.values())
    if word in known:
        return
    assert (found is None) == (nearest > forgiven)
    assert found is None or near[found] == nearest


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_and_corrections_stand_in_it(text: str) -> None:
    offered = suggest(text, lexicon_words())
    if offered is None:
        return
    last = 0
    for correction in offered.corrections:
        assert last <= correction.start < correction.end <= len(text)
        assert text[correction.start : correction.end].lower() != correction.word.lower()
        last = correction.end
    assert offered.text != text
    assert suggest(offered.text, lexicon_words()) is None
