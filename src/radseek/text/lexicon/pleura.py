"""Findings of the pleura and the diaphragm, and air where none belongs in the chest."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_CHEST = (Region.CHEST,)

PLEURA_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "effusion",
        "pleural effusion",
        _CHEST,
        (
            "effusion",
            "pleural|parapneumonic|subpulmonic|loculated|hemorrhagic effusion",
            "pleural or|and pericardial effusion",
            "pleural fluid collection?",
            "fluid {seen}* in|within|along {det}? {side}? {place}* pleural|fissure space|cavity?",
            "pleural|parapneumonic|pulmonic collection",
            "hydrothorax",
            "empyema",
            "layering|loculated fluid",
            "fissural fluid",
        ),
        denied_by_normal=("pleural space", "pleura", "pleural surface", "costophrenic angle|sulcus", "pleural"),
    ),
    Finding("hemothorax", "hemothorax", _CHEST, ("hemothorax", "hemopneumothorax", "pleural hematoma"), ("effusion",)),
    Finding(
        "blunted_costophrenic_angle",
        "blunting of the costophrenic angle",
        _CHEST,
        (
            "blunting of|in|at {det}? {side}? {place}* {side}? costophrenic|cp|costo|cardiophrenic phrenic? angle|"
            "sulcus|recess",
            "blunted {side}? {place}* costophrenic angle|sulcus|recess?",
            "costophrenic angle|sulcus|recess blunting",
            "costophrenic angle|sulcus {be} {degree}* blunted",
            "blunting",
        ),
    ),
    Finding(
        "pneumothorax",
        "pneumothorax",
        _CHEST,
        (
            "pneumothorax",
            "tension|apical|loculated pneumothorax",
            "pneumothorace",
            "pneumo thorax",
            "hemopneumothorax",
            "free air {seen}* in {det}? {side}? pleural space|cavity",
            "visible|visceral pleural line",
        ),
        abbreviations=("PTX",),
        denied_by_normal=("pleural space",),
    ),
    Finding(
        "hydropneumothorax",
        "hydropneumothorax",
        _CHEST,
        ("hydropneumothorax",),
        ("pneumothorax", "effusion"),
    ),
    Finding(
        "pleural_thickening",
        "pleural thickening",
        _CHEST,
        (
            "pleural|pleuro|pleuroparenchymal thickening|scarring|scar|capping|cap",
            "biapical|apical thickening|capping|cap",
            "pleural parenchymal|apical? thickening|scarring",
            "pleuroparenchymal|apical pleural? thickening|scarring|cap",
            "thickening of {det}? {side}? {place}* pleura|fissure",
            "thickened pleura|fissure",
            "pleural|fissural thickening",
            "pleural reaction",
            "pleural? fibrothorax",
            "pleural disease",
            "pachypleuritis",
        ),
        denied_by_normal=("pleura", "pleural surface"),
    ),
    Finding(
        "pleural_plaque",
        "pleural plaque",
        _CHEST,
        ("pleural plaque", "pleural based? calcification", "calcified pleura|pleural plaque?", "asbestosis"),
    ),
    Finding(
        "elevated_diaphragm",
        "elevated hemidiaphragm",
        _CHEST,
        (
            "elevated {side}? hemidiaphragm|diaphragm",
            "elevation of {det}? {side}? hemidiaphragm|diaphragm",
            "hemidiaphragm|diaphragm {be}? {degree}* elevated",
            "hemidiaphragm|diaphragm|diaphragmatic elevation|eventration",
            "eventration of {det}? {side}? hemidiaphragm|diaphragm",
            "eventration",
            "asymmetric elevation of {det}? {side}? hemidiaphragm",
            "raised {side}? hemidiaphragm|diaphragm",
        ),
        denied_by_normal=("hemidiaphragm", "diaphragm"),
    ),
    Finding(
        "hernia",
        "hiatal hernia",
        (Region.CHEST, Region.ABDOMEN),
        (
            "hernia",
            "hiatal|hiatus|paraesophageal|diaphragmatic|bochdalek|morgagni hernia",
            "morgagni s hernia",
            "intrathoracic stomach",
            "gastric pull up",
            "diaphragmatic rupture",
        ),
    ),
    Finding(
        "pneumomediastinum",
        "pneumomediastinum",
        _CHEST,
        ("pneumomediastinum", "mediastinal emphysema|air|gas", "free air {seen}* in {det}? mediastinum"),
        sided=False,
    ),
    Finding(
        "subcutaneous_emphysema",
        "subcutaneous emphysema",
        _CHEST,
        (
            "subcutaneous|surgical|soft emphysema|air|gas",
            "soft tissue emphysema|gas|air",
            "air|gas {seen}* in {det}? subcutaneous|soft tissue",
        ),
    ),
)
