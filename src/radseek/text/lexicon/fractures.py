"""Fractures by bone."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_LIMBS = (Region.LIMBS,)
_SPINE = (Region.SPINE,)
_BONES = (
    Region.LIMBS,
    Region.SPINE,
    Region.CHEST,
)
_HEAD = (Region.HEAD,)

FRACTURE_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "hip_fracture",
        "hip fracture",
        _LIMBS,
        (
            "{bone}? hip|intertrochanteric|subtrochanteric|subcapital|femoral|femur neck|shaft? fracture",
            "fracture of {det}? {side}? {any}? {any}? femur|hip",
            "broken hip",
        ),
        parents=("fracture",),
    ),
    Finding(
        "wrist_fracture",
        "wrist fracture",
        _LIMBS,
        (
            "{bone}? wrist|colles|radial|radius|scaphoid|ulnar fracture",
            "{bone}? distal radius|radial|ulnar fracture",
            "fracture of {det}? {side}? {any}? {any}? radius|wrist|scaphoid",
        ),
        parents=("fracture",),
    ),
    Finding(
        "ankle_fracture",
        "ankle fracture",
        _LIMBS,
        (
            "{bone}? ankle|malleolar|malleolus|bimalleolar|trimalleolar|fibular|fibula fracture",
            "{bone}? lateral|medial malleolar|malleolus fracture",
            "fracture of {det}? {side}? {any}? {any}? malleolus|ankle|fibula",
        ),
        parents=("fracture",),
    ),
    Finding(
        "medial_malleolus_fracture",
        "medial malleolus fracture",
        _LIMBS,
        (
            "{bone}? medial malleolar|malleolus fracture",
            "fracture {seen}* of|in|through|involving {det}? {side}? medial malleolus",
            "bimalleolar|trimalleolar fracture",
        ),
        parents=("ankle_fracture",),
    ),
    Finding(
        "lateral_malleolus_fracture",
        "lateral malleolus fracture",
        _LIMBS,
        (
            "{bone}? lateral malleolar|malleolus fracture",
            "fracture {seen}* of|in|through|involving {det}? {side}? lateral malleolus",
            "bimalleolar|trimalleolar fracture",
        ),
        parents=("ankle_fracture",),
    ),
    Finding(
        "humerus_fracture",
        "humerus fracture",
        _LIMBS,
        (
            "{bone}? humerus|humeral|supracondylar neck|head|shaft? fracture",
            "fracture of {det}? {side}? {any}? {any}? humerus",
        ),
        parents=("fracture",),
    ),
    Finding(
        "tibial_fracture",
        "tibial fracture",
        _LIMBS,
        ("{bone}? tibial|tibia plateau|shaft? fracture", "fracture of {det}? {side}? {any}? {any}? tibia|tibial"),
        parents=("fracture",),
    ),
    Finding(
        "pelvic_fracture",
        "pelvic fracture",
        _LIMBS,
        (
            "{bone}? pelvic|acetabular|sacral|pubic|iliac|ramus rami|ramus|ring? fracture",
            "fracture of {det}? {side}? {any}? {any}? pelvis|acetabulum|ramus|sacrum",
        ),
        parents=("fracture",),
    ),
    Finding(
        "hand_fracture",
        "hand fracture",
        _LIMBS,
        (
            "{bone}? hand|finger|metacarpal|phalangeal|boxer fracture",
            "{bone}? boxer s fracture",
            "fracture of {det}? {side}? {any}? {any}? metacarpal|phalanx|finger|thumb",
        ),
        parents=("fracture",),
    ),
    Finding(
        "foot_fracture",
        "foot fracture",
        _LIMBS,
        (
            "{bone}? foot|toe|metatarsal|calcaneal|jones|lisfranc|talar fracture",
            "fracture of {det}? {side}? {any}? {any}? metatarsal|calcaneus|toe|talus",
            "lisfranc injury",
        ),
        parents=("fracture",),
    ),
    Finding(
        "stress_fracture",
        "stress fracture",
        _LIMBS,
        ("{bone}? stress|insufficiency|fatigue fracture|reaction", "stress reaction|response"),
        parents=("fracture",),
    ),
    Finding(
        "pathologic_fracture",
        "pathologic fracture",
        _BONES,
        ("{bone}? pathologic|pathological fracture",),
        parents=("fracture", "bone_lesion"),
    ),
    Finding(
        "skull_fracture",
        "skull fracture",
        _HEAD,
        (
            "{bone}? skull|calvarial|basilar|basal skull? fracture",
            "{bone}? temporal|occipital|frontal|parietal bone fracture",
            "{bone}? depressed skull? fracture",
            "fracture of {det}? skull|calvarium",
        ),
        parents=("fracture",),
    ),
    Finding(
        "facial_fracture",
        "facial bone fracture",
        _HEAD,
        (
            "{bone}? facial|orbital|nasal|zygomatic|mandibular|mandible|maxillary|blowout|tripod bone? floor? "
            "wall? arch? fracture",
            "{bone}? le fort fracture",
            "fracture of {det}? {side}? {any}? {any}? orbit|mandible|maxilla|nose",
        ),
        parents=("fracture",),
    ),
    Finding(
        "spine_fracture",
        "spinal fracture",
        _SPINE,
        (
            "{bone}? spinal|spine|chance|odontoid|dens|hangman|transverse|spinous process? fracture",
            "{bone}? hangman s fracture",
            "fracture of {det}? {any}? {any}? vertebra|odontoid|dens|lamina|pedicle",
        ),
        parents=("fracture",),
        sided=False,
    ),
    Finding(
        "healed_fracture",
        "healed fracture",
        _BONES,
        (
            "{bone}? old|healed|healing|remote fracture",
            "callus formation?",
            "fracture nonunion|malunion",
            "nonunion",
            "malunion",
        ),
        parents=("fracture",),
    ),
)
