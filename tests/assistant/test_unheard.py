"""A turn that Rasa could not finish is remembered: levels come from what stands in the conversation."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.assessment import state_of
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.unheard import remember

ME = "a_me"
RED_FLAG = "I can't feel my legs"
SAID = [{"text": "Call 911.", "utter_action": "utter_emergency_self"}]


@pytest.fixture
def store(tmp_path: Path) -> SafeSQLTrackerStore:
    domain = Domain.from_dict({"session_config": {"session_expiration_time": 720}})
    return SafeSQLTrackerStore(domain, db=str(tmp_path / "conversations.db"))


def read_anew(store: SafeSQLTrackerStore, tmp_path: Path) -> DialogueStateTracker:
    tracker = asyncio.run(SafeSQLTrackerStore(store.domain, db=str(tmp_path / "conversations.db")).retrieve(ME))
    assert tracker is not None
    return tracker


def test_a_red_flag_that_no_component_heard_is_known_in_the_next_turn(
    store: SafeSQLTrackerStore, tmp_path: Path
) -> None:
    asyncio.run(remember(store, ME, "m1", RED_FLAG, SAID))
    tracker = read_anew(store, tmp_path)
    assert state_of(tracker).level.name == "EMERGENCY"
    assert tracker.latest_action_name == "action_listen"


def test_a_turn_that_was_heard_after_all_is_not_said_twice(store: SafeSQLTrackerStore, tmp_path: Path) -> None:
    for _ in range(2):
        asyncio.run(remember(store, ME, "m1", RED_FLAG, SAID))
    assert [event.text for event in read_anew(store, tmp_path).events if isinstance(event, UserUttered)] == [RED_FLAG]


def test_after_half_a_day_it_begins_a_new_session_as_rasa_does(store: SafeSQLTrackerStore, tmp_path: Path) -> None:
    long_ago = time.time() - 13 * 3600
    old = [SessionStarted(timestamp=long_ago), UserUttered("my legs are weak", timestamp=long_ago + 1)]
    tracker = DialogueStateTracker.from_events(ME, [*old, ActionExecuted("action_listen", timestamp=long_ago + 2)])
    asyncio.run(store.save(tracker))
    asyncio.run(remember(store, ME, "m1", "hello", []))
    assert [event.text for event in read_anew(store, tmp_path).events if isinstance(event, UserUttered)] == ["hello"]


def test_what_cannot_be_remembered_costs_no_answer(store: SafeSQLTrackerStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_tracker: DialogueStateTracker) -> None:
        raise RuntimeError

    monkeypatch.setattr(store, "save", fail)
    assert asyncio.run(remember(store, ME, "m1", RED_FLAG, SAID)) is None
