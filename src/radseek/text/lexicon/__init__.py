"""The lexicon of findings: which words state what, by part of the body, and the headings of expert MeSH coding."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from radseek.records.findings import Finding
from radseek.text.lexicon.abdomen import ABDOMEN_FINDINGS
from radseek.text.lexicon.airways import AIRWAY_FINDINGS
from radseek.text.lexicon.bones import BONE_FINDINGS
from radseek.text.lexicon.bowel import BOWEL_FINDINGS
from radseek.text.lexicon.brain import BRAIN_FINDINGS
from radseek.text.lexicon.chest_wall import CHEST_WALL_FINDINGS
from radseek.text.lexicon.devices import DEVICE_FINDINGS
from radseek.text.lexicon.extra_axial import EXTRA_AXIAL_FINDINGS
from radseek.text.lexicon.fractures import FRACTURE_FINDINGS
from radseek.text.lexicon.general import GENERAL_FINDINGS
from radseek.text.lexicon.head import HEAD_FINDINGS
from radseek.text.lexicon.heart import HEART_FINDINGS
from radseek.text.lexicon.joints import JOINT_FINDINGS
from radseek.text.lexicon.kidneys import KIDNEY_FINDINGS
from radseek.text.lexicon.knee import KNEE_FINDINGS
from radseek.text.lexicon.liver import LIVER_FINDINGS
from radseek.text.lexicon.lungs import LUNG_FINDINGS
from radseek.text.lexicon.neck import NECK_FINDINGS
from radseek.text.lexicon.pelvis import PELVIS_FINDINGS
from radseek.text.lexicon.pleura import PLEURA_FINDINGS
from radseek.text.lexicon.soft_tissue import SOFT_TISSUE_FINDINGS
from radseek.text.lexicon.vessels import VESSEL_FINDINGS

FINDINGS: Mapping[str, Finding] = MappingProxyType({
    finding.name: finding
    for findings in (
        GENERAL_FINDINGS,
        DEVICE_FINDINGS,
        LUNG_FINDINGS,
        PLEURA_FINDINGS,
        HEART_FINDINGS,
        BONE_FINDINGS,
        BRAIN_FINDINGS,
        EXTRA_AXIAL_FINDINGS,
        ABDOMEN_FINDINGS,
        KIDNEY_FINDINGS,
        AIRWAY_FINDINGS,
        BOWEL_FINDINGS,
        JOINT_FINDINGS,
        KNEE_FINDINGS,
        PELVIS_FINDINGS,
        VESSEL_FINDINGS,
        CHEST_WALL_FINDINGS,
        FRACTURE_FINDINGS,
        HEAD_FINDINGS,
        LIVER_FINDINGS,
        NECK_FINDINGS,
        SOFT_TISSUE_FINDINGS,
    )
    for finding in findings
})
"""Every finding that `stated_findings` knows, by name."""

__all__ = ["FINDINGS"]
