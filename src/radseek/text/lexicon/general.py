"""Findings of no single organ, and the finding of having none."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_ALL = tuple(Region)
_CHEST = (Region.CHEST,)

GENERAL_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "normal",
        "normal study",
        _ALL,
        (
            "normal|negative|unremarkable {any}? chest|exam|examination|study|radiograph|film|brain|head|abdomen",
            "normal|negative|unremarkable {any}? {any}? x ray",
            "normal|negative|unremarkable {any}? {any}? ct|mri|mr|scan|cxr|mra|cta",
            "chest|exam|examination|study|radiograph|x|scan|ct|mri|brain|head|abdomen {be} normal|unremarkable|"
            "negative",
            "normal ct|mri|mr|chest|brain|head|abdominal|pa|lateral scan|x|anatomy|study|appearance ray?",
            "chest ray? {be} within normal limit",
            "no|without evidence? of? any? {degree}* active|acute {any}? {any}? abnormality|disease|process|finding|"
            "pathology|infiltrate",
            "no {degree}* cardiopulmonary|pulmonary|intracranial|abdominal|intrathoracic|radiographic {any}? "
            "abnormality|disease|process|finding|pathology",
            "no {degree}* abnormality|pathology|disease",
            "no evidence of {degree}* active|acute? cardiopulmonary|pulmonary|intracranial|intrathoracic abnormality|"
            "disease|"
            "process|finding|pathology",
            "no evidence of {degree}* abnormality|pathology|disease",
            "no significant|acute|active {any}? {any}? finding|change",
            "no finding",
            "normal finding|appearance|anatomy|variant",
            "healthy {any}? chest|lung|brain|volunteer|subject|patient",
        ),
        sided=False,
    ),
    Finding(
        "mass",
        "mass",
        _ALL,
        (
            "mass",
            "mass like lesion|opacity|density|consolidation|area",
            "soft tissue mass|lesion|density",
            "tumor",
            "neoplasm",
            "neoplastic process|lesion|disease",
            "lung|pulmonary|hilar|breast|pleural|neck|thyroid|pelvic|abdominal|retroperitoneal|chest mass|lesion|"
            "tumor wall?",
            "space occupying lesion",
            "masslike opacity|density|consolidation",
            "mesothelioma",
            "sarcoma",
            "liposarcoma",
            "rhabdomyosarcoma",
            "desmoid tumor?",
            "teratoma",
            "germ cell tumor",
            "paraganglioma",
            "glomus tumor|jugulare",
            "parotid mass|tumor",
        ),
    ),
    Finding(
        "thyroid_nodule",
        "thyroid nodule",
        (Region.NECK,),
        ("thyroid nodule|mass|lesion|goiter|enlargement", "goiter", "enlarged thyroid", "multinodular goiter"),
    ),
    Finding(
        "organ_atrophy",
        "organ atrophy",
        (Region.ABDOMEN, Region.LIMBS),
        ("organ|muscle|muscular|renal|kidney|pancreatic|hepatic|splenic|testicular|fatty|nerve|thymic atrophy",),
    ),
    Finding(
        "malignancy",
        "malignancy",
        _ALL,
        (
            "malignancy",
            "cancer",
            "carcinoma",
            "adenocarcinoma",
            "malignant {any}? lesion|tumor|mass|neoplasm|process|disease|melanoma",
            "squamous cell carcinoma",
            "leukemia",
            "melanoma",
            "breast|colon|prostate|thyroid|ovarian|esophageal|laryngeal cancer|carcinoma",
        ),
    ),
    Finding(
        "metastasis",
        "metastasis",
        _ALL,
        (
            "metastasis",
            "metastatic disease|lesion|nodule|deposit|spread|cancer|carcinoma|adenocarcinoma|melanoma|tumor|process|"
            "focus?",
            "pulmonary|lung|brain|cerebral|liver|hepatic|bone|bony|osseous|nodal|spinal|leptomeningeal metastasis",
            "carcinomatosis",
            "lymphangitic spread|carcinomatosis",
        ),
        ("malignancy",),
    ),
    Finding(
        "lymphoma",
        "lymphoma",
        _ALL,
        (
            "lymphoma",
            "hodgkin lymphoma|disease?",
            "hodgkin s lymphoma|disease",
            "non hodgkin s? lymphoma",
            "lymphoproliferative disorder|disease",
        ),
        ("malignancy",),
        sided=False,
    ),
    Finding(
        "cyst",
        "cyst",
        _ALL,
        (
            "cyst",
            "cystic lesion|mass|structure|change|collection",
            "thyroglossal|branchial duct|cleft cyst|anomaly",
            "branchial cleft cyst",
        ),
    ),
    Finding(
        "lipoma", "lipoma", _ALL, ("lipoma", "lipomatosis", "fatty mass|lesion|tumor", "fat containing mass|lesion")
    ),
    Finding(
        "abscess",
        "abscess",
        _ALL,
        (
            "abscess",
            "phlegmon",
            "rim enhancing {any}? collection",
            "brain|liver|hepatic|lung|psoas|epidural|peritonsillar|retropharyngeal abscess",
            "subdural empyema",
        ),
    ),
    Finding(
        "calcification",
        "calcification",
        _ALL,
        (
            "calcification",
            "calcified",
            "calcified granuloma|node|lymph|nodule|lesion|hilar|mediastinal|mass|density|focus|plaque node?",
            "calcified {any}? {place}* {any}? lymph? node|nodule|granuloma",
            "granulomatous calcification",
            "calcific density",
            "calcinosis",
            "aortic|arch|hilar|mediastinal|nodal|pleural|granulomatous calcification",
            "granulomatous {any} calcification",
            "aortic|arch vascular calcification",
            "calcific granuloma|aortic disease?",
            "tortuous|ectatic|unfolded and? , calcified calcified? thoracic? aorta",
            "tortuous|ectatic|unfolded and calcified , calcified thoracic? aorta",
            "tortuous|ectatic|unfolded and|, calcified calcified thoracic? aorta",
            "dilated? tortuous dilated? calcified thoracic? aorta",
            "dilated? tortuous calcified aortic arch|knob|xxxx",
            "aortic|arch atherosclerotic vascular calcification",
            "vascular calcification of|in|over {det}? aorta",
            "vascular calcification of|in|over {det}? aortic arch|knob|wall|xxxx",
            "tortuosity|ectasia|unfolding and|with {any}? calcification of {det}? thoracic|abdominal? aorta",
            "aortic arch|knob|wall|xxxx calcification",
            "calcification {be}? seen|noted|present|identified|visualized|demonstrated? of|in|along|within|at {det}? "
            "thoracic|abdominal|descending|ascending? aorta",
            "calcification {be}? seen|noted|present|identified|visualized|demonstrated? of|in|along|within|at {det}? "
            "aortic arch|knob|wall|root|xxxx",
            "calcified thoracic|abdominal? aorta",
            "calcified aortic arch|knob|wall|xxxx",
            "thoracic|abdominal|descending|ascending? thoracic? aorta {be} {degree}* calcified",
            "thoracic|abdominal|descending|ascending? thoracic? aorta {be}? {degree}* calcified ectatic? and? "
            "{degree}* "
            "tortuous|ectatic|unfolded",
            "thoracic|abdominal|descending|ascending? thoracic? aorta {be}? {degree}* tortuous|ectatic|unfolded and? "
            "{degree}* calcified",
            "calcified and? tortuous|ectatic|unfolded thoracic? aorta",
            "tortuous|ectatic|unfolded and? {degree}* calcified thoracic? aorta",
            "round|rounded|nodular calcific density|opacity|lesion|focus",
        ),
    ),
    Finding(
        "foreign_body",
        "foreign body",
        _ALL,
        (
            "foreign body|object|material",
            "bullet",
            "bullet fragment",
            "shrapnel",
            "metallic foreign|fragment|density|object body?",
            "radiopaque|radiodense foreign body|object",
            "swallowed {any}",
        ),
    ),
    Finding(
        "congenital_anomaly",
        "congenital anomaly",
        _ALL,
        (
            "azygos lobe|fissure",
            "situs inversus",
            "dextrocardia",
            "cervical rib",
            "pectus excavatum|carinatum|deformity?",
            "aberrant {side}? subclavian artery",
            "right sided aortic arch",
            "right aortic arch",
            "double aortic arch",
            "horseshoe kidney",
            "ectopic kidney",
            "duplicated collecting system",
            "agenesis",
            "hypoplasia",
            "congenital anomaly|malformation|heart",
            "pulmonary|bronchopulmonary sequestration",
            "sequestration",
            "scimitar syndrome",
            "persistent left superior vena cava",
            "annular pancreas",
            "bicornuate uterus",
            "patent ductus arteriosus",
            "crossed fused {any}? ectopia",
            "anomalous pulmonary venous return",
            "duplicated {any}? {any}? system|cava",
        ),
    ),
    Finding(
        "breast_change",
        "breast implant or mastectomy",
        _CHEST,
        ("breast implant|prosthesis", "mastectomy", "gynecomastia"),
    ),
)
