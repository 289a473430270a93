"""What to say to the last turn: names of responses, in order. Pure; the texts are in `data/responses`.

`TOPIC` stands for the answer that the rules of `data/rules` give to the intent of the turn.
"""

from __future__ import annotations

from triage import suspicion
from triage.decide import decide
from triage.model import Finding, Level, Person, Reply, Status, Time
from triage.schema import ClinicalData
from triage.state import ANSWERED_TOPICS, PATIENCE, SYMPTOM_TOPICS, State, Turn, question_by_id

TOPIC = "<topic>"
_OTHER_EMERGENCY_ROWS = {"E19"}
_FEVER_ROWS = {"E14"}
_SPANISH_ROWS = {"E11"}
_CRISIS_CONCEPTS = {"suicidality", "overdose", "suicidality_spanish", suspicion.CRISIS}


def plan(before: State, turn: Turn, after: State, fresh: tuple[Finding, ...], data: ClinicalData) -> tuple[str, ...]:
    """The responses for one turn; empty means the core has nothing to say and the rules answer."""
    alarm = alarm_responses(before, after, fresh, data)
    if alarm:
        return alarm
    if turn.extraction.reply is Reply.CORRECTION and not any(finding.counts for finding in fresh):
        return _corrected(after, data)
    if after.is_emergency:
        return _after_emergency(turn, after, fresh, data)
    if after.next_question:
        return _with_question(before, turn, after, data)
    if before.next_question or (fresh and after.triaging and _raises(before, after)):
        return (_level_response(after),)
    if any(finding.counts for finding in fresh) and after.level in (Level.URGENT, Level.APPOINTMENT):
        return (_level_response(after),)
    if turn.extraction.failed:
        return ("utter_safety",)
    if _only(fresh, Time.IF) and _topic_is_plain(turn):
        return ("utter_ask_warning_signs",)
    if _only(fresh, Time.PAST) and _topic_is_plain(turn):
        return ("utter_past_symptom",)
    if fresh and all(finding.status is Status.ABSENT for finding in fresh) and _topic_is_plain(turn):
        return ("utter_nothing_reported",)
    if not fresh and after.misunderstood >= PATIENCE:
        return ("utter_fallback_again",)
    if turn.topic in (None, "nlu_fallback") and not fresh:
        return ("utter_fallback",)
    if turn.topic in SYMPTOM_TOPICS:
        return (_level_response(after),) if after.level >= Level.APPOINTMENT else ("utter_nothing_pending",)
    return ()


def alarm_responses(before: State, after: State, fresh: tuple[Finding, ...], data: ClinicalData) -> tuple[str, ...]:
    """Emergency or crisis texts due to this turn: when its own words, or its words with earlier ones, are a flag.

    A flag said again is answered with the whole text again.
    """
    if not after.is_emergency or not any(finding.counts for finding in fresh):
        return ()
    own = decide(fresh, (), data) if before.findings else after.decision
    rows = {row.id: row for row in data.rows}
    new = [
        row
        for row in after.decision.reasons
        if rows[row].level >= Level.EMERGENCY and (row in own.reasons or row not in before.decision.reasons)
    ]
    responses: list[str] = []
    if any(rows[r].level is Level.CRISIS for r in new):
        responses.append(crisis_response(fresh))
    cord = [r for r in new if rows[r].level is Level.EMERGENCY and r not in ("E21", "E22")]
    cord = cord or [r for r in new if r == "E22"]
    if cord:
        responses.append(emergency_response(cord, fresh, after.findings))
    return tuple(responses)


def crisis_response(fresh: tuple[Finding, ...]) -> str:
    """The one crisis text that fits: in which language, and whose crisis it is."""
    said = {finding.concept for finding in fresh if finding.counts} & _CRISIS_CONCEPTS
    if said == {"suicidality_spanish"}:
        return "utter_crisis_spanish"
    return "utter_crisis_other" if _about_other(fresh, said) else "utter_crisis"


def emergency_response(reasons: list[str], fresh: tuple[Finding, ...], findings: tuple[Finding, ...]) -> str:
    """The one emergency text that fits: whose, which kind, and what is known of cancer."""
    counting = {finding.concept for finding in fresh if finding.counts}
    other = "_other" if _about_other(fresh, counting) else ""
    if set(reasons) <= _OTHER_EMERGENCY_ROWS:
        return f"utter_emergency_911{other}"
    if set(reasons) <= _FEVER_ROWS:
        return f"utter_emergency_fever{other}"
    flags = {finding.concept for finding in fresh if finding.counts and finding.row in _SPANISH_ROWS}
    if set(reasons) <= _SPANISH_ROWS and flags == {"spanish_red_flag"}:
        return "utter_emergency_spanish"  # also holds the English text, for who reads along
    stated = {finding.concept for finding in findings if finding.counts}
    person = Person.OTHER if other else Person.SELF
    theirs = {finding.concept for finding in findings if finding.counts and finding.experiencer is person}
    if theirs & {"cancer_history", "known_cord_compression"}:
        return f"utter_emergency_cancer{other}"
    if "cancer_denied" in stated or "cancer_history" in {f.concept for f in findings if f.status is Status.ABSENT}:
        return f"utter_emergency_no_cancer{other}"
    return f"utter_emergency{other}"


def _about_other(fresh: tuple[Finding, ...], concepts: set[str]) -> bool:
    people = [finding.experiencer for finding in fresh if finding.counts and finding.concept in concepts]
    return bool(people) and all(person is Person.OTHER for person in people)


def _corrected(after: State, data: ClinicalData) -> tuple[str, ...]:
    """'That is not what I said': an explanation, and another try. What was said before is not taken away by it."""
    if after.is_emergency:
        return ("utter_emergency_correction",)
    question = question_by_id(after.next_question, data)
    return ("utter_correction", question.response) if question else ("utter_correction",)


def _after_emergency(turn: Turn, after: State, fresh: tuple[Finding, ...], data: ClinicalData) -> tuple[str, ...]:
    """After an emergency the conversation stays one; questions and courtesies are still answered."""
    spoken = any(finding.counts for finding in fresh)
    if turn.topic in ANSWERED_TOPICS | {"goodbye", "start_over", "out_of_scope", "report_other_symptom"} and not spoken:
        return (TOPIC,)
    levels = {row.id: row.level for row in data.rows}
    if any(levels[reason] is Level.EMERGENCY for reason in after.decision.reasons):
        return ("utter_emergency_stands",)
    return ("utter_crisis_line",)


def _with_question(before: State, turn: Turn, after: State, data: ClinicalData) -> tuple[str, ...]:
    question = question_by_id(after.next_question, data)
    assert question is not None
    lead: tuple[str, ...] = ()
    if not before.triaging:
        lead = ("utter_safety_line",)
    elif after.next_question == before.next_question:
        lead = (TOPIC,) if turn.topic in ANSWERED_TOPICS else ("utter_ask_again",)
    return (*lead, question.response)


def _level_response(after: State) -> str:
    other = "_other" if _about_other(after.findings, {f.concept for f in after.findings if f.counts}) else ""
    if after.level is Level.URGENT:
        return f"utter_urgent{other}"
    return f"utter_appointment{other}"


def _raises(before: State, after: State) -> bool:
    return after.level > before.level


def _only(fresh: tuple[Finding, ...], time: Time) -> bool:
    asserted = [finding for finding in fresh if finding.status is not Status.ABSENT]
    return bool(asserted) and all(finding.temporality is time for finding in asserted)


def _topic_is_plain(turn: Turn) -> bool:
    """Whether the turn has no answer of its own, such as a page question that happens to name a symptom."""
    return turn.topic not in ANSWERED_TOPICS
