"""The screen in front of everything: one message, no model, no store. A floor under the whole system."""

from __future__ import annotations

from dataclasses import dataclass

from triage.conversation import fold
from triage.extract import extract
from triage.model import Level
from triage.state import Turn


@dataclass(frozen=True)
class Screening:
    """`level` is EMERGENCY, CRISIS or None; `response` names the fixed text to say, None without a level."""

    level: Level | None
    response: str | None
    reasons: tuple[str, ...] = ()


def screen(text: str) -> Screening:
    """Judge `text` as a first message. Total on any str.

    >>> screen("I can't feel my legs").response
    'utter_emergency'
    """
    state = fold([Turn(extract(text))])
    if not state.is_emergency:
        return Screening(None, None)
    return Screening(state.level, state.plan[0], state.decision.reasons)
