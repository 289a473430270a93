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

from triage.other_words import NOT_MISSPELT

_WORD = re.compile(
    r"(?<![^\W\d_])(?:[a-z] ){2,}[a-z](?![^\W\d_])|[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,/:]\d+)*|\.{2,}|[^\w\s]|\n\s*\n|\n|_+"
)

# "n't" and friends, typed with and without the apostrophe. "ill", "id", "were", "well", "its" stay words.
_NEGATED = ("do does did ca wo is are was were have has had could would should might must need ai sha dare").split()
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
    "n't": ("not",),
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
    "doun": ("down",),
    "bely": ("belly",),
    "cudnt": ("could", "not"),
    "dnt": ("do", "not"),
    "cnt": ("can", "not"),
    "wiv": ("with",),
    "cos": ("because",),
    "n": ("and",),
    "wana": ("want", "to"),
    "gona": ("going", "to"),
    "2day": ("today",),
    "2nite": ("tonight",),
    "havnt": ("have", "not"),
    "havent": ("have", "not"),
    "dosent": ("does", "not"),
    "dosnt": ("does", "not"),
    "doesent": ("does", "not"),
    "hadent": ("had", "not"),
}
for _stem in _NEGATED:
    _CONTRACTIONS[f"{_stem}n't"] = _CONTRACTIONS[f"{_stem}nt"] = (_STEMS.get(_stem, _stem), "not")
_SUFFIXES = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "had", "'s": "'s", "'n": "and"}

# Common slips that are (rare) words themselves, so that no dictionary would notice them.
_SLIPS = {
    "brest": "breast",
    "kep": "keep",
    "feal": "feel",
    "fele": "feel",
    "hurst": "hurts",
    "loosing": "losing",
    "loose": "lose",
    "num": "numb",
    "bak": "back",
    "legg": "leg",
    "coff": "cough",
    "tung": "tongue",
    "pead": "peed",
    "nee": "knee",
    "hart": "heart",
    "canser": "cancer",
    "cancr": "cancer",
    "moov": "move",
    "muve": "move",
    "wak": "weak",
    "wek": "weak",
}


@dataclass(frozen=True)
class Token:
    """One word in its plain, mended form, and its place in the plain text."""

    word: str
    start: int
    end: int


_LONG = 8  # letters from which a word may have two slips


class Speller:
    """Mends a word that is no English word but lies near one of the lexicon's.

    Limits: three letters may lack one, 4-7 letters may differ by one edit (a swap counts one), longer words by two;
    the first letter must stay, unless the first two were swapped. Words that mean something by themselves in the
    lexicon win over words that only occur inside phrases. Unknown words may be two lexicon words typed together
    ("backpain"), or sound like one ("moov").
    """

    def __init__(self, lexicon: Iterable[str], preferred: Iterable[str] = ()) -> None:
        self._lexicon = frozenset(word for word in lexicon if word.isalpha())
        listing = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
        pairs = (line.split() for line in listing.splitlines())
        frequency = {word: int(count) for word, count in pairs}
        targets = sorted(word for word in self._lexicon | set(_CONTRACTIONS) if len(word) > 3 and word.isalpha())
        self._known = frozenset(frequency) | self._lexicon | set(_CONTRACTIONS) | NOT_MISSPELT
        self._index = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        self._sounds: dict[str, str] = {}
        favoured = frozenset(preferred)
        for word in targets:
            # Symspell breaks ties by frequency; a preferred word counts as more frequent than any other.
            weight = frequency.get(word, 1) + (10**12 if word in favoured else 0)
            self._index.create_dictionary_entry(word, weight)
            if word in favoured:
                self._sounds.setdefault(_sound(word), word)
        self.mend = lru_cache(maxsize=20_000)(self._mend)

    def _mend(self, word: str) -> tuple[str, ...]:
        """The word or words meant by `word`; `(word,)` when nothing is near enough."""
        if word in _SLIPS:
            return (_SLIPS[word],)
        if word in self._known or not word.isascii() or not word.isalpha():
            return (word,)
        single = _DOUBLED.sub(r"\1", word)
        if single != word and single in self._lexicon:
            return (single,)
        # Two whole words are likelier than one with two letters wrong: "weaklegs" is no "weakness".
        return self._nearest(word, 1) or self._split(word) or self._nearest(word, 2) or (word,)

    def _nearest(self, word: str, limit: int) -> tuple[str, ...] | None:
        """The lexicon's word at most `limit` edits away, or, at 2, one that sounds the same."""
        if len(word) == 3:
            longer = [w for w in self._three_letters_short(word) if w in self._lexicon]
            return (longer[0],) if longer else None
        if len(word) < 3:
            return None
        edits = limit if len(word) >= _LONG else 1
        for hit in self._index.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits):
            if hit.term[0] == word[0] or hit.term[:2] == word[1::-1]:
                return (hit.term,)
        if limit == 1:
            return None
        sounded = self._sounds.get(_sound(word))
        return (sounded,) if sounded and sounded[0] == word[0] else None

    @staticmethod
    def _three_letters_short(word: str) -> list[str]:
        """Four-letter words that lose one inner letter to become `word`: "hav" -> "have", "lgs" -> "legs"."""
        return [word[:i] + letter + word[i:] for i in (1, 2, 3) for letter in "aeioucklbsp"]

    def _split(self, word: str) -> tuple[str, ...] | None:
        """Two lexicon words typed as one, the longest first word winning; None when there are none."""
        for cut in range(len(word) - 2, 1, -1):
            left, right = word[:cut], word[cut:]
            starts = left in self._lexicon or left in _CONTRACTIONS  # "cantwalk"
            if starts and right in self._lexicon and max(len(left), len(right)) >= 4:
                return (left, right)
        return None

    def joins(self, letters: str) -> str | None:
        """Letters apart as one word, "l e g s" -> "legs", when that is a lexicon word, else None."""
        joined = letters.replace(" ", "")
        return joined if joined in self._lexicon else None


_DOUBLED = re.compile(r"([a-z])\1")
_VOWELS = re.compile(r"[aeiouy]+")


def _sound(word: str) -> str:
    """A rough key of how a word sounds: vowels alike, silent final e gone, c/k/q and s/z alike.

    >>> _sound("moov") == _sound("move")
    True
    """
    word = _DOUBLED.sub(r"\1", word)
    for written, heard in (("ph", "f"), ("ck", "k"), ("gh", ""), ("kn", "n"), ("wr", "r"), ("mb", "m")):
        word = word.replace(written, heard)
    word = word.translate(str.maketrans("cqz", "kks"))
    if word.endswith("e") and len(word) > 2:
        word = word[:-1]
    return word[:1] + _VOWELS.sub("a", word[1:])


def tokenize(text: str, speller: Speller | None = None) -> list[Token]:
    """The tokens of plain `text`, contractions undone, spelling mended when a speller is given.

    >>> [token.word for token in tokenize("i cant feel'em, cannot")]
    ['i', 'can', 'not', "feel'em", ',', 'can', 'not']
    """
    tokens: list[Token] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        raw = match.group()
        if " " in raw and raw[0].isalpha():
            joined = speller.joins(raw) if speller else None
            if joined:
                tokens.append(Token(joined, start, end))
            else:
                spots = range(start, end, 2)
                tokens.extend(Token(word, i, i + 1) for i in spots for word in _words_in(text[i], speller))
            continue
        if raw == "n't" and tokens and tokens[-1].word in _STEMS:
            tokens[-1] = Token(_STEMS[tokens[-1].word], tokens[-1].start, tokens[-1].end)  # "ca n't" of transcripts
        for word in _words_in(raw, speller):
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
