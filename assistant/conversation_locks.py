"""One turn of a conversation at a time: in this server first come first served and, with a Redis, over all servers.

Rasa's own Redis lock serves two servers at once, blocks everybody while Redis hangs, and answers nobody while it is down;
it also stands around the turn alone, not around the look for a reply that was already given. This one is taken in one step
and renewed while the turn runs, so that a server that dies keeps it for seconds. A turn that cannot have it goes on without:
a conversation whose turns overlap is better than one without an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any, AsyncIterator, Final

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError, RedisError

from assistant.settings import REDIS_URL, SettingsError

logger = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 0.5  # for one answer of Redis; a turn waits for two at most, one before and one after it
REST_SECONDS: Final = 5.0  # Redis is left alone after a failure, so that an outage costs one wait
POLL_SECONDS: Final = 0.05
LIFETIME_SECONDS: Final = 2.5  # of a lock that nobody renews; SQL may hold up the event loop for two of them
RENEW_SECONDS: Final = 0.5
#: Longest wait for another server's turn: until the lock of one that died has gone.
TAKEN_SECONDS: Final = LIFETIME_SECONDS + 0.1
PREFIX: Final = "spine-triage:lock:"

_Failure = (TimeoutError, RedisError, OSError)


class ConversationLocks:
    """The locks of one server; `redis_url` is the Redis of all servers."""

    def __init__(self, redis_url: str | None = None) -> None:
        """Raises SettingsError for an address that makes no sense."""
        self._here: dict[str, _Here] = {}
        self._redis = _client(redis_url) if redis_url else None
        self._resting_until = float("-inf")

    @property
    def are_shared(self) -> bool:
        """Whether other servers may have had turns of the same conversations."""
        return self._redis is not None

    @contextlib.asynccontextmanager
    async def alone(self, conversation: str) -> AsyncIterator[None]:
        """Have the conversation for oneself."""
        here = self._here.setdefault(conversation, _Here())
        here.users += 1
        try:
            async with here.lock, self._everywhere(conversation):
                yield
        finally:
            here.users -= 1
            if not here.users:
                self._here.pop(conversation, None)

    @contextlib.asynccontextmanager
    async def _everywhere(self, conversation: str) -> AsyncIterator[None]:
        lock = await self._acquire(conversation)
        if lock is None:
            yield
            return
        renewing = asyncio.create_task(self._renew(lock))
        try:
            yield
        finally:
            renewing.cancel()
            await self._release(lock)

    async def _acquire(self, conversation: str) -> Lock | None:
        """The lock in Redis, or None when the turn must do without."""
        if self._redis is None or time.monotonic() < self._resting_until:
            return None
        lock = self._redis.lock(PREFIX + conversation, timeout=LIFETIME_SECONDS)
        give_up = time.monotonic() + TAKEN_SECONDS
        try:
            while not await asyncio.wait_for(lock.acquire(blocking=False), ANSWER_SECONDS):
                if time.monotonic() > give_up:
                    logger.error("lock_taken_too_long conversation=%s", conversation)
                    return None
                await asyncio.sleep(POLL_SECONDS)
        except _Failure as error:
            self._rest(error)
            return None
        return lock

    async def _renew(self, lock: Lock) -> None:
        with contextlib.suppress(*_Failure):  # its release will say what happened
            while True:
                await asyncio.sleep(RENEW_SECONDS)
                await asyncio.wait_for(lock.reacquire(), ANSWER_SECONDS)

    async def _release(self, lock: Lock) -> None:
        try:
            await asyncio.wait_for(lock.release(), ANSWER_SECONDS)
        except LockNotOwnedError:
            logger.error("lock_lost")  # another server may have had its turn meanwhile
        except _Failure as error:
            self._rest(error)  # Redis drops the lock itself at the end of its life

    def _rest(self, error: Exception) -> None:
        self._resting_until = time.monotonic() + REST_SECONDS
        logger.error("lock_store_down error=%s", type(error).__name__)


class _Here:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


def _client(url: str) -> Any:
    try:
        return Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    except ValueError:  # its text may quote a password
        raise SettingsError(f"{REDIS_URL} must be an address such as redis://127.0.0.1:6379/0") from None
