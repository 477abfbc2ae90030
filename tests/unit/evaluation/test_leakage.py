from radseek.evaluation import Leak, LeakageRules, LeakKind, Member, check_leakage
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
