"""Read "yes", "no", "not sure" and refusals as answers to a question that stands."""

from __future__ import annotations

from triage.model import Reply
from triage.units import Reading

_ANSWERS = (
    ("unsure", Reply.UNSURE),
    ("yes", Reply.YES),
    ("no", Reply.NO),
    ("yes_alone", Reply.YES),
    ("no_alone", Reply.NO),
)
_ALONE = frozenset({"yes_alone", "no_alone"})
_OPENING = 6  # an answer stands among the first few units of a message
_CLOSERS = frozenset({".", ",", "!", "?", "-", "but", "though", "now", "really", "actually", "thanks", "please"})


def read_reply(reading: Reading) -> Reply | None:
    """The answer a message opens with, or None.

    "yes but only a little" is yes; "yes, maybe" is unsure; "no... well, my foot drags" is no (and a finding, which
    counts for itself). Words before the answer must be fillers ("well, um, no"). Words that answer only when nothing
    follows ("I am", "it is") must end the message or the clause: "I am so scared" is no yes.
    """
    if reading.cues.get("refuse"):
        return Reply.REFUSE
    if reading.cues.get("correction"):
        return Reply.CORRECTION
    if reading.cues.get("affirms_now"):
        return Reply.NOW
    fillers = {start for start, _ in reading.cues.get("filler", ())}
    longest: dict[int, tuple[int, Reply]] = {}
    for name, reply in _ANSWERS:
        for start, end in reading.cues.get(name, ()):
            if name in _ALONE and not _closes(reading, end):
                continue
            if end > longest.get(start, (0, reply))[0]:
                longest[start] = (end, reply)
    for position in range(min(_OPENING, len(reading.units))):
        if position in longest:
            reply = longest[position][1]
            hedged = any(start > position for start, _ in reading.cues.get("unsure", ()))
            return Reply.UNSURE if reply is Reply.YES and hedged else reply
        if position not in fillers and reading.units[position].words not in (".", ",", "!", "-"):
            return None
    return None


def _closes(reading: Reading, end: int) -> bool:
    """Whether the clause ends at unit `end`."""
    return end >= len(reading.units) or reading.units[end].words in _CLOSERS
