"""The lock that keeps the turns of one conversation apart, and that cannot keep anybody from being answered."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from typing import Any, AsyncIterator, Final, Optional

from rasa.core.lock import TicketLock
from rasa.core.lock_store import InMemoryLockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError, RedisError

from assistant.rasa_patches import LOCK_LIFETIME_SECONDS, LOCK_POLL_SECONDS
from assistant.settings import REDIS_URL

logger = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 0.5  # for one answer of Redis; a turn waits for two at most, one before and one after it
REST_SECONDS: Final = 10.0  # Redis is left alone after a failure, so that an outage costs one wait
#: Longest wait for another server's turn, which takes a tenth of that; a server that died keeps its lock 20 s.
TAKEN_SECONDS: Final = 1.0
PREFIX: Final = "spine-triage:lock:"


class SafeLockStore(InMemoryLockStore):
    """Rasa's lock within this process and, with a Redis, one over all servers.

    Rasa's own Redis lock serves two servers at once, blocks everybody while Redis hangs, and answers nobody while it is
    down. This one is taken in one step, waits outside of the event loop's way, and a turn that cannot have it goes on
    without: a conversation whose turns overlap is better than one without an answer.
    """

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None) -> None:
        """Redis's address is SPINE_TRIAGE_REDIS_URL, or `url` in endpoints.yml; with neither there is no Redis."""
        super().__init__()
        url = os.environ.get(REDIS_URL) or (endpoint_config.url if endpoint_config else None)
        self._redis = _client(url) if url else None
        self._resting_until = float("-inf")

    @contextlib.asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME_SECONDS,
        wait_time_in_seconds: float = LOCK_POLL_SECONDS,
    ) -> AsyncIterator[TicketLock]:
        """Hold the conversation for one turn. Times in seconds."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            held = await self._acquire(conversation_id, lock_lifetime, wait_time_in_seconds)
            try:
                yield ticket
            finally:
                if held is not None:
                    await self._release(held)

    async def _acquire(self, conversation_id: str, lifetime: float, poll: float) -> Lock | None:
        """The lock in Redis, or None when the turn must do without."""
        if self._redis is None or time.monotonic() < self._resting_until:
            return None
        lock = self._redis.lock(PREFIX + conversation_id, timeout=lifetime)
        give_up = time.monotonic() + TAKEN_SECONDS
        try:
            while not await asyncio.wait_for(lock.acquire(blocking=False), ANSWER_SECONDS):
                if time.monotonic() > give_up:
                    logger.error("lock_taken_too_long conversation=%s", conversation_id)
                    return None
                await asyncio.sleep(poll)
        except (TimeoutError, RedisError, OSError) as error:
            self._rest(error)
            return None
        return lock

    async def _release(self, lock: Lock) -> None:
        try:
            await asyncio.wait_for(lock.release(), ANSWER_SECONDS)
        except LockNotOwnedError:
            logger.error("lock_lost")  # the turn outlived it; another server may have had its turn meanwhile
        except (TimeoutError, RedisError, OSError) as error:
            self._rest(error)  # Redis drops the lock itself at the end of its life

    def _rest(self, error: Exception) -> None:
        self._resting_until = time.monotonic() + REST_SECONDS
        logger.error("lock_store_down error=%s", type(error).__name__)


def _client(url: str) -> Any:
    try:
        return Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
    except ValueError:
        # Of endpoints.yml; the setting was checked at start. The message of the error may quote a password.
        logger.error("lock_store_address_not_understood")
        return None
