"""Small changes that people make and that change no meaning: slips of the thumb, courtesies, other things said beside it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from net_training.examples import Example

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PUNCTUATION = ".,;:!?-"
_BEFORE = (
    "hi",
    "hello,",
    "hi there.",
    "good morning,",
    "sorry to bother you but",
    "it's probably nothing, but",
    "my husband says it's nothing, but",
    "quick question,",
    "not sure who to ask.",
)
_AFTER = (
    "thanks",
    "thank you for your time",
    "probably nothing",
    "my wife says it's nothing",
    "sorry to bother you",
    "what do you think?",
    "any advice?",
    "God bless",
)
_SHORT = 160  # characters of a message that is put beside another
LONG = 700  # characters, about a window
_MANY = (2, 6)  # harmless messages around one, for a long one


def noisy(example: Example, harmless: Sequence[Example], chance: random.Random) -> str:
    """The text of `example` as it might have been typed another time; about a third of the texts stay as they are.

    A text out of `harmless`, if there is any, may stand before or after it: it takes no red flag away.
    """
    if example.label == "none" and len(example.text) > LONG:
        return _from_somewhere(example.text, chance)
    if chance.random() < 0.35:
        return example.text
    text = example.text
    steps: tuple[tuple[float, Callable[[], str]], ...] = (
        (0.25, lambda: text.replace("'", "").replace("\u2019", "")),
        (0.25, lambda: "".join(" " if c == "-" else c for c in text if c == "-" or c not in _PUNCTUATION)),
        (0.40, lambda: _slips(text, chance)),
        (0.12, lambda: f"{chance.choice(_BEFORE)} {text}"),
        (0.10, lambda: f"{text} {chance.choice(_AFTER)}"),
    )
    if harmless:
        steps += (
            (0.15, lambda: _beside(text, chance.choice(harmless).text, chance)),
            (0.10, lambda: _among(text, [e.text for e in chance.choices(harmless, k=chance.randint(*_MANY))], chance)),
        )
    for share, step in steps:
        if chance.random() < share:
            text = step()
    return text


def _beside(text: str, other: str, chance: random.Random) -> str:
    if len(other) > _SHORT:
        return text
    return f"{other} {text}" if chance.random() < 0.5 else f"{text} {other}"


def _among(text: str, others: Sequence[str], chance: random.Random) -> str:
    """In the midst of a long message about other things; early, because learning reads the first window only."""
    place = chance.randint(0, len(others) // 2)
    return " ".join((*others[:place], text, *others[place:]))


def _from_somewhere(text: str, chance: random.Random) -> str:
    """Any stretch of a long harmless message: later it is read in windows, of which learning would see the first only."""
    words = text.split()
    start = chance.randint(0, len(words) // 2) if chance.random() < 0.5 else 0
    return " ".join(words[start:])


def _slips(text: str, chance: random.Random) -> str:
    """One slip in about every ten words of four letters or more."""
    words = text.split()
    if not words:
        return text
    for _ in range(1 + len(words) // 10):
        at = chance.randrange(len(words))
        if len(words[at]) >= 4:
            words[at] = _slip(words[at], chance)
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:  # left out
        return word[:at] + word[at + 1 :]
    if kind == 1:  # swapped
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 2:  # another key
        return word[:at] + chance.choice(_LETTERS) + word[at + 1 :]
    return word[: at + 1] + word[at:]  # doubled
