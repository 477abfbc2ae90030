"""Major headings of expert MeSH coding, such as `Opacity/lung/base/left`, and the findings they state.

The headings are those of the Indiana University chest radiograph reports (Demner-Fushman et al., JAMIA 23(2), 2016),
where a heading is followed by its qualifiers in no fixed order.
"""

from __future__ import annotations

_HEADINGS: dict[str, tuple[str, ...]] = {
    "aortic aneurysm": ("aortic_aneurysm",),
    "airspace disease": ("opacity",),
    "arthritis": ("osteoarthritis",),
    "atherosclerosis": ("aortic_atherosclerosis",),
    "blister": ("bulla",),
    "bone diseases, metabolic": ("osteopenia",),
    "breast implants": ("gynecomastia_or_implant",),
    "bronchiectasis": ("bronchiectasis",),
    "bronchitis": ("bronchial_wall_thickening",),
    "bronchiolitis": ("bronchial_wall_thickening",),
    "bullous emphysema": ("bulla", "emphysema"),
    "calcified granuloma": ("granuloma", "calcification"),
    "calcinosis": ("calcification",),
    "cardiomegaly": ("cardiomegaly",),
    "catheters, indwelling": ("lines_and_tubes",),
    "cavitation": ("cavity",),
    "cholelithiasis": ("gallstones",),
    "cicatrix": ("scarring",),
    "consolidation": ("consolidation",),
    "cysts": ("cyst",),
    "diaphragmatic eventration": ("elevated_diaphragm",),
    "dislocations": ("dislocation",),
    "emphysema": ("emphysema",),
    "fibrosis": ("fibrosis",),
    "foreign bodies": ("foreign_body",),
    "fractures, bone": ("fracture",),
    "funnel chest": ("congenital_anomaly",),
    "granuloma": ("granuloma",),
    "granulomatous disease": ("granuloma",),
    "heart failure": ("heart_failure",),
    "hemothorax": ("hemothorax",),
    "hernia, diaphragmatic": ("hernia",),
    "hernia, hiatal": ("hernia",),
    "hydropneumothorax": ("hydropneumothorax",),
    "hyperostosis, diffuse idiopathic skeletal": ("osteophyte",),
    "hypertension, pulmonary": ("pulmonary_hypertension",),
    "infiltrate": ("infiltration",),
    "kyphosis": ("kyphosis",),
    "lung diseases, interstitial": ("interstitial_lung_disease",),
    "lung, hyperlucent": ("emphysema",),
    "markings": ("prominent_markings",),
    "mass": ("mass",),
    "mastectomy": ("gynecomastia_or_implant",),
    "mediastinal emphysema": ("pneumomediastinum",),
    "nodule": ("nodule",),
    "normal": ("normal",),
    "opacity": ("opacity",),
    "osteophyte": ("osteophyte",),
    "osteoporosis": ("osteopenia",),
    "pectus carinatum": ("congenital_anomaly",),
    "pericardial effusion": ("pericardial_effusion",),
    "pleural effusion": ("effusion",),
    "pneumonia": ("pneumonia",),
    "pneumoperitoneum": ("pneumoperitoneum",),
    "pneumothorax": ("pneumothorax",),
    "pulmonary atelectasis": ("atelectasis",),
    "pulmonary congestion": ("vascular_congestion",),
    "pulmonary disease, chronic obstructive": ("copd",),
    "pulmonary edema": ("edema",),
    "pulmonary emphysema": ("emphysema",),
    "pulmonary fibrosis": ("fibrosis",),
    "sarcoidosis": ("sarcoidosis",),
    "scoliosis": ("scoliosis",),
    "spinal fusion": ("orthopedic_hardware",),
    "spondylosis": ("degenerative_change",),
    "stents": ("stent",),
    "subcutaneous emphysema": ("subcutaneous_emphysema",),
    "surgical instruments": ("surgical_material",),
    "sutures": ("surgical_material",),
    "tube, inserted": ("lines_and_tubes",),
    "tuberculosis": ("tuberculosis",),
}
"""Heading in lower case -> findings, whatever its qualifiers."""

_QUALIFIED: dict[tuple[str, str], tuple[str, ...]] = {
    ("aorta", "enlarged"): ("aortic_tortuosity",),
    ("aorta", "prominent"): ("aortic_tortuosity",),
    ("aorta", "tortuous"): ("aortic_tortuosity",),
    ("aorta, thoracic", "enlarged"): ("aortic_tortuosity",),
    ("aorta, thoracic", "prominent"): ("aortic_tortuosity",),
    ("aorta, thoracic", "tortuous"): ("aortic_tortuosity",),
    ("atherosclerosis", "coronary vessels"): ("coronary_calcification",),
    ("calcinosis", "aorta"): ("aortic_atherosclerosis",),
    ("calcinosis", "aorta, thoracic"): ("aortic_atherosclerosis",),
    ("calcinosis", "coronary vessels"): ("coronary_calcification",),
    ("calcinosis", "pleura"): ("pleural_plaque",),
    ("cardiac shadow", "enlarged"): ("cardiomegaly",),
    ("cervical vertebrae", "degenerative"): ("degenerative_change",),
    ("costophrenic angle", "blunted"): ("blunted_costophrenic_angle",),
    ("density", "lung"): ("opacity",),
    ("density", "retrocardiac"): ("opacity",),
    ("diaphragm", "elevated"): ("elevated_diaphragm",),
    ("diaphragm", "flattened"): ("hyperinflation",),
    ("fractures, bone", "thoracic vertebrae"): ("compression_fracture",),
    ("heart atria", "enlarged"): ("cardiomegaly",),
    ("heart ventricles", "enlarged"): ("cardiomegaly",),
    ("implanted medical device", "aortic valve"): ("prosthetic_valve",),
    ("lumbar vertebrae", "degenerative"): ("degenerative_change",),
    ("lung", "hyperdistention"): ("hyperinflation",),
    ("lung", "hypoinflation"): ("low_lung_volumes",),
    ("lymph nodes", "enlarged"): ("lymphadenopathy",),
    ("mediastinum", "enlarged"): ("mediastinal_widening",),
    ("mediastinum", "prominent"): ("mediastinal_widening",),
    ("pulmonary artery", "enlarged"): ("pulmonary_hypertension",),
    ("pulmonary artery", "prominent"): ("pulmonary_hypertension",),
    ("shoulder", "degenerative"): ("degenerative_change",),
    ("spine", "degenerative"): ("degenerative_change",),
    ("thickening", "bronchi"): ("bronchial_wall_thickening",),
    ("thickening", "pleura"): ("pleural_thickening",),
    ("thoracic vertebrae", "degenerative"): ("degenerative_change",),
}
"""Heading and one of its qualifiers -> findings, beside those of the heading."""


def findings_of_heading(term: str) -> tuple[str, ...]:
    """The findings of one code, `heading/qualifier/...` in any case; none for a heading unknown or hedged."""
    heading, *qualifiers = (part.strip() for part in term.lower().split("/"))
    if "borderline" in qualifiers:  # a hedge, as in `borderline cardiomegaly`
        return ()
    found = list(_HEADINGS.get(heading, ()))
    for qualifier in qualifiers:
        found += _QUALIFIED.get((heading, qualifier), ())
    if heading == "lung" and "hilum" in qualifiers and {"enlarged", "prominent"} & set(qualifiers):
        found.append("hilar_enlargement")
    return tuple(found)
