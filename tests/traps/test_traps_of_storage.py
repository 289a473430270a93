"""Traps of the tracker store: it ends the process, forgets, is silently another one, and grows slow."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rasa.shared.utils.common
import sqlalchemy as sa
from agents import Driver
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import (
    FailSafeTrackerStore,
    InMemoryTrackerStore,
    SQLTrackerStore,
    TrackerStore,
    create_engine_kwargs,
)
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from assistant import rasa_patches, red_flag_detector, server
from assistant.database import create_engine
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore, safe_store
from assistant.settings import ROOT

ME = "a_me"
MISSPELT = "assistant.safe_sql_tracker_store.SaveSQLTrackerStore"
POSTGRESQL = "postgresql://u:p@db.invalid/x"

Build = Callable[[Path], SQLTrackerStore]


def ours_at(path: Path) -> SQLTrackerStore:
    return SafeSQLTrackerStore(Domain.empty(), db=str(path))


def stock_at(path: Path) -> SQLTrackerStore:
    return SQLTrackerStore(Domain.empty(), db=str(path))


async def turn(store: TrackerStore, text: str) -> list[str | None]:
    """One turn the way Rasa does it; returns the words of the conversation as this turn saw them."""
    tracker = await store.get_or_create_tracker(ME)
    tracker.update(UserUttered(text))
    tracker.update(ActionExecuted("action_listen"))
    await store.save(tracker)
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


# ---- 8: any ValueError ends the process; an outage forgets every conversation ----


@pytest.mark.parametrize("data", ["{broken", '{"event": "of_a_newer_version"}'], ids=["corrupt", "newer version"])
def test_trap_08_a_row_that_cannot_be_read_does_not_end_the_process(tmp_path: Path, data: str) -> None:
    path = tmp_path / "c.db"
    asyncio.run(turn(ours_at(path), "one"))
    with sa.create_engine(f"sqlite:///{path}").begin() as connection:
        connection.execute(sa.text("update events set data = :d where type_name = 'action'"), {"d": data})
    assert asyncio.run(turn(FailSafeTrackerStore(ours_at(path)), "two")) == ["one", "two"]
    with pytest.raises(SystemExit):
        asyncio.run(turn(FailSafeTrackerStore(stock_at(path)), "three"))


def test_trap_08_a_nul_byte_in_an_id_does_not_end_the_process(tmp_path: Path) -> None:
    # PostgreSQL's driver answers it with exactly this error.
    def refused(store: SQLTrackerStore) -> None:
        with store.session_scope():
            raise ValueError("A string literal cannot contain NUL (0x00) characters.")

    with pytest.raises(SystemExit):
        refused(stock_at(tmp_path / "stock.db"))
    with pytest.raises(ValueError, match="NUL"):
        refused(ours_at(tmp_path / "ours.db"))


@pytest.mark.parametrize(("build", "remembers"), [(ours_at, True), (stock_at, False)], ids=["ours", "stock"])
def test_trap_08_a_conversation_goes_on_through_an_outage(tmp_path: Path, build: Build, remembers: bool) -> None:
    store = build(tmp_path / "c.db")
    wrapped = FailSafeTrackerStore(store)
    asyncio.run(turn(wrapped, "before"))
    _take_away(store)
    asyncio.run(turn(wrapped, "during"))
    expected = ["before", "during", "still"] if remembers else ["still"]
    assert asyncio.run(turn(wrapped, "still")) == expected


def _take_away(store: SQLTrackerStore) -> None:
    nowhere = sa.create_engine("sqlite:////nowhere/at/all.db")
    store.sessionmaker = sa.orm.sessionmaker(bind=nowhere)
    if isinstance(store, SafeSQLTrackerStore):
        store.database.engine = nowhere


def test_trap_08_a_connection_is_tested_before_it_is_used() -> None:
    assert create_engine(sa.engine.make_url(POSTGRESQL)).pool._pre_ping
    assert "pool_pre_ping" not in create_engine_kwargs(POSTGRESQL)


# ---- 9: a wrong class name is silently replaced by the store in memory ----


def test_trap_09_a_misspelt_class_stops_the_start(tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(f"tracker_store:\n  type: {MISSPELT}\n", "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chosen = TrackerStore.create(EndpointConfig(type=MISSPELT), Domain.empty())
        assert isinstance(chosen, InMemoryTrackerStore)  # and Rasa would go on with it
        with pytest.raises(TypeError, match="SafeSQLTrackerStore"):
            server.load_agent(tmp_path / "never-read.tar.gz", endpoints)


def test_trap_09_endpoints_yml_names_our_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", f"sqlite:///{tmp_path}/c.db")
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    assert safe_store(TrackerStore.create(endpoints.tracker_store, Domain.empty()))


# ---- 15: cost grows with the conversation ----


@pytest.mark.parametrize("defended", [True, False])
def test_trap_15_the_class_of_an_event_is_looked_up_once_and_not_for_each_event(
    monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    look_ups = 0
    all_subclasses = rasa.shared.utils.common.all_subclasses

    def counted(cls: type[Event]) -> list[type[Event]]:
        nonlocal look_ups
        look_ups += cls is Event  # it calls itself for each subclass
        return list(all_subclasses(cls))

    monkeypatch.setattr(rasa.shared.utils.common, "all_subclasses", counted)
    rasa_patches._resolve_by_type.cache_clear()
    if not defended:
        monkeypatch.setattr(Event, "resolve_by_type", staticmethod(rasa_patches._plain_resolve))
    stored = SlotSet("a", 1).as_dict()
    for _ in range(500):
        assert isinstance(Event.from_parameters(stored), SlotSet)
    assert look_ups == (1 if defended else 500)


@pytest.mark.slow
def test_trap_15_a_stored_message_is_trimmed_to_what_something_reads(
    ours: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimmed = _stored_parse_data(ours)
    assert len(trimmed["intent_ranking"]) <= 3
    assert set(trimmed) <= {
        "intent",
        "text",
        "message_id",
        "metadata",
        "intent_ranking",
        "triage",
        "second_net",
        "page",
        "entities",
    }
    assert "text_tokens" not in trimmed

    monkeypatch.setattr(red_flag_detector, "_TRIMMED_KEYS", ())
    monkeypatch.setattr(red_flag_detector, "_RANKING_KEPT", None)
    whole = _stored_parse_data(ours)
    assert len(whole["intent_ranking"]) > 3
    assert "text_tokens" in whole


def _stored_parse_data(driver: Driver) -> dict[str, Any]:
    talk = driver.open()
    talk.bare("I would like to know what all of this means for me")
    message = talk.tracker.latest_message
    assert message is not None
    return dict(message.parse_data)


# ---- 19: an event broker sleeps in the event loop and reads every conversation twice ----


class Silent(EventBroker):
    """A broker that drops everything."""

    def publish(self, event: object) -> None:
        """Drop it."""


@pytest.mark.parametrize("with_broker", [False, True])
async def test_trap_19_a_broker_costs_one_more_reading_a_turn_and_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_broker: bool
) -> None:
    store = SafeSQLTrackerStore(
        Domain.empty(), db=str(tmp_path / "c.db"), event_broker=Silent() if with_broker else None
    )
    tracker = DialogueStateTracker.from_events(ME, [UserUttered("one")])
    readings, retrieve = 0, SQLTrackerStore._retrieve

    async def counted(*arguments: object, **named: object) -> object:
        nonlocal readings
        readings += 1
        return await retrieve(*arguments, **named)

    monkeypatch.setattr(SafeSQLTrackerStore, "_retrieve", counted)
    await store.save(tracker)
    assert readings == (1 if with_broker else 0)


def test_trap_19_no_event_broker_is_configured() -> None:
    assert AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")).event_broker is None


@pytest.mark.slow
def test_trap_19_the_server_starts_no_broker_even_if_one_is_configured(
    trained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPINE_TRIAGE_DATABASE_URL", f"sqlite:///{tmp_path}/c.db")
    endpoints = tmp_path / "endpoints.yml"
    configured = (ROOT / "endpoints.yml").read_text("utf-8") + "\nevent_broker:\n  type: kafka\n  url: 127.0.0.1:9\n"
    endpoints.write_text(configured, "utf-8")
    agent = server.load_agent(trained_model, endpoints)
    assert safe_store(agent.tracker_store).event_broker is None
