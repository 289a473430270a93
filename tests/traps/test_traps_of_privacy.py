"""Traps by which one person reaches another's conversation, or a typed slash reaches Rasa's inside."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from agents import Driver, Talk
from chat_server import Background, Client, FakeAgent, echo
from rasa.core.channels.channel import InputChannel, UserMessage, register
from rasa.core.channels.rest import RestInput
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.core.run import _create_app_without_api
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.server import create_app as create_rasas_app
from rasa.shared.core.domain import Domain
from sanic import Sanic

from assistant import assessment, responses, server, web_channel, wiring
from assistant.chat_turns import Assessment, ChatTurns
from assistant.conversation_locks import ConversationLocks
from assistant.incoming_message import IncomingMessage
from assistant.replies_store import RepliesStore
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.sessions import Sessions
from assistant.settings import ROOT, Settings
from assistant.supervisor import services
from assistant.triage_policy import TriagePolicy
from triage import Extraction

HIDDEN = "/affirm@1.0 I have chest pain"
EVIL = "https://evil.example"


# ---- 6: a typed slash fires any intent and throws every finding away ----


@pytest.mark.slow
def test_trap_06_a_slash_in_front_hides_chest_pain_from_the_nlu_and_the_guard_takes_it_off(ours: Driver) -> None:
    hidden = ours.run(ours.agent.parse_message(HIDDEN))
    assert hidden["intent"] == {"name": "affirm", "confidence": 1.0}
    assert assessment.TRIAGE not in hidden

    assert ours.guard is not None
    cleaned = ours.guard.before(HIDDEN)
    assert (cleaned.text[0], cleaned.level) == ("a", "EMERGENCY")
    seen = ours.run(ours.agent.parse_message(cleaned.text))
    assert "chest_pain" in [finding["concept"] for finding in seen[assessment.TRIAGE]["findings"]]


@pytest.mark.slow
def test_trap_06_without_the_guard_the_policy_reads_the_text_again(
    ours: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ours.open().bare(HIDDEN)[0].startswith("utter_emergency")

    # Trusting what the NLU left over loses the chest pain; then the guard is what remains.
    monkeypatch.setattr(assessment, "_extraction", lambda _text, _stored: Extraction())
    assert not [name for name in ours.open().bare(HIDDEN) if "emergency" in name]
    assert ours.open().guarded(HIDDEN)[0].startswith("utter_emergency")


@pytest.mark.slow
@pytest.mark.parametrize("typed", ["/restart", "/session_start"])
def test_trap_06_a_typed_command_does_not_take_the_emergency_back(
    ours: Driver, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    for speak in (Talk.bare, Talk.guarded):
        talk = ours.open()
        speak(talk, "I can't feel my legs")
        speak(talk, typed)
        assert speak(talk, "hello")[0] == "utter_emergency_line"

    talk = ours.open()
    talk.bare("I can't feel my legs")
    with monkeypatch.context() as without_policy:
        without_policy.setattr(TriagePolicy, "_next_action", lambda *_: None)
        talk.bare(typed)
    assert talk.bare("hello") == ["utter_greet"]


def test_trap_06_no_button_of_ours_needs_a_slash() -> None:
    buttons = [button for text in responses.all_responses().values() for button in text.get("buttons", [])]
    assert buttons
    assert not [button for button in buttons if str(button.get("payload", "")).lstrip().startswith("/")]


# ---- 7: the client chooses whose conversation it is ----


@dataclass
class Listening:
    """A bot that notes in which conversation each message came."""

    conversations: list[str] = field(default_factory=list)

    async def __call__(self, message: UserMessage) -> None:
        self.conversations.append(message.sender_id)
        await echo(message)


@pytest.fixture
def agent(tmp_path: Path) -> FakeAgent:
    """A Rasa that notes conversations."""
    store = SafeSQLTrackerStore(Domain.empty(), db=str(tmp_path / "conversations.db"))
    return FakeAgent(FailSafeTrackerStore(store), bot=Listening())


@pytest.fixture
def channel(tmp_path: Path) -> InputChannel:
    """Our channel with its real guard and texts."""
    return wiring.web_channel(Settings(secret="s" * 32, var_dir=tmp_path))


@contextlib.contextmanager
def _served(app: Sanic, channel: InputChannel, agent: object) -> Iterator[str]:
    """The address of `app` with this channel in it."""
    app.ctx.agent = agent
    register([channel], app, route="/webhooks/")
    with Background(app) as running:
        yield f"http://127.0.0.1:{running.port}"


def _app() -> Sanic:
    Sanic.test_mode = True
    return Sanic("traps_of_privacy", configure_logging=False)


def test_trap_07_the_stock_channel_lets_the_client_choose_and_else_shares_one_conversation(agent: FakeAgent) -> None:
    with _served(_app(), RestInput(), agent) as base:
        for body in ({}, {}, {"sender": "anna"}, {"sender": "nul\x00byte"}):
            requests.post(f"{base}/webhooks/rest/webhook", json={"message": "hello", **body}, timeout=5)
    assert agent.bot.conversations == ["default", "default", "anna", "nul\x00byte"]  # type: ignore[attr-defined]


def test_trap_07_ours_gives_each_session_an_id_that_nobody_chooses(channel: InputChannel, agent: FakeAgent) -> None:
    with _served(_app(), channel, agent) as base:
        one, other = Client(base).open(), Client(base).open()
        for me in (one, other):
            body = {"id": "m1", "text": "hello", "sender": "anna", "sender_id": "anna", "conversation_id": "anna"}
            assert me.call("POST", "/chat/messages", json=body).status_code == 200
        assert Client(base).send("m1", "hello").status_code == 401
        assert Client(base, "default").send("m1", "hello").status_code == 401
        assert Client(base, f"{one.token}x").send("m1", "hello").status_code == 401
    ids: list[str] = agent.bot.conversations  # type: ignore[attr-defined]
    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"a_[0-9a-f]{40}", id_) for id_ in ids)


def test_trap_07_an_id_does_not_tell_the_token_that_opens_it() -> None:
    session = Sessions(b"s" * 32, lifetime=60).issue()
    assert session.conversation_id.removeprefix("a_") not in session.token
    assert session.token.partition(".")[0] not in session.conversation_id


# ---- 16: the Redis lock is not atomic ----


def test_trap_16_rasas_redis_lock_serves_two_replicas_at_once() -> None:
    shared: dict[str, str] = {}

    class SharedRedis:
        get = staticmethod(shared.get)
        set = staticmethod(shared.__setitem__)

    replicas = [RedisLockStore(), RedisLockStore()]
    for replica in replicas:
        replica.red = SharedRedis()
    # LockStore.issue_ticket in steps: both read before either writes.
    locks = [replica.get_or_create_lock("a") for replica in replicas]
    tickets = [lock.issue_ticket(20) for lock in locks]
    for replica, lock in zip(replicas, locks):
        replica.save_lock(lock)
    assert tickets[0] == tickets[1]
    assert not any(lock.is_locked(ticket) for lock, ticket in zip(locks, tickets))


def test_trap_16_the_lock_is_kept_by_the_one_process_that_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    assert isinstance(LockStore.create(endpoints.lock_store), InMemoryLockStore)

    started: dict[str, Any] = {}
    Sanic.test_mode = True
    monkeypatch.setattr(Sanic, "run", lambda _app, **options: started.update(options))
    monkeypatch.setenv("SPINE_TRIAGE_SECRET", "s" * 32)
    server.serve("127.0.0.1", 5005, Path("model"), Path("endpoints.yml"))
    assert started["workers"] == 1


@pytest.mark.parametrize("defended", [True, False])
async def test_trap_16_two_messages_of_one_conversation_never_run_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(ConversationLocks, "alone", _not_alone)
    turns = ChatTurns(wiring.guard(), lambda _: Assessment(), timeout=5, locks=ConversationLocks())
    store, replies = SafeSQLTrackerStore(Domain.empty(), db=str(tmp_path / "c.db")), RepliesStore(None, keep_seconds=60)
    running, most = 0, 0

    async def rasa(_: UserMessage) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1

    session = Sessions(b"s" * 32, lifetime=60).issue()
    messages = [IncomingMessage(f"m{number}", "hello", None) for number in range(3)]
    work = [turns.answer(session, m, on_new_message=rasa, store=store, replies=replies) for m in messages]
    await asyncio.gather(*work)
    assert (most == 1) is defended


@contextlib.asynccontextmanager
async def _not_alone(_self: ChatTurns, _conversation: str) -> AsyncIterator[None]:
    yield


# ---- 17: --enable-api and --cors "*" open everything to everybody ----


@pytest.mark.slow
def test_trap_17_rasas_interface_lets_any_page_read_any_conversation(stock: Driver) -> None:
    talk = stock.open()
    talk.bare("I cannot walk")
    Sanic.test_mode = True
    with _served(create_rasas_app(stock.agent, cors_origins="*"), RestInput(), stock.agent) as base:
        read = requests.get(f"{base}/conversations/{talk.id}/tracker", headers={"Origin": EVIL}, timeout=5)
    assert "I cannot walk" in read.text
    assert read.headers["Access-Control-Allow-Origin"] == EVIL
    assert read.headers["Access-Control-Allow-Credentials"] == "true"


PATHS = ("/", "/version", "/status", "/domain", "/model/parse", "/conversations/a/tracker", "/webhooks/rest/webhook")


def test_trap_17_ours_has_none_of_rasas_addresses_and_lets_no_other_page_in(
    channel: InputChannel, agent: FakeAgent
) -> None:
    Sanic.test_mode = True
    app = server.create_app(channel)  # type: ignore[arg-type]
    app.ctx.agent = agent
    with Background(app) as running:
        base = f"http://127.0.0.1:{running.port}"
        assert [requests.get(base + path, timeout=5).status_code for path in PATHS] == [404] * len(PATHS)
        for method in ("OPTIONS", "POST", "GET"):
            headers = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
            answer = requests.request(method, f"{base}/chat/messages", headers=headers, timeout=5)
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("defended", [True, False])
def test_trap_17_also_under_rasas_own_command_the_channel_hides_what_is_rasas(
    channel: InputChannel, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    async def pass_all(_: object) -> None:
        return None

    if not defended:
        monkeypatch.setattr(web_channel, "_only_chat", pass_all)
    Sanic.test_mode = True
    with _served(_create_app_without_api(), channel, agent) as base:
        answer = requests.get(f"{base}/", timeout=5)
        assert ("Hello from Rasa" in answer.text) is not defended
        assert requests.get(f"{base}/chat/healthz", timeout=5).status_code == 200


def test_trap_17_nothing_here_starts_rasa_with_its_interface_open(tmp_path: Path) -> None:
    files = [ROOT / "Makefile", *(path for path in (ROOT / "scripts").iterdir() if path.is_file())]
    commands = [path.read_text("utf-8") for path in files]
    (tmp_path / "endpoints.yml").write_text((ROOT / "endpoints.yml").read_text("utf-8"))
    commands += [" ".join(service.command) for service in services(Path("model"), 5005, 5055, tmp_path)]
    assert not [command for command in commands if "--enable-api" in command or "--cors" in command]
