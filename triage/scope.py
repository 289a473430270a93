"""Who, when, whether: negation, time, condition and person of a finding, read from the words around it.

The default is always "present, now, the writer". A negation counts only when every word between it and the finding
lets it through ("no", "any", "in my", "or", other symptoms). "I can't drive with numb legs" stays a finding because
"drive" stops the negation; a clinical-note negation list would have thrown it away. A negator inside the finding
("can't feel") belongs to the pattern and never negates it.
"""

from __future__ import annotations

from dataclasses import dataclass

from triage.grammar import Match
from triage.model import Person, Status, Time
from triage.units import Reader, Reading

_REACH = 12  # units a negation or an "if" may be away
_CHANGED, _UNCHANGED, _UNSAID = "changed", "unchanged", "unsaid"
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
    "question_mark worry remedy cancer procedure"
).split()
_EVENTS = "surgery operation chemo radiation treatment diagnosed".split()  # they have years of their own
LITERALS = (
    _EVENTS
    + (
        "no none nope : - if when in with since a many will might could may of going am is are 's feel and or nor old"
    ).split()
)


@dataclass(frozen=True)
class Scope:
    """What the surroundings say about one finding."""

    status: Status
    time: Time
    person: Person
    chronic: bool
    over: bool = False  # of somebody who has died: past for good, whatever the finding


@dataclass(frozen=True)
class _Place:
    """A match in its sentence: units `start:end` of `reading` hold the sentence."""

    reading: Reading
    match: Match
    start: int
    end: int

    @property
    def chars(self) -> str:
        return self.reading.chars


class ScopeReader:
    """Reads the scope of matches; holds the class characters it asks for, so that each test is a set look-up."""

    def __init__(self, reader: Reader) -> None:
        self._sets = {name: frozenset(reader.chars_of(name)) for name in _UNIT_CLASSES}
        self._word = {word: frozenset(reader.chars_of(f"={word}")) for word in LITERALS}
        self._symptom = frozenset(char for name in _SYMPTOM_CLASSES for char in reader.chars_of(name))
        self._last_read: tuple[Reading | None, str] = (None, "")
        self._joiner = self._words("and", "or", "nor") | self._sets["comma"]
        self._separator = self._joiner | self._sets["stop"] | self._sets["contrast"]
        self._background = self._sets["cancer"] | self._sets["procedure"] | self._words(*_EVENTS)
        passing = self._sets["transparent"] | self._sets["clause_start"]
        self._passing = passing - self._symptom - self._word["since"]

    def read(self, reading: Reading, match: Match) -> Scope:
        """The scope of `match`. Total."""
        place = _Place(reading, match, *self._sentence(reading.chars, match))
        over = self._is_over(place)
        time = Time.PAST if over else self._time(place)
        return Scope(self._status(place), time, self._person(place), self._chronic(place), over)

    def _words(self, *words: str) -> frozenset[str]:
        return frozenset().union(*(self._word[word] for word in words))

    def _has(self, place: _Place, name: str, start: int, end: int) -> bool:
        """Whether a unit of class `name`, or a cue of that name, stands in units `start:end`."""
        start = max(start, 0)
        if name in self._sets:
            return not self._sets[name].isdisjoint(place.chars[start:end])
        return place.reading.has(name, start, end)

    def _sentence(self, chars: str, match: Match) -> tuple[int, int]:
        stop = self._sets["stop"]
        start, end = match.start, match.end
        first, last = max(0, start - _WINDOW), min(len(chars), end + _WINDOW)
        while start > first and chars[start - 1] not in stop:
            start -= 1
        while end < last and chars[end] not in stop:
            end += 1
        return start, end

    # -- negation ---------------------------------------------------------------------------------------------------

    def _status(self, place: _Place) -> Status:
        match = place.match
        denied = self._negated_inside(place) or self._negated_before(place) or self._answered_no(place)
        if denied and self._has(place, "unlike_before", match.end, min(place.end, match.end + 6)):
            denied = False  # "never had numbness like this" is a report
        if denied and self._has(place, "cannot_say", place.start, match.start):
            denied = False  # "I can't say my legs aren't weak"
        if denied:
            return Status.ABSENT
        if self._has(place, "know_if", max(place.start, match.start - 5), match.start):
            return Status.UNKNOWN
        return Status.PRESENT

    def _negated_inside(self, place: _Place) -> bool:
        """'my legs are not weak': a negator in a gap of the pattern."""
        return any(place.chars[i] in self._sets["neg"] for gap in place.match.gaps for i in gap)

    def _negated_before(self, place: _Place) -> bool:
        """Walk left over words that let a negation through; stop at anything else."""
        chars, begin = place.chars, place.match.start
        for i in range(begin - 1, max(place.start, begin - _REACH) - 1, -1):
            char = chars[i]
            if char in self._sets["neg"]:
                return not self._is_interjection(chars, i)
            if char in self._joiner:
                if chars[i + 1] in self._sets["clause_start"]:
                    return False
            elif char in self._sets["clause_start"]:
                # "no pain my legs are weak": after a symptom, "my" begins a new clause.
                if i > place.start and chars[i - 1] in self._symptom and chars[i - 1] not in self._sets["transparent"]:
                    return False
            elif char not in self._sets["transparent"] and char not in self._symptom:
                return False
        return False

    def _is_interjection(self, chars: str, i: int) -> bool:
        """'No, I ...', 'no no no i ...': an answer or an outcry, not the negation of what follows."""
        if chars[i] not in self._word["no"]:
            return False
        after = chars[i + 1 : i + 2]
        return after in self._sets["comma"] or after in self._sets["neg"] or after in self._sets["clause_start"]

    def _answered_no(self, place: _Place) -> bool:
        """'numbness: no', 'numb? no.': a list or a question answered by the writer."""
        rest = place.chars[place.match.end : place.match.end + 3]
        marks = self._sets["comma"] | self._sets["question_mark"] | self._words(":", "-")
        if len(rest) < 2 or rest[0] not in marks or rest[1] not in self._words("no", "none", "nope"):
            return False
        return len(rest) == 2 or rest[2] in self._sets["stop"] or rest[2] in self._sets["comma"]

    # -- time and condition -----------------------------------------------------------------------------------------

    def _time(self, place: _Place) -> Time:
        now = self._has(place, "now_cue", place.start, place.end)
        now = now or self._has(place, "return_cue", place.start, place.end)
        affirmed = self._has(place, "affirms", place.end, len(place.chars))  # "... Mine went numb yesterday."
        if not affirmed and (self._is_story(place) or (not now and self._is_supposed(place))):
            return Time.IF
        return Time.PAST if self._is_past(place, now) else Time.NOW

    def _is_story(self, place: _Place) -> bool:
        """A book, an article, the page itself, a pet: nobody whom we could send anywhere."""
        match = place.match
        own = self._has(place, "self_word", match.start - 2, match.end)
        if not own and self._has(place, "fiction_cue", place.start, place.end):
            return True
        return self._has(place, "pet", match.start - 2, match.end)

    def _is_supposed(self, place: _Place) -> bool:
        match = place.match
        if self._has(place, "supposed", max(place.start, match.start - _REACH), match.start):
            return True
        if not self._is_own(place) and self._is_generic_question(place):
            return True
        for i in range(match.start - 1, max(place.start, match.start - 8) - 1, -1):
            opens = place.chars[i] in self._word["if"] or place.chars[i] in self._word["when"]
            if opens and self._has(place, "future_marker", i, match.start + 1):
                return True
            if place.chars[i] in self._word["if"]:
                return not self._has(place, "know_if", i - 1, i + 1) and not self._is_reported_with_if(place)
        return self._is_feared(place)

    def _is_own(self, place: _Place) -> bool:
        """Whether the finding is said of a particular person: "my legs", "I can't", "his foot"."""
        start, end = max(place.start, place.match.start - 3), place.match.end
        return self._has(place, "self_word", start, end) or self._has(place, "other_word", start, end)

    def _is_reported_with_if(self, place: _Place) -> bool:
        """'is it bad if I can't feel my legs', 'what do I do if my legs are numb': asked because it is so."""
        if not self._has(place, "present_marker", place.match.start - 1, place.match.end):
            return False
        return any(self._has(place, cue, place.start, place.end) for cue in ("advice_cue", "evaluate_cue"))

    def _is_generic_question(self, place: _Place) -> bool:
        """'is saddle numbness an emergency', 'tell me about muscle weakness': about anybody."""
        if self._has(place, "about", place.start, place.match.start):
            return True
        if self._has(place, "self_word", place.start, place.match.end):
            return False
        first, second = place.chars[place.start], place.chars[place.start + 1 : place.start + 2]
        # "Don't want to bother anyone, ..." opens like a question and is none.
        return first in self._sets["asks"] and second not in self._sets["neg"] and place.start < place.match.start

    def _is_feared(self, place: _Place) -> bool:
        """'afraid I will lose the use of my legs': a worry about later."""
        begin = place.match.start
        later = self._words("will", "might", "could", "may", "of", "going")
        for i in range(begin - 1, max(place.start, begin - 8) - 1, -1):
            if place.chars[i] in self._sets["worry"]:
                ahead = not later.isdisjoint(place.chars[i:begin])
                return ahead and self._has(place, "future_marker", i, begin + 1)
        return False

    def _is_past(self, place: _Place, now: bool) -> bool:
        match, chars = place.match, place.chars
        horizon = self._next_sentence_end(chars, place.end)
        # "fine", "normal", "better" may speak of something else one sentence on ("My eye exam was fine").
        resolved = [
            cue for cue in place.reading.within("resolved_cue", match.end, horizon) if self._ends_it(place, cue)
        ]
        resolved += [c for c in place.reading.within("resolved_here", match.end, place.end) if self._ends_it(place, c)]
        if resolved:
            later = max(end for _, end in resolved)
            back = self._has(place, "return_cue", later, horizon) or self._has(place, "contrast", later, horizon)
            return not back
        verbs = self._words("am", "is", "are", "'s", "feel")
        if now or not verbs.isdisjoint(chars[match.start : match.end]):
            return False
        start, end = self._clause(place)
        if self._has(place, "past_cue", start, end):
            return True
        return any(self._is_dated(place, i) for i in range(start, end) if chars[i] in self._sets["year"])

    def _is_dated(self, place: _Place, i: int) -> bool:
        """Whether the year at unit `i` says when the finding was: "in 2012", "1999"; not "since 2012", "cancer 2019".

        A year as near as the last few may be this one, so it must stand behind "in"; the year of a cancer or an operation
        is not the finding's.
        """
        chars, match = place.chars, place.match
        before = chars[max(0, i - 8) : i]
        if not self._word["since"].isdisjoint(before) or not self._background.isdisjoint(chars[max(0, i - 4) : i]):
            return False
        between = chars[match.end : i] if i >= match.end else chars[i + 1 : match.start]
        if not self._background.isdisjoint(between):
            return False
        return chars[i - 1 : i] in self._word["in"] if chars[i] not in self._sets["old_year"] else True

    def _ends_it(self, place: _Place, cue: tuple[int, int]) -> bool:
        """Whether words such as "went away" speak of the finding: "it", "that", or nothing stands before them.

        "My legs are weak, the pain is better", "cannot pee since my hernia was fixed", "better when I lie down" do not.
        """
        chars, (start, end) = place.chars, cue
        if chars[end : end + 1] in self._words("when", "if", "in", "with"):
            return False
        begin = start
        while begin > place.match.end and chars[begin - 1] not in self._separator:
            begin -= 1
        said = chars[begin:start]
        if any(c in self._sets["remedy"] for c in said):
            return True  # "surgery fixed it", "the feeling came back"
        return all(char in self._passing for char in said)

    def _is_over(self, place: _Place) -> bool:
        """Said of somebody who has died, in this sentence or the next."""
        horizon = self._next_sentence_end(place.chars, place.end)
        start = place.start
        return self._has(place, "dead_cue", start, horizon) and self._has(place, "other_word", start, horizon)

    def _next_sentence_end(self, chars: str, end: int) -> int:
        """One sentence further: 'I had numb legs. That went away.'"""
        i = min(end + 1, len(chars))
        last = min(len(chars), i + _WINDOW)
        while i < last and chars[i] not in self._sets["stop"]:
            i += 1
        return i

    def _clause(self, place: _Place) -> tuple[int, int]:
        """The clause around the match: cut at "but" and at "and my ...", ", it ..."."""
        chars, start, end = place.chars, place.match.start, place.match.end
        while start > place.start and not self._breaks(chars, start - 1):
            start -= 1
        while end < place.end and not self._breaks(chars, end):
            end += 1
        return start, end

    def _breaks(self, chars: str, i: int) -> bool:
        if chars[i] in self._sets["contrast"]:
            return True
        return chars[i] in self._joiner and chars[i + 1 : i + 2] in self._sets["clause_start"]

    def _chronic(self, place: _Place) -> bool:
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

    def _since_long(self, place: _Place) -> bool:
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

    # -- person -----------------------------------------------------------------------------------------------------

    def _person(self, place: _Place) -> Person:
        """The nearest person named: inside the finding, before it in the sentence, then earlier in the message."""
        match, chars = place.match, place.chars
        for low, high in ((match.start, match.end), (place.start, match.start), (0, place.start)):
            for i in range(high - 1, low - 1, -1):
                if chars[i] in self._sets["other_word"]:
                    return Person.OTHER
                kin_follows = chars[i + 1 : i + 2] in self._sets["other_word"]
                if chars[i] in self._sets["self_word"] and not kin_follows:
                    return Person.SELF
        return Person.SELF
