r"""The tables of the assertion engine: cues with kind and reach, terminators, and words that claim nothing.

A cue is a regular expression over lower-case words; a space in it stands for any white space. Where two cues overlap,
the longer match wins, so a pseudo-negation such as `no change` hides the `no` in it. After ConText (Harkema et al.,
J Biomed Inform 42(5), 2009), with cues collected from how chest, abdominal and neuro reports are dictated.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a cue says of the words in its reach."""

    ABSENT = "absent"
    NORMAL = "normal"
    """Absent, said as normality (`clear`, `unremarkable`). Does not reach devices: an intact wire is there."""
    UNCERTAIN = "uncertain"
    HISTORICAL = "historical"
    PSEUDO = "pseudo"
    """Looks like a cue and is none."""


class Reach(Enum):
    """Where the words are of which a cue speaks."""

    AFTER = "after"
    BEFORE = "before"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Cue:
    """A group of expressions with one kind and reach."""

    kind: Kind
    reach: Reach
    patterns: tuple[str, ...]


_BE = r"(?:is|are|was|were|be|been|being|remains?|appears?|looks?|seems?)"
_SEEN = (
    r"(?:seen|noted|identified|visuali[sz]ed|demonstrated|evident|present|apparent|appreciated|detected|observed|found|"
    r"shown|recogni[sz]ed|suspected|perceived|encountered|suggested)"
)
_CHANGE = r"(?:change|changes|increase|decrease|progression|worsening|improvement|growth|difference)"
_DEGREE = (
    r"(?:significant|definite|definitive|interval|acute|appreciable|substantial|obvious|major|other|real|further|gross|"
    r"new)"
)
_STUDY = (
    r"(?:study|studies|exams?|examinations?|radiographs?|films?|ct|cts|mri|mr|x-?rays?|x-xxxx|xxxx|chest|imaging|"
    r"comparisons?|reports?|scans?|images?|views?|dated|from|on|to|available|and|or|but|pa|ap|portable|ultrasound)"
)
_NEXT_STEP = (
    r"(?:follow-?up|correlation|imaging|radiographs?|comparison|reference|ct|mri|ultrasound|x-?rays?|x-xxxx|scan|films?|"
    r"evaluation)"
)

CUES: tuple[Cue, ...] = (
    Cue(
        Kind.PSEUDO,
        Reach.AFTER,
        (
            rf"(?:no|without|not any)(?: {_DEGREE}){{0,3}} {_CHANGE}(?: (?:in|of|from|since|to|for|compared|seen))?",
            r"not(?: \w+ly)? (?:changed|increased|decreased|progressed|worsened|improved)",
            r"not only",
            r"not necessarily",
            r"not (?:well|fully|completely|entirely|adequately|optimally|clearly)(?: \w+)?",
            r"not (?:included|imaged|evaluated|assessed|performed|available|obtained)",
            r"no (?:prior|previous|comparisons?|old)(?: \w+){0,4}? (?:available|study|studies|films?|exams?)",
            r"no (?:comparisons?|prior|previous|priors)",
            r"no (?:further|additional|other) (?:imaging|follow-?up|evaluation|work-?up|images|views)",
            r"(?:partial|incomplete|(?:near|nearly|almost)(?: complete)?)(?: interval)? (?:resolution|clearing)",
            r"(?:partially|incompletely|nearly|almost|mostly|partly)(?: completely)? (?:resolved|cleared)",
            rf"(?:prior|previous|previously|earlier) {_STUDY}",
            r"(?:prior|previous)(?=\s*(?:[.,;:)]|$))",
            r"prior to",
            r"previously (?:seen|noted|described|identified|demonstrated|reported|visuali[sz]ed|mentioned)",
            r"gram negative",
            r"normal[ -]pressure",
            r"no doubt",
            r"clear (?:evidence|cut|demonstration)",
            r"(?:may|should|could|might) be (?:helpful|useful|obtained|performed|indicated|warranted|considered for)",
            r"(?:may|should|could|might) be of (?:benefit|value|use)",
            rf"(?:consider|suggest|may need)(?: \w+){{0,4}}? {_NEXT_STEP}",
            r"(?:is|are) suggested",
            r"excluded (?:from|on) (?:the|this)",
            r"(?:do|does|did) not (?:resolve|improve|clear|respond)",
            rf"{_BE} excluded (?:from|on) (?:the|this)",
            r"(?:further|additional) history",
            r"if (?:clinically|there is|symptoms?|needed|concern)(?: \w+){0,3}",
        ),
    ),
    Cue(
        Kind.ABSENT,
        Reach.AFTER,
        (
            r"no",
            r"not",
            r"nor",
            r"neither",
            r"never",
            r"none",
            r"without",
            r"w/o",
            r"denies",
            r"denied",
            r"free of",
            r"free from",
            r"clear of",
            r"devoid of",
            r"lack of",
            r"lacks",
            r"lacking",
            r"absent",
            r"(?:in )?(?:the )?absence of",
            r"absence",
            r"negative for",
            r"negative (?:examination|study|exam) for",
            r"rather than",
            r"instead of",
            r"no longer",
            r"(?:(?:interval|complete|prior|status post) )?removal of",
            r"(?:(?:interval|complete) )?(?:resolution|clearing) of",
            r"clear(?= (?:focal |acute )?(?:airspace|air space|consolidations?|infiltrates?|effusions?)(?! or| and))",
            r"(?:rules?|ruled|ruling|excludes?|excluding) (?:out)(?= (?:any|a|an|acute|the))",
            r"fails? to (?:reveal|show|demonstrate)",
        ),
    ),
    Cue(
        Kind.ABSENT,
        Reach.BEFORE,
        (
            rf"(?:{_BE} )?not (?:definitely |clearly |currently )?{_SEEN}",
            rf"(?:{_BE} )?no longer(?: {_SEEN})?",
            rf"{_BE} absent",
            r"(?:is|are|was|were|been|effectively|has been|have been) (?:ruled out|excluded)",
            r"(?:has|have|had|now|completely|fully|is|are)(?: (?:completely|now))? (?:resolved|cleared|disappeared)",
            r"(?:has|have) been removed",
            rf"{_BE} (?:very |highly |felt )?unlikely",
            r"unlikely",
        ),
    ),
    Cue(Kind.ABSENT, Reach.BOTH, (r"resolved",)),
    Cue(
        Kind.NORMAL,
        Reach.BOTH,
        (
            r"(?:grossly |otherwise |relatively |essentially |fairly )?normal",
            r"normally",
            r"unremarkable",
            r"(?:with)?in(?: the)? normal limits?(?: (?:in|of) (?:size|contour|caliber|appearance))?",
            r"within (?:the )?limits of normal",
            r"wnl",
            r"clear",
            r"negative",
            r"intact",
            r"patent",
            r"preserved",
            r"maintained",
            rf"{_BE} sharp",
            r"sharp costophrenic",
            r"non-?(?:dilated|distended|enlarged|displaced)",
            r"undisplaced",
            r"well[ -](?:expanded|aerated|inflated|defined costophrenic)",
            rf"(?:{_BE} |trachea |structures )(?:in (?:the )?)?midline",
            r"satisfactory",
            r"age[ -]appropriate",
            rf"(?:liver|spleen|pancreas|parenchyma|kidneys?|thyroid|marrow) {_BE} homogeneous",
            rf"(?:cisterns?|airways?|foramina|sulci) {_BE} open",
            r"enhances? (?:symmetrically|normally|uniformly)",
        ),
    ),
    Cue(
        Kind.UNCERTAIN,
        Reach.BOTH,
        (
            r"possible",
            r"possibly",
            r"possibility of",
            r"(?:possibly|probably|likely|perhaps|presumably|potentially)(?: \w+)? (?:due|secondary|related) to",
            r"favou?r(?:s|ed|ing)?(?: to be| to represent| as)?",
            r"probable",
            r"probably",
            r"likely",
            r"most likely",
            r"less likely",
            r"perhaps",
            r"presumed",
            r"presumably",
            r"questionable",
            r"question of",
            r"questioned",
            r"equivocal",
            r"\?",
            r"borderline",
            r"(?:low|high)(?: |-)normal",
            r"(?:at )?(?:the )?upper limits? of (?:the )?normal(?: limits?)?(?: in size)?",
            r"may(?: also| well)? (?:represent|reflect|indicate|suggest|have|relate|correspond|simply be|just be)",
            r"may(?: also| well)? be(?: (?:related|due|secondary) to)?",
            r"might(?: be| represent| reflect)?",
            r"could(?: also)? (?:be|represent|reflect|indicate|suggest|relate)",
            r"could(?: also)? be (?:related|due|secondary) to",
            r"can(?:not|'t| not) (?:be )?(?:(?:entirely|completely|definitely|totally) )?(?:excluded?|ruled? out|r/o)",
            r"(?:not|never)(?: \w+)? (?:excluded|ruled out)",
            r"difficult to (?:(?:completely|entirely|definitively) )?(?:exclude|rule out)",
            r"(?:is|are) not (?:entirely |completely |definitively )?excluded",
            r"suspicious for",
            r"suspicion (?:for|of)",
            r"suggestion of",
            r"maybe(?: (?:due|secondary|related) to)?",
            r"may(?: also| well)? be (?:compatible|consistent|in keeping) with",
            r"suspected",
            r"concerning for",
            r"concern (?:for|of)",
            r"worrisome for",
            r"suggest(?:s|ed|ing|ive)?(?: of| that)?",
            r"versus",
            r"vs\.?",
            r"differential(?: diagnos[ie]s)?(?: includes?| considerations?)?",
            r"(?:should|must) be considered",
            r"consider",
            r"considerations?(?: includes?)?",
            r"(?:raises?|raising)(?: the)? (?:question|possibility|concern|suspicion)(?: of| for)?",
            r"appears? to represent",
            r"potential(?:ly)?",
        ),
    ),
    Cue(
        Kind.UNCERTAIN,
        Reach.AFTER,
        (
            r"rule out",
            r"r/o",
            r"(?:to|please|and) exclude",
            r"(?:to )?(?:evaluate|assess|evaluation|eval|check|look|looking|screen|screening)(?: for)",
            r"assess",
            r"query",
            r"question",
            r"correlat(?:e|ion)(?: \w+)? for",
        ),
    ),
    Cue(Kind.UNCERTAIN, Reach.BEFORE, (rf"(?:may|might|could) not be {_SEEN}",)),
    Cue(
        Kind.HISTORICAL,
        Reach.AFTER,
        (
            r"(?:(?:known|past|remote|prior|medical|surgical|personal|family) ){0,3}(?:history|hx)(?: of| is)?",
            r"h/o",
            r"status[ -]post",
            r"s/p",
            r"post[ -]?op(?:erative)? from",
            r"prior",
            r"previous",
            r"previously",
            r"formerly",
            r"known to have had",
        ),
    ),
)

OBJECT_HEDGES: frozenset[str] = frozenset(
    "represent reflect indicate suggest suggests suggesting suggestive relate related correspond suspicious concerning "
    "worrisome concern suspicion due secondary compatible consistent keeping favor favors favored favoring favour "
    "favours favoured favouring".split()
)
"""Words of hedges that speak of what comes after them only: the shadow that may represent a tumor is there."""

MUTUAL_HEDGES: frozenset[str] = frozenset("versus vs vs. exclude excluded rule ruled r/o ?".split())
"""Words of hedges that speak of both sides, or of what stands before them."""

LEADING: frozenset[str] = frozenset(
    "acute active focal large significant definite displaced discrete suspicious new obvious gross confluent "
    "overt visible evident pleural-based".split()
)
"""Adjectives that open a list of adjectives rather than of things: `no acute, displaced fracture`."""

LISTING: frozenset[str] = frozenset({"differential", "considerations", "include", "includes"})
"""Words of hedges that open a list."""

TERMINATORS: tuple[str, ...] = (
    r"but",
    r"however",
    r"although",
    r"though",
    r"except(?:ing)?(?: for| that)?",
    r"(?:aside|apart) from",
    r"other than",
    r"besides",
    r"yet",
    r"whereas",
    r"while",
    r"(?<!consistent\s)(?<!compatible\s)with(?! respect)",
    r"(?:there|this|these|it|which|that) (?:is|are|was|were|has|have|remains?|appears?|shows?|demonstrates?)",
    r"there",
    r"due to",
    r"secondary to",
    r"related to",
    r"as well as",
    r"status[ -]post",
    r"(?<!no\s)(?<!any\s)(?<!without\s)superimposed",
    r"(?<=,\s)otherwise",
    r"(?<!that\s)(?<!whether\s)the (?:lungs|heart|aorta|trachea|mediastinum|pleural spaces|cardiac silhouette|"
    r"cardiomediastinal silhouette|bones|osseous structures|pulmonary vasculature) (?:is|are|appears?)"
    r"(?! (?:seen|noted|identified|visuali[sz]ed|demonstrated|present|evident|detected))",
)
"""Expressions at which every reach ends."""

OPENERS: frozenset[str] = frozenset(
    "the there a an this these it stable unchanged small tiny mild mildly moderate moderately minimal marked "
    "marginal slight slightly severe extensive diffuse patchy scattered multiple several few persistent chronic old "
    "healed increased decreased increasing improved worsening again prior previous history status left-sided "
    "right-sided bibasilar bilateral calcified degenerative postoperative".split()
)
"""Words that after a comma open a new statement, unless a later `or` shows that the list of negated things goes on."""

PREDICATES: frozenset[str] = frozenset(
    "stable unchanged enlarged present seen noted prominent increased decreased demonstrated identified tortuous "
    "calcified improved worse elevated visualized again remain remains".split()
)
"""Words that after `is` or `are` make a chunk a statement of its own."""

DEVICES: frozenset[str] = frozenset(
    "wire wires sternotomy sternotomies clip clips hardware lead leads pacemaker aicd icd tube tubes catheter "
    "catheters line lines picc port port-a-cath portacath prosthesis prostheses prosthetic stent stents drain "
    "drains device devices implant implants screw screws rod rods cage filter valve shunt electrode electrodes "
    "generator cannula arthroplasty graft coil coils suture sutures staple staples fixation".split()
)
"""Things that are there when they are called intact or in normal position."""

NEUTRAL: frozenset[str] = frozenset(
    # function words
    "a about above after again all along also an and any are area areas as at be been before being below between "
    "both by can could de did do does each either else etc even evidence few for from further had has have he her "
    "here his how however if in into is it its itself just less least many may me more most much must my near nor "
    "now of off on once one only or other others otherwise our over own per same several shall she should since so "
    "some still such than that the their them then there these they this those through throughout to today too "
    "towards two three under until up upon very via was we well were what when where which while who whose will "
    "within would you your "
    "with but except excepting aside apart besides yet whereas while due secondary related superimposed post "
    "lt gt amp br specifically additionally currently similarly setting better overlying reveal revealed "
    # what observers do
    "abnormal abnormalities abnormality appear appearance appearances appeared appears assess assessed assessment "
    "available compare compared comparison correlate correlation demonstrate demonstrated demonstrates "
    "demonstrating detected evaluation evaluated evident exam examination examinations film films finding findings "
    "frontal image images imaged imaging impression interval identified includes including indicated lateral "
    "limited limits look looks noted obtained observed otherwise portable present presents projection projections "
    "radiograph radiographic radiographically radiographs reveal reveals scan see seen series show shown shows "
    "since stable study studies suggest technique time unchanged upright view views visible visualised "
    "visualization visualized x-ray xray xxxx x-xxxx xxxx-year-old year-old year old male female man woman patient "
    "patients lady gentleman ct mri mr ap pa cxr current previous prior recent definite definitely grossly gross "
    "clearly obvious overt overall essentially relatively specific significant acute active new large small focal "
    "remain remains remaining "
    # anatomy, which is no finding by itself
    "abdomen abdominal airway airways airspace alveolar angle angles aorta aortic apex apical apices arterial "
    "arteries artery base bases basilar bilateral bilaterally bone bones bony bowel brain breast bronchi "
    "bronchovascular bronchus caliber calibre cardiac cardiomediastinal cardiophrenic cardiopulmonary cavity chest "
    "clavicle clavicles contour contours costophrenic course diaphragm diaphragms disc disk edge fat field fields "
    "fissure gallbladder gas great heart hemidiaphragm hemidiaphragms hemithorax hila hilar hilum humeral humerus "
    "interstitial interstitium joint kidney kidneys left left-sided liver lobe lobes lower lumbar lung lungs margin "
    "margins marking markings mediastinal mediastinum mid middle midline morphology muscle neck nodes organ organs "
    "osseous outline pancreas parenchyma pattern parenchymal pericardial pleura pleural position pulmonary quadrant "
    "region regions rib ribs right right-sided sella shadow shoulder shoulders side sides silhouette silhouettes "
    "sinus sinuses size sizes skeletal skeleton soft space spaces spine spinal spleen stomach structure structures "
    "sulcus surface system thoracic thorax tissue tissues trachea tracheobronchial upper vascular vascularity "
    "vasculature vein venous ventricle ventricles ventricular vertebra vertebrae vertebral vessel vessels visceral "
    "volume volumes wall walls zone zones alignment configuration echotexture enhancement height heights "
    "intensity signal cm mm expanded aerated inflated inflation aeration expansion age unremarkable normal".split()
)
"""Words that alone state no finding: function words, what observers do, and anatomy."""
