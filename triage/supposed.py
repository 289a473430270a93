"""Whether a finding is only supposed: asked about, feared, or put behind an "if"; not yet so, or about anybody."""

from __future__ import annotations

from triage.around import REACH, Around, Place
from triage.units import Reader


class Supposed(Around):
    """Reads conditions and questions."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._present = self._words("am", "is", "are", "'s", "feel")
        self._can = self._sets["cannot"]
        self._i_am = self._words("am", "have", "is", "are", "had", "feel", "got")
        self._asked = self._words("it", "this", "that", "you", "i")
        self._later = self._words("will", "would", "might", "could", "should", "may", "ever", "going")
        self._ahead = self._words("will", "might", "could", "may", "of", "going")
        self._so = self._words("so", "since", "because", "this", "that", "they", "why")

    def is_it(self, place: Place) -> bool:
        """Total. "What if my legs are numb now" is not: now is now."""
        if self._is_posed(place) or self._asks_what_may_come(place):
            return True
        return not self._says_now(place, place.start, place.end) and self._is_supposed(place)

    def _is_supposed(self, place: Place) -> bool:
        match = place.match
        start = max(place.start, self._statement_start(place))
        if self._has(place, "supposed", max(start, match.start - REACH), match.start):
            return True
        if not self._is_own(place) and self._is_generic_question(place):
            return True
        for i in range(match.start - 1, max(start, match.start - 8) - 1, -1):
            if place.reading.has("if_habit", i, i + 1):
                return False  # "if I stand my legs give way": each time
            if place.chars[i] in self._word["when"] and self._is_each_time(place, i):
                return False
            opens = place.chars[i] in self._word["if"] or place.chars[i] in self._word["when"]
            if opens and self._has(place, "future_marker", i, match.start + 1):
                return True
            if place.chars[i] in self._word["if"]:
                return not self._has(place, "know_if", i - 1, i + 1) and not self._is_reported_with_if(place)
        return self._is_feared(place)

    def _statement_start(self, place: Place) -> int:
        """Where a statement of one's own begins after "if": "sorry if I'm a bother, I can't pee", "what if it's that but I'm numb".

        Said as a fact: "I can't", "I have", "I'm numb", or the bare sign ("can't feel my feet"). "If it grows, I might get weak
        legs", "if it grows and my legs go numb" go on supposing.
        """
        chars, begin = place.chars, place.match.start
        for i in range(begin - 1, max(place.start, begin - 5) - 1, -1):
            between = chars[i + 1 : begin]
            cuts = chars[i] in self._sets["contrast"] or chars[i] in self._sets["comma"] or chars[i] in self._word[":"]
            if not cuts:
                continue
            if not self._later.isdisjoint(chars[i + 1 : place.match.end + 3]):
                return place.start
            if between:
                return i if not self._i_am.isdisjoint(chars[i + 1 : place.match.end]) or self._i_cannot(place, i) else 0
            bare = not (self._sets["cannot"] | self._sets["neg"]).isdisjoint(chars[begin : begin + 1])
            return i if bare or self._is_courtesy(place, i) else 0
        return place.start

    def _i_cannot(self, place: Place, comma: int) -> bool:
        chars, begin = place.chars, place.match.start
        opens = not self._word["i"].isdisjoint(chars[comma + 1 : begin][:2])
        return opens and not self._can.isdisjoint(chars[begin : begin + 2])

    def _is_courtesy(self, place: Place, comma: int) -> bool:
        """'Tell me if it's urgent, numb between my legs': the condition that ends at `comma` is about the message itself."""
        chars = place.chars
        ifs = [i for i in range(place.start, comma) if chars[i] in self._word["if"]]
        if not ifs or not self._symptom.isdisjoint(chars[ifs[-1] : comma]):
            return False
        return chars[ifs[-1] + 1 : ifs[-1] + 2] in self._asked

    def _is_each_time(self, place: Place, when: int) -> bool:
        """'When I sit on the toilet I can't feel anything', 'ring me when you can, I can't walk': told of now."""
        after = place.chars[when + 1 : place.match.end]
        if not self._later.isdisjoint(after):
            return False
        if self._word["i"].isdisjoint(after[:1]) or self._has(place, "could_not", place.match.start, place.match.end):
            return False
        twice = sum(char in self._word["i"] for char in after) > 1  # "when I walk upstairs I get chest pain"
        return twice or not self._can.isdisjoint(after[2:])

    def _is_posed(self, place: Place) -> bool:
        """'Should my legs ever go numb at night, who do I call?', 'What if I suddenly couldn't pee, would I ...?', 'If he were to
        lose control on Monday, ...'"""
        if self._has(place, "were_to", max(place.start, place.match.start - REACH), place.match.end):
            return not self._word["if"].isdisjoint(place.chars[place.start : place.match.start])
        first, second = place.chars[place.start : place.start + 1], place.chars[place.start + 1 : place.start + 2]
        if first in self._word["should"]:
            return not self._word["ever"].isdisjoint(place.chars[place.start : place.match.end])
        asks = first in self._word["what"] and second in self._word["if"]
        asks = asks and self._has(place, "could_not", place.match.start, place.match.end)  # "can't ... now" may be so
        return asks and not self._word["would"].isdisjoint(place.chars[place.match.end : place.end])

    def _asks_what_may_come(self, place: Place) -> bool:
        """'Could I lose the use of my legs during it?', 'could the injection leave me with a weak leg?': not yet so.

        "Could my numb legs be the chemo?" and "can chemo make my legs so weak that I can't stand?" tell what is.
        """
        chars, begin = place.chars, place.match.start
        if chars[place.end : place.end + 1] not in self._sets["question_mark"]:
            return False
        if chars[place.start : place.start + 1] not in self._sets["modal"]:
            return False
        between = chars[place.start + 1 : place.match.end]
        if not self._so.isdisjoint(between) or not self._present.isdisjoint(between):
            return False
        return self._has(place, "comes_to", max(place.start + 1, begin - 4), place.match.end)

    def _is_own(self, place: Place) -> bool:
        """Whether the finding is said of a particular person: "my legs", "I can't", "his foot"."""
        start, end = max(place.start, place.match.start - 3), place.match.end
        for _, cue_end in place.reading.within("about", start, place.match.start):
            start = max(start, cue_end)  # the "me" of "tell me about" says whose question it is, not whose legs
        if self._has(place, "self_word", start, end):
            return True
        many = self._has(place, "plural_people", place.start, place.match.start)  # "people who can't feel their legs"
        return not many and self._has(place, "other_word", start, end)

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
        begin, courtesy = place.start, self._sets["greeting"] | self._sets["comma"]
        while begin < place.match.start and place.chars[begin] in courtesy:
            begin += 1
        first, second = place.chars[begin], place.chars[begin + 1 : begin + 2]
        if second in self._word[":"]:
            return False  # "symptoms: numb legs"
        # "Don't want to bother anyone, ..." opens like a question and is none.
        return first in self._sets["asks"] and second not in self._sets["neg"] and begin < place.match.start

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
        for i in range(begin - 1, max(place.start, begin - 8) - 1, -1):
            if place.chars[i] in self._sets["worry"]:
                ahead = not self._ahead.isdisjoint(place.chars[i:begin]) or place.chars[i + 1] in self._word["becoming"]
                return ahead and self._has(place, "future_marker", i, begin + 1)
        return False
