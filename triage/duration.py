"""Whether a finding is long-standing and unchanged, read from its sentence and from what the message says of change."""

from __future__ import annotations

from triage.around import REACH, Around, Place
from triage.units import Reader, Reading

_CHANGED, _UNCHANGED, _UNSAID = "changed", "unchanged", "unsaid"


class Duration(Around):
    """Reads how long a finding has lasted."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._last_read: tuple[Reading | None, str] = (None, "")
        self._other_matter = self._symptom | self._background | self._sets["self_word"] | self._sets["other_word"]
        self._about_it = self._words("it", "this", "that", "they", "same", "been", "has") | self._sets["number"]
        self._unknown = frozenset(reader.chars_of_unknown)
        self._persons = self._sets["self_word"] | self._sets["other_word"]

    def is_chronic(self, place: Place) -> bool:
        """Long-standing, and not said to have changed anywhere in the message."""
        if self._lasts(place.reading) is _CHANGED:
            return False
        if self._lasts(place.reading) is _UNCHANGED:
            return True
        if self._is_long(place, place.start, place.end):
            return True
        begin, end = place.end + 1, self._next_sentence_end(place.chars, place.end)
        return self._goes_on_about_it(place.chars[begin:end]) and self._is_long(place, begin, end)

    def _is_long(self, place: Place, start: int, end: int) -> bool:
        after = {begin for begin, _ in place.reading.within("years_after", start, end)}
        if any(not after & set(range(*cue)) for cue in place.reading.within("chronic_cue", start, end)):
            return True
        return self._since_long(place, start, end, after)

    def _goes_on_about_it(self, said: str) -> bool:
        """'It has been like that for ten years.': a sentence about what the one before it says, and about nothing else."""
        if said[:1] in self._word["been"]:  # "Been so since I broke my pelvis in 2001": how it began is no other matter
            since = [i for i, char in enumerate(said) if char in self._word["since"]]
            said = said[: since[0]] if since else said
        return said[:1] in self._about_it and self._other_matter.isdisjoint(said[1:])

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
        changed = any(
            char in self._sets["change_cue"] and i not in covered and self._is_change(reading, i)
            for i, char in enumerate(reading.chars)
        )
        answer = _CHANGED if changed else _UNCHANGED if unchanged else _UNSAID
        self._last_read = (reading, answer)
        return answer

    def _is_change(self, reading: Reading, i: int) -> bool:
        """Whether the word of change at unit `i` may speak of a symptom; "a new question", "my army days", and "the lift
        was broken last week", which names neither a person nor a symptom, do not."""
        chars = reading.chars
        if reading.units[i].words == "new" and chars[i + 1 : i + 2] in self._unknown:
            return False
        if reading.units[i].words == "now" and chars[i - 1 : i] in self._sets["number"]:
            return False  # "I'm 73 now"
        if chars[i] in self._sets["vague_now"] and self._sets["number"].isdisjoint(chars[max(0, i - 1) : i]):
            return False
        if chars[i] not in self._sets["date"]:
            return True
        start = end = i
        while start > 0 and i - start < REACH and chars[start - 1] not in self._sets["stop"]:
            start -= 1
        while end < len(chars) and end - i < REACH and chars[end] not in self._sets["stop"]:
            end += 1
        return not (self._symptom | self._persons).isdisjoint(chars[start:end])

    def _since_long(self, place: Place, first: int, last: int, after: set[int]) -> bool:
        """In units `first:last`: 'ten years', 'since 2017', 'since chemo ended in 2020'; not 'ten years ago', '82 years old'."""
        chars, counted = place.chars, self._sets["number"] | self._words("a", "many")
        for start, end in place.reading.within("year_cue", first + 1, last):
            if chars[start - 1] not in counted or start in after:
                continue
            ago = self._has(place, "past_cue", start, start + 2)
            if not ago and chars[end : end + 1] not in self._words("old", "-"):
                return True
        since = self._word["since"]
        years = (i for i in range(first, last) if chars[i] in self._sets["year"])
        return any(not since.isdisjoint(chars[max(0, i - 8) : i]) for i in years)
