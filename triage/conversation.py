"""Fold the turns of a conversation into its state: what is known, which question stands, what to say next.

A pure function of what the person has said. The questions asked are not stored anywhere: they follow from the turns,
so a reloaded or replayed conversation gives the same state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from triage.data import clinical_data
from triage.decide import decide
from triage.model import Finding, Level, Person, Reply, Status, Time
from triage.plan import plan
from triage.schema import ClinicalData, Question
from triage.state import ANSWERED_TOPICS, NOT_UNDERSTOOD, PATIENCE, SYMPTOM_TOPICS, State, Turn, question_by_id
from triage.suspicion import MAYBE, RED_FLAG, URGENT, suspected

FIGURE_OF_SPEECH = "figure_of_speech"
COURTESIES = frozenset({"greet", "thank", "goodbye"})
_BARE = 8  # characters: "goodbye" and nothing else


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
    fresh = turn.extraction.findings + _answer(pending, turn, state) + _affirmed(state, turn)
    fresh += _suspected(state, turn, fresh, data)
    topic = _topic_beside(fresh, turn, data)
    refused = turn.extraction.reply is Reply.REFUSE or turn.topic == "refuse_questions"
    understood = any(finding.temporality is Time.NOW for finding in fresh) or turn.extraction.reply is not None
    to_the_point = understood or turn.topic in ANSWERED_TOPICS | SYMPTOM_TOPICS
    silent_turns = 0 if to_the_point or not pending else state.silent_turns + 1
    triaging = state.triaging or _starts_triage(fresh, topic, data)
    stops = not state.stopped and ((refused and triaging) or silent_turns >= PATIENCE)
    if stops:
        fresh += _unanswered(state.findings + fresh)
    findings = state.findings + fresh
    after = replace(
        state,
        decision=decide(findings, (*state.topics, topic) if topic else state.topics, data),
        findings=findings,
        topics=(*state.topics, topic) if topic else state.topics,
        triaging=triaging,
        silent_turns=silent_turns,
        misunderstood=0 if understood or turn.topic not in NOT_UNDERSTOOD else state.misunderstood + 1,
        asked=state.asked | _answered(pending, turn, fresh),
        stopped=state.stopped or stops,
    )
    after = replace(after, next_question=_next_question(after, data))
    return replace(after, plan=plan(state, turn, after, fresh, data))


def _topic_beside(fresh: tuple[Finding, ...], turn: Turn, data: ClinicalData) -> str | None:
    """The topic, but not "reports weakness" where the core reads that it is over, supposed, denied or a figure of speech."""
    told = [finding for finding in fresh if finding.concept not in data.background - {FIGURE_OF_SPEECH}]
    stated = {finding.concept for finding in told if finding.counts} - {FIGURE_OF_SPEECH}
    return None if turn.topic in SYMPTOM_TOPICS and told and not stated else turn.topic


def _answered(pending: Question | None, turn: Turn, fresh: tuple[Finding, ...]) -> frozenset[str]:
    """The pending question's id when this turn answers it: by a reply, or by words about what it asks."""
    if pending is None:
        return frozenset()
    replied = turn.extraction.reply in (Reply.YES, Reply.NO, Reply.UNSURE)
    spoken = any(finding.concept in pending.covers and finding.temporality is Time.NOW for finding in fresh)
    return frozenset({pending.id}) if replied or spoken else frozenset()


def _affirmed(state: State, turn: Turn) -> tuple[Finding, ...]:
    """'It is happening now', 'it is back' after something supposed or over: now it counts.

    With nothing to point to but our own list of warning signs, it is taken for one of them.
    """
    asked_for_it = state.plan[-1:] in (("utter_ask_warning_signs",), ("utter_past_symptom",))
    asked_for_it = asked_for_it or state.topics[-1:] == ("ask_warning_signs",)  # the rules gave that list
    reply = turn.extraction.reply
    if reply is not Reply.NOW and not (asked_for_it and reply is Reply.YES):
        return ()
    open_ = [f for f in state.findings if f.temporality is not Time.NOW and f.status is not Status.ABSENT]
    if open_:
        return tuple(replace(finding, temporality=Time.NOW, rule="affirmed") for finding in open_)
    if asked_for_it and reply is not None and not turn.extraction.findings:
        return (_concluded("warning_sign_affirmed", reply.value, "E22"),)
    return ()


def _suspected(state: State, turn: Turn, fresh: tuple[Finding, ...], data: ClinicalData) -> tuple[Finding, ...]:
    """What the second net adds where it says more than the rules do, here or before.

    Somebody who only tells of a cancer has said nothing urgent, and who asks what the page says must sound very urgent.
    Questions that run already need no other reason to begin.
    """
    if turn.estimate is None or (turn.topic in COURTESIES and turn.extraction.length <= _BARE):
        return ()
    rows = {row.id: row.level for row in data.rows}
    heard = {rows[reason] for reason in (*state.decision.reasons, *decide(fresh, (), data).reasons)}
    level = max(heard, default=Level.OUT_OF_SCOPE)
    of_the_body = max(heard - {Level.CRISIS}, default=Level.OUT_OF_SCOPE)
    tells, asks = turn.topic == "inform_history", turn.topic == "ask_page"
    out_of_place = {MAYBE} if state.triaging or tells or asks else set()
    if tells or (asks and turn.estimate.urgent < data.thresholds.urgent_without_cancer):
        out_of_place.add(URGENT)
    denied = _denies_cancer(state.findings + fresh)
    added = suspected(turn.estimate, turn.extraction, data, cancer_denied=denied)
    # A wish to die answers no red flag: who has both is told of both.
    return tuple(
        f
        for f in added
        if rows[f.row] > (of_the_body if f.concept == RED_FLAG else level) and f.concept not in out_of_place
    )


def _denies_cancer(findings: tuple[Finding, ...]) -> bool:
    stated = {finding.concept for finding in findings if finding.counts}
    denied = {finding.concept for finding in findings if finding.status is Status.ABSENT}
    return "cancer_history" not in stated and ("cancer_denied" in stated or "cancer_history" in denied)


def _unanswered(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """At a stop before the cancer question: cancer may be there (stop rule 2)."""
    if any(finding.concept in ("cancer_history", "cancer_denied") for finding in findings):
        return ()
    return (_concluded("cancer_unanswered", "", "U9"),)


def _concluded(concept: str, text: str, row: str) -> Finding:
    return Finding(concept, Status.UNKNOWN, Time.NOW, Person.SELF, text, 0, 0, "conversation", row)


def _starts_triage(fresh: tuple[Finding, ...], topic: str | None, data: ClinicalData) -> bool:
    stated = {finding.concept for finding in fresh if finding.counts}
    return bool(stated & data.start_on) or topic in SYMPTOM_TOPICS


def _next_question(state: State, data: ClinicalData) -> str | None:
    """The first question that is still open; none before a pain or worry, after an emergency, or after a refusal."""
    if not state.triaging or state.stopped or state.is_emergency:
        return None
    mentioned = {finding.concept for finding in state.findings if finding.temporality is Time.NOW}
    for question in data.questions:
        if question.id not in state.asked and not question.covers & mentioned:
            return question.id
    return None


def _answer(question: Question | None, turn: Turn, state: State) -> tuple[Finding, ...]:
    """The finding that a yes, a no or a "not sure" to the open question means.

    A "no" that comes with a flag ("no... well, my foot drags") leaves the flag to speak for itself; a "yes" counts
    whatever stands beside it. It is about whoever the message, or else the conversation so far, is about.
    """
    status = {Reply.YES: Status.PRESENT, Reply.NO: Status.ABSENT, Reply.UNSURE: Status.UNKNOWN}
    reply = turn.extraction.reply
    if question is None or question.concept is None or reply not in status:
        return ()
    concept = (question.unsure if reply is Reply.UNSURE else None) or question.concept
    people = {f.experiencer for f in turn.extraction.findings} or {f.experiencer for f in state.findings if f.counts}
    return (
        Finding(
            concept=concept,
            status=status[reply],
            temporality=Time.NOW,
            experiencer=Person.OTHER if people == {Person.OTHER} else Person.SELF,
            text=reply.value,
            start=0,
            end=0,
            rule=f"question.{question.id}",
            row="E22" if reply is Reply.UNSURE else "",
        ),
    )
