"""Joins the clinical core and the fixed texts to the guard and the channel: the one place that knows all of them."""

from __future__ import annotations

import atexit
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

import triage
from assistant import adapter, assessment, responses
from assistant.audit import Audit
from assistant.chat_turns import Assessment
from assistant.guard import Guard
from assistant.page_routes import CANARY
from assistant.settings import ROOT, Settings, SettingsError
from assistant.web_channel import WebChannel
from pages.content import load_page

PAGE = "spine-tumors-metastatic"
FLUSH_SECONDS = 2.0  # at the end of the process, for the audit's last lines


def guard() -> Guard:
    """The guard with the real screen and the approved texts."""
    return Guard(triage.screen, responses.fixed_text)


def assess(tracker: DialogueStateTracker) -> Assessment:
    """The level of a conversation and its open question, by the fold that the policy uses."""
    state = assessment.state_of(tracker)
    return Assessment(state.decision.level.name, state.next_question, tuple(state.decision.reasons))


def audit(settings: Settings) -> Audit:
    """The audit of emergency decisions with the versions of what they rest on besides the model."""
    try:
        second_net = adapter.read_record().arrays_sha256[:12]
    except adapter.AdapterError:
        second_net = "unknown"  # the model holds the net; only its source is not here
    versions = {"clinical_data": triage.clinical_data().version, "second_net": second_net}
    made = Audit(settings.audit_dir or settings.var_dir / "audit", versions)
    atexit.register(made.flush, FLUSH_SECONDS)
    return made


def web_channel(settings: Settings) -> WebChannel:
    """The channel as it runs. Raises SettingsError, and whatever a fault in the content raises: at start, not later."""
    ready = guard()
    if ready.before(CANARY).level != "EMERGENCY":
        raise SettingsError("the red-flag screen does not know a plain emergency; data/triage is not usable")
    page: dict[str, Any] = {**load_page(ROOT / "data" / "page" / PAGE).page_json(), "contacts": responses.contacts()}
    on_decision = audit(settings).record
    return WebChannel(settings=settings, guard=ready, assess=assess, page=lambda: page, on_decision=on_decision)
