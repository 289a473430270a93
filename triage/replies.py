"""Read "yes", "no", "not sure" and refusals as answers to a question that stands."""

from __future__ import annotations

from triage.model import Reply
from triage.units import Reading

_ANSWERS = (("unsure", Reply.UNSURE), ("yes", Reply.YES), ("no", Reply.NO))
_OPENING = 6  # an answer stands among the first few units of a message


def read_reply(reading: Reading) -> Reply | None:
    """The answer a message opens with, or None.

    "yes but only a little" is yes; "yes, maybe" is unsure; "no... well, my foot drags" is no (and a finding, which
    counts for itself). Words before the answer must be fillers ("well, um, no").
    """
    if reading.cues.get("refuse"):
        return Reply.REFUSE
    fillers = {start for start, _ in reading.cues.get("filler", ())}
    longest: dict[int, tuple[int, Reply]] = {}
    for name, reply in _ANSWERS:
        for start, end in reading.cues.get(name, ()):
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
