"""Findings of collapsed lobes, the chest wall, the gullet and the mediastinum beside those of `lungs`."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_CHEST = (Region.CHEST,)
_CHEST_NECK = (
    Region.CHEST,
    Region.NECK,
)

CHEST_WALL_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "lobar_collapse",
        "lobar collapse",
        _CHEST,
        (
            "lobar collapse|atelectasis",
            "upper|lower|middle|lingular lobe? collapse",
            "collapsed {side}? upper|lower|middle lobe",
            "collapse of {det}? {place}* lobe",
            "golden s? s? sign",
        ),
        parents=("atelectasis",),
    ),
    Finding(
        "round_atelectasis",
        "rounded atelectasis",
        _CHEST,
        ("round|rounded atelectasis", "comet tail sign"),
        parents=("atelectasis",),
    ),
    Finding(
        "pleural_mass",
        "pleural mass",
        _CHEST,
        (
            "pleural based? nodule|metastasis|nodularity",
            "pleural based mass|lesion|tumor",
            "fibrous tumor of {det}? pleura",
            "pleural fibroma",
            "solitary fibrous tumor",
        ),
        parents=("mass",),
    ),
    Finding(
        "chronic_lung_disease",
        "chronic lung disease",
        _CHEST,
        ("chronic lung|pulmonary disease", "chronic lung|pulmonary parenchymal? change"),
        sided=False,
    ),
    Finding(
        "pancoast_tumor",
        "superior sulcus tumor",
        _CHEST,
        ("pancoast tumor|mass|lesion", "superior sulcus tumor|mass"),
        parents=("lung_cancer", "mass"),
    ),
    Finding(
        "carcinoid",
        "carcinoid tumor",
        _CHEST,
        ("bronchial|endobronchial|pulmonary carcinoid tumor?", "endobronchial lesion|mass|tumor"),
        parents=("mass",),
    ),
    Finding("hamartoma", "hamartoma", _CHEST, ("pulmonary|lung? hamartoma",), parents=("nodule",)),
    Finding("halo_sign", "halo sign", _CHEST, ("halo sign", "reversed|reverse halo sign", "atoll sign")),
    Finding(
        "fungal_infection",
        "fungal lung infection",
        _CHEST,
        (
            "aspergilloma",
            "aspergillosis",
            "mycetoma",
            "fungus|fungal ball",
            "fungal pneumonia|infection|lung|disease infection?",
            "histoplasmosis",
            "coccidioidomycosis",
            "blastomycosis",
            "mucormycosis",
            "invasive aspergillosis",
        ),
        abbreviations=("ABPA",),
    ),
    Finding(
        "vasculitis",
        "vasculitis",
        _CHEST,
        (
            "vasculitis",
            "granulomatosis with polyangiitis",
            "wegener s? granulomatosis",
            "takayasu s? arteritis|disease",
            "giant cell arteritis",
            "polyarteritis nodosa",
        ),
        sided=False,
    ),
    Finding(
        "tracheal_narrowing",
        "tracheal narrowing",
        _CHEST_NECK,
        (
            "tracheal|airway|subglottic|bronchial narrowing|stenosis|compression",
            "narrowing|compression of {det}? trachea|airway|bronchus",
            "steeple sign",
            "tracheomalacia",
            "bronchomalacia",
        ),
        sided=False,
    ),
    Finding(
        "rib_fracture",
        "rib fracture",
        _CHEST,
        (
            "{bone}? rib fracture",
            "fracture of {det}? {side}? {any}? {any}? rib",
            "fractured|broken {any}? rib",
            "flail chest|segment",
        ),
        parents=("fracture",),
    ),
    Finding(
        "clavicle_fracture",
        "clavicle fracture",
        _CHEST,
        (
            "{bone}? clavicle|clavicular fracture",
            "fracture of {det}? {side}? {any}? {any}? clavicle",
            "fractured {side}? clavicle",
            "broken collarbone",
        ),
        parents=("fracture",),
    ),
    Finding(
        "sternal_fracture",
        "sternal fracture",
        _CHEST,
        ("{bone}? sternal|sternum fracture", "fracture of {det}? {any}? sternum|manubrium"),
        parents=("fracture",),
        sided=False,
    ),
    Finding(
        "pectus",
        "pectus deformity",
        _CHEST,
        ("pectus excavatum|carinatum|deformity deformity?", "funnel|pigeon chest"),
        parents=("congenital_anomaly",),
        sided=False,
    ),
    Finding(
        "thymoma",
        "thymoma",
        _CHEST,
        ("thymoma", "thymic mass|lesion|tumor|carcinoma|cyst|hyperplasia|enlargement"),
        parents=("mass",),
        sided=False,
    ),
    Finding(
        "esophageal_dilatation",
        "dilated esophagus",
        _CHEST,
        (
            "dilated|patulous|distended|fluid filled? esophagus",
            "esophageal dilatation|dilation|distention",
            "achalasia",
            "esophagus {be} {degree}* dilated|distended|patulous",
        ),
        sided=False,
    ),
    Finding(
        "esophagitis",
        "esophagitis",
        _CHEST,
        (
            "esophagitis",
            "esophageal wall? thickening|stricture|perforation|ulcer|rupture",
            "thickened esophagus",
            "boerhaave s? syndrome",
        ),
        sided=False,
    ),
    Finding(
        "mediastinitis",
        "mediastinitis",
        _CHEST,
        ("mediastinitis", "mediastinal abscess|hematoma|fluid|stranding collection?", "fibrosing mediastinitis"),
        sided=False,
    ),
)
