"""Who, when, whether: negation, time, condition and person of a finding, read from the words around it.

The default is always "present, now, the writer". A negation counts only when every word between it and the finding
lets it through ("no", "any", "in my", "or", other symptoms). "I can't drive with numb legs" stays a finding because
"drive" stops the negation; a clinical-note negation list would have thrown it away. A negator inside the finding
("can't feel") belongs to the pattern and never negates it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from triage.around import Around, Place
from triage.duration import Duration
from triage.grammar import Match
from triage.model import Person, Status, Time
from triage.negation import Negation
from triage.timing import Timing
from triage.units import Reader, Reading


@dataclass(frozen=True)
class Scope:
    """What the surroundings say about one finding."""

    status: Status
    time: Time
    person: Person
    chronic: bool
    over: bool = False  # of somebody who has died: past for good, whatever the finding


class ScopeReader(Around):
    """Reads the scope of matches."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._last_read: tuple[Reading | None, list[int]] = (None, [])
        self._negation, self._timing, self._duration = Negation(reader), Timing(reader), Duration(reader)

    def read(self, reading: Reading, match: Match) -> Scope:
        """The scope of `match`. Total."""
        place = Place(reading, match, *self._sentence(reading, match))
        over = self._timing.is_over(place)
        return Scope(
            status=self._negation.status(place),
            time=Time.PAST if over else self._timing.time(place),
            person=self._person(place),
            chronic=self._duration.is_chronic(place),
            over=over,
        )

    def spans_comma(self, reading: Reading, match: Match) -> bool:
        """Whether a comma stands in `match`. Total."""
        return not self._sets["comma"].isdisjoint(reading.chars[match.start : match.end])

    def _person(self, place: Place) -> Person:
        """The nearest person named: inside the finding, before it in the sentence, then earlier in the message."""
        match, reading = place.match, place.reading
        for low, high in ((match.start, match.end), (place.start, match.start), (0, place.start)):
            other = self._nearest_before(reading, "other_word", high)
            own = self._nearest_self(reading, high)
            if max(other, own) >= low:
                return Person.OTHER if other >= own else Person.SELF
        return Person.SELF

    def _nearest_self(self, reading: Reading, end: int) -> int:
        """The last "I" or "my" before unit `end`; -1 where there is none. In "my mother" the mother is meant."""
        last, own = self._last_read
        if last is not reading:
            others = self._sets["other_word"]
            own = [i for i in self._positions(reading, "self_word") if reading.chars[i + 1 : i + 2] not in others]
            self._last_read = (reading, own)
        place = bisect_left(own, end)
        return own[place - 1] if place else -1
