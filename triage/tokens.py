"""Cut plain text into words, undo contractions and mend spelling, keeping offsets.

The tokenizer is a regular expression and not spaCy's own, because spaCy keeps every word it ever saw in its vocabulary:
a server would grow with each misspelling. Only words of our lexicon reach spaCy (see `units`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Iterable

from symspellpy import SymSpell, Verbosity

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,/:]\d+)*|\.{2,}|[^\w\s]|\n\s*\n|\n|_+")

# "n't" and friends, typed with and without the apostrophe. "ill", "id", "were", "well", "its" stay words.
_NEGATED = (
    "do does did ca wo is are was were have has had could would should might must need ai sha dare"
).split()
_STEMS = {"ca": "can", "wo": "will", "ai": "is", "sha": "shall"}
_CONTRACTIONS: dict[str, tuple[str, ...]] = {
    "cannot": ("can", "not"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "youre": ("you", "are"),
    "theyre": ("they", "are"),
    "hes": ("he", "is"),
    "shes": ("she", "is"),
    "thats": ("that", "is"),
    "theres": ("there", "is"),
    "whats": ("what", "is"),
    "gonna": ("going", "to"),
    "wanna": ("want", "to"),
    "gotta": ("got", "to"),
    "dunno": ("do", "not", "know"),
    "cuz": ("because",),
    "coz": ("because",),
    "bc": ("because",),
    "r": ("are",),
    "u": ("you",),
    "ur": ("your",),
    "w/o": ("without",),
    "innit": ("is", "not", "it"),
    "cud": ("could",),
    "cudnt": ("could", "not"),
    "dnt": ("do", "not"),
    "cnt": ("can", "not"),
    "wiv": ("with",),
    "cos": ("because",),
    "dosent": ("does", "not"),
    "dosnt": ("does", "not"),
    "doesent": ("does", "not"),
    "hadent": ("had", "not"),
}
for _stem in _NEGATED:
    _CONTRACTIONS[f"{_stem}n't"] = _CONTRACTIONS[f"{_stem}nt"] = (_STEMS.get(_stem, _stem), "not")
_SUFFIXES = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "had", "'s": "'s", "'n": "and"}

# Words of the English frequency list rarer than this are treated as typing errors when a lexicon word is near.
_KNOWN_FROM = 300_000


@dataclass(frozen=True)
class Token:
    """One word in its plain, mended form, and its place in the plain text."""

    word: str
    start: int
    end: int


class Speller:
    """Mends a word that is no English word but lies near one of the lexicon's.

    Limits: words under four letters are left alone, 4-6 letters may differ by one edit (a swap counts one), longer ones
    by two; the first letter must stay, unless the first two were swapped. Unknown words may be two lexicon words
    typed together ("backpain").
    """

    def __init__(self, lexicon: Iterable[str]) -> None:
        self._lexicon = frozenset(word for word in lexicon if word.isalpha())
        listing = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
        pairs = (line.split() for line in listing.splitlines())
        frequency = {word: int(count) for word, count in pairs}
        self._known = {word for word, count in frequency.items() if count >= _KNOWN_FROM}
        self._known |= self._lexicon | set(_CONTRACTIONS)
        self._index = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word in sorted(self._lexicon | set(_CONTRACTIONS)):
            if len(word) > 3 and word.isalpha():
                self._index.create_dictionary_entry(word, frequency.get(word, 1))
        self.mend = lru_cache(maxsize=20_000)(self._mend)

    def _mend(self, word: str) -> tuple[str, ...]:
        """The word or words meant by `word`; `(word,)` when nothing is near enough."""
        if word in self._known or not word.isascii() or not word.isalpha():
            return (word,)
        if len(word) >= 4:
            limit = 1 if len(word) < 7 else 2
            for hit in self._index.lookup(word, Verbosity.CLOSEST, max_edit_distance=limit):
                if hit.term[0] == word[0] or hit.term[:2] == word[1::-1]:
                    return (hit.term,)
        return self._split(word) or (word,)

    def _split(self, word: str) -> tuple[str, ...] | None:
        """Two lexicon words typed as one, the longest first word winning; None when there are none."""
        for cut in range(len(word) - 2, 1, -1):
            left, right = word[:cut], word[cut:]
            if left in self._lexicon and right in self._lexicon and max(len(left), len(right)) >= 4:
                return (left, right)
        return None


def tokenize(text: str, speller: Speller | None = None) -> list[Token]:
    """The tokens of plain `text`, contractions undone, spelling mended when a speller is given.

    >>> [token.word for token in tokenize("i cant feel'em, cannot")]
    ['i', 'can', 'not', "feel'em", ',', 'can', 'not']
    """
    tokens: list[Token] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        for word in _words_in(match.group(), speller):
            tokens.append(Token(word, start, end))
    return tokens


@lru_cache(maxsize=20_000)
def _plain_words(raw: str) -> tuple[str, ...]:
    if raw in _CONTRACTIONS:
        return _CONTRACTIONS[raw]
    stem, mark, suffix = raw.partition("'")
    if mark and mark + suffix in _SUFFIXES and stem:
        return (stem, _SUFFIXES[mark + suffix])
    if raw.startswith(".."):
        return (",",)  # dots trail off; they do not end the thought
    if raw.startswith("\n"):
        return (".",) if raw.count("\n") > 1 else (",",)
    return (raw,)


def _words_in(raw: str, speller: Speller | None) -> tuple[str, ...]:
    words = _plain_words(raw)
    if speller is None or not raw[0].isalpha() or words != (raw,):
        return words
    mended = speller.mend(raw)
    if mended == (raw,):
        return mended
    return tuple(word for part in mended for word in _CONTRACTIONS.get(part, (part,)))
