"""Fold the turns of a conversation into its state: what is known, which question stands, what to say next.

A pure function of what the person has said. The questions asked are not stored anywhere: they follow from the turns,
so a reloaded or replayed conversation gives the same state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from triage.data import ClinicalData, Question, clinical_data
from triage.decide import decide
from triage.model import Finding, Person, Reply, Status, Time
from triage.plan import plan
from triage.state import ANSWERED_TOPICS, NOT_UNDERSTOOD, PATIENCE, SYMPTOM_TOPICS, State, Turn, question_by_id


def fold(turns: Sequence[Turn], data: ClinicalData | None = None) -> State:
    """The state after `turns`, oldest first. `State.plan` is what to say to the last turn (see `triage.plan`)."""
    data = data or clinical_data()
    state = State()
    for turn in turns:
        state = step(state, turn, data)
    return state


def step(state: State, turn: Turn, data: ClinicalData) -> State:
    """The state after one more turn."""
    pending = question_by_id(state.next_question, data)
    answer = _answer(pending, turn) if pending else ()
    fresh = turn.extraction.findings + answer
    topics = state.topics + ((turn.topic,) if turn.topic else ())
    findings = state.findings + fresh
    decision = decide(findings, topics, data)
    said = bool(fresh) or turn.extraction.reply is not None
    to_the_point = said or turn.topic in ANSWERED_TOPICS | SYMPTOM_TOPICS
    refused = turn.extraction.reply is Reply.REFUSE or turn.topic == "refuse_questions"
    after = replace(
        state,
        decision=decision,
        findings=findings,
        topics=topics,
        triaging=state.triaging or _starts_triage(fresh, turn, data),
        silent_turns=0 if to_the_point or not pending else state.silent_turns + 1,
        misunderstood=state.misunderstood + 1 if turn.topic in NOT_UNDERSTOOD and not said else 0,
        asked=state.asked | ({pending.id} if pending and said else set()),
    )
    stopped = state.stopped or (refused and after.triaging) or after.silent_turns >= PATIENCE
    after = replace(after, stopped=stopped)
    after = replace(after, next_question=_next_question(after, data))
    return replace(after, plan=plan(state, turn, after, fresh, data))


def _starts_triage(fresh: tuple[Finding, ...], turn: Turn, data: ClinicalData) -> bool:
    stated = {finding.concept for finding in fresh if finding.counts}
    return bool(stated & data.start_on) or (turn.topic in SYMPTOM_TOPICS and not _only_denied(fresh))


def _only_denied(fresh: tuple[Finding, ...]) -> bool:
    return bool(fresh) and not any(finding.counts for finding in fresh)


def _next_question(state: State, data: ClinicalData) -> str | None:
    """The first question that is still open; none before a pain or worry, after an emergency, or after a refusal."""
    if not state.triaging or state.stopped or state.is_emergency:
        return None
    mentioned = {finding.concept for finding in state.findings if finding.temporality is Time.NOW}
    for question in data.questions:
        if question.id not in state.asked and not question.covers & mentioned:
            return question.id
    return None


def _answer(question: Question, turn: Turn) -> tuple[Finding, ...]:
    """The finding that a yes, a no or a "not sure" to `question` means.

    A "no" that comes with a flag ("no... well, my foot drags") leaves the flag to speak for itself; a "yes" counts
    whatever stands beside it.
    """
    status = {Reply.YES: Status.PRESENT, Reply.NO: Status.ABSENT, Reply.UNSURE: Status.UNKNOWN}
    reply = turn.extraction.reply
    if question.concept is None or reply not in status:
        return ()
    others = [finding.experiencer for finding in turn.extraction.findings]
    return (
        Finding(
            concept=question.concept,
            status=status[reply],
            temporality=Time.NOW,
            experiencer=Person.OTHER if Person.OTHER in others else Person.SELF,
            text=reply.value,
            start=0,
            end=0,
            rule=f"question.{question.id}",
            row="E22" if reply is Reply.UNSURE else "",
        ),
    )
