"""Findings of bone tumors, metabolic bone disease, muscles and feet beside those of `bones`."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_LIMBS = (Region.LIMBS,)
_SPINE = (Region.SPINE,)
_BONES = (
    Region.LIMBS,
    Region.SPINE,
    Region.CHEST,
)

SOFT_TISSUE_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "spinal_tumor",
        "spinal cord tumor",
        _SPINE,
        (
            "spinal|intramedullary|intradural|extramedullary cord? mass|tumor|lesion|neoplasm",
            "spinal cord mass|tumor",
            "leptomeningeal disease|metastasis",
        ),
        parents=("mass",),
        sided=False,
    ),
    Finding("paget_disease", "Paget disease", _BONES, ("paget disease", "paget s disease", "pagetoid change")),
    Finding(
        "bone_metastases",
        "bone metastases",
        _BONES,
        (
            "bone|bony|osseous|skeletal|spinal|vertebral metastasis",
            "osteoblastic|osteolytic|sclerotic|lytic metastasis",
            "metastatic bone disease|lesion",
        ),
        parents=("metastasis", "bone_lesion"),
    ),
    Finding(
        "multiple_myeloma",
        "multiple myeloma",
        _BONES,
        ("multiple? myeloma", "plasmacytoma", "punched out lesion"),
        parents=("bone_lesion", "malignancy"),
        sided=False,
    ),
    Finding(
        "osteosarcoma",
        "osteosarcoma",
        _BONES,
        ("osteosarcoma", "osteogenic sarcoma", "ewing s? sarcoma", "chondrosarcoma"),
        parents=("bone_lesion", "malignancy"),
    ),
    Finding(
        "osteochondroma",
        "osteochondroma",
        _BONES,
        ("osteochondroma", "exostosis", "bony exostosis"),
        parents=("bone_lesion",),
    ),
    Finding("enchondroma", "enchondroma", _BONES, ("enchondroma", "chondroid lesion"), parents=("bone_lesion",)),
    Finding(
        "bone_island",
        "bone island",
        _BONES,
        ("bone island", "enostosis", "sclerotic bone island"),
        parents=("bone_lesion",),
    ),
    Finding(
        "periosteal_reaction",
        "periosteal reaction",
        _BONES,
        ("periosteal reaction|elevation|thickening|new", "periostitis", "periosteal new bone formation"),
    ),
    Finding(
        "rickets",
        "rickets",
        _BONES,
        ("rickets", "osteomalacia", "looser zone", "renal osteodystrophy", "hyperparathyroidism", "brown tumor"),
        sided=False,
    ),
    Finding(
        "cellulitis",
        "cellulitis",
        _LIMBS,
        ("cellulitis", "soft tissue infection", "subcutaneous stranding|induration"),
        parents=("soft_tissue_swelling",),
    ),
    Finding(
        "necrotizing_fasciitis",
        "necrotizing fasciitis",
        _LIMBS,
        ("necrotizing fasciitis|infection", "gas gangrene", "fournier s? gangrene"),
        parents=("soft_tissue_swelling",),
    ),
    Finding(
        "myositis",
        "myositis",
        _LIMBS,
        (
            "myositis",
            "pyomyositis",
            "myositis ossificans",
            "heterotopic ossification|bone",
            "muscle edema|inflammation",
        ),
        parents=("soft_tissue_swelling",),
    ),
    Finding(
        "muscle_tear",
        "muscle tear",
        _LIMBS,
        ("muscle tear|strain|rupture|injury", "hamstring|quadriceps|gastrocnemius|pectoralis tear|strain|rupture"),
        parents=("tendon_tear",),
    ),
    Finding(
        "plantar_fasciitis",
        "plantar fasciitis",
        _LIMBS,
        ("plantar fasciitis|fascia", "calcaneal|heel spur", "thickened plantar fascia"),
        sided=False,
    ),
    Finding("hallux_valgus", "hallux valgus", _LIMBS, ("hallux valgus|rigidus", "bunion", "hammertoe", "flatfoot")),
    Finding(
        "patellar_dislocation",
        "patellar dislocation",
        _LIMBS,
        (
            "patellar|patella dislocation|subluxation|instability|tilt",
            "patella alta|baja",
            "chondromalacia patella|patellae?",
        ),
    ),
    Finding(
        "prosthesis_loosening",
        "prosthesis loosening",
        _LIMBS,
        (
            "prosthesis|hardware|prosthetic|component|periprosthetic loosening|failure|fracture|lucency",
            "periprosthetic lucency|fracture|infection",
            "loosening of {det}? hardware|prosthesis|component|screw",
        ),
        parents=("orthopedic_hardware",),
    ),
)
