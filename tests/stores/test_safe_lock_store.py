"""The lock over several servers, on a real Redis: it keeps turns apart, and keeps nobody from an answer."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Iterator

import pytest
from private_services import Redis
from rasa.core.lock_store import LockStore
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from redis import Redis as Client

from assistant import safe_lock_store
from assistant.safe_lock_store import PREFIX, SafeLockStore
from assistant.settings import ROOT

ME = "a_me"
CLASS = "assistant.safe_lock_store.SafeLockStore"


@pytest.fixture
def server(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """The Redis of all tests, empty, named by the environment, and running again afterwards."""
    monkeypatch.setenv("SPINE_TRIAGE_REDIS_URL", redis_server.url)
    with Client.from_url(redis_server.url) as client:
        client.flushall()
    yield redis_server
    if not redis_server.is_running:
        redis_server.start()
    redis_server.go_on()


@pytest.fixture
def black_hole(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        monkeypatch.setenv("SPINE_TRIAGE_REDIS_URL", f"redis://127.0.0.1:{listening.getsockname()[1]}/0")
        yield


def from_endpoints_yml() -> LockStore:
    return LockStore.create(AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")).lock_store)


async def hold(store: LockStore, seconds: float = 0.0, conversation: str = ME) -> float:
    """One turn of so many seconds; returns how long it waited for the lock and for letting it go."""
    started = time.monotonic()
    async with store.lock(conversation):
        await asyncio.sleep(seconds)
    return time.monotonic() - started - seconds


def test_endpoints_yml_names_it() -> None:
    assert isinstance(from_endpoints_yml(), SafeLockStore)


async def test_without_a_redis_the_turns_of_this_process_are_kept_apart() -> None:
    store = SafeLockStore()
    waits = await asyncio.gather(hold(store, 0.3), hold(store), hold(store, conversation="a_you"))
    assert waits[1] > 0.2 and waits[0] < 0.2 and waits[2] < 0.2


async def test_two_servers_keep_the_turns_of_one_conversation_apart(server: Redis) -> None:
    one, two = from_endpoints_yml(), from_endpoints_yml()
    running, most = 0, 0

    async def turn(store: LockStore) -> None:
        nonlocal running, most
        async with store.lock(ME):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1

    await asyncio.gather(*(turn(store) for store in (one, two) * 5))
    assert most == 1
    waits = await asyncio.gather(hold(one, 0.3), hold(two, conversation="a_you"))
    assert waits[1] < 0.2


async def test_nothing_is_left_in_redis(server: Redis) -> None:
    store = SafeLockStore()
    with Client.from_url(server.url) as client:
        async with store.lock(ME):
            assert client.keys() == [f"{PREFIX}{ME}".encode()]
            assert 0 < client.ttl(f"{PREFIX}{ME}") <= 20  # a server that dies leaves its lock no longer
        assert client.keys() == []


async def test_its_address_may_stand_in_endpoints_yml(server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPINE_TRIAGE_REDIS_URL")
    store = LockStore.create(EndpointConfig(type=CLASS, url=server.url))
    async with store.lock(ME):
        with Client.from_url(server.url) as client:
            assert len(client.keys()) == 1


async def test_an_address_that_makes_no_sense_is_logged_without_it(caplog: pytest.LogCaptureFixture) -> None:
    store = LockStore.create(EndpointConfig(type=CLASS, url="http://user:hidden@host"))
    assert await hold(store) < 0.4
    assert "lock_store_address_not_understood" in caplog.text and "hidden" not in caplog.text


async def test_a_dead_redis_silences_nobody(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    store = SafeLockStore()
    await hold(store)
    server.stop()
    waits = [await hold(store) for _ in range(3)]
    assert max(waits) < 1.0
    assert caplog.text.count("lock_store_down") == 1


async def test_a_silent_redis_costs_one_wait_and_blocks_nobody_else(
    black_hole: None, caplog: pytest.LogCaptureFixture
) -> None:
    store, loop_stood_still = SafeLockStore(), 0.0

    async def others() -> None:
        nonlocal loop_stood_still
        while True:
            started = time.monotonic()
            await asyncio.sleep(0.01)
            loop_stood_still = max(loop_stood_still, time.monotonic() - started)

    watching = asyncio.create_task(others())
    first, second = await hold(store), await hold(store)
    watching.cancel()
    assert safe_lock_store.ANSWER_SECONDS * 0.9 < first < 1.0
    assert second < 0.4 and loop_stood_still < 0.4
    assert caplog.text.count("lock_store_down") == 1


async def test_a_redis_that_hangs_during_a_turn_does_not_keep_its_answer(server: Redis) -> None:
    store = SafeLockStore()
    started = time.monotonic()
    async with store.lock(ME):
        server.hang()
    assert time.monotonic() - started < 1.0


async def test_a_redis_that_was_restarted_locks_again(server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_lock_store, "REST_SECONDS", 0.0)
    store = SafeLockStore()
    await hold(store)
    server.stop()
    await hold(store)
    server.start()
    async with store.lock(ME):
        with Client.from_url(server.url) as client:
            assert len(client.keys()) == 1


async def test_a_lock_that_a_dead_server_left_is_not_waited_for_to_its_end(
    server: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(safe_lock_store, "TAKEN_SECONDS", 0.3)
    with Client.from_url(server.url) as client:
        client.set(f"{PREFIX}{ME}", "another server", ex=20)
        assert 0.2 < await hold(SafeLockStore()) < 1.0
        assert client.get(f"{PREFIX}{ME}") == b"another server"
    assert f"lock_taken_too_long conversation={ME}" in caplog.text


async def test_a_turn_that_is_cut_off_gives_its_lock_back(server: Redis) -> None:
    store = SafeLockStore()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(hold(store, 30), 0.2)
    with Client.from_url(server.url) as client:
        assert client.keys() == []


async def test_a_turn_longer_than_the_lock_ends_well(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    async with SafeLockStore().lock(ME, lock_lifetime=0.1):
        await asyncio.sleep(0.3)
    assert "lock_lost" in caplog.text and "lock_store_down" not in caplog.text
