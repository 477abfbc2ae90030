"""The tables of a mention's attributes: words of grade, amount and change, and the words that may stand around them."""

from __future__ import annotations

from collections.abc import Mapping

from radseek.records.findings import Change, Severity

GRADES = tuple(Severity)

SEVERITY: Mapping[str, Severity] = {
    word: severity
    for severity, words in {
        Severity.MINIMAL: "minimal minimally",
        Severity.MILD: "mild mildly slight slightly",
        Severity.MODERATE: "moderate moderately mod",
        Severity.SEVERE: "severe severely marked markedly massive advanced profound gross critical",
    }.items()
    for word in words.split()
}
"""Folded words that grade any finding; the four grades and marked as RadLex has them."""

AMOUNT: Mapping[str, Severity] = {
    word: severity
    for severity, words in {
        Severity.MINIMAL: "tiny trace minute miniscule minuscule",
        Severity.MILD: "small",
        Severity.SEVERE: "large huge",
    }.items()
    for word in words.split()
}
"""Words of size that grade what is graded by its amount; a small nodule is no mild one."""

GRADED_BY_AMOUNT = frozenset(
    "effusion hemothorax hydropneumothorax pneumothorax pericardial_effusion joint_effusion ascites pneumoperitoneum "
    "pneumomediastinum".split()
)
"""Findings of fluid and free air, whose size is their grade."""

CHANGE: Mapping[str, Change] = {
    word: change
    for change, words in {
        Change.NEW: "new newly",
        Change.INCREASED: (
            "increased increasing increasingly increase worsened worsening worse progressed progressing progressive "
            "progression enlarging larger bigger growing grown growth expanding exacerbation"
        ),
        Change.DECREASED: (
            "decreased decreasing decrease improved improving improvement resolving regressed regressing regression "
            "diminished diminishing smaller reduced reduction lessened shrunk shrinking"
        ),
        Change.UNCHANGED: "unchanged unchanging stable stability static persistent persist persisting constant",
        Change.RESOLVED: "resolved resolution disappeared",
    }.items()
    for word in words.split()
}
BY_INTERVAL: Mapping[str, Change] = {
    "enlargement": Change.INCREASED,
    "enlarged": Change.INCREASED,
    "development": Change.NEW,
    "appearance": Change.NEW,
    "developed": Change.NEW,
    "clearing": Change.DECREASED,
    "cleared": Change.RESOLVED,
}
"""Words that tell a change only with `interval`, verbs also with `has`, before them."""

COMPARATIVES = frozenset({"larger", "smaller", "bigger", "worse"})
"""Words before a noun that may as well compare it with its neighbour: they need a comparison in time."""

OF_EXTENT = frozenset({"increased", "decreased", "reduced", "diminished"})
"""Words that may as well compare with what is normal, where they speak of what everyone has some of."""

EVERYONES = frozenset(
    "opacity opacification marking density signal lucency attenuation enhancement uptake echogenicity prominence "
    "interstitial vascularity vascular vasculature volume size intensity height space diameter caliber thickness "
    "activity trabecular bone mineralization angle".split()
)
"""Folded words of what everyone has some of."""
COMPARING = frozenset(
    "interval since compared comparison prior previous previously earlier before now persistent".split()
)
"""Words that tell that two points in time are compared."""
PARTIAL = frozenset("partial partially near nearly incomplete incompletely almost mostly".split())
"""Words before `resolved` that make it a decrease."""
HAVE = frozenset({"has", "have", "had", "interval"})
"""Words that make of the next one a change in time."""
BE = frozenset(
    "is are was were be been has have had remain remained remains appear appeared appears look seem now".split()
)
"""Verbs that put an attribute after its noun."""
OF_WHAT = frozenset({"of", "in"})
"""What a carrier leads over."""
CARRIERS = frozenset(
    "amount degree volume quantity size extent number severity conspicuity increase decrease improvement worsening "
    "progression resolution regression development enlargement growth clearing reduction change stability "
    "exacerbation appearance".split()
)
"""Nouns that carry a grade or change over `of` or `in` to what follows: `small amount of fluid`."""

OF_POSITION = frozenset("displaced angulated comminuted depressed impacted rotated retropulsed".split())
"""What a grade before a fracture may speak of instead of the fracture."""
PREPOSITIONS = frozenset("in of at on within over along involving to from near through throughout".split())
"""Before a thing they make it the place of what was named."""
SEEN = frozenset("seen present identified visualized visible evident demonstrated noted appreciated apparent".split())
"""What `no longer` makes a resolution."""
HARD = frozenset(";.?!")
"""Marks at which a clause ends."""
SOFT = frozenset(", ( ) : [ ] and or nor no not without with but while although".split())
"""Pauses at which a clause ends unless an attribute of what was named follows."""
SIZED, LEVELLED = "#", "@"
"""What stands for the words of a measurement and of a level."""
FILLERS = frozenset(
    "which that this it is are was were has have had been be remain remained remains appear appeared appears look now "
    "again also overall grossly relatively essentially significantly slightly mildly moderately markedly minimally "
    "interval any no not significant significantly substantial substantially appreciable with without and but a the "
    "measuring measure measured size diameter dimension approximately about roughly up to at in of largest maximal "
    "maximum greatest most pronounced prominent worst worse notably especially particularly predominantly involving "
    "level body partially partial nearly near complete completely incompletely since all both rather very "
    "ranging from each , ( :".split()
)
"""What may stand between a pause and an attribute of what was named before it."""

MAX_FILLERS = 8
"""Words. The bound keeps the time linear in the length."""
AFTERWARDS = HARD | SOFT | BE | frozenset(
    "in of at since from compared than to on by when as over within during size degree severity extent grade today "
    "again interval bilaterally throughout involving measuring most post after relative versus allowing but".split()
) | {SIZED, LEVELLED}  # fmt: skip
"""What may follow an attribute that stands after its noun: other words would be a noun of its own."""

BEFORE_GRADE = BE | frozenset(", ( : [ and but or to very also only".split()) | set(SEVERITY) | set(AMOUNT)
"""What stands before a grade that follows its noun."""
