"""Whether a query is in another language than English, the only one that the search reads."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    "the of and in with no for is are was from without there an be by at right left on to it that this not or".split()
)
_FOREIGN = (
    frozenset(
        # German
        "der die das den dem und ist sind ein eine einen nicht mit ohne kein keine im auf für von zum zur ich wir bei "
        "nach noch wird wurde auch wie des links rechts "
        # Spanish and Portuguese
        "el los las un una del y es en con sin por para no que está hay não com sem uma dos das são "
        # French
        "le les un une des du et est dans avec sans pour sur il elle je nous pas au aux "
        # Italian, Dutch, Swedish
        "il lo gli della di che con senza nel sul het een van zonder niet geen och inte utan med på".split()
    )
    - _ENGLISH
)
"""Small words of languages that Latin letters write, without those that English has too."""


def is_foreign(text: str) -> bool:
    """Whether `text` is mostly in another script, or has small words of another language and hardly any of English.

    Single foreign words (`Pleuraerguss`) are not told apart from unknown ones; nor are random letters.
    """
    words = _WORD.findall(text.lower())
    letters = [letter for word in words for letter in word]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    if 2 * latin < len(letters):
        return True
    foreign = {word for word in words if word in _FOREIGN}
    return len(foreign) >= 2 and len(foreign) > len({word for word in words if word in _ENGLISH})
