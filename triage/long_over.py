"""Whether a finding is told of long ago and has ended: the telling says when it was, and how it went on."""

from __future__ import annotations

from triage.around import Around, Place
from triage.units import Reader

_SENTENCES_ON = 3  # in which the end may be told
_TO_YEAR = 4  # units from "that was" to its year
_RETURN_WITHIN = 300  # units in which a return may be told; keeps the work linear


class LongOver(Around):
    """Reads a date and an end, which may both stand in other sentences than the finding.

    Either alone proves little: "in 2015 I had surgery, my legs are weak", "it passed". Both together, with the finding told
    in the past, outweigh a "now" that speaks of how well it goes: "in 2015 I couldn't walk ... now I run marathons".
    """

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._now = self._sets["now_cue"] - self._sets["vague_now"]  # "for two days" tells how long, not that it is now
        self._points_back = self._words("that", "this", "it")

    def is_it(self, place: Place) -> bool:
        """Total; false unless a date of long ago and an end are both told, and nothing of a return."""
        told_past = self._is_told_in_the_past(place)
        if not told_past and self._is_told_as_present(place):
            return False
        last = place.end
        for _ in range(_SENTENCES_ON):
            last = self._next_sentence_end(place.reading, last)
        ends = [
            cue
            for name in ("recovered", "resolved_cue", "resolved_here")
            for cue in place.reading.within(name, place.match.end, last)
        ]
        if not ends or self._returns(place, ends, min(len(place.chars), last + _RETURN_WITHIN)):
            return False
        says_now = not self._now.isdisjoint(place.chars[slice(*self._clause(place))])
        return not says_now and self._is_dated(place, last)

    def _returns(self, place: Place, ends: list[tuple[int, int]], last: int) -> bool:
        """Whether it is back after its end, or changes."""
        after = min(end for _, end in ends)
        if any(not self._sets["contrast"].isdisjoint(place.chars[end : end + 1]) for _, end in ends):
            return True  # "never again till today"
        if self._comes_back(place, min(start for start, _ in ends), last):
            return True
        other = {i for start, end in place.reading.within("new_thing", after, last) for i in range(start, end)}
        return any(
            place.chars[i] in self._sets["change_cue"] and i not in other and self._speaks_of_it(place, i)
            for i in range(after, last)
        )

    def _speaks_of_it(self, place: Place, i: int) -> bool:
        """Whether the word of change at unit `i` stands beside a symptom, "it" or "the same"."""
        near = place.chars[max(place.match.end, i - 3) : i] + place.chars[i + 1 : i + 4]
        return not (self._symptom | self._word["same"]).isdisjoint(near)

    def _is_dated(self, place: Place, last: int) -> bool:
        """A date of long ago in the sentence, in the one before it, or in a later one that points back ("that was in 2015")."""
        chars = place.chars
        if self._says_when(place, self._sentence_before(place), place.end):
            return True
        points = [i for i in range(place.end + 1, last) if chars[i] in self._points_back]
        return any(self._says_when(place, i, i + 1 + _TO_YEAR) for i in points)

    def _says_when(self, place: Place, start: int, end: int) -> bool:
        chars = place.chars
        if place.reading.has("long_ago", start, end):
            return True
        years = (i for i in range(start, min(end, len(chars))) if chars[i] in self._sets["old_year"])
        return any(self._word["since"].isdisjoint(chars[max(0, i - 8) : i]) for i in years)
