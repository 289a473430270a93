"""What the second, statistical net may add to the rules: urgency, never less of it.

The net itself lives outside (`assistant.suspicion`); here stands only what its estimate means. A chance above a
threshold becomes a finding of the conversation, so that the decision stays one function of findings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Mapping

from triage.model import Extraction, Finding, Person, Status, Time
from triage.schema import ClinicalData

RED_FLAG, CRISIS, MAYBE = "sounds_like_red_flag", "sounds_like_crisis", "may_be_red_flag"
URGENT, URGENT_NO_CANCER = "sounds_urgent", "sounds_urgent_without_cancer"
CONCEPTS = frozenset({RED_FLAG, CRISIS, MAYBE, URGENT, URGENT_NO_CANCER})
_MOST = 0.6  # of a message's characters
_LONG = 700  # characters, about what the net reads at once


@dataclass(frozen=True)
class Estimate:
    """The chances, 0 to 1, that a message states a red flag, a crisis, or something urgent short of these."""

    red_flag: float
    crisis: float
    urgent: float

    @property
    def alarm(self) -> float:
        """The chance that the message needs an emergency answer of either kind."""
        return self.red_flag + self.crisis

    def as_dict(self) -> dict[str, float]:
        """Plain values for JSON, the form in which it rides in a user event."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Estimate:
        """Read what `as_dict` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(**{field.name: float(data[field.name]) for field in fields(cls)})


def suspected(
    estimate: Estimate, extraction: Extraction, data: ClinicalData, *, cancer_denied: bool = False
) -> tuple[Finding, ...]:
    """The findings that an estimate adds to what the rules read in the same message.

    With `cancer_denied` (here or before) pain alone must sound more urgent to be it.
    """
    thresholds = data.thresholds
    is_long = extraction.length > _LONG
    is_crisis = estimate.crisis >= (thresholds.crisis_if_long if is_long else thresholds.crisis)
    # Long stories of loss sound a little like farewells; below its threshold that is no sign of anything else.
    alarm = estimate.red_flag if is_crisis or is_long else estimate.alarm
    concepts = [CRISIS] if is_crisis else []
    concepts += _of_the_body(alarm, estimate.urgent, extraction, data, cancer_denied)
    people = {finding.experiencer for finding in extraction.findings}
    person = Person.OTHER if people == {Person.OTHER} else Person.SELF
    return tuple(
        Finding(concept, Status.UNKNOWN, Time.NOW, person, "", 0, 0, "second_net", _row_of(concept, data))
        for concept in concepts
    )


def _of_the_body(
    alarm: float, urgent: float, extraction: Extraction, data: ClinicalData, cancer_denied: bool
) -> list[str]:
    """The concept that the chances of an emergency and of something urgent amount to, if any."""
    thresholds = data.thresholds
    symptoms = [finding for finding in extraction.findings if finding.concept not in data.background]
    standing = [finding for finding in symptoms if finding.counts and not finding.concept.startswith("chronic")]
    if _covers_most(standing, extraction):
        return []
    # The rules read symptoms, and every one of them as denied, supposed, over, or old and unchanged.
    explained = bool(symptoms) and not standing
    if alarm >= (thresholds.emergency_if_explained if explained else thresholds.emergency):
        return [RED_FLAG]
    if urgent > alarm and cancer_denied and urgent >= thresholds.urgent_without_cancer:
        return [URGENT_NO_CANCER]
    if urgent > alarm and not cancer_denied and alarm + urgent >= thresholds.urgent:
        return [URGENT]
    return [MAYBE] if alarm + urgent >= thresholds.question and not explained else []


def _covers_most(findings: list[Finding], extraction: Extraction) -> bool:
    """Whether the words of `findings` are most of the message: then there is nothing left to guess."""
    read = {place for finding in findings for place in range(finding.start, finding.end)}
    return len(read) >= _MOST * extraction.length > 0


def _row_of(concept: str, data: ClinicalData) -> str:
    """The row that waits for this concept alone; loading the data made sure that there is one."""
    return next(row.id for row in data.rows if (frozenset({concept}),) in row.when)
