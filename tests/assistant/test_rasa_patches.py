"""The patches are in force as soon as the tracker store is imported."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
from types import SimpleNamespace

import pytest
import rasa.core.constants
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.shared.core.events import Event, SlotSet

import assistant.safe_sql_tracker_store  # noqa: F401 -- it applies them
from assistant import rasa_patches


def test_an_event_class_is_looked_up_once() -> None:
    rasa_patches._resolve_by_type.cache_clear()
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.resolve_by_type("slot") is SlotSet
    assert rasa_patches._resolve_by_type.cache_info().hits == 1


def test_an_unknown_event_is_still_an_error() -> None:
    with pytest.raises(ValueError, match="Unknown event"):
        Event.resolve_by_type("from_a_newer_version")


def test_an_action_may_take_three_seconds_and_not_five_minutes() -> None:
    assert rasa.core.constants.DEFAULT_REQUEST_TIMEOUT == 1.5


def test_the_timeout_reaches_modules_that_were_imported_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = SimpleNamespace(DEFAULT_REQUEST_TIMEOUT=300)
    monkeypatch.setitem(sys.modules, "rasa.core.actions.action", imported)
    rasa_patches._limit_actions()
    assert imported.DEFAULT_REQUEST_TIMEOUT == 1.5


def test_a_waiting_message_looks_for_its_turn_every_50_ms() -> None:
    async def second_after_first() -> float:
        store = InMemoryLockStore()
        loop = asyncio.get_running_loop()
        held = asyncio.Event()

        async def first() -> None:
            async with store.lock("a_1"):
                held.set()
                await asyncio.sleep(0.1)

        task = asyncio.create_task(first())
        await held.wait()
        begin = loop.time()
        async with store.lock("a_1"):
            waited = loop.time() - begin
        await task
        return waited

    assert asyncio.run(second_after_first()) < 0.5
    assert inspect.signature(LockStore.lock).parameters["lock_lifetime"].default == 20


def test_nothing_is_reported_to_a_third_party() -> None:
    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"


def test_the_body_of_a_failed_action_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("my secret")
    except ValueError:
        logging.getLogger("rasa.core.processor").exception("action failed")
    assert "action failed [ValueError]" in caplog.text
    assert "secret" not in caplog.text
