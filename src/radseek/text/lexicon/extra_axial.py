"""Findings inside the skull and outside of the brain: tumors, cysts and collections alike."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_HEAD = (Region.HEAD,)

EXTRA_AXIAL_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "extra_axial_lesion",
        "extra-axial lesion",
        _HEAD,
        ("extra axial {any}? lesion|abnormality", "extraaxial {any}? lesion|abnormality"),
    ),
    Finding(
        "extra_axial_mass",
        "extra-axial mass",
        _HEAD,
        ("extra axial {any}? mass", "extraaxial {any}? mass", "extra axial mass lesion", "extraaxial mass lesion"),
        ("extra_axial_lesion", "mass"),
    ),
    Finding(
        "extra_axial_collection",
        "extra-axial collection",
        _HEAD,
        (
            "extra axial {any}? collection|fluid|hematoma|hemorrhage|blood",
            "extraaxial {any}? collection|fluid|hematoma|hemorrhage|blood",
        ),
        ("extra_axial_lesion",),
    ),
    Finding(
        "extra_axial_cyst",
        "extra-axial cyst",
        _HEAD,
        (
            "extra axial {any}? cyst",
            "extra axial cystic lesion|mass|structure",
            "extraaxial {any}? cyst",
            "extraaxial cystic lesion|mass|structure",
        ),
        ("extra_axial_lesion", "cyst"),
    ),
    Finding(
        "meningioma", "meningioma", (Region.HEAD, Region.SPINE), ("meningioma",), ("brain_tumor", "extra_axial_mass")
    ),
    Finding(
        "arachnoid_cyst",
        "arachnoid cyst",
        _HEAD,
        (
            "arachnoid cyst",
            "epidermoid cyst|tumor?",
            "dermoid cyst|tumor?",
            "dandy walker malformation|variant?",
            "mega cisterna magna",
        ),
        ("extra_axial_cyst",),
    ),
)
