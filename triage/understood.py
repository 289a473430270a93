"""What the person is told that we understood: their own words, never more than they said."""

from __future__ import annotations

from triage import suspicion
from triage.data import clinical_data
from triage.model import Finding, Level
from triage.schema import ClinicalData
from triage.state import State

MOST = 4  # things said back; more would not be read
LONGEST = 80  # characters of each
_TOLD_BACK = (Level.APPOINTMENT, Level.URGENT, Level.EMERGENCY)  # a wish to die is not quoted back


def understood(state: State, data: ClinicalData | None = None) -> tuple[str, ...]:
    """The words on which the level of `state` rests, in the order they came; plain names where the answer was a mere yes.

    Empty where nothing was read in words, as when only the second net raised the level, and for a crisis.
    """
    if state.level not in _TOLD_BACK:
        return ()
    data = data or clinical_data()
    deciding = {
        concept
        for row in data.rows
        if row.level is state.level and row.id in state.decision.reasons
        for entries in row.when
        for entry in entries
        for concept in entry
    }
    plain = {rule.concept: rule.plain for rule in data.findings}
    told: list[str] = []
    for finding in state.findings:
        if finding.counts and finding.concept in deciding - suspicion.CONCEPTS:
            words = _words(finding, plain)
            if words and not any(_within(words, other) for other in told):
                told = [other for other in told if not _within(other, words)] + [words]
    return tuple(told[:MOST])


def _within(words: str, other: str) -> bool:
    return words.strip('"').lower() in other.lower()


def _words(finding: Finding, plain: dict[str, str]) -> str:
    """The person's words in quotation marks, or our plain words for what they said yes to."""
    if finding.start == finding.end:
        return plain.get(finding.concept, "")
    said = " ".join(finding.text.replace('"', "'").split())
    return f'"{said[:LONGEST].rstrip()}..."' if len(said) > LONGEST else f'"{said}"'
