"""The lock over several servers, on a real Redis: it keeps turns apart, and keeps nobody from an answer."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Iterator

import pytest
from redis import Redis as Client

from assistant import conversation_locks
from assistant.conversation_locks import PREFIX, ConversationLocks
from assistant.settings import SettingsError
from processes.databases import Redis

ME = "a_me"


@pytest.fixture
def server(redis_server: Redis) -> Iterator[Redis]:
    """The Redis of all tests, empty, and running again afterwards."""
    with Client.from_url(redis_server.url) as client:
        client.flushall()
    yield redis_server
    if not redis_server.is_running:
        redis_server.start()
    redis_server.go_on()


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of a Redis that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


async def hold(locks: ConversationLocks, seconds: float = 0.0, conversation: str = ME) -> float:
    """One turn of so many seconds; returns how long it waited for the lock and for letting it go."""
    started = time.monotonic()
    async with locks.alone(conversation):
        await asyncio.sleep(seconds)
    return time.monotonic() - started - seconds


async def test_without_a_redis_the_turns_of_this_process_are_kept_apart() -> None:
    locks = ConversationLocks()
    waits = await asyncio.gather(hold(locks, 0.3), hold(locks), hold(locks, conversation="a_you"))
    assert waits[1] > 0.2 and waits[0] < 0.2 and waits[2] < 0.2


async def test_two_servers_keep_the_turns_of_one_conversation_apart(server: Redis) -> None:
    one, two = ConversationLocks(server.url), ConversationLocks(server.url)
    running, most = 0, 0

    async def turn(locks: ConversationLocks) -> None:
        nonlocal running, most
        async with locks.alone(ME):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1

    await asyncio.gather(*(turn(locks) for locks in (one, two) * 5))
    assert most == 1
    waits = await asyncio.gather(hold(one, 0.3), hold(two, conversation="a_you"))
    assert waits[1] < 0.2


async def test_nothing_is_left_in_redis(server: Redis) -> None:
    locks = ConversationLocks(server.url)
    with Client.from_url(server.url) as client:
        async with locks.alone(ME):
            assert client.keys() == [f"{PREFIX}{ME}".encode()]
            assert 0 < client.pttl(f"{PREFIX}{ME}") <= 2500  # a server that dies leaves its lock no longer
        assert client.keys() == []


def test_an_address_that_makes_no_sense_stops_the_server_without_being_quoted() -> None:
    with pytest.raises(SettingsError, match="SPINE_TRIAGE_REDIS_URL") as refused:
        ConversationLocks("http://user:hidden@host")
    assert "hidden" not in str(refused.value) and refused.value.__cause__ is None


async def test_a_dead_redis_silences_nobody(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    locks = ConversationLocks(server.url)
    await hold(locks)
    server.stop()
    waits = [await hold(locks) for _ in range(3)]
    assert max(waits) < 1.0
    assert caplog.text.count("lock_store_down") == 1


async def test_a_silent_redis_costs_one_wait_and_blocks_nobody_else(
    black_hole: str, caplog: pytest.LogCaptureFixture
) -> None:
    locks, loop_stood_still = ConversationLocks(black_hole), 0.0

    async def others() -> None:
        nonlocal loop_stood_still
        while True:
            started = time.monotonic()
            await asyncio.sleep(0.01)
            loop_stood_still = max(loop_stood_still, time.monotonic() - started)

    watching = asyncio.create_task(others())
    first, second = await hold(locks), await hold(locks)
    watching.cancel()
    assert conversation_locks.ANSWER_SECONDS * 0.9 < first < 1.0
    assert second < 0.4 and loop_stood_still < 0.4
    assert caplog.text.count("lock_store_down") == 1


async def test_a_redis_that_hangs_during_a_turn_does_not_keep_its_answer(server: Redis) -> None:
    locks = ConversationLocks(server.url)
    started = time.monotonic()
    async with locks.alone(ME):
        server.hang()
    assert time.monotonic() - started < 1.0


async def test_a_redis_that_was_restarted_locks_again(server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_locks, "REST_SECONDS", 0.0)
    locks = ConversationLocks(server.url)
    await hold(locks)
    server.stop()
    await hold(locks)
    server.start()
    async with locks.alone(ME):
        with Client.from_url(server.url) as client:
            assert len(client.keys()) == 1


async def test_a_lock_that_a_dead_server_left_is_not_waited_for_to_its_end(
    server: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conversation_locks, "TAKEN_SECONDS", 0.3)
    with Client.from_url(server.url) as client:
        client.set(f"{PREFIX}{ME}", "another server", ex=20)
        assert 0.2 < await hold(ConversationLocks(server.url)) < 1.0
        assert client.get(f"{PREFIX}{ME}") == b"another server"
    assert f"lock_taken_too_long conversation={ME}" in caplog.text


async def test_a_turn_that_is_cut_off_gives_its_lock_back(server: Redis) -> None:
    locks = ConversationLocks(server.url)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(hold(locks, 30), 0.2)
    with Client.from_url(server.url) as client:
        assert client.keys() == []


async def test_a_long_turn_keeps_its_lock(server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_locks, "LIFETIME_SECONDS", 0.4)
    monkeypatch.setattr(conversation_locks, "RENEW_SECONDS", 0.1)
    one, two = ConversationLocks(server.url), ConversationLocks(server.url)
    waits = await asyncio.gather(hold(one, 1.2), hold(two))
    assert waits[1] > 1.0


async def test_a_turn_whose_lock_is_gone_ends_well(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with Client.from_url(server.url) as client:
        async with ConversationLocks(server.url).alone(ME):
            client.flushall()
    assert "lock_lost" in caplog.text and "lock_store_down" not in caplog.text


async def test_the_lock_of_a_server_that_died_is_free_before_the_wait_for_it_ends(server: Redis) -> None:
    dead = ConversationLocks(server.url)
    assert await dead._acquire(ME) is not None  # and nobody renews or releases it
    with Client.from_url(server.url) as client:
        async with ConversationLocks(server.url).alone(ME):
            assert len(client.keys()) == 1  # its own one
