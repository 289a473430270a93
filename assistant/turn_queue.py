"""Few turns at once in one server, red flags first: somebody with a red flag must not stand behind fifty others.

A turn is mostly computing, so running many at once makes none of them faster; it only lets every one wait for all.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import AsyncIterator, Final

AT_ONCE: Final = 2  # so that one that waits for the action server does not hold up the rest


class TurnQueue:
    """Gives `AT_ONCE` places; those who wait get the next one in the order they came, the urgent before all others."""

    def __init__(self, places: int = AT_ONCE) -> None:
        self._free = places
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @contextlib.asynccontextmanager
    async def place(self, *, urgent: bool) -> AsyncIterator[None]:
        """Have a place for the length of the block."""
        await self._take(self._urgent if urgent else self._others)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, waiting: deque[asyncio.Future[None]]) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled() or not turn.done():
                waiting.remove(turn)
            else:
                self._give_back()  # the place came in the same moment
            raise

    def _give_back(self) -> None:
        """Hand the place on, or keep it free."""
        for waiting in (self._urgent, self._others):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._free += 1
