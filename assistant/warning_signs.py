"""Whether words of the page name a sign that somebody must act on; the page itself does not say so."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import triage


def lists_warning_signs(sentences: Iterable[str]) -> bool:
    """Whether the clinical core would answer one of the sentences, said by a person, with an emergency."""
    return any(map(_is_warning_sign, sentences))


@cache
def _is_warning_sign(sentence: str) -> bool:
    return triage.fold([triage.Turn(triage.extract(sentence))]).level >= triage.Level.EMERGENCY
