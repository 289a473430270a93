"""From Rasa's events to the clinical core's turns: the only bridge between a tracker and `triage`."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Mapping

from rasa.shared.core.events import Restarted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

import triage
from assistant.warning_signs import lists_warning_signs

logger = logging.getLogger(__name__)

TRIAGE = "triage"  # key of the core's reading in a message, kept in every user event's parse_data
PAGE = "page"
SECOND_NET = "second_net"

# What the page may answer although the classifier saw something else in the question; the second kind only when it is sure.
_MAYBE_PAGE_TOPICS = frozenset({"out_of_scope", "nlu_fallback", "ask_medical_judgement"})
_HARDLY_PAGE_TOPICS = frozenset({"affirm", "deny", "greet", "thank", "goodbye", "ask_if_bot", "report_other_symptom"})
_SURE = 0.9
_AFTER = "state_after_it"


@dataclass(frozen=True)
class _After:
    """The state after a turn, and what it rests on."""

    before: _After | None
    data: triage.ClinicalData
    state: triage.State


def state_of(tracker: DialogueStateTracker) -> triage.State:
    """Where the conversation of `tracker` stands since its session began.

    A turn is read once: its event keeps the state after it, with what that rests on, the turn before and the clinical
    data. Copies of a tracker share their events.
    """
    data = triage.clinical_data()
    before: _After | None = None
    for event in tracker.events:
        if isinstance(event, (SessionStarted, Restarted)):
            before = None
        elif isinstance(event, UserUttered) and event.text:
            known: _After | None = getattr(event, _AFTER, None)
            if known is None or known.before is not before or known.data is not data:
                state = before.state if before else triage.State()
                known = _After(before, data, triage.step(state, turn_of(event.text, event.parse_data), data))
                setattr(event, _AFTER, known)
            before = known
    return before.state if before else triage.State()


def turn_of(text: str, parse_data: Mapping[str, Any]) -> triage.Turn:
    """One turn. The text is read again when the detector's reading is missing or failed.

    Rasa throws the detector's output away for texts such as "/affirm{} I have chest pain" (RegexMessageHandler).
    """
    return triage.Turn(_extraction(text, parse_data.get(TRIAGE)), topic_of(parse_data), _estimate(parse_data))


def topic_of(parse_data: Mapping[str, Any]) -> str | None:
    """The intent, or `ask_page` when the page answers what the classifier could not place."""
    intent = (parse_data.get("intent") or {}).get("name")
    page = parse_data.get(PAGE) or {}
    if page.get("answerable") and intent in _MAYBE_PAGE_TOPICS:
        return "ask_page"
    if page.get("goes_on"):
        return "ask_page"  # "why?" after the page's last word on it: that it says no more
    sure = page.get("answerable") and page.get("score", 0) >= _SURE
    if sure and intent in _HARDLY_PAGE_TOPICS:
        return "ask_page"
    if sure and intent == "ask_warning_signs" and not lists_warning_signs(page.get("sentences") or ()):
        return "ask_page"  # what the page says of warning signs is no substitute for the reviewed list
    return intent or None


def read(text: str) -> triage.Extraction:
    """The core's reading of `text`; a failure inside it becomes a finding of its own instead of an exception."""
    try:
        return triage.extract(text)
    except Exception as error:  # the safety boundary of detection: a fault must end in the safety text, not in silence
        logger.error("detection_failed error=%s", type(error).__name__)
        return triage.Extraction(failed=True)


def _extraction(text: str, stored: Mapping[str, Any] | None) -> triage.Extraction:
    if stored and not stored.get("failed"):
        try:
            return triage.Extraction.from_dict(stored)
        except (KeyError, TypeError, ValueError):
            logger.warning("stored_findings_unreadable")
    return read(text)


def _estimate(parse_data: Mapping[str, Any]) -> triage.Estimate | None:
    try:
        return triage.Estimate.from_dict(parse_data[SECOND_NET])
    except (KeyError, TypeError, ValueError):
        return None  # a message without one, such as a button's: the rules alone decide


def assess(text: str, parse_data: Mapping[str, Any]) -> triage.State:
    """The state after `text` as a first message."""
    return triage.fold([turn_of(text, parse_data)])


def explain(state: triage.State) -> dict[str, Any]:
    """The part of `assess` that the core answers: level, question, findings and reasons, as plain values."""
    return {
        "level": state.level.name,
        "next_question": state.next_question,
        "findings": [finding.as_dict() for finding in state.findings],
        "reasons": list(state.decision.reasons),
    }
