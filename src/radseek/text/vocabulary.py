"""One table a field: what people write for a modality, a body part, a view or a sex, and DICOM's word for it."""

from __future__ import annotations

MODALITIES: dict[str, str] = {
    "CR": "computed radiography",
    "DX": "digital radiography",
    "CT": "computed tomography",
    "MR": "magnetic resonance",
    "US": "ultrasound",
    "MG": "mammography",
    "NM": "nuclear medicine",
    "PT": "positron emission tomography",
    "RF": "fluoroscopy",
    "XA": "X-ray angiography",
    "RG": "film radiography",
    "IO": "intra-oral radiography",
    "PX": "panoramic X-ray",
    "BI": "breast tomosynthesis",
    "IVUS": "intravascular ultrasound",
    "OCT": "optical coherence tomography",
    "OPT": "ophthalmic tomography",
    "OP": "ophthalmic photography",
    "ES": "endoscopy",
    "GM": "general microscopy",
    "SM": "slide microscopy",
    "XC": "external-camera photography",
    "BMD": "bone densitometry",
    "RTIMAGE": "radiotherapy image",
    "RTDOSE": "radiotherapy dose",
    "SEG": "segmentation",
    "SR": "structured report",
    "SC": "secondary capture",
    "OT": "other",
}
"""Modalities that can be asked for, from the defined terms of (0008,0060) in PS3.3 C.7.3.1.1.1."""

_MODALITY_WORDS: dict[str, tuple[str, ...]] = {
    "XR": ("CR", "DX", "RG"),
    "XRAY": ("CR", "DX", "RG"),
    "CXR": ("CR", "DX", "RG"),
    "RADIOGRAPH": ("CR", "DX", "RG"),
    "MRI": ("MR",),
    "PET": ("PT",),
    "ULTRASOUND": ("US",),
    "MAMMO": ("MG",),
    "MAMMOGRAPHY": ("MG",),
    "FLUOROSCOPY": ("RF",),
    "ANGIOGRAPHY": ("XA",),
}

_BODY_PART_WORDS: dict[str, str] = {
    word: part
    for part, words in {
        "CHEST": "THORAX|LUNG|LUNGS|CXR|THORACIC|RIBCAGE",
        "ABDOMEN": "BELLY|ABDOMINAL|ABD",
        "PELVIS": "PELVIC",
        "HEAD": "CRANIUM|CRANIAL",
        "BRAIN": "CEREBRUM|CEREBRAL",
        "CSPINE": "CERVICALSPINE|CSP",
        "TSPINE": "THORACICSPINE|DORSALSPINE|TSP",
        "LSPINE": "LUMBARSPINE|LSP",
        "LSSPINE": "LUMBOSACRALSPINE",
        "HEART": "CARDIAC",
        "BREAST": "BREASTS",
        "EXTREMITY": "LIMB|EXTREMITIES",
        "KNEE": "KNEES",
        "HAND": "HANDS",
        "FOOT": "FEET",
    }.items()
    for word in (part, *words.split("|"))
}

_VIEW_WORDS: dict[str, tuple[str, ...]] = {
    "FRONTAL": ("PA", "AP"),
    "LATERAL": ("LL", "RL", "LATERAL"),
    "LAT": ("LL", "RL", "LATERAL"),
    "L": ("LL", "RL", "LATERAL"),
}

SEXES: dict[str, str] = {
    "M": "M",
    "MALE": "M",
    "MAN": "M",
    "F": "F",
    "FEMALE": "F",
    "WOMAN": "F",
    "O": "O",
    "OTHER": "O",
}
"""What people write for (0010,0040) Patient's Sex, in capitals, and DICOM's value."""


def dicom_modalities(word: str) -> tuple[str, ...]:
    """The modalities that `word` stands for, empty when it is none: `ct` is CT, `xray` is CR, DX and RG."""
    folded = _squeezed(word)
    return (folded,) if folded in MODALITIES else _MODALITY_WORDS.get(folded, ())


def dicom_body_part(word: str) -> str:
    """DICOM's word for a body part, (0018,0015) Body Part Examined: `Thorax` is CHEST, unknown words in capitals.

    Give stored and asked values the same treatment and they meet.
    """
    squeezed = _squeezed(word)
    return _BODY_PART_WORDS.get(squeezed, " ".join(word.upper().split()))


def dicom_views(word: str) -> tuple[str, ...]:
    """Values of (0018,5101) View Position that `word` stands for: `frontal` is PA and AP, unknown words in capitals."""
    folded = " ".join(word.upper().split())
    return _VIEW_WORDS.get(folded, (folded,))


def _squeezed(word: str) -> str:
    return "".join(filter(str.isalnum, word.upper()))
