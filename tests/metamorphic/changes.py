"""Changes to a message that take nothing away from what it states, so that the level must not drop."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_THIRD_PERSON = {
    "i": "she",
    "i'm": "she's",
    "im": "shes",
    "i've": "she's",
    "i'd": "she'd",
    "i'll": "she'll",
    "my": "her",
    "me": "her",
    "mine": "hers",
    "myself": "herself",
    "am": "is",
}
_WORD = re.compile(r"[A-Za-z']+")
_LONG_WORD = re.compile(r"[A-Za-z]{5,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NEIGHBOURS = {a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in zip(row, row[1:] + row[-2])}


def without_punctuation(text: str) -> str:
    return " ".join(text.translate(str.maketrans(dict.fromkeys('.,;:!?"()', " "))).split())


def without_apostrophes(text: str) -> str:
    return text.replace("'", "").replace("\u2019", "")


def in_the_third_person(text: str) -> str:
    return _WORD.sub(lambda found: _THIRD_PERSON.get(found.group().lower().replace("\u2019", "'"), found.group()), text)


def with_a_typo(text: str) -> str:
    """One slip in one word of five letters or more: always the same for the same text."""
    chance = random.Random(text)
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    at = word.start() + chance.randrange(1, len(word.group()) - 1)
    kind = chance.choice(("left out", "swapped", "doubled", "next key"))
    if kind == "left out":
        return text[:at] + text[at + 1 :]
    if kind == "swapped":
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == "doubled":
        return text[: at + 1] + text[at:]
    return text[:at] + _NEIGHBOURS.get(text[at].lower(), "x") + text[at + 1 :]


def in_two_messages(text: str) -> list[str]:
    """The message cut at the end of the sentence nearest to its middle; whole if it is one sentence."""
    ends = [found.start() for found in _SENTENCE_END.finditer(text)]
    if not ends:
        return [text]
    cut = min(ends, key=lambda end: abs(end - len(text) / 2))
    return [text[:cut].strip(), text[cut:].strip()]


CHANGES: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "small letters": str.lower,
    "no punctuation": without_punctuation,
    "no apostrophes": without_apostrophes,
    "a greeting": lambda text: "Good morning, " + text,
    "thanks": lambda text: text + " Thank you very much.",
    "sorry to bother": lambda text: "Sorry to bother you. " + text,
    "another matter before": lambda text: "The parking was easy this morning. " + text,
    "another matter after": lambda text: text + " We have a new car.",
    "it is nothing": lambda text: text + " My husband says it's nothing.",
    "probably nothing": lambda text: text + " Probably nothing.",
    "blanks": lambda text: "  " + text.replace(" ", "  ") + "\n",
    "zero-width": lambda text: "\u200b".join(text.split(" ")[:1]) + "\u200b " + " ".join(text.split(" ")[1:]),
}
