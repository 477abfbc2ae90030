import pytest

from radseek.text import MODALITIES, SEXES, dicom_body_part, dicom_modalities, dicom_views


def test_every_modality_is_its_own_word() -> None:
    for modality in MODALITIES:
        assert dicom_modalities(modality.lower()) == (modality,)


@pytest.mark.parametrize("word", ["x-ray", "XRAY", "X-Ray", "radiograph"])
def test_radiographs_are_all_three(word: str) -> None:
    assert dicom_modalities(word) == ("CR", "DX", "RG")


@pytest.mark.parametrize("word", ["", "banana", "C"])
def test_a_word_that_is_no_modality(word: str) -> None:
    assert dicom_modalities(word) == ()


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("chest", "CHEST"),
        ("Thorax", "CHEST"),
        ("Lumbar spine", "LSPINE"),
        ("C-Spine", "CSPINE"),
        (" left  knee ", "LEFT KNEE"),
    ],
)
def test_body_parts_in_dicoms_words(word: str, part: str) -> None:
    assert dicom_body_part(word) == part


def test_stored_words_stay_as_they_are_when_asked_again() -> None:
    for word in ("chest", "lungs", "belly", "c-spine", "left knee", "thorax"):
        assert dicom_body_part(dicom_body_part(word)) == dicom_body_part(word)
    for word in ("frontal", "lateral", "pa", "LLD"):
        assert {view for asked in dicom_views(word) for view in dicom_views(asked)} == set(dicom_views(word))
    assert set(SEXES.values()) <= set(SEXES)
