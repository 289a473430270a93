"""Whether a finding is stated, denied or doubted, read from the words around it."""

from __future__ import annotations

from triage.around import REACH, Around, Place
from triage.model import Status


class Negation(Around):
    """Reads the status of a finding."""

    def status(self, place: Place) -> Status:
        """Present unless it is denied or doubted. Total."""
        match = place.match
        denied = self._negated_inside(place) or self._negated_before(place) or self._answered_no(place)
        if denied and self._has(place, "unlike_before", match.end, min(place.end, match.end + 6)):
            denied = False  # "never had numbness like this" is a report
        if denied and self._has(place, "cannot_say", place.start, match.start):
            denied = False  # "I can't say my legs aren't weak"
        if denied and self._says_in_short(place, self._sets["contrast"]):
            denied = False  # "he says his legs aren't weak but they are"
        if denied and self._has(place, "wish", place.start, match.start):
            denied = False  # "if only my legs weren't so weak"
        if denied:
            return Status.ABSENT
        if self._has(place, "know_if", max(place.start, match.start - 5), match.start):
            return Status.UNKNOWN
        return Status.PRESENT

    def _negated_inside(self, place: Place) -> bool:
        """'my legs are not weak': a negator in a gap of the pattern."""
        return any(place.chars[i] in self._sets["neg"] for gap in place.match.gaps for i in gap)

    def _negated_before(self, place: Place) -> bool:
        """Walk left over words that let a negation through; stop at anything else."""
        chars, begin = place.chars, place.match.start
        for i in range(begin - 1, max(place.start, begin - REACH) - 1, -1):
            char = chars[i]
            if char in self._sets["neg"]:
                return not (
                    self._is_interjection(chars, i) or self._is_unheard_of(place, i) or self._is_of_a_deed(place, i)
                )
            if char in self._joiner:
                if chars[i + 1] in self._sets["clause_start"] or self._is_a_new_statement(place, i):
                    return False
            elif char in self._sets["clause_start"]:
                # "no pain my legs are weak": after a symptom, "my" begins a new clause.
                if i > place.start and chars[i - 1] in self._symptom and chars[i - 1] not in self._sets["transparent"]:
                    return False
            elif char not in self._sets["transparent"] and char not in self._symptom:
                return False
        return False

    def _is_a_new_statement(self, place: Place, i: int) -> bool:
        """'No fever, can't feel my legs', 'probably nothing, legs giving way': what follows the comma `i` is no list."""
        chars, begin = place.chars, place.match.start
        if chars[i] not in self._sets["comma"]:
            return False
        states = self._sets["cannot"] | (self._sets["neg"] - self._words("no", "nor"))
        return chars[i - 1 : i] in self._word["nothing"] or not states.isdisjoint(chars[begin : begin + 2])

    def _is_unheard_of(self, place: Place, i: int) -> bool:
        """'Never been this weak', 'never felt so numb': the "never" at unit `i` says how bad it is."""
        so = self._words("this", "so", "such", "as")
        return place.chars[i] in self._word["never"] and not so.isdisjoint(place.chars[i + 1 : place.match.start + 1])

    @staticmethod
    def _is_of_a_deed(place: Place, i: int) -> bool:
        """'Didn't do anything heavy, legs gave way', "didn't make it to the loo, wet myself": the "not" denies a deed."""
        units = place.reading.units
        return units[i].words == "not" and i + 1 < len(units) and units[i + 1].words.split()[0] in ("do", "make")

    def _is_interjection(self, chars: str, i: int) -> bool:
        """'No, I ...', 'no no no i ...': an answer or an outcry, not the negation of what follows."""
        if chars[i] not in self._word["no"]:
            return False
        after = chars[i + 1 : i + 2]
        return after in self._sets["comma"] or after in self._sets["neg"] or after in self._sets["clause_start"]

    def _answered_no(self, place: Place) -> bool:
        """'numbness: no', 'numb? no.': a list or a question answered by the writer."""
        rest = place.chars[place.match.end : place.match.end + 3]
        marks = self._sets["comma"] | self._sets["question_mark"] | self._words(":", "-")
        return self._is_ticked_no(place, rest[:2]) or (rest[:1] in marks and self._is_no(rest[1:]))

    def _is_ticked_no(self, place: Place, rest: str) -> bool:
        """'Chest pain no, numb feet no / ulcers no': a form's list; not "can't pee no matter what"."""
        said = place.chars[place.match.start : place.match.end]
        return self._is_no(rest) and (self._sets["cannot"] | self._sets["neg"]).isdisjoint(said)

    def _is_no(self, chars: str) -> bool:
        """Whether these characters are a "no" and then the end of what it answers."""
        ends = self._sets["stop"] | self._sets["comma"]
        return chars[:1] in self._words("no", "none", "nope") and (len(chars) == 1 or chars[1] in ends)
