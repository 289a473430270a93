"""The vocabulary a clinician edits, as classes of words and phrases.

`data/triage/vocabulary.yml` maps a class name to entries separated by commas. In an entry, `climb~` stands for the
regular forms of a verb (climb climbs climbed climbing), `leg~s` for singular and plural, `(my|his)` for a choice,
`(the)?` for a word that may be missing, and `<other>` for every entry of another class.
"""

from __future__ import annotations

import itertools
import re
from typing import Mapping

from triage.errors import DataError
from triage.tokens import tokenize

Phrase = tuple[str, ...]
_CHOICE = re.compile(r"\(([^()]*)\)(\?)?")
_VOWELS = "aeiou"


def _regular_forms(stem: str) -> tuple[str, ...]:
    """climb -> climb climbs climbed climbing, with the usual spelling changes.

    >>> _regular_forms("drag")
    ('drag', 'drags', 'dragged', 'dragging')
    """
    if stem.endswith("e"):
        return (stem, stem + "s", stem + "d", stem[:-1] + "ing")
    if stem.endswith("y") and stem[-2] not in _VOWELS:
        return (stem, stem[:-1] + "ies", stem[:-1] + "ied", stem + "ing")
    double = len(stem) >= 3 and stem[-1] in "bdgmnprt" and stem[-2] in _VOWELS and stem[-3] not in _VOWELS
    if double and (len(stem) <= 4):
        return (stem, stem + "s", stem + stem[-1] + "ed", stem + stem[-1] + "ing")
    plural = "es" if stem.endswith(("s", "sh", "ch", "x", "z")) else "s"
    return (stem, stem + plural, stem + "ed", stem + "ing")


def _plural_forms(stem: str) -> tuple[str, ...]:
    if stem.endswith("y") and stem[-2] not in _VOWELS:
        return (stem, stem[:-1] + "ies")
    return (stem, stem + ("es" if stem.endswith(("s", "sh", "ch", "x")) else "s"))


def expand(entry: str) -> list[str]:
    """Every plain phrase that an entry stands for.

    >>> expand("between (my|his)? legs")
    ['between my legs', 'between his legs', 'between legs']
    """
    choice = _CHOICE.search(entry)
    if choice:
        options = choice.group(1).split("|") + ([""] if choice.group(2) else [])
        return [
            " ".join(whole.split())
            for option in options
            for whole in expand(entry[: choice.start()] + option + entry[choice.end() :])
        ]
    forms: list[tuple[str, ...]] = []
    for word in entry.split():
        if word.endswith("~s"):
            forms.append(_plural_forms(word[:-2]))
        elif word.endswith("~"):
            forms.append(_regular_forms(word[:-1]))
        else:
            forms.append((word,))
    return [" ".join(words) for words in itertools.product(*forms)]


def build(vocabulary: Mapping[str, str], where: str) -> dict[str, frozenset[Phrase]]:
    """Class name -> its phrases as tuples of plain words. Raises DataError on a class that is missing or circular."""
    built: dict[str, frozenset[Phrase]] = {}

    def place(name: str) -> str:
        return getattr(vocabulary[name], "where", where)

    def resolve(name: str, trail: tuple[str, ...]) -> frozenset[Phrase]:
        if name in built:
            return built[name]
        if name in trail:
            raise DataError(f"{place(trail[-1])}: class '{name}' contains itself")
        if name not in vocabulary:
            raise DataError(f"{place(trail[-1])}: class '{name}' is used in '{trail[-1]}' but never defined")
        phrases: set[Phrase] = set()
        for entry in (part.strip() for part in vocabulary[name].split(",")):
            if not entry:
                continue
            if entry.startswith("<") and entry.endswith(">"):
                phrases |= resolve(entry[1:-1], (*trail, name))
                continue
            if "<" in entry or "(" in _CHOICE.sub("", entry) or ")" in _CHOICE.sub("", entry):
                raise DataError(f"{place(name)}: '{entry}' of class '{name}' has a <class> inside or an open bracket")
            for phrase in expand(entry):
                phrases.add(tuple(token.word for token in tokenize(phrase)))
        built[name] = frozenset(phrases)
        return built[name]

    for name in vocabulary:
        resolve(str(name), ())
    return built
