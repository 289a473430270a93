"""When a finding is: now, over, or only supposed, read from the words around it."""

from __future__ import annotations

from bisect import bisect_left

from triage.around import QUOTES, REACH, Around, Place
from triage.long_over import LongOver
from triage.model import Time
from triage.supposed import Supposed
from triage.units import Reader


class Timing(Around):
    """Reads the time of a finding."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._separator = self._joiner | self._sets["stop"] | self._sets["contrast"]
        passing = self._sets["transparent"] | self._sets["clause_start"]
        self._present = self._words("am", "is", "are", "'s", "feel")
        # Without parts of the body: one leg may be better and the other not.
        self._complaints = [frozenset(reader.chars_of(name)) for name in ("weak", "numb", "tingle", "fever", "pain")]
        self._determiner = self._words("my", "our", "the", "his", "her", "a", "old")
        self._pronoun = self._words("he", "she", "him", "her", "his", "they", "them", "their")
        self._together = frozenset(reader.chars_of("walk")) | self._word["with"]
        self._somebody = self._joiner | self._sets["self_word"] | self._sets["other_word"]
        self._passing = passing - self._symptom - self._word["since"]
        self._long_over, self._supposed = LongOver(reader), Supposed(reader)

    def time(self, place: Place) -> Time:
        """Now unless the words say otherwise. Total."""
        now = self._has(place, "now_cue", place.start, place.end)
        now = now or self._has(place, "return_cue", place.start, place.end)
        if self._is_taken_up(place):
            return Time.NOW
        if not self._is_affirmed(place) and (self._is_story(place) or self._supposed.is_it(place)):
            return Time.IF
        return Time.PAST if self._long_over.is_it(place) or self._is_past(place, now) else Time.NOW

    def _is_taken_up(self, place: Place) -> bool:
        """'In 2019 I couldn't pee, all healed. Now it's back.', 'they told me to call if it goes numb. That's happening now.'"""
        units, reading = place.reading.units, place.reading
        return any(
            end >= len(units) or units[end].words != "to"  # "it is back to normal"
            for _, end in reading.within("taken_up", place.match.end, len(units))
        )

    def _is_affirmed(self, place: Place) -> bool:
        """'What makes legs numb? Mine went numb yesterday.', 'ring if they go numb, and they have'; not "Mine is on Friday"."""
        if self._says_in_short(place, self._joiner | self._sets["contrast"]):
            return True
        end = len(place.chars)
        others = {start for start, _ in place.reading.within("not_affirms", place.end, end)}
        return any(start not in others for start, _ in place.reading.within("affirms", place.end, end))

    def _is_story(self, place: Place) -> bool:
        """A book, an article, the page itself, a pet: nobody whom we could send anywhere."""
        match = place.match
        if self._has(place, "ever_since", match.end, match.end + 1):
            return False  # "saw a film last night, chest pain ever since"
        quoted = self._is_quoted(place)
        own = not quoted and self._has(place, "self_word", match.start - 2, match.end)
        told_from = self._sentence_before(place) if quoted else place.start  # "I do crosswords. 7 letters, 'weak legs'"
        if not own and not self._is_of_a_relative(place) and self._has(place, "fiction_cue", told_from, place.end):
            return True
        return self._has(place, "pet", match.start, match.end) or self._is_about_a_pet(place)

    def _is_quoted(self, place: Place) -> bool:
        """'The poster says "can't feel my legs"': in quotation marks, so that "my" is nobody's here."""
        for mark in QUOTES:
            marks = self._positions(place.reading, mark)
            opened = bisect_left(marks, place.match.start)
            if opened % 2 == 1 and marks[-1] >= place.match.end:
                return True
        return False

    def _is_of_a_relative(self, place: Place) -> bool:
        """'Dad can't move his legs, we were watching a film', 'my wife was in her exam when her legs went numb'."""
        chars, match = place.chars, place.match
        relatives = self._sets["relative"]
        if not relatives.isdisjoint(chars[max(place.start, match.start - 2) : match.end]):
            return True
        named = not relatives.isdisjoint(chars[place.start : match.start])
        return named and not self._pronoun.isdisjoint(chars[max(place.start, match.start - 2) : match.end])

    def _is_about_a_pet(self, place: Place) -> bool:
        """'Our old labrador Bramble can't use his legs': the sentence begins with the pet and names nobody else since.

        Or the pet stands right before: "mum's cat has weak legs"; but not "walking the dog legs went weak".
        """
        chars, begin = place.chars, place.match.start
        first = place.start
        for start, end in place.reading.within("pet", max(first, begin - 2), begin):
            if self._together.isdisjoint(chars[first:start]) and self._joiner.isdisjoint(chars[end:begin]):
                return True
        while first < begin and chars[first] in self._determiner:
            first += 1
        for _, end in place.reading.within("pet", first, min(first + 2, begin)):
            between = chars[end:begin]
            if len(between) <= REACH and self._somebody.isdisjoint(between):
                return True
        return False

    def _is_past(self, place: Place, now: bool) -> bool:
        match, chars = place.match, place.chars
        horizon = self._next_sentence_end(place.reading, place.end)
        # "fine", "normal", "better" may speak of something else one sentence on ("My eye exam was fine").
        resolved = [
            cue for cue in place.reading.within("resolved_cue", match.end, horizon) if self._ends_it(place, cue)
        ]
        resolved += [c for c in place.reading.within("resolved_here", match.end, place.end) if self._ends_it(place, c)]
        if resolved:
            later = max(end for _, end in resolved)
            back = self._comes_back(place, match.end, min(start for start, _ in resolved))
            back = back or self._comes_back(place, later, horizon) or self._has(place, "contrast", later, horizon)
            return not back
        start, end = self._clause(place)
        if self._has(place, "could_not", match.start, match.end):
            # "When I was pregnant I couldn't walk, she is 30 now": what is now is another matter.
            near = self._has(place, "now_cue", start, match.end + 3)
            back = self._has(place, "return_cue", place.start, place.end)
            worse = self._has(place, "worse", match.end, place.end)
            now = worse or (now and (near or back or self._has(place, "contrast", match.end, place.end)))
        elif not (self._present | self._sets["cannot"]).isdisjoint(chars[match.start : match.end]):
            return False
        if now:
            return False
        if self._is_dated_after(place):
            return True
        cues = [*place.reading.within("past_cue", start, end)]
        if self._is_told_in_the_past(place):  # "had numb feet in March"; "my feet went numb in March" may last
            cues += place.reading.within("long_ago", start, end)
        if any(self._dates_the_finding(place, cue) for cue in cues):
            return True
        return any(self._is_dated(place, i) for i in self._years(place.reading, start, end))

    def _is_dated(self, place: Place, i: int) -> bool:
        """Whether the year at unit `i` says when the finding was: "in 2012", "1999"; not "since 2012", "cancer 2019".

        A year as near as the last few may be this one, so it must stand behind "in"; the year of a cancer or an operation
        is not the finding's.
        """
        chars, match = place.chars, place.match
        before = chars[max(0, i - 8) : i]
        if not self._word["same"].isdisjoint(before) and not self._word["as"].isdisjoint(before[-2:]):
            return False  # "same thing as in 2021"
        if not self._word["since"].isdisjoint(before) or not self._background.isdisjoint(chars[max(0, i - 4) : i]):
            return False
        between = chars[match.end : i] if i >= match.end else chars[i + 1 : match.start]
        if not self._background.isdisjoint(between):
            return False
        return chars[i - 1 : i] in self._word["in"] if chars[i] not in self._sets["old_year"] else True

    def _dates_the_finding(self, place: Place, cue: tuple[int, int]) -> bool:
        """Whether "years ago" is said of the finding, not of the cancer or operation beside it."""
        chars, match, (start, end) = place.chars, place.match, cue
        if end <= match.start:
            return self._background.isdisjoint(chars[end : match.start][:3])
        return self._background.isdisjoint(chars[match.end : start][-3:]) if start >= match.end else True

    def _is_dated_after(self, place: Place) -> bool:
        """'They said it pressed on the cord. That was in 2015.': the next sentence says when, and nothing else."""
        begin = place.end + 1
        said = place.chars[begin : begin + 6]
        if len(said) < 3 or said[0] not in self._words("that", "this") or said[1] not in self._words("was", "is", "'s"):
            return False
        for i, char in enumerate(said[2:5], begin + 2):
            ends = place.chars[i + 1 : i + 2]
            if char in self._sets["year"] and (not ends or ends in self._sets["stop"] or ends in self._sets["comma"]):
                return char in self._sets["old_year"] or place.chars[i - 1] in self._word["in"]
        return self._has(place, "past_cue", begin + 2, begin + 5)

    def _ends_it(self, place: Place, cue: tuple[int, int]) -> bool:
        """Whether words such as "went away" speak of the finding: "it", "that", or nothing stands before them.

        "My legs are weak, the pain is better", "cannot pee since my hernia was fixed", "better when I lie down" do not.
        """
        chars, (start, end) = place.chars, cue
        within = self._has(place, "within", end, end + 1)
        if not within and chars[end : end + 1] in self._words("when", "if", "in", "with"):
            return False
        if place.reading.units[start].words == "nothing" and not self._sets["now_cue"].isdisjoint(chars[start:end]):
            return False  # "can't pee, nothing since last night"
        then = self._words("before", "until", "till", "at", "on") | self._sets["now_cue"]
        if place.reading.units[start].words == "was" and not then.isdisjoint(chars[end : end + 1]):
            return False  # "can't walk, was fine yesterday"
        begin = start
        while begin > place.match.end and chars[begin - 1] not in self._separator:
            begin -= 1
        said = chars[begin:start]
        is_mine = self._has(place, "self_word", place.match.start - 2, place.match.end)
        if is_mine and not self._sets["other_word"].isdisjoint(said):
            return False  # "my legs are numb, he is fine"
        if any(c in self._sets["remedy"] for c in said):
            return True  # "surgery fixed it", "the feeling came back"
        own = place.chars[place.match.start : place.match.end]  # "went numb. The numbness wore off"
        same = frozenset().union(*(complaint for complaint in self._complaints if not complaint.isdisjoint(own)))
        return all(char in self._passing or char in same for char in said)

    def is_over(self, place: Place) -> bool:
        """Said of somebody who has died, in this sentence, the next or, told in the past, the one before."""
        horizon = self._next_sentence_end(place.reading, place.end)
        start, told_past = place.start, self._has(place, "could_not", place.match.start, place.match.end)
        if not told_past and self._is_told_as_present(place):
            return False  # "my husband died last year and I can't feel my legs"
        reading, end = place.reading, place.match.end
        if self._nearest_before(reading, "self_word", end) > self._nearest_before(reading, "other_word", end):
            return False  # "my dad died in March, I have chest pain"
        if not self._words("i").isdisjoint(place.chars[max(0, place.match.start - 1) : end]):
            return False  # "my husband died in March and I intend to be with him soon"
        if told_past:  # "My uncle died. He couldn't walk by then."
            start = self._sentence_before(place)
        return self._has(place, "dead_cue", start, horizon) and self._has(place, "other_word", place.start, horizon)
