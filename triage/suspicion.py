"""What the second, statistical net may add to the rules: urgency, never less of it.

The net itself lives outside (`assistant.suspicion`); here stands only what its estimate means. A chance above a
threshold becomes a finding of the conversation, so that the decision stays one function of findings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Mapping

from triage.model import Extraction, Finding, Person, Status, Time

RED_FLAG, CRISIS, URGENT, MAYBE = "sounds_like_red_flag", "sounds_like_crisis", "sounds_urgent", "may_be_red_flag"
CONCEPTS = frozenset({RED_FLAG, CRISIS, URGENT, MAYBE})
_ROWS = {RED_FLAG: "E22", CRISIS: "E20", URGENT: "U9", MAYBE: "A2"}

# Background and figures of speech: they neither state a symptom nor explain one away.
_MOST = 0.6  # of a message's characters
_BESIDE_THE_POINT = frozenset({"figure_of_speech", "cancer_history", "cancer_denied", "working_device"})


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


@dataclass(frozen=True)
class Thresholds:
    """From which chance on the net is followed; data/triage/second_net.yml says why each stands where it stands."""

    emergency: float
    emergency_if_explained: float
    crisis: float
    urgent: float
    question: float


def suspected(estimate: Estimate | None, extraction: Extraction, thresholds: Thresholds) -> tuple[Finding, ...]:
    """The findings that an estimate adds to what the rules read in the same message."""
    if estimate is None:
        return ()
    is_crisis = estimate.crisis >= thresholds.crisis
    concepts = [CRISIS] if is_crisis else []
    explained = _is_explained(extraction)
    alarm = estimate.red_flag if is_crisis else estimate.alarm
    if _is_read(extraction):
        pass
    elif alarm >= (thresholds.emergency_if_explained if explained else thresholds.emergency):
        concepts.append(RED_FLAG)
    elif alarm + estimate.urgent >= thresholds.urgent and estimate.urgent > alarm:
        concepts.append(URGENT)
    elif not explained and alarm + estimate.urgent >= thresholds.question:
        concepts.append(MAYBE)
    people = {finding.experiencer for finding in extraction.findings}
    person = Person.OTHER if people == {Person.OTHER} else Person.SELF
    return tuple(
        Finding(concept, Status.UNKNOWN, Time.NOW, person, "", 0, 0, "second_net", _ROWS[concept])
        for concept in concepts
    )


def _standing(extraction: Extraction) -> list[Finding]:
    """The symptoms that count, other than those unchanged for years."""
    return [f for f in _symptoms(extraction) if f.counts and not f.concept.startswith("chronic")]


def _symptoms(extraction: Extraction) -> list[Finding]:
    return [finding for finding in extraction.findings if finding.concept not in _BESIDE_THE_POINT]


def _is_explained(extraction: Extraction) -> bool:
    """Whether the rules read symptoms, and every one of them as denied, supposed, over, or old and unchanged."""
    return bool(_symptoms(extraction)) and not _standing(extraction)


def _is_read(extraction: Extraction) -> bool:
    """Whether the words of the symptoms that the rules read are most of the message: then there is nothing left to guess."""
    read = {place for finding in _standing(extraction) for place in range(finding.start, finding.end)}
    return len(read) >= _MOST * extraction.length > 0
