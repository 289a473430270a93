"""Whether a finding is long-standing and unchanged, read from its sentence and from what the message says of change."""

from __future__ import annotations

from triage.around import REACH, Around, Place
from triage.units import Reader, Reading

_TO_NOUN = 2  # units from "chronic" to what is chronic


class Duration(Around):
    """Reads how long a finding has lasted."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._last_read: tuple[Reading | None, bool] = (None, False)
        self._other_matter = self._symptom | self._background | self._sets["self_word"] | self._sets["other_word"]
        self._about_it = self._sets["number"] | self._words(
            "it", "this", "that", "they", "same", "been", "has", "both", "all", "always", "for", "since"
        )
        self._unknown = frozenset(reader.chars_of_unknown)
        self._slight = (self._sets["transparent"] | self._about_it | self._joiner) - self._symptom
        self._illness = self._symptom | self._background | self._sets["condition"]
        self._goes_on = (
            self._slight
            | self._word["problem"]
            | self._sets["stop"]
            | self._sets["contrast"]
            | self._sets["clause_start"]
        )
        self._persons = self._sets["self_word"] | self._sets["other_word"]

    def is_chronic(self, place: Place) -> bool:
        """Long-standing, and not said to have changed anywhere in the message.

        The words that say so must be said of the finding: in its clause, or in one that goes on about it ("it has been so for
        years"). "My scan was stable, my legs are weak" and "diabetes for twenty years and my legs gave out" are not.
        """
        if self._changes(place.reading):
            return False
        onwards = self._next_sentence_end(place.reading, self._next_sentence_end(place.reading, place.end))
        if not self._cues(place, place.start, onwards) and not place.reading.has(
            "chronic_word", place.start, place.end
        ):
            return False  # nearly always, and soon known
        start, end = self._clause(place)
        if self._is_said_in(place, start, end):
            return True
        return any(
            self._goes_on_about_it(place, *piece)
            for piece in (
                *self._pieces(place.chars, place.start, place.match.start),
                *self._pieces(place.chars, place.match.end, onwards),
            )
        )

    def _is_said_in(self, place: Place, start: int, end: int) -> bool:
        """Whether the finding's own clause, units `start:end`, says that it lasts."""
        chars, match = place.chars, place.match
        for cue_start, cue_end in self._cues(place, start, end):
            if chars[cue_end : cue_end + 1] in self._background:
                continue  # "long-standing cancer patient, numb from the waist down"
            commas = [i for i in range(match.end, cue_start) if chars[i] in self._sets["comma"]]
            if commas and not self._illness.isdisjoint(chars[commas[-1] : cue_start]):
                continue  # "can't pee, prostate trouble for years"
            between = chars[cue_end : match.start]
            before = chars[start:cue_start]
            if not self._persons.isdisjoint(between) and any(char not in self._slight for char in before):
                continue  # "my scan was stable my legs are weak"
            return True
        return any(self._is_called_chronic(place, *cue) for cue in place.reading.within("chronic_word", start, end))

    def _is_called_chronic(self, place: Place, cue_start: int, cue_end: int) -> bool:
        """'Chronic weakness', 'the weakness is chronic'; not 'chronic leukaemia and weak legs', 'weak legs, chronic back pain'."""
        chars, match = place.chars, place.match
        if cue_end <= match.start:
            between = chars[cue_end : match.start]
            return len(between) <= _TO_NOUN and (self._illness | self._joiner).isdisjoint(between)
        if cue_start < match.end:
            return True
        between, after = chars[match.end : cue_start], chars[cue_end : cue_end + 1]
        return all(char in self._slight for char in between) and (not after or after in self._goes_on)

    def _pieces(self, chars: str, start: int, end: int) -> list[tuple[int, int]]:
        """What stands between stops, commas and the openings of clauses in units `start:end`."""
        cuts = self._sets["stop"] | self._sets["comma"]
        ends = [i for i in range(start, end) if chars[i] in cuts or self._breaks(chars, i)]
        return [(a, b) for a, b in zip([start, *(i + 1 for i in ends)], [*ends, end], strict=True) if a < b]

    def _cues(self, place: Place, start: int, end: int) -> list[tuple[int, int]]:
        """Where units `start:end` say that something lasts."""
        after = {begin for begin, _ in place.reading.within("years_after", start, end)}
        cues = [c for c in place.reading.within("chronic_cue", start, end) if after.isdisjoint(range(*c))]
        cues += place.reading.within("unchanged", start, end)
        return cues + self._since_long(place, start, end, after)

    def _goes_on_about_it(self, place: Place, start: int, end: int) -> bool:
        """'It has been like that for ten years', 'same as always': about what was said before, and nothing else."""
        chars, opening = place.chars, self._joiner | self._sets["contrast"] | self._word["so"]
        while start < end and chars[start] in opening:
            start += 1
        cues = self._cues(place, start, end)
        if not cues or not (chars[start : start + 1] in self._about_it or any(cue[0] == start for cue in cues)):
            return False
        if end <= place.match.start:  # "since 1998 I work here, my legs are weak"
            cue_end = max(cue_end for _, cue_end in cues)
            rest = chars[start + 1 : end]
            return self._other_matter.isdisjoint(rest) and all(char in self._slight for char in chars[cue_end:end])
        # How it began is no other matter: "been so since I broke my pelvis in 2001".
        so = (
            not self._words("so", "like").isdisjoint(chars[start:end]) or chars[start : start + 1] in self._word["been"]
        )
        since = [i for i in range(start + 1, end) if so and chars[i] in self._word["since"]]
        said_until = max(cue_end for _, cue_end in cues)
        said = chars[start + 1 : since[0] if since else said_until]
        return self._other_matter.isdisjoint(said) and (bool(since) or self._symptom.isdisjoint(chars[said_until:end]))

    def _changes(self, reading: Reading) -> bool:
        """Whether the whole message says of a change; read once a message.

        A word of change counts unless it is part of "no change", "no worse", "two years now".
        """
        last, answer = self._last_read
        if last is reading:
            return answer
        names = ("unchanged", "chronic_cue", "chronic_word", "new_thing")
        lasting = (place for name in names for place in reading.cues.get(name, ()))
        covered = {i for start, end in lasting for i in range(start, end)}
        answer = any(
            char in self._sets["change_cue"] and i not in covered and self._is_change(reading, i)
            for i, char in enumerate(reading.chars)
        )
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
        if chars[i] in self._sets["worse"] and self._is_asked_of_later(reading, i):
            return False
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

    def _is_asked_of_later(self, reading: Reading, i: int) -> bool:
        """'Would the chemo make that worse?': whether what is as ever may change."""
        begin = self._nearest_before(reading, "stop", i) + 1
        if reading.chars[begin : begin + 1] not in self._sets["modal"]:
            return False
        return not self._word["make"].isdisjoint(reading.chars[max(begin, i - 3) : i])

    def _since_long(self, place: Place, first: int, last: int, after: set[int]) -> list[tuple[int, int]]:
        """In units `first:last`: 'ten years', 'since 2017', 'since chemo ended in 2020'; not 'ten years ago', '82 years old'."""
        chars, counted = place.chars, self._sets["number"] | self._words("a", "many")
        found = []
        for start, end in place.reading.within("year_cue", first + 1, last):
            if chars[start - 1] not in counted or start in after:
                continue
            ago = self._has(place, "past_cue", start, start + 2)
            if not ago and chars[end : end + 1] not in self._words("old", "-"):
                found.append((start - 1, end))
        for i in self._years(place.reading, first, last):
            since = [k for k in range(max(first, i - 8), i) if chars[k] in self._word["since"]]
            found += [(since[-1], i + 1)] if since else []
        return found
