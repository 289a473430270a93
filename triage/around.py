"""A finding's place in its message, and the words around it: what negation, time and person are read from."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from triage.grammar import Match
from triage.units import Reader, Reading

REACH = 12  # units a negation or an "if" may be away
_BREAK = "break"  # stands among the names of classes for where a clause ends
QUOTES = ('"', "'")  # each a name of its own positions
_WINDOW = 80  # units of a sentence read on either side; keeps the work linear in texts without a full stop

# What a negation may pass over on its way to a finding, beside `transparent`: other symptoms of a list.
_SYMPTOM_CLASSES = (
    "limb trunk spine_area saddle face weak heavy numb tingle asleep burning pain bladder bowel pee poop accident "
    "incontinent fall walk paralysed spasm gives_way fever cancer chest_pain breath sexual weight_loss night_sweat "
    "seizure faint confused constipated unsteady wipe lost_control bleed clumsy stroke walking_aid leak control "
    "wet_self soil_self stand climb side_word cough_blood lump trauma radiate cannot urge"
).split()
_UNIT_CLASSES = (
    "neg transparent contrast clause_start stop comma self_word other_word asks now_cue change_cue number year old_year "
    "question_mark worry remedy cancer procedure vague_now date worse condition relative cannot modal greeting"
).split()
EVENTS = "surgery operation chemo radiation treatment diagnosed".split()  # they have years of their own
LITERALS = (
    EVENTS
    + (
        "no none nope : - if when in with since a many will might could may of going am is are 's feel and or nor old any "
        "you your that this was it they same been has should ever what would my our the his her so because why had were both all always for he she him they them their nothing like never such as i have got before until till at on problem becoming make"
    ).split()
)


@dataclass(frozen=True)
class Place:
    """A match in its sentence: units `start:end` of `reading` hold the sentence."""

    reading: Reading
    match: Match
    start: int
    end: int

    @property
    def chars(self) -> str:
        """The class characters of the whole message."""
        return self.reading.chars


class Around:
    """Looks at the units around a match; holds the class characters it asks for, so that each test is a set look-up."""

    def __init__(self, reader: Reader) -> None:
        self._sets = {name: frozenset(reader.chars_of(name)) for name in _UNIT_CLASSES}
        self._word = {word: frozenset(reader.chars_of(f"={word}")) for word in LITERALS}
        self._symptom = frozenset(char for name in _SYMPTOM_CLASSES for char in reader.chars_of(name))
        self._joiner = self._words("and", "or", "nor") | self._sets["comma"]
        self._background = self._sets["cancer"] | self._sets["procedure"] | self._words(*EVENTS)
        self._found: tuple[Reading | None, dict[str, list[int]]] = (None, {})

    def _words(self, *words: str) -> frozenset[str]:
        return frozenset().union(*(self._word[word] for word in words))

    def _has(self, place: Place, name: str, start: int, end: int) -> bool:
        """Whether a unit of class `name`, or a cue of that name, stands in units `start:end`."""
        start = max(start, 0)
        if name in self._sets:
            return not self._sets[name].isdisjoint(place.chars[start:end])
        return place.reading.has(name, start, end)

    def _says_now(self, place: Place, start: int, end: int) -> bool:
        """Whether "now", "today", "for two days" stands there; "days" alone or "any more" may speak of any time."""
        chars, start = place.chars, max(0, start)
        cues = (i for i in range(start, min(end, len(chars))) if chars[i] in self._sets["now_cue"])
        return any(
            chars[i] not in self._sets["vague_now"] or not self._sets["number"].isdisjoint(chars[max(0, i - 1) : i])
            for i in cues
        )

    def _comes_back(self, place: Place, after: int, last: int) -> bool:
        """Whether it is said to be back in units `after:last`; not by "playing football again", an end of its own."""
        ends = [*place.reading.within("recovered", after, last), *place.reading.within("resolved_cue", after, last)]
        told = {i for start, end in ends for i in range(start, end + 1)}
        return any(start not in told for start, _ in place.reading.within("return_cue", after, last))

    def _says_in_short(self, place: Place, opening: frozenset[str]) -> bool:
        """'... but she does', '... and they have now': a yes that ends the sentence, after a unit of `opening`."""
        begin, end = place.match.end, place.end
        return any(
            start > begin
            and not opening.isdisjoint(place.chars[begin:start])
            and place.chars[start - 1] not in self._word["if"]
            and (last == end or place.chars[last] in self._sets["now_cue"])
            for start, last in place.reading.within("in_short", begin, end)
        )

    def _positions(self, reading: Reading, name: str) -> list[int]:
        """Every unit of class `name`, every quotation mark `name`, or every unit that ends a clause.

        Looked for once a message, so that a look over all of it costs a match nothing.
        """
        last, found = self._found
        if last is not reading:
            found = {}
            self._found = (reading, found)
        if name not in found:
            chars = reading.chars
            if name == _BREAK:
                found[name] = [i for i in range(len(chars)) if self._breaks(chars, i)]
            elif name in QUOTES:
                found[name] = [i for i, unit in enumerate(reading.units) if unit.words == name]
            else:
                found[name] = [i for i, char in enumerate(chars) if char in self._sets[name]]
        return found[name]

    def _nearest_before(self, reading: Reading, name: str, end: int) -> int:
        """The last unit of class `name` before unit `end`; -1 where there is none."""
        positions = self._positions(reading, name)
        i = bisect_left(positions, end)
        return positions[i - 1] if i else -1

    def _first_from(self, reading: Reading, name: str, start: int, last: int) -> int:
        """The first unit of class `name` in units `start:last`; `last` where there is none."""
        positions = self._positions(reading, name)
        i = bisect_left(positions, start)
        return min(positions[i], last) if i < len(positions) else last

    def _years(self, reading: Reading, start: int, end: int) -> list[int]:
        positions = self._positions(reading, "year")
        return positions[bisect_left(positions, start) : bisect_left(positions, end)]

    def _sentence(self, reading: Reading, match: Match) -> tuple[int, int]:
        """The units of the sentence that holds `match`, without its stop."""
        first, last = max(0, match.start - _WINDOW), min(len(reading.chars), match.end + _WINDOW)
        start = max(first, self._nearest_before(reading, "stop", match.start) + 1)
        return start, self._first_from(reading, "stop", match.end, last)

    def _next_sentence_end(self, reading: Reading, end: int) -> int:
        """One sentence further: 'I had numb legs. That went away.'"""
        start = min(end + 1, len(reading.chars))
        return self._first_from(reading, "stop", start, min(len(reading.chars), start + _WINDOW))

    def _is_told_as_present(self, place: Place) -> bool:
        """Whether the finding is a state of now by its verb: "is numb", "can't walk"."""
        chars, match = place.chars, place.match
        is_now = self._words("am", "is", "are", "feel") | self._sets["cannot"]
        if not (is_now | self._word["'s"]).isdisjoint(chars[match.start : match.end]):
            return True
        return not is_now.isdisjoint(
            chars[max(place.start, match.start - 1) : match.start]
        )  # "is numb"; "dad's legs" may be of then

    def _is_told_in_the_past(self, place: Place) -> bool:
        """Whether the finding is a state of the past: "had weak legs", "couldn't walk"."""
        chars, match = place.chars, place.match
        if not self._words("had", "was", "were").isdisjoint(chars[max(place.start, match.start - 2) : match.end]):
            return True
        return self._has(place, "could_not", match.start, match.end)

    def _sentence_before(self, place: Place) -> int:
        """Where the sentence before begins."""
        first = max(0, place.start - 1)
        return max(0, first - _WINDOW, self._nearest_before(place.reading, "stop", first) + 1)

    def _clause(self, place: Place) -> tuple[int, int]:
        """The clause around the match: cut at "but" and at "and my ...", ", it ..."."""
        start = max(place.start, self._nearest_before(place.reading, _BREAK, place.match.start) + 1)
        return start, self._first_from(place.reading, _BREAK, place.match.end, place.end)

    def _breaks(self, chars: str, i: int) -> bool:
        if chars[i] in self._sets["contrast"]:
            return True
        return chars[i] in self._joiner and chars[i + 1 : i + 2] in self._sets["clause_start"]
