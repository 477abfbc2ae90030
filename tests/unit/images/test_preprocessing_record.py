import dataclasses

import pytest

from radseek.errors import ConfigError
from radseek.images import Preprocessing


def test_equal_records_have_equal_digests_and_any_field_changes_it():
    base = Preprocessing("grey", 64)
    assert base.digest == Preprocessing("grey", 64).digest
    changes = {"name": "other", "size_px": 65, "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "pad_value": 0.5}
    digests = {dataclasses.replace(base, **{field: value}).digest for field, value in changes.items()}
    assert len(digests | {base.digest}) == len(changes) + 1


def test_the_digest_is_stable_across_versions():
    # stored in indexes and checkpoints: when this changes, every one of them has to be built again
    assert Preprocessing("grey-160", 160).digest[:16] == "28e8c63db89761ff"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("size_px", 0, "size_px is 0"),
        ("size_px", 5000, "size_px is 5000"),
        ("resize", "bilinear", "known: area"),
        ("std", (0.0, 1.0, 1.0), "above 0"),
        ("mean", (float("nan"), 0.0, 0.0), "finite"),
        ("pad_value", 2.0, "pad_value"),
    ],
)
def test_a_value_out_of_range_is_named(field, value, said):
    with pytest.raises(ConfigError, match=said):
        dataclasses.replace(Preprocessing("grey", 64), **{field: value})
