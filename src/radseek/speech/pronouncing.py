"""The sounds of every word of a vocabulary: from dictionaries where they know it, derived where they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from radseek.errors import ArtifactError
from radseek.speech.letter_to_sound import LetterToSound
from radseek.speech.radiology_sounds import ENDS, FRONTS, LETTER_NAMES, WORDS

Sounds = tuple[str, ...]
_VOWELS = frozenset("aeiouy")
_SHORTEST_STEM = 3
_LONGEST_SPELLED = 5
_VOICELESS = frozenset({"P", "T", "K", "F", "TH"})
_HISSING = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})


class Pronouncer:
    """Pronounces words of the letters a to z.

    Args:
        general: A general dictionary: word in small letters -> its ways of being spoken.
        learn: Makes the letter-to-sound rules; called when first needed, as learning takes seconds.
    """

    def __init__(
        self,
        general: Mapping[str, tuple[Sounds, ...]],
        learn: Callable[[Mapping[str, Sounds]], LetterToSound] = LetterToSound.learn,
    ) -> None:
        self._general = general
        self._learn = learn
        self._rules: LetterToSound | None = None

    def ways(self, word: str) -> tuple[Sounds, ...]:
        """The likely ways of speaking `word`, the likeliest first.

        Our own table comes before the general dictionary; a word that neither has is spelled when it looks like an
        abbreviation, taken apart when it is a compound, and else read by the rules.
        """
        known = (*((WORDS[word],) if word in WORDS else ()), *self._general.get(word, ()))
        if word in WORDS and word not in self._general:
            known = (*known, self._read(word))
        return tuple(dict.fromkeys(known or self._derive(word)))

    def _derive(self, word: str) -> tuple[Sounds, ...]:
        plain = word.replace("'", "")
        if not _VOWELS.intersection(plain) or len(plain) == 1:
            return (spell(plain),)
        ways = (self._compound(plain), self._read(plain))
        spelled = (spell(plain),) if len(plain) < _LONGEST_SPELLED - 1 else ()
        return tuple(way for way in (*spelled, *ways) if way)

    def _compound(self, word: str) -> Sounds:
        """Sounds of a plural, or of a word with a known front or end; nothing when it has none."""
        stem = word.removesuffix("s")
        if stem != word and len(stem) >= _SHORTEST_STEM and (known := self._known(stem)):
            return (*known, *_plural_sounds(known[-1]))
        for front in sorted(FRONTS, key=len, reverse=True):
            rest = word.removeprefix(front)
            if rest != word and len(rest) >= _SHORTEST_STEM and (known := self._known(rest) or self._ended(rest)):
                return (*FRONTS[front], *known)
        return self._ended(word)

    def _known(self, word: str) -> Sounds:
        return WORDS.get(word) or next(iter(self._general.get(word, ())), ())

    def _ended(self, word: str) -> Sounds:
        for end in sorted(ENDS, key=len, reverse=True):
            stem = word.removesuffix(end)
            if stem != word and len(stem) >= _SHORTEST_STEM:
                return (*(FRONTS.get(stem) or self._known(stem) or self._read(stem)), *ENDS[end])
        return ()

    def _read(self, word: str) -> Sounds:
        if self._rules is None:
            self._rules = self._learn({known: ways[0] for known, ways in self._general.items()})
        return self._rules.pronounce(word)


def spell(word: str) -> Sounds:
    """The names of the letters."""
    return tuple(sound for letter in word for sound in LETTER_NAMES[letter])


def read_dictionary(path: Path) -> dict[str, tuple[Sounds, ...]]:
    """A dictionary in the Sphinx format: a line has a word, `word(2)` for its second way, and its sounds.

    Raises:
        ArtifactError: When it cannot be read.
    """
    ways: dict[str, list[Sounds]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError("the pronunciation dictionary of pocketsphinx cannot be read; install it again") from error
    for line in lines:
        word, *sounds = line.split()
        ways.setdefault(word.partition("(")[0], []).append(tuple(sounds))
    return {word: tuple(spoken) for word, spoken in ways.items() if word}


def format_dictionary(words: Iterable[str], pronouncer: Pronouncer) -> str:
    """The dictionary of `words` in the Sphinx format."""
    lines = []
    for word in words:
        for number, sounds in enumerate(pronouncer.ways(word), start=1):
            lines.append(f"{word}{f'({number})' if number > 1 else ''} {' '.join(sounds)}\n")
    return "".join(lines)


def _plural_sounds(last: str) -> Sounds:
    if last in _HISSING:
        return ("AH", "Z")
    return ("S",) if last in _VOICELESS else ("Z",)
