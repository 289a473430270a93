"""Rules over units: "<limb> .. <gives way>" compiled to a regular expression over class characters.

A pattern is words separated by blanks:

    feel|felt        one of these words              <limb>        a unit of class `limb`
    cotton_wool      a phrase, taken as one unit
    <limb|trunk>     a unit of either class          _             any one unit
    ..               up to 3 units between           ...           up to 7 units between
    x?               x may be missing

Gaps never cross the end of a sentence or a "but". All repeats are bounded and none is nested, so matching takes time
linear in the length of the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator

from triage.errors import DataError

_GAPS = {"..": 3, "...": 7}
_ELEMENT = re.compile(r"<([a-z_|]+)>|([a-z0-9'|][a-z0-9'|_]*)|(_)|(\.{2,3})")


@dataclass(frozen=True)
class Match:
    """Units `start:end` that a pattern covers, and the units in its gaps."""

    start: int
    end: int
    gaps: tuple[range, ...]


@dataclass(frozen=True)
class Element:
    """One place of a pattern: the classes or '=words' that may stand there, or a gap."""

    names: tuple[str, ...]
    gap: int
    optional: bool


def parse(pattern: str) -> tuple[Element, ...]:
    """The elements of `pattern`. Raises DataError on anything the small language does not know."""
    elements = []
    for piece in pattern.split():
        optional = piece.endswith("?") and len(piece) > 1
        body = piece[:-1] if optional else piece
        found = _ELEMENT.fullmatch(body)
        if not found or (optional and found.group(4)):
            raise DataError(f"pattern '{pattern}': '{piece}' is neither a word, a <class>, '_', '..' nor '...'")
        classes, words, anything, gap = found.groups()
        if gap:
            elements.append(Element((), _GAPS[gap], False))
        elif anything:
            elements.append(Element((), 0, optional))
        elif classes:
            elements.append(Element(tuple(classes.split("|")), 0, optional))
        else:
            elements.append(Element(tuple("=" + word for word in words.split("|")), 0, optional))
    if not elements or elements[0].gap or elements[-1].gap:
        raise DataError(f"pattern '{pattern}': a gap can only stand between two places")
    return tuple(elements)


def literals(pattern: str) -> set[str]:
    """The plain words and phrases (joined by "_") that `pattern` names itself."""
    return {name[1:] for element in parse(pattern) for name in element.names if name.startswith("=")}


class Rule:
    """A compiled pattern."""

    def __init__(self, pattern: str, chars_of: Callable[[str], str]) -> None:
        self.pattern = pattern
        self._needs: list[frozenset[str]] = []
        closed = re.escape(chars_of("stop") + chars_of("contrast"))
        parts = []
        for element in parse(pattern):
            if element.gap:
                parts.append(f"([^{closed}]{{0,{element.gap}}}?)")
                continue
            if not element.names:
                body = f"[^{closed}]"
            else:
                chars = "".join(sorted({char for name in element.names for char in chars_of(name)}))
                if not chars:
                    raise DataError(f"pattern '{pattern}': nothing belongs to {' or '.join(element.names)}")
                body = f"[{re.escape(chars)}]"
                if not element.optional:
                    self._needs.append(frozenset(chars))
            parts.append(body + ("?" if element.optional else ""))
        if not self._needs:
            raise DataError(f"pattern '{pattern}': at least one word or class must be required")
        self._regex = re.compile("".join(parts), re.DOTALL)

    @property
    def expression(self) -> str:
        """The regular expression over class characters."""
        return self._regex.pattern

    @property
    def anchor(self) -> frozenset[str]:
        """The smallest set of characters of which a message must hold one for this rule to match."""
        return min(self._needs, key=len)

    def could_match(self, present: set[str]) -> bool:
        """Whether every place that must be filled can be, given the class characters of a message."""
        return not any(map(present.isdisjoint, self._needs))

    def matches(self, chars: str) -> Iterator[Match]:
        """Every match, leftmost first; one may start inside another."""
        position = 0
        while found := self._regex.search(chars, position):
            groups = range(1, (self._regex.groups or 0) + 1)
            yield Match(*found.span(), tuple(range(*found.span(g)) for g in groups))
            position = found.start() + 1


class RuleIndex:
    """Rules by the characters they cannot do without, so that a message meets only those that may match."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_char: dict[str, list[Rule]] = {}
        for rule in rules:
            for char in rule.anchor:
                self._by_char.setdefault(char, []).append(rule)

    def candidates(self, chars: str) -> list[Rule]:
        """The rules that may match `chars`, each once, in no particular order."""
        present = set(chars)
        seen: dict[int, Rule] = {}
        for char in present:
            for rule in self._by_char.get(char, ()):
                seen[id(rule)] = rule
        return [rule for rule in seen.values() if rule.could_match(present)]
