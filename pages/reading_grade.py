"""The Flesch-Kincaid grade of a text, without a dictionary of pronunciation.

textstat fetches one from the network at its first use, and without it takes "emergency" for three syllables. This
counts groups of vowels and, where it errs, errs upwards: a text is never called easier than it is.
"""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n+")
_WORD = re.compile(r"[A-Za-z']+|\d[\d.\-]*")

# Words in which two vowels are spoken apart, or one in the middle is not spoken.
_COUNTED_BY_HAND = {
    "idea": 3,
    "area": 3,
    "someone": 2,
    "something": 2,
    "everyone": 3,
    "changes": 2,
    "hospital's": 3,
    "sometimes": 2,
    "english": 2,
}


def flesch_kincaid_grade(text: str) -> float:
    """The school grade that reads `text` with ease; 0.0 for a text without words. A number counts as one short word."""
    sentences = [words for part in _SENTENCE_END.split(text) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one."""
    word = word.lower()
    if word in _COUNTED_BY_HAND:
        return _COUNTED_BY_HAND[word]
    letters = re.sub(r"[^a-z]", "", word)
    count = len(re.findall(r"[aeiouy]+", letters))
    count += len(re.findall(r"[iu]a|io(?!us|n)|eo(?!p)|ying$|iet", letters))
    # A last "e", also in "-ed" and "-es", is silent; not so in "trouble", "started" or "changes".
    if re.search(r"[^aeiouyl]e$|[aeiouy]les?$|[^aeioudty]ed$|[^aeiouylscgxzh]es$", letters):
        count -= 1
    return max(1, count)
