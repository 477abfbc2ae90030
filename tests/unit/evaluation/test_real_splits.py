"""The official train and validation parts of real data give no false alarm, and planted copies are found."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radseek.evaluation import Member, check_leakage
from radseek.evaluation.leakage import LeakKind
from radseek.evaluation.near_pictures import find_near_pictures, sign_picture
from radseek.evaluation.picture_signature import turned

pytestmark = pytest.mark.real_data
SETS = ("nih_cxr14", "covid_cxr", "hannover_cxr", "kermany_cxr", "medpix2")
UPLOADED_TWICE = frozenset({"MPX1601", "MPX2518"})
"""One patient whose pictures two teaching cases of MedPix share, one in each part: a real leak, found by this check."""


def members(folder: Path, split: str) -> list[Member]:
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    return [
        Member(
            key=row["image"],
            patient=row["patient_id"],
            text=row["text"],
            study=row["study_id"],
            signature=sign_picture(np.asarray(Image.open(folder / row["image"]).convert("L"))),
        )
        for row in rows
    ]


@pytest.fixture(scope="module")
def data() -> Path:
    if not os.environ.get("RADSEEK_DATA"):
        pytest.skip("RADSEEK_DATA is not set: the folder of real radiology data is needed")
    return Path(os.environ["RADSEEK_DATA"])


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_official_parts_share_nothing_but_what_is_known(data: Path, name: str) -> None:
    train, test = (members(data / name, split) for split in ("train", "val"))
    assert len(train) > 100
    patient_of = {member.key: member.patient for member in train + test}
    leaks = [
        leak
        for leak in check_leakage(train, test)
        if {patient_of[leak.train[0]], patient_of[leak.test[0]]} != UPLOADED_TWICE
    ]
    assert leaks == []


@pytest.mark.slow
def test_the_patient_uploaded_twice_is_found(data: Path) -> None:
    train, test = (members(data / "medpix2", split) for split in ("train", "val"))
    found = check_leakage(
        [member for member in train if member.patient in UPLOADED_TWICE],
        [member for member in test if member.patient in UPLOADED_TWICE],
    )
    assert LeakKind.NEAR_PICTURE in {leak.kind for leak in found}


@pytest.mark.slow
def test_copies_of_real_pictures_are_found_among_all(data: Path) -> None:
    train = members(data / "nih_cxr14", "train")
    rng = np.random.default_rng(0)
    picked = rng.choice(len(train), 40, replace=False).tolist()
    copies = []
    for number, place in enumerate(picked):
        grey = np.asarray(Image.open(data / "nih_cxr14" / train[place].key).convert("L"))
        top, bottom, left, right = rng.integers(1, 20, 4).tolist()  # of 512: up to 4 %
        cropped = np.clip(grey[top:-bottom, left:-right] * 1.1 + 8, 0, 255).astype(np.uint8)
        copies.append(sign_picture(turned(cropped, number % 8)))
    signatures = [member.signature for member in train if member.signature is not None]
    found = find_near_pictures(signatures, copies)
    right = {(place, i) for i, place in enumerate(picked)} & {(pair.first, pair.second) for pair in found}
    assert len(right) >= 38
    # What else is found are pictures of one patient at most.
    own = {train[place].patient for place in picked}
    assert {train[pair.first].patient for pair in found} <= own
