"""Joins the clinical core and the fixed texts to the guard and the channel: the one place that knows all of them."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

import triage
from assistant import assessment, responses
from assistant.chat_turns import Assessment
from assistant.guard import Guard
from assistant.settings import ROOT, Settings, SettingsError
from assistant.web_channel import CANARY, WebChannel
from pages.content import load_page

PAGE = "spine-tumors-metastatic"


def guard() -> Guard:
    """The guard with the real screen and the approved texts."""
    return Guard(triage.screen, responses.fixed_text)


def assess(tracker: DialogueStateTracker) -> Assessment:
    """The level of a conversation and its open question, by the fold that the policy uses."""
    state = assessment.state_of(tracker)
    return Assessment(state.decision.level.name, state.next_question)


def web_channel(settings: Settings) -> WebChannel:
    """The channel as it runs. Raises SettingsError, and whatever a fault in the content raises: at start, not later."""
    ready = guard()
    if ready.before(CANARY).level != "EMERGENCY":
        raise SettingsError("the red-flag screen does not know a plain emergency; data/triage is not usable")
    page: dict[str, Any] = {**load_page(ROOT / "data" / "page" / PAGE).page_json(), "contacts": responses.contacts()}
    return WebChannel(settings=settings, guard=ready, assess=assess, page=lambda: page)
