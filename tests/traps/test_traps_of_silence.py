"""Traps that end in silence: a dead action server, a tripped circuit breaker, a stock channel, long waits."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from agents import ActionServer, Driver, Talk
from chat_server import Background, Client, FakeAgent
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage, register
from rasa.core.channels.rest import RestInput
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ConversationPaused
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from assistant import rasa_patches, responses, triage_policy, wiring
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.settings import Settings
from assistant.triage_policy import ACTION_FAILED, TriagePolicy
from evaluation import corpus
from triage import Turn, extract, fold
from triage.plan import TOPIC

RED_FLAG = "I can't feel my legs"
DOCTOR = "I want to find a doctor"


# ---- 3: an action server that is down, slow or failing is silence ----


@pytest.mark.slow
def test_trap_03_a_dead_action_server_is_answered_with_text(
    ours: Driver, stock: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stock.open().bare("a doctor") == []
    assert ours.open().bare(DOCTOR) == [ACTION_FAILED]

    # Without the policy's look at what the action said, Rasa says nothing, and the guard is what remains.
    seen = triage_policy._since_last_message
    monkeypatch.setattr(triage_policy, "_since_last_message", lambda events: (seen(events)[0], True))
    assert ours.open().bare(DOCTOR) == []
    assert ours.open().guarded(DOCTOR) == ["utter_safety"]


@pytest.mark.slow
@pytest.mark.parametrize(("status", "body"), [(500, "{}"), (200, "no json"), (200, '{"events": [], "responses": []}')])
def test_trap_03_a_failing_or_empty_action_is_answered_with_text(
    ours: Driver, action_server: ActionServer, monkeypatch: pytest.MonkeyPatch, status: int, body: str
) -> None:
    action_server.status, action_server.body = status, body
    monkeypatch.setattr(ours.agent.processor, "action_endpoint", EndpointConfig(action_server.url))
    assert ours.open().bare(DOCTOR) == [ACTION_FAILED]


@pytest.mark.slow
@pytest.mark.parametrize("defended", [True, False])
def test_trap_03_the_body_of_a_failed_action_does_not_put_the_persons_words_into_the_log(
    ours: Driver, action_server: ActionServer, caplog: pytest.LogCaptureFixture, defended: bool
) -> None:
    action_server.status, action_server.body = 500, "<received>"
    endpoint, ours.agent.processor.action_endpoint = (  # type: ignore[union-attr]
        ours.agent.processor.action_endpoint,  # type: ignore[union-attr]
        EndpointConfig(action_server.url),
    )
    logger = logging.getLogger("rasa.core.processor")
    if not defended:
        logger.removeFilter(rasa_patches._without_body)
    try:
        ours.open().bare(f"{DOCTOR} zanzibar")
    finally:
        ours.agent.processor.action_endpoint = endpoint  # type: ignore[union-attr]
        logger.addFilter(rasa_patches._without_body)
    assert "running action" in caplog.text
    assert ("zanzibar" in caplog.text) is not defended


def test_trap_03_no_safety_text_needs_an_action() -> None:
    texts = set(responses.all_responses()) | {TOPIC}
    emergencies = 0
    for text in corpus.texts()[::8]:
        state = fold([Turn(extract(text))])
        assert set(state.plan) <= texts, text
        if state.is_emergency:
            emergencies += 1
            assert state.plan[0].startswith(("utter_emergency", "utter_crisis")), text
    assert emergencies > 50


# ---- 4: a tripped circuit breaker or a pause leaves a conversation deaf ----


def _keep(ours: Driver, store: TrackerStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.domain = ours.agent.domain
    for holder in (ours.agent, ours.agent.processor):
        monkeypatch.setattr(holder, "tracker_store", FailSafeTrackerStore(store))


def _trip(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as endless:
        endless.setattr(TriagePolicy, "_next_action", lambda *_: "utter_greet")
        assert len(talk.bare("hello")) == 10, "the circuit breaker did not trip"


def _pause(talk: Talk, _: pytest.MonkeyPatch) -> None:
    talk.bare("hello")
    talk.append(ConversationPaused())


@pytest.mark.slow
@pytest.mark.parametrize("deafen", [_trip, _pause])
def test_trap_04_a_deaf_conversation_hears_a_red_flag_again(
    ours: Driver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    deafen: Callable[[Talk, pytest.MonkeyPatch], None],
) -> None:
    _keep(ours, SafeSQLTrackerStore(db=str(tmp_path / "ours.db")), monkeypatch)
    talk = ours.open()
    deafen(talk, monkeypatch)
    assert talk.bare(RED_FLAG) == ["utter_emergency", "utter_understood"]

    _keep(ours, SQLTrackerStore(db=str(tmp_path / "stock.db")), monkeypatch)
    talk = ours.open()
    deafen(talk, monkeypatch)
    assert talk.bare(RED_FLAG) == []
    assert talk.bare("hello") == []
    assert talk.guarded(RED_FLAG) == ["utter_emergency"]  # the guard would still answer


@pytest.mark.slow
def test_trap_04_rasas_restart_does_not_cure_a_tripped_circuit_breaker(
    ours: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(ours, SQLTrackerStore(db=str(tmp_path / "stock.db")), monkeypatch)
    talk = ours.open()
    _trip(talk, monkeypatch)
    talk.bare("/restart")
    assert talk.bare(RED_FLAG) == []


# ---- 5: every failure on the stock channel is 200 and [] ----


async def _failing(_: UserMessage) -> None:
    raise ValueError


def _web_channel(tmp_path: Path) -> InputChannel:
    return wiring.web_channel(Settings(secret="s" * 32, var_dir=tmp_path))


def _server(channel: InputChannel, agent: object) -> Background:
    Sanic.test_mode = True
    app = Sanic("traps_of_silence", configure_logging=False)
    app.ctx.agent = agent
    register([channel], app, route="/webhooks/")
    return Background(app)


@pytest.fixture
def failing_agent(tmp_path: Path) -> FakeAgent:
    """A Rasa whose every turn raises."""
    store = SafeSQLTrackerStore(Domain.empty(), db=str(tmp_path / "conversations.db"))
    return FakeAgent(FailSafeTrackerStore(store), bot=_failing)


@pytest.mark.parametrize("without_model", [False, True])
def test_trap_05_the_stock_channel_says_200_and_nothing(failing_agent: FakeAgent, without_model: bool) -> None:
    with _server(RestInput(), Agent() if without_model else failing_agent) as server:
        url = f"http://127.0.0.1:{server.port}/webhooks/rest/webhook"
        response = requests.post(url, json={"sender": "a", "message": RED_FLAG}, timeout=5)
        assert (response.status_code, response.json()) == (200, [])


def test_trap_05_the_stock_channel_hangs_when_streaming(failing_agent: FakeAgent) -> None:
    with _server(RestInput(), failing_agent) as server:
        url = f"http://127.0.0.1:{server.port}/webhooks/rest/webhook?stream=true"
        with pytest.raises(requests.RequestException, match="timed out"):
            requests.post(url, json={"sender": "a", "message": RED_FLAG}, timeout=0.7)


@pytest.mark.parametrize("query", ["", "?stream=true"])
def test_trap_05_ours_answers_a_red_flag_although_rasa_fails(
    failing_agent: FakeAgent, tmp_path: Path, query: str
) -> None:
    with _server(_web_channel(tmp_path), failing_agent) as server:
        me = Client(f"http://127.0.0.1:{server.port}").open()
        reply = me.call("POST", f"/chat/messages{query}", json={"id": "m1", "text": RED_FLAG}).json()
        assert (reply["level"], reply["messages"][0]["kind"]) == ("EMERGENCY", "emergency")
        assert me.send("m2", "hello").json()["messages"][0]["kind"] == "safety"


def test_trap_05_ours_without_a_model_is_not_ready_says_so_and_answers_a_red_flag(
    failing_agent: FakeAgent, tmp_path: Path
) -> None:
    failing_agent.ready = False
    with _server(_web_channel(tmp_path), failing_agent) as server:
        me = Client(f"http://127.0.0.1:{server.port}").open()
        response = me.send("m1", RED_FLAG)
        assert (response.status_code, response.json()["level"]) == (503, "EMERGENCY")
        assert response.json()["safety_text"] == responses.fixed_text("utter_emergency")
        assert me.call("GET", "/chat/healthz/ready").status_code == 503


# ---- 14: default timeouts ----


def _as_shipped(name: str) -> ModuleType:
    """A second copy of a module of Rasa, without our patches."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_trap_14_every_wait_is_shorter_than_the_life_of_the_lock() -> None:
    import rasa.core.actions.action as actions
    import rasa.core.lock_store as lock_store

    assert actions.DEFAULT_REQUEST_TIMEOUT <= 5
    assert Settings().turn_seconds < lock_store.LOCK_LIFETIME <= 20
    assert Settings().turn_seconds > actions.DEFAULT_REQUEST_TIMEOUT
    shipped = _as_shipped("rasa.core.constants")
    assert shipped.DEFAULT_REQUEST_TIMEOUT > shipped.DEFAULT_LOCK_LIFETIME


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "says"), [(0.2, [ACTION_FAILED]), (300, [""])])
def test_trap_14_a_slow_action_is_given_up(
    ours: Driver, action_server: ActionServer, monkeypatch: pytest.MonkeyPatch, limit: float, says: list[str]
) -> None:
    action_server.delay = 0.8
    monkeypatch.setattr("rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT", limit)
    monkeypatch.setattr(ours.agent.processor, "action_endpoint", EndpointConfig(action_server.url))
    begin = time.monotonic()
    assert ours.open().bare(DOCTOR) == says  # the text of the action itself has no name
    assert (time.monotonic() - begin < 0.8) is (limit < 0.8)


@pytest.mark.parametrize("defended", [True, False])
def test_trap_14_a_waiting_message_gets_its_turn_at_once_and_not_a_second_later(
    monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(LockStore, "lock", inspect.getclosurevars(LockStore.lock).nonlocals["plain_lock"])
    assert (asyncio.run(_wait_behind_another()) < 0.5) is defended


async def _wait_behind_another() -> float:
    """Seconds that a message waits when another of its conversation takes 0.1 s."""
    store, held = InMemoryLockStore(), asyncio.Event()

    async def first() -> None:
        async with store.lock("a"):
            held.set()
            await asyncio.sleep(0.1)

    task: Any = asyncio.create_task(first())
    await held.wait()
    begin = time.monotonic()
    async with store.lock("a"):
        waited = time.monotonic() - begin
    await task
    return waited
