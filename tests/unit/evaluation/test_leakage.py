import pytest

from radseek.evaluation import Leak, LeakageRules, LeakKind, Member, check_leakage
from radseek.evaluation.leakage import n_boilerplate
from radseek.evaluation.near_texts import TextRules

EVERY_TEXT = LeakageRules(texts=TextRules(min_words=1, boilerplate_patients=1000))

TRAIN = [
    Member("t1", patient="p1", pixel_hash="h1", text="Small left effusion."),
    Member("t2", patient="p1", pixel_hash="h2", text="Normal chest"),
    Member("t3", patient="p2", pixel_hash="", text=""),
]


def test_parts_that_share_nothing_have_no_leak() -> None:
    assert check_leakage(TRAIN, [Member("v1", patient="p9", pixel_hash="h9", text="Cardiomegaly")]) == []
    assert check_leakage([], TRAIN) == []


def test_each_kind_of_leak_is_found_with_the_members_of_both_sides() -> None:
    test = [
        Member("v2", patient="p1"),
        Member("v1", patient="p1", pixel_hash="h2"),
        Member("v3", patient="p8", text="SMALL left  effusion"),
    ]
    assert check_leakage(TRAIN, test, EVERY_TEXT) == [
        Leak(LeakKind.PATIENT, ("t1", "t2"), ("v1", "v2")),
        Leak(LeakKind.PIXELS, ("t2",), ("v1",)),
        Leak(LeakKind.TEXT, ("t1",), ("v3",)),
    ]


def test_empty_fields_are_not_shared_by_all() -> None:
    assert check_leakage([Member("t", text=" . ")], [Member("v", text="--")]) == []


def test_a_leak_does_not_repeat_the_patient_or_the_text() -> None:
    leaks = check_leakage(
        [Member("t", "Jane Doe", "h", "some text")], [Member("v", "Jane Doe", "h", "Some text")], EVERY_TEXT
    )
    assert len(leaks) == 3
    assert "Jane" not in repr(leaks)
    assert "text" not in repr(leaks).replace("LeakKind.TEXT: 'text'", "")


def test_it_agrees_with_comparing_every_pair() -> None:
    train = [Member(f"t{i}", patient=f"p{i % 5}", pixel_hash=f"h{i % 7}", text=f"T {i % 3}") for i in range(20)]
    test = [Member(f"v{i}", patient=f"p{i % 4 + 3}", pixel_hash=f"h{i + 5}", text=f"t {i}") for i in range(9)]
    pairs = {
        (kind, a.key, b.key)
        for a in train
        for b in test
        for kind, same in (
            (LeakKind.PATIENT, a.patient == b.patient),
            (LeakKind.PIXELS, a.pixel_hash == b.pixel_hash),
            (LeakKind.TEXT, a.text.lower() == b.text.lower()),
        )
        if same
    }
    found = {
        (leak.kind, a, b) for leak in check_leakage(train, test, EVERY_TEXT) for a in leak.train for b in leak.test
    }
    assert found == pairs
    assert pairs


REPORT = (
    "There is a small left pleural effusion with adjacent basilar atelectasis. The heart size is within normal limits "
    "and the mediastinal contours are unremarkable."
)
NORMAL = "The heart is normal in size and the lungs are clear without effusion pneumothorax or focal airspace disease."


def test_the_same_study_and_the_own_report_are_leaks() -> None:
    train = [Member("t1", study="s1"), Member("t2", report="r7", text="Short."), Member("t3")]
    test = [Member("v1", study="s1"), Member("v2", report="r7", text="Short."), Member("v3")]
    assert check_leakage(train, test) == [
        Leak(LeakKind.STUDY, ("t1",), ("v1",)),
        Leak(LeakKind.REPORT, ("t2",), ("v2",)),
    ]


def test_a_text_with_a_changed_word_is_near_and_an_equal_one_is_not_named_twice() -> None:
    train = [Member("t1", "p1", text=REPORT), Member("t2", "p2", text="x " * 20)]
    test = [Member("v1", "q1", text=REPORT.upper()), Member("v2", "q2", text=REPORT.replace("small", "tiny"))]
    leaks = check_leakage(train, test)
    assert [(leak.kind, leak.train, leak.test) for leak in leaks] == [
        (LeakKind.TEXT, ("t1",), ("v1",)),
        (LeakKind.NEAR_TEXT, ("t1",), ("v2",)),
    ]
    words = len(REPORT.split())
    changed = 2  # runs of two words that hold the changed one
    assert leaks[1].distance == pytest.approx(1 - (words - 1 - changed) / (words - 1 + changed))


def test_short_texts_and_templates_are_no_leak_but_are_counted() -> None:
    short = "No acute disease."
    train = [Member(f"t{i}", f"p{i}", text=NORMAL) for i in range(3)] + [Member("t9", "p9", text=short)]
    test = [Member("v1", "q1", text=NORMAL), Member("v2", "q2", text=short), Member("v3", "q3", text=REPORT)]
    assert check_leakage(train, test) == []
    assert n_boilerplate(train, test) == 2


def test_variants_of_a_template_are_no_leak_either() -> None:
    train = [Member(f"t{i}", f"p{i}", text=f"{NORMAL} Variant {i}.") for i in range(3)]
    test = [Member("v", "q", text=f"{NORMAL} Variant.")]
    assert check_leakage(train, test) == []
    assert n_boilerplate(train, test) == 1
    assert [leak.kind for leak in check_leakage(train[:2], test)] == [LeakKind.NEAR_TEXT] * 2


def test_a_text_of_one_patient_however_often_is_no_template() -> None:
    train = [Member(f"t{i}", "p1", text=NORMAL) for i in range(9)]
    leaks = check_leakage(train, [Member("v", "q", text=NORMAL)])
    assert [(leak.kind, leak.test) for leak in leaks] == [(LeakKind.TEXT, ("v",))]
    assert n_boilerplate(train, [Member("v", "q", text=NORMAL)]) == 0
