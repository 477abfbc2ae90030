"""What anybody may dictate to a radiology archive: each finding of the lexicon, as queries and reports put it.

Nothing here comes from a report, so a language model may hold all of it, however few reports an archive has.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from radseek.records.findings import Finding
from radseek.text import FINDINGS

_ANY = ("{}", "no {}", "no evidence of {}", "there is {}", "possible {}", "{} without {}", "{} is seen", "large {}",
        "small {}", "mild {}", "moderate {}", "severe {}", "acute {}", "chronic {}", "new {}", "unchanged {}",
        "stable {}", "no acute {}", "no focal {}")  # fmt: skip
_SIDED = ("left {}", "right {}", "bilateral {}", "left sided {}", "right sided {}", "small left {}", "small right {}",
          "large left {}", "large right {}", "moderate left {}", "moderate right {}", "{} in the left lung",
          "{} in the right lung", "{} on the left", "{} on the right")  # fmt: skip
_CHEST_PLACES = tuple(
    f"{side} {level} {part}"
    for side in ("left", "right")
    for level, part in (("upper", "lobe"), ("lower", "lobe"), ("upper", "lung"), ("lower", "lung"), ("lung", "base"))
) + ("right middle lobe", "lingula", "left mid zone", "right mid zone", "lung bases")  # fmt: skip
_MOST_WORDINGS = 12
"""Ways of writing one wording of the lexicon that are taken up."""


def common_phrases() -> Iterator[str]:
    """Short sentences, in a fixed order."""
    for finding in FINDINGS.values():
        for name in dict.fromkeys((finding.title, *_plain_wordings(finding))):
            frames = (*_ANY, *_SIDED) if finding.sided else _ANY
            for frame in frames if name == finding.title else ("{}", "no {}"):
                yield frame.replace("{}", name)
        yield from (f"{name} is normal" for wording in finding.denied_by_normal for name in _written(wording))
    for place in _CHEST_PLACES:
        for what in ("opacity", "consolidation", "atelectasis", "nodule", "mass", "pneumonia"):
            yield f"{place} {what}"
            yield f"{what} in the {place}"


def _plain_wordings(finding: Finding) -> Iterator[str]:
    for wording in finding.wordings:
        yield from _written(wording)


def _written(wording: str) -> Iterator[str]:
    """The wording with each of its alternatives, without what it leaves open (`{be}`, a bare `?`)."""
    parts = [part.removesuffix("?").split("|") for part in wording.split() if "{" not in part]
    if len(parts) == len(wording.split()):
        yield from (" ".join(words) for words in islice(product(*parts), _MOST_WORDINGS))
