"""Findings of the jaws, the thyroid and the neck."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_HEAD = (Region.HEAD,)
_NECK = (Region.NECK,)

NECK_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "temporomandibular_disorder",
        "temporomandibular joint disorder",
        _HEAD,
        (
            "temporomandibular joint? disorder|dysfunction|arthrosis|dislocation",
            "tmj disorder|dysfunction|arthrosis|dislocation",
        ),
    ),
    Finding(
        "dental_disease",
        "dental disease",
        _HEAD,
        (
            "dental caries|abscess|disease|cyst",
            "periapical lucency|abscess|cyst|disease",
            "odontogenic cyst|keratocyst|tumor",
            "impacted molar|tooth",
            "caries",
        ),
    ),
    Finding(
        "goiter",
        "goiter",
        _NECK,
        (
            "goiter",
            "goitre",
            "multinodular|substernal|retrosternal|diffuse goiter",
            "enlarged thyroid gland?",
            "thyroid enlargement",
            "thyromegaly",
            "thyroid gland? {be} {degree}* enlarged",
        ),
        parents=("thyroid_nodule",),
        sided=False,
    ),
    Finding(
        "thyroid_cancer",
        "thyroid cancer",
        _NECK,
        ("thyroid cancer|carcinoma|malignancy", "papillary|medullary|follicular|anaplastic thyroid? carcinoma|cancer"),
        parents=("thyroid_nodule", "malignancy"),
    ),
    Finding(
        "thyroiditis",
        "thyroiditis",
        _NECK,
        ("thyroiditis", "hashimoto s? thyroiditis|disease", "graves disease", "heterogeneous thyroid"),
        sided=False,
    ),
    Finding(
        "parathyroid_adenoma",
        "parathyroid adenoma",
        _NECK,
        ("parathyroid adenoma|mass|nodule|hyperplasia",),
        parents=("mass",),
    ),
    Finding(
        "cervical_lymphadenopathy",
        "cervical lymphadenopathy",
        _NECK,
        (
            "cervical|neck|supraclavicular|submandibular lymphadenopathy|adenopathy",
            "enlarged cervical|neck lymph? node",
            "cervical lymph node enlargement",
        ),
        parents=("lymphadenopathy",),
    ),
    Finding(
        "salivary_mass",
        "salivary gland mass",
        _NECK,
        ("parotid|submandibular|salivary gland? mass|tumor|lesion|nodule", "pleomorphic adenoma", "warthin s? tumor"),
        parents=("mass",),
    ),
    Finding(
        "sialadenitis",
        "sialadenitis",
        _NECK,
        ("sialadenitis", "parotitis", "sialolithiasis", "salivary|parotid|submandibular gland|duct? stone|calculus"),
    ),
    Finding(
        "tonsillar_abscess",
        "peritonsillar abscess",
        _NECK,
        (
            "peritonsillar|tonsillar|retropharyngeal|parapharyngeal|deep neck? abscess|phlegmon",
            "tonsillitis",
            "prevertebral|retropharyngeal fluid|edema|swelling collection?",
        ),
        parents=("abscess",),
    ),
    Finding(
        "adenoid_hypertrophy",
        "adenoid hypertrophy",
        _NECK,
        ("adenoid|adenoidal|tonsillar hypertrophy|enlargement", "enlarged adenoid|tonsil"),
        sided=False,
    ),
    Finding(
        "epiglottitis",
        "epiglottitis",
        _NECK,
        ("epiglottitis", "thumb sign", "supraglottitis", "thickened epiglottis", "epiglottic thickening|swelling"),
        sided=False,
    ),
    Finding(
        "laryngeal_mass",
        "laryngeal mass",
        _NECK,
        (
            "laryngeal|glottic|supraglottic|hypopharyngeal|pharyngeal mass|lesion|tumor|cancer|carcinoma",
            "vocal cord paralysis|paresis|mass|nodule",
            "laryngocele",
        ),
        parents=("mass",),
    ),
    Finding(
        "nasopharyngeal_mass",
        "nasopharyngeal mass",
        _NECK,
        (
            "nasopharyngeal|oropharyngeal|tongue|oral mass|carcinoma|cancer|tumor|lesion",
            "juvenile nasopharyngeal angiofibroma",
            "head and neck cancer",
        ),
        parents=("mass",),
    ),
    Finding(
        "branchial_cyst",
        "branchial cleft cyst",
        _NECK,
        ("branchial cleft cyst|anomaly", "branchial cyst", "thyroglossal duct cyst"),
        parents=("cyst",),
    ),
)
