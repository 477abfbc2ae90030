"""The words of phantom reports: how radiologists name, describe and deny each kind of finding.

Slots: `{side}`, `{grade}` (small, moderate, large), `{size}` (14 mm, 1.4 cm), `{place}` (a lobe, a pole, a territory).
"""

from __future__ import annotations

from radseek.records.phantoms import Kind, Scene

NAMES: dict[Kind, tuple[str, ...]] = {
    Kind.EFFUSION: (
        "{grade} {side} pleural effusion",
        "{grade} {side}-sided pleural effusion",
        "{grade} pleural effusion on the {side}",
        "{grade} {side} effusion",
    ),
    Kind.PNEUMOTHORAX: (
        "{grade} {side} pneumothorax",
        "{grade} {side}-sided pneumothorax",
        "{grade} pneumothorax on the {side}",
    ),
    Kind.CONSOLIDATION: (
        "{place} consolidation",
        "{place} airspace opacity",
        "{place} pneumonia",
        "consolidation in the {place}",
        "airspace consolidation of the {place}",
    ),
    Kind.NODULE: (
        "{size} {place} nodule",
        "{size} pulmonary nodule in the {place}",
        "{size} nodule in the {place}",
        "solitary {place} pulmonary nodule",
    ),
    Kind.MASS: ("{size} {place} mass", "{size} lung mass in the {place}", "{place} mass measuring {size}"),
    Kind.CARDIOMEGALY: ("{degree} cardiomegaly", "{degree} enlargement of the heart", "{degree}ly enlarged heart"),
    Kind.ATELECTASIS: (
        "{place} linear atelectasis",
        "plate-like atelectasis in the {place}",
        "{place} subsegmental atelectasis",
    ),
    Kind.EDEMA: ("pulmonary edema", "alveolar pulmonary edema", "bilateral perihilar pulmonary oedema"),
    Kind.PACEMAKER: ("{side}-sided cardiac pacemaker", "{side} chest wall pacemaker", "{side} pectoral pacemaker"),
    Kind.CENTRAL_LINE: ("{side} internal jugular central venous catheter", "{side} internal jugular line"),
    Kind.HILAR_MASS: (
        "{size} {side} hilar mass",
        "{side} hilar mass measuring {size}",
        "{size} mass at the {side} hilum",
    ),
    Kind.LIVER_CYST: (
        "{size} liver cyst",
        "simple hepatic cyst of the {place}",
        "{size} cyst in the {place} of the liver",
    ),
    Kind.LIVER_MASS: (
        "{size} liver mass",
        "{size} hepatic mass in the {place}",
        "solid mass in the {place} of the liver",
    ),
    Kind.RENAL_STONE: ("{size} {side} renal stone", "{size} {side} kidney stone", "{side} nephrolithiasis"),
    Kind.RENAL_CYST: ("{size} {side} renal cyst", "simple cyst of the {side} kidney", "{size} {side} kidney cyst"),
    Kind.ASCITES: ("{amount} ascites", "{amount} free intraperitoneal fluid"),
    Kind.HAEMORRHAGE: (
        "{size} {place} hemorrhage",
        "acute intracerebral hemorrhage in the {place}",
        "{place} intraparenchymal haemorrhage",
    ),
    Kind.SUBDURAL: (
        "{side} subdural hematoma",
        "acute {side} subdural hematoma",
        "{side} convexity subdural haematoma",
    ),
    Kind.INFARCT: ("{side} middle cerebral artery infarct", "{side} MCA territory infarct", "{side} MCA stroke"),
}
"""Noun phrases, for impressions and captions."""

SENTENCES: dict[Kind, tuple[str, ...]] = {
    Kind.EFFUSION: (
        "There is a {grade} {side} pleural effusion.",
        "A {grade} {side}-sided pleural effusion is present.",
        "Layering fluid is seen in the {side} pleural space, {grade} in amount.",
        "Opacification of the {side} base with loss of the costophrenic angle, in keeping with a {grade} effusion.",
        "{Grade} pleural effusion on the {side}.",
    ),
    Kind.PNEUMOTHORAX: (
        "There is a {grade} {side} pneumothorax.",
        "A visceral pleural line is visible on the {side} with no lung markings beyond it: {grade} pneumothorax.",
        "{Grade} {side}-sided pneumothorax with partial collapse of the {side} lung.",
        "Air is present in the {side} pleural space, a {grade} pneumothorax.",
    ),
    Kind.CONSOLIDATION: (
        "There is consolidation in the {place}.",
        "Airspace opacity in the {place} consistent with consolidation.",
        "Patchy opacification of the {place}, suspicious for pneumonia.",
        "Focal consolidation involves the {place}.",
        "Opacity in the {place} with air bronchograms.",
    ),
    Kind.NODULE: (
        "A {size} nodule projects over the {place}.",
        "There is a well-defined {size} pulmonary nodule in the {place}.",
        "Rounded opacity in the {place} measuring {size}.",
        "Solitary nodule in the {place}, {size} in diameter.",
        "A {size} coin lesion is seen in the {place}.",
    ),
    Kind.MASS: (
        "There is a {size} mass in the {place}.",
        "A lobulated {size} mass projects over the {place}.",
        "Large rounded opacity in the {place} measuring {size}, suspicious for a neoplasm.",
        "Mass-like opacity in the {place}, {size} in diameter.",
    ),
    Kind.CARDIOMEGALY: (
        "The heart is {degree}ly enlarged.",
        "There is {degree} cardiomegaly.",
        "The cardiac silhouette is {degree}ly enlarged.",
        "{Degree} enlargement of the cardiac silhouette with increased cardiothoracic ratio.",
    ),
    Kind.ATELECTASIS: (
        "Linear atelectasis in the {place}.",
        "There is a band of plate-like atelectasis in the {place}.",
        "Linear opacity in the {place}, consistent with subsegmental atelectasis.",
        "Discoid atelectasis is seen in the {place}.",
    ),
    Kind.EDEMA: (
        "Bilateral perihilar airspace opacities, consistent with pulmonary edema.",
        "There is pulmonary oedema in a batwing distribution.",
        "Diffuse bilateral perihilar haze with vascular congestion, in keeping with pulmonary edema.",
        "Vascular indistinctness and bilateral central opacities of alveolar edema.",
    ),
    Kind.PACEMAKER: (
        "A {side}-sided pacemaker is in place with its lead in the right ventricle.",
        "There is a {side} chest wall cardiac device; the lead tip projects over the right ventricle.",
        "{Side} pectoral pacemaker generator with a single lead.",
    ),
    Kind.CENTRAL_LINE: (
        "A {side} internal jugular central venous catheter ends in the superior vena cava.",
        "{Side} central venous line with its tip over the superior vena cava.",
        "There is a {side}-sided central line; the tip projects over the SVC.",
    ),
    Kind.HILAR_MASS: (
        "There is a {size} mass at the {side} hilum.",
        "A lobulated {side} hilar mass measures {size}.",
        "{Side} hilar soft tissue mass, {size}, next to the main bronchus.",
    ),
    Kind.LIVER_CYST: (
        "There is a {size} simple cyst in the {place} of the liver.",
        "A well-defined fluid-attenuation lesion in the {place} of the liver measures {size}, consistent with a cyst.",
        "Thin-walled hepatic cyst of {size} in the {place}.",
        "Hypodense liver lesion of water density, {size}, in the {place}: simple cyst.",
    ),
    Kind.LIVER_MASS: (
        "There is a {size} heterogeneous mass in the {place} of the liver with rim enhancement.",
        "A hypodense solid hepatic mass in the {place} measures {size}.",
        "{Place} liver mass of {size} with peripheral enhancement, suspicious for malignancy.",
    ),
    Kind.RENAL_STONE: (
        "A {size} calculus lies in the {place} of the {side} kidney.",
        "There is a {size} {side} renal stone in the {place}.",
        "{Side} nephrolithiasis with a {size} stone in the {place}.",
        "Dense {size} calculus in the {side} renal collecting system.",
    ),
    Kind.RENAL_CYST: (
        "There is a {size} simple cyst at the {place} of the {side} kidney.",
        "An exophytic {side} renal cyst measures {size}.",
        "Water-density lesion of the {side} kidney, {size}, consistent with a simple renal cyst.",
    ),
    Kind.ASCITES: (
        "There is a {amount} amount of ascites.",
        "Free fluid surrounds the liver and fills both paracolic gutters, {amount} in amount.",
        "{Amount} volume ascites is present.",
        "A {amount} amount of free intraperitoneal fluid is seen.",
    ),
    Kind.HAEMORRHAGE: (
        "There is an acute hemorrhage in the {place} measuring {size} with surrounding edema.",
        "Hyperdense intraparenchymal hematoma in the {place}, {size}.",
        "Acute intracerebral haemorrhage centered in the {place}, {size} in diameter.",
    ),
    Kind.SUBDURAL: (
        "There is an acute {side} subdural hematoma up to {size} thick with midline shift.",
        "A crescentic hyperdense extra-axial collection along the {side} convexity measures {size} in thickness.",
        "{Side} subdural haematoma, {size} thick, displacing the midline.",
    ),
    Kind.INFARCT: (
        "Wedge-shaped hypodensity in the {side} middle cerebral artery territory, consistent with an infarct.",
        "There is an established infarct in the {side} MCA territory.",
        "Loss of grey-white differentiation in the {side} MCA territory, in keeping with ischemic stroke.",
    ),
}
"""Whole sentences for the findings section."""

_LUNG_OPACITIES = frozenset({Kind.CONSOLIDATION, Kind.NODULE, Kind.MASS, Kind.ATELECTASIS, Kind.EDEMA, Kind.HILAR_MASS})
_PLEURA = frozenset({Kind.EFFUSION, Kind.PNEUMOTHORAX})
Denials = tuple[tuple[frozenset[Kind], tuple[str, ...]], ...]

DENIALS: dict[Scene, Denials] = {
    Scene.CHEST_RADIOGRAPH: (
        (_PLEURA, ("No pleural effusion or pneumothorax.", "There is no pneumothorax or pleural effusion.")),
        (frozenset({Kind.EFFUSION}), ("No pleural effusion.", "The costophrenic angles are sharp.")),
        (
            frozenset({Kind.PNEUMOTHORAX}),
            ("No pneumothorax.", "There is no pneumothorax.", "No evidence of pneumothorax."),
        ),
        (_LUNG_OPACITIES | _PLEURA, ("The lungs are clear.", "Both lungs are well expanded and clear.")),
        (frozenset({Kind.CONSOLIDATION}), ("No focal consolidation.", "No focal airspace disease.")),
        (
            frozenset({Kind.NODULE, Kind.MASS}),
            ("No suspicious pulmonary nodule or mass.", "No pulmonary nodule is seen."),
        ),
        (
            frozenset({Kind.CARDIOMEGALY}),
            ("Heart size is normal.", "The heart is not enlarged.", "The cardiac silhouette is within normal limits."),
        ),
        (frozenset({Kind.EDEMA}), ("No pulmonary edema.", "Pulmonary vascularity is normal.")),
        (frozenset({Kind.PACEMAKER, Kind.CENTRAL_LINE}), ("No lines or devices.", "No support devices are seen.")),
        (frozenset(), ("The bony thorax is intact.", "No acute osseous abnormality.", "No displaced rib fracture.")),
    ),
    Scene.CHEST_CT: (
        (frozenset({Kind.EFFUSION}), ("No pleural effusion.", "The pleural spaces are free of fluid.")),
        (frozenset({Kind.NODULE}), ("No pulmonary nodule.", "There are no pulmonary nodules.")),
        (frozenset({Kind.CONSOLIDATION}), ("No consolidation.", "No focal airspace disease.")),
        (frozenset({Kind.HILAR_MASS}), ("No hilar mass.", "No mediastinal or hilar lymphadenopathy.")),
        (frozenset(), ("The thoracic aorta is of normal caliber.", "The heart and great vessels are unremarkable.")),
        (frozenset(), ("No pneumothorax.", "The central airways are patent.")),
    ),
    Scene.ABDOMEN_CT: (
        (
            frozenset({Kind.LIVER_CYST, Kind.LIVER_MASS}),
            ("No focal liver lesion.", "There is no focal hepatic lesion."),
        ),
        (frozenset({Kind.LIVER_MASS}), ("No suspicious liver mass.", "No solid hepatic lesion.")),
        (
            frozenset({Kind.RENAL_STONE}),
            ("No renal calculi.", "No urinary tract stone.", "There is no nephrolithiasis."),
        ),
        (
            frozenset({Kind.RENAL_STONE, Kind.RENAL_CYST}),
            ("The kidneys are unremarkable.", "Both kidneys enhance symmetrically without focal lesion."),
        ),
        (frozenset({Kind.ASCITES}), ("No ascites.", "No free fluid.", "There is no free intraperitoneal fluid.")),
        (
            frozenset(),
            ("The spleen and pancreas are unremarkable.", "No bowel obstruction.", "The aorta is not dilated."),
        ),
    ),
    Scene.HEAD_CT: (
        (
            frozenset({Kind.HAEMORRHAGE, Kind.SUBDURAL}),
            ("No intracranial hemorrhage.", "There is no acute intracranial haemorrhage."),
        ),
        (frozenset({Kind.HAEMORRHAGE}), ("No intraparenchymal hemorrhage.", "No intracerebral haemorrhage.")),
        (frozenset({Kind.SUBDURAL}), ("No extra-axial collection.", "No subdural hematoma.", "No midline shift.")),
        (
            frozenset({Kind.INFARCT}),
            ("No evidence of acute infarct.", "Grey-white differentiation is preserved on both sides."),
        ),
        (
            frozenset(),
            ("The calvarium is intact.", "The ventricles are normal in size.", "The basal cisterns are normal."),
        ),
    ),
}
"""What may be said when none of the kinds is there; an empty set is true of every phantom of the scene."""

CLEAR: dict[Scene, tuple[str, ...]] = {
    Scene.CHEST_RADIOGRAPH: (
        "No acute cardiopulmonary abnormality.",
        "Normal chest radiograph.",
        "No acute cardiopulmonary process.",
        "Unremarkable chest.",
    ),
    Scene.CHEST_CT: ("Normal chest CT.", "No acute intrathoracic abnormality.", "Unremarkable CT of the chest."),
    Scene.ABDOMEN_CT: ("Normal CT of the abdomen.", "No acute abdominal abnormality.", "Unremarkable abdominal CT."),
    Scene.HEAD_CT: ("Normal head CT.", "No acute intracranial abnormality.", "Unremarkable CT of the head."),
}
"""Impressions of phantoms without lesions."""

TECHNIQUES: dict[Scene, tuple[str, ...]] = {
    Scene.CHEST_RADIOGRAPH: (
        "Single PA view of the chest.",
        "PA chest radiograph.",
        "Frontal radiograph of the chest.",
    ),
    Scene.CHEST_CT: ("Axial CT of the chest with intravenous contrast.", "Contrast-enhanced CT of the thorax, supine."),
    Scene.ABDOMEN_CT: ("CT of the abdomen, portal venous phase.", "Axial contrast-enhanced CT of the abdomen."),
    Scene.HEAD_CT: ("Axial CT of the head without contrast.", "Non-contrast head CT."),
}

PICTURES: dict[Scene, tuple[str, ...]] = {
    Scene.CHEST_RADIOGRAPH: ("PA chest radiograph", "Frontal chest X-ray", "Chest radiograph", "Frontal radiograph"),
    Scene.CHEST_CT: ("Axial chest CT", "CT of the chest", "Contrast-enhanced CT of the thorax"),
    Scene.ABDOMEN_CT: ("Axial abdominal CT", "CT of the abdomen", "Contrast-enhanced abdominal CT"),
    Scene.HEAD_CT: ("Axial head CT", "Non-contrast CT of the head", "CT of the brain"),
}
"""What a caption calls the picture."""

INDICATIONS: dict[Scene, tuple[str, ...]] = {
    Scene.CHEST_RADIOGRAPH: (
        "Shortness of breath.",
        "Cough and fever.",
        "Chest pain.",
        "Preoperative evaluation.",
        "Dyspnea.",
    ),
    Scene.CHEST_CT: (
        "Abnormal chest radiograph.",
        "Weight loss and cough.",
        "Chest pain.",
        "Known malignancy, staging.",
    ),
    Scene.ABDOMEN_CT: (
        "Abdominal pain.",
        "Flank pain.",
        "Abnormal liver tests.",
        "Weight loss.",
        "Abdominal distension.",
    ),
    Scene.HEAD_CT: ("Headache.", "Fall.", "Sudden weakness.", "Confusion.", "Altered mental status."),
}
