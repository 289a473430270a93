"""Cut a paragraph into its sentences, letter for letter."""

from __future__ import annotations

import re
from typing import Final

# A stop after one of these, or after a single capital letter ("John D. Smith"), does not end a sentence.
_ABBREVIATIONS: Final = frozenset(
    "dr mr mrs ms st no vs e.g i.e etc approx fig u.s a.m p.m jr sr prof dept inc ext ave".split()  # noqa: SIM905
)
_SENTENCE_END = re.compile(r"(\S*?)[.?!][\"'”’)]*(?=\s+[\"'“‘(]?[A-Z0-9])")


def split_sentences(paragraph: str) -> list[str]:
    """Cut a paragraph after each full stop, question mark or exclamation mark that ends a sentence.

    >>> split_sentences("Ask Dr. Lee. It helps.")
    ['Ask Dr. Lee.', 'It helps.']
    """
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(paragraph):
        word = match.group(1).lstrip("(\"'“‘").lower()
        if word in _ABBREVIATIONS or re.fullmatch(r"[a-z]", word):
            continue
        sentences.append(paragraph[start : match.end()].strip())
        start = match.end()
    rest = paragraph[start:].strip()
    return [*sentences, rest] if rest else sentences
