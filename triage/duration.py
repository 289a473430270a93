"""Whether a finding is long-standing and unchanged, read from its sentence and from what the message says of change."""

from __future__ import annotations

from triage.around import Around, Place
from triage.units import Reader, Reading

_CHANGED, _UNCHANGED, _UNSAID = "changed", "unchanged", "unsaid"


class Duration(Around):
    """Reads how long a finding has lasted."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._last_read: tuple[Reading | None, str] = (None, "")

    def is_chronic(self, place: Place) -> bool:
        """Long-standing, and not said to have changed anywhere in the message."""
        if self._lasts(place.reading) is _CHANGED:
            return False
        if self._lasts(place.reading) is _UNCHANGED:
            return True
        return self._has(place, "chronic_cue", place.start, place.end) or self._since_long(place)

    def _lasts(self, reading: Reading) -> str:
        """What the whole message says of change; read once a message.

        A word of change counts unless it is part of "no change", "no worse", "two years now".
        """
        last, answer = self._last_read
        if last is reading:
            return answer
        unchanged = reading.cues.get("unchanged", ())
        lasting = (*unchanged, *reading.cues.get("chronic_cue", ()), *reading.cues.get("new_thing", ()))
        covered = {i for start, end in lasting for i in range(start, end)}
        changed = any(c in self._sets["change_cue"] and i not in covered for i, c in enumerate(reading.chars))
        answer = _CHANGED if changed else _UNCHANGED if unchanged else _UNSAID
        self._last_read = (reading, answer)
        return answer

    def _since_long(self, place: Place) -> bool:
        """In the same sentence: 'ten years', 'since 2017', 'since chemo ended in 2020'; not 'ten years ago', '82 years old'."""
        chars, counted = place.chars, self._sets["number"] | self._words("a", "many")
        for start, end in place.reading.within("year_cue", place.start + 1, place.end):
            if chars[start - 1] not in counted:
                continue
            ago = self._has(place, "past_cue", start, start + 2)
            if not ago and chars[end : end + 1] not in self._words("old", "-"):
                return True
        since = self._word["since"]
        years = (i for i in range(place.start, place.end) if chars[i] in self._sets["year"])
        return any(not since.isdisjoint(chars[max(0, i - 8) : i]) for i in years)
