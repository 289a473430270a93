"""When a finding is: now, over, or only supposed, read from the words around it."""

from __future__ import annotations

from triage.around import REACH, Around, Place
from triage.model import Time
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
        self._together = frozenset(reader.chars_of("walk")) | self._word["with"]
        self._somebody = self._joiner | self._sets["self_word"] | self._sets["other_word"]
        self._passing = passing - self._symptom - self._word["since"]

    def time(self, place: Place) -> Time:
        """Now unless the words say otherwise. Total."""
        now = self._has(place, "now_cue", place.start, place.end)
        now = now or self._has(place, "return_cue", place.start, place.end)
        affirmed = self._has(place, "affirms", place.end, len(place.chars))  # "... Mine went numb yesterday."
        if not affirmed and (self._is_story(place) or self._is_posed(place) or (not now and self._is_supposed(place))):
            return Time.IF
        return Time.PAST if self._is_past(place, now) else Time.NOW

    def _is_story(self, place: Place) -> bool:
        """A book, an article, the page itself, a pet: nobody whom we could send anywhere."""
        match = place.match
        own = self._has(place, "self_word", match.start - 2, match.end)
        if not own and self._has(place, "fiction_cue", place.start, place.end):
            return True
        return self._has(place, "pet", match.start, match.end) or self._is_about_a_pet(place)

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

    def _is_supposed(self, place: Place) -> bool:
        match = place.match
        if self._has(place, "supposed", max(place.start, match.start - REACH), match.start):
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

    def _is_posed(self, place: Place) -> bool:
        """'Should my legs ever go numb at night, who do I call?', 'What if I suddenly couldn't pee, would I ...?'"""
        first, second = place.chars[place.start : place.start + 1], place.chars[place.start + 1 : place.start + 2]
        if first in self._word["should"]:
            return not self._word["ever"].isdisjoint(place.chars[place.start : place.match.end])
        asks = first in self._word["what"] and second in self._word["if"]
        asks = asks and self._has(place, "could_not", place.match.start, place.match.end)  # "can't ... now" may be so
        return asks and not self._word["would"].isdisjoint(place.chars[place.match.end : place.end])

    def _is_own(self, place: Place) -> bool:
        """Whether the finding is said of a particular person: "my legs", "I can't", "his foot"."""
        start, end = max(place.start, place.match.start - 3), place.match.end
        for _, cue_end in place.reading.within("about", start, place.match.start):
            start = max(start, cue_end)  # the "me" of "tell me about" says whose question it is, not whose legs
        return self._has(place, "self_word", start, end) or self._has(place, "other_word", start, end)

    def _is_reported_with_if(self, place: Place) -> bool:
        """'is it bad if I can't feel my legs', 'what do I do if my legs are numb': asked because it is so."""
        if not self._has(place, "present_marker", place.match.start - 1, place.match.end):
            return False
        return any(self._has(place, cue, place.start, place.end) for cue in ("advice_cue", "evaluate_cue"))

    def _is_generic_question(self, place: Place) -> bool:
        """'is saddle numbness an emergency', 'tell me about muscle weakness': about anybody."""
        if self._has(place, "about", place.start, place.match.start) or self._is_asked_of_another(place):
            return True
        if self._has(place, "self_word", place.start, place.match.end):
            return False
        first, second = place.chars[place.start], place.chars[place.start + 1 : place.start + 2]
        # "Don't want to bother anyone, ..." opens like a question and is none.
        return first in self._sets["asks"] and second not in self._sets["neg"] and place.start < place.match.start

    def _is_asked_of_another(self, place: Place) -> bool:
        """'Have you noticed any weakness in the arms?', with neither "yes" nor "I" after it."""
        match = place.match
        if self._word["any"].isdisjoint(place.chars[max(0, match.start - 1) : match.start + 1]):
            return False
        onwards = len(place.chars)
        speaks_of_self = self._nearest_before(place.reading, "self_word", onwards) >= place.start
        if speaks_of_self or self._has(place, "yes", place.end, onwards):
            return False
        addressed = not self._words("you", "your").isdisjoint(place.chars[place.start : place.end])
        return addressed or place.chars[place.end : place.end + 1] in self._sets["question_mark"]

    def _is_feared(self, place: Place) -> bool:
        """'afraid I will lose the use of my legs': a worry about later."""
        begin = place.match.start
        later = self._words("will", "might", "could", "may", "of", "going")
        for i in range(begin - 1, max(place.start, begin - 8) - 1, -1):
            if place.chars[i] in self._sets["worry"]:
                ahead = not later.isdisjoint(place.chars[i:begin])
                return ahead and self._has(place, "future_marker", i, begin + 1)
        return False

    def _is_past(self, place: Place, now: bool) -> bool:
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
        start, end = self._clause(place)
        if self._has(place, "could_not", match.start, match.end):
            # "When I was pregnant I couldn't walk, she is 30 now": what is now is another matter.
            near = self._has(place, "now_cue", start, match.end + 3)
            back = self._has(place, "return_cue", place.start, place.end)
            now = now and (near or back or self._has(place, "contrast", match.end, place.end))
        elif not self._present.isdisjoint(chars[match.start : match.end]):
            return False
        if now:
            return False
        if self._is_dated_after(place):
            return True
        if self._has(place, "past_cue", start, end):
            return True
        return any(self._is_dated(place, i) for i in range(start, end) if chars[i] in self._sets["year"])

    def _is_dated(self, place: Place, i: int) -> bool:
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
        if chars[end : end + 1] in self._words("when", "if", "in", "with"):
            return False
        begin = start
        while begin > place.match.end and chars[begin - 1] not in self._separator:
            begin -= 1
        said = chars[begin:start]
        if any(c in self._sets["remedy"] for c in said):
            return True  # "surgery fixed it", "the feeling came back"
        own = place.chars[place.match.start : place.match.end]  # "went numb. The numbness wore off"
        same = frozenset().union(*(complaint for complaint in self._complaints if not complaint.isdisjoint(own)))
        return all(char in self._passing or char in same for char in said)

    def is_over(self, place: Place) -> bool:
        """Said of somebody who has died, in this sentence or the next."""
        horizon = self._next_sentence_end(place.chars, place.end)
        start = place.start
        return self._has(place, "dead_cue", start, horizon) and self._has(place, "other_word", start, horizon)
