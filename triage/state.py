"""The state of a conversation, its turns, and what the topics of a turn mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.model import Decision, Extraction, Finding, Level
from triage.schema import ClinicalData, Question
from triage.suspicion import Estimate

# Messages that say nothing to the point, in a row, after which questions stop or the phone number is given.
PATIENCE = 2

# Intents that carry an answer of their own; with a question pending they are answered and the question comes back.
ANSWERED_TOPICS = frozenset(
    "ask_page ask_warning_signs ask_medical_judgement request_appointment ask_phone_number find_doctor request_human "
    "contact_form ask_if_bot greet thank express_distress other_language".split()
)
# No intent, or one that means that nothing was understood.
NOT_UNDERSTOOD = frozenset({None, "nlu_fallback", "out_of_scope"})
# Intents that mean a symptom or its background although the grammar read none.
SYMPTOM_TOPICS = frozenset(
    "report_back_pain report_weakness report_sensation_loss report_bladder_bowel_change report_mixed_symptoms".split()
)


@dataclass(frozen=True)
class Turn:
    """One message of the person: what the core read in it, and, where there is a model, the intent that the model
    saw and the estimate of the second net."""

    extraction: Extraction
    topic: str | None = None
    estimate: Estimate | None = None


@dataclass(frozen=True)
class State:
    """Where a conversation stands after its last turn."""

    decision: Decision = Decision(Level.OUT_OF_SCOPE)
    findings: tuple[Finding, ...] = ()
    topics: tuple[str, ...] = ()
    next_question: str | None = None
    asked: frozenset[str] = frozenset()
    stopped: bool = False
    triaging: bool = False
    silent_turns: int = 0
    misunderstood: int = 0
    plan: tuple[str, ...] = field(default=())

    @property
    def level(self) -> Level:
        """The level of the whole conversation so far."""
        return self.decision.level

    @property
    def is_emergency(self) -> bool:
        """Whether emergency advice was due at any turn; it stays due."""
        return self.level >= Level.EMERGENCY


def question_by_id(id_: str | None, data: ClinicalData) -> Question | None:
    """The question of that id, None for None."""
    return next((question for question in data.questions if question.id == id_), None)
