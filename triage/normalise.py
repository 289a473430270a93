"""Fold the ways one text can be typed into one plain form, and remember where each character came from.

Lower case, straight quotes, no accents, no zero-width or look-alike characters, at most two of the same letter in a
row ("sooo" -> "soo"), a few body and toilet emoji as words. Offsets lead from the plain text back to the message.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Letters of other scripts that look Latin; used to slip past word lists, or typed by mixed keyboards.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнгАВЕКМНОРСТХαβεικνορτυχ",
    "aeopcyxijshdqwkmtbhrABEKMHOPCTXabeiknoptux",
)
_QUOTES = str.maketrans("’‘`´ʼ＇“”„«»–—−", "''''''\"\"\"\"\"---")
_EMOJI = {"🦵": " leg ", "🦶": " foot ", "🚽": " toilet ", "💩": " poop ", "🩸": " blood ", "🔥": " burning "}
_INVISIBLE = {"Cf", "Cc", "Co", "Cs", "Cn"}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_RUN = re.compile(r"([^\W\d_])\1\1")
_LATIN = re.compile(r"[a-zA-Z]")


@dataclass(frozen=True)
class Plain:
    """`text`, and for each of its characters the index in the message; one more entry closes the last."""

    text: str
    offsets: tuple[int, ...] | range

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The slice of the message behind `text[start:end]` (end exclusive)."""
        if start >= end:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1


def _letters(char: str, latin: bool) -> str:
    """What one character stands for in plain text; nothing for invisible ones."""
    if char in "\n\t\r":
        return "\n" if char == "\n" else " "
    if char in _EMOJI:
        return _EMOJI[char]
    char = char.translate(_QUOTES)
    if latin:
        char = char.translate(_LOOKALIKES)
    if char.isascii() and char >= " " and char != "\x7f":
        return char.lower()
    category = unicodedata.category(char)
    if category in _INVISIBLE:
        return ""
    if category == "Zs":
        return " "
    folded = unicodedata.normalize("NFKD", char)
    return "".join(c for c in folded if unicodedata.category(c)[0] != "M").translate(_QUOTES).lower()


def normalise(message: str) -> Plain:
    """The plain form of `message`; total on any `str`, linear in its length.

    >>> normalise("I can’t FEEEEL my legs").text
    "i can't feel my legs"
    """
    if message.isascii() and not _CONTROL.search(message):
        text, offsets = message.lower(), list(range(len(message)))
    else:
        # Look-alikes are folded only in a text that has Latin letters at all: Russian or Greek stays what it is.
        latin = bool(_LATIN.search(message))
        parts: list[str] = []
        offsets = []
        for index, char in enumerate(message):
            for letter in _letters(char, latin):
                parts.append(letter)
                offsets.append(index)
        text = "".join(parts)
    return _shorten_runs(text, offsets, len(message))


def _shorten_runs(text: str, offsets: list[int], length: int) -> Plain:
    """Cut runs of three or more of one letter to two: "legsss" -> "legss", which the speller can mend."""
    if not _RUN.search(text):
        return Plain(text, (*offsets, length))
    kept: list[str] = []
    origin: list[int] = []
    run = 0
    for index, char in enumerate(text):
        run = run + 1 if index and char == text[index - 1] else 1
        if run > 2 and char.isalpha():
            continue
        kept.append(char)
        origin.append(offsets[index])
    origin.append(length)
    return Plain("".join(kept), tuple(origin))
