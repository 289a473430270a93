"""Read tokens as units of the lexicon: a word, a number, or a phrase such as "pins and needles" taken as one.

Each unit is written as a single character that stands for *the set of classes it belongs to*, so that a sentence
becomes a short string and a grammar rule becomes an ordinary regular expression over it (see `grammar`). spaCy's
PhraseMatcher finds the phrases; only lexicon words ever enter its vocabulary, so its memory does not grow.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Iterable, Mapping

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from triage.lexicon import Phrase
from triage.normalise import Plain, normalise
from triage.tokens import Speller, Token, tokenize

_FIRST_CHAR = 0xE000  # the private use area: no clash with anything a person types
_FILLER = "_"
_TIME_CLASSES = frozenset({"now_cue", "change_cue", "repeat", "time_word"})


@dataclass(frozen=True)
class Unit:
    """A word or phrase: its plain words, class character, and slice of the message."""

    words: str
    char: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """A message as units; `chars` is the same as one string, one character a unit.

    `cues` marks where the words of `cues.yml` stand, as unit ranges; they may overlap units and each other.
    """

    units: tuple[Unit, ...]
    chars: str
    cues: Mapping[str, tuple[tuple[int, int], ...]]

    def within(self, cue: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The places of a cue that begin in units `start:end`."""
        places = self.cues.get(cue, ())
        return places[bisect_left(places, (start, 0)) : bisect_left(places, (end, 0))]

    def has(self, cue: str, start: int, end: int) -> bool:
        """Whether a cue of this name begins in units `start:end`."""
        places = self.cues.get(cue, ())
        first = bisect_left(places, (start, 0))
        return first < len(places) and places[first] < (end, 0)


_LONG_AGO = 2023  # the last year that is surely over for whoever writes now; raise it when the data is reviewed


def _number_classes(word: str) -> frozenset[str]:
    """Classes of a numeral: any number, ten or more, a year, or a body temperature that means fever (F or C)."""
    classes = {"number"}
    try:
        value = float(word.replace(",", "."))
    except ValueError:
        return frozenset(classes)
    if value >= 10:
        classes.add("big_number")
    if word.isdigit() and 1930 <= value <= 2035:
        classes.add("year")
    if word.isdigit() and 1930 <= value <= _LONG_AGO:
        classes.add("old_year")
    if 100.4 <= value <= 108 or 38 <= value <= 42:
        classes.add("fever_number")
        if value > 100 or not value.is_integer():
            classes.add("fever_decimal")  # 39 alone may be an age; 38.7 and 101 hardly
    return frozenset(classes)


_NUMBER_EXAMPLES = ("1", "12", "2019", "2030", "101", "39", "38.7", "1:30")


class Reader:
    """Turns a message into a `Reading`. Built once from the lexicon and the literal words that rules use."""

    def __init__(
        self,
        lexicon: Mapping[str, frozenset[Phrase]],
        literals: Iterable[str],
        cues: Mapping[str, frozenset[Phrase]],
    ) -> None:
        classes: dict[Phrase, set[str]] = {}
        for name, phrases in lexicon.items():
            for phrase in phrases:
                classes.setdefault(phrase, set()).add(name)
        words = set(literals)
        for word in words:
            classes.setdefault(tuple(word.split("_")), set()).add("=" + word)
        for phrase, names in classes.items():
            if len(phrase) == 1 and phrase[0][0].isdigit():
                names |= _number_classes(phrase[0])  # a rule that names "2" must not keep others from seeing a number
            # "since yesterday" taken as one unit still answers to a rule that asks for "since".
            if len(phrase) > 1 and phrase[0] in words and not names.isdisjoint(_TIME_CLASSES):
                names.add("=" + phrase[0])
        self._classes = {phrase: frozenset(names) for phrase, names in classes.items()}
        for mark, name in ((".", "stop"), ("!", "stop"), ("?", "stop"), (";", "stop"), (",", "comma"), ("-", "comma")):
            self._classes[(mark,)] = self._classes.get((mark,), frozenset()) | {name}
        self._classes[("?",)] |= {"question_mark"}
        signatures = set(self._classes.values()) | {frozenset(), frozenset({"number"})}
        signatures |= {_number_classes(word) for word in _NUMBER_EXAMPLES}
        ordered = sorted(signatures, key=sorted)
        self._chars = {signature: chr(_FIRST_CHAR + i) for i, signature in enumerate(ordered)}
        self._chars_of: dict[str, str] = {}
        for signature, char in self._chars.items():
            for name in signature:
                self._chars_of[name] = self._chars_of.get(name, "") + char
        self._words = frozenset(w for phrase in self._classes for w in phrase) | frozenset(
            w for phrases in cues.values() for phrase in phrases for w in phrase
        )
        self._nlp = spacy.blank("en")
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="ORTH")
        longer = sorted(phrase for phrase in self._classes if len(phrase) > 1)
        self._matcher.add("phrase", [Doc(self._nlp.vocab, words=list(phrase)) for phrase in longer])
        self._cues = PhraseMatcher(self._nlp.vocab, attr="ORTH")
        for name, phrases in sorted(cues.items()):
            self._cues.add(name, [Doc(self._nlp.vocab, words=list(phrase)) for phrase in sorted(phrases)])
        self._speller = Speller(self._words, {phrase[0] for phrase in self._classes if len(phrase) == 1})

    def chars_of(self, name: str) -> str:
        """Every class character whose units belong to class `name` ('=word' for a literal word)."""
        return self._chars_of.get(name, "")

    @property
    def chars_of_unknown(self) -> str:
        """The class character of words that stand in no class."""
        return self._chars[frozenset()]

    def read(self, message: str) -> Reading:
        """The units of `message`, with offsets into it. Total and linear."""
        plain = normalise(message)
        tokens = tokenize(plain.text, self._speller)
        words = [token.word if token.word in self._words else _FILLER for token in tokens]
        doc = Doc(self._nlp.vocab, words=words)
        phrase_end = self._phrase_ends(doc)
        units: list[Unit] = []
        unit_of: list[int] = []
        i = 0
        while i < len(tokens):
            end = phrase_end.get(i, i + 1)
            unit_of.extend([len(units)] * (end - i))
            units.append(self._unit(tokens[i:end], plain))
            i = end
        return Reading(tuple(units), "".join(unit.char for unit in units), self._places(doc, unit_of))

    def _phrase_ends(self, doc: Doc) -> dict[int, int]:
        """Where the longest phrase that starts at a token ends; phrases do not overlap, the leftmost wins."""
        longest: dict[int, int] = {}
        for _, start, end in self._matcher(doc):
            longest[start] = max(end, longest.get(start, 0))
        return longest

    def _places(self, doc: Doc, unit_of: list[int]) -> dict[str, tuple[tuple[int, int], ...]]:
        """Cue name -> unit ranges where it stands, in order."""
        places: dict[str, set[tuple[int, int]]] = {}
        for label, start, end in self._cues(doc):
            name = self._nlp.vocab.strings[label]
            places.setdefault(name, set()).add((unit_of[start], unit_of[end - 1] + 1))
        return {name: tuple(sorted(found)) for name, found in places.items()}

    def _unit(self, tokens: list[Token], plain: Plain) -> Unit:
        phrase = tuple(token.word for token in tokens)
        signature = self._classes.get(phrase, frozenset())
        if not signature and phrase[0][0].isdigit():  # no rule or class names this number
            signature = _number_classes(phrase[0])
        start, end = plain.span(tokens[0].start, tokens[-1].end)
        return Unit(" ".join(phrase), self._chars[signature], start, end)
