"""Lets turns in one by one, red flags without waiting: nobody with a red flag stands behind fifty others.

A turn is mostly computing, and the event loop runs all that is ready before it looks for new messages: fifty turns that are
ready hold it for half a second. So places are given one after the other, and the loop looks up in between, several times:
a message passes through it in steps (connection, request, task, answer), and each step would wait for one more turn. While
a turn waits for the action server it leaves its place to another.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from contextvars import ContextVar
from typing import AsyncIterator, Final

AT_ONCE: Final = 8  # that have begun; one that waits for something holds up nobody
LOOKS: Final = 8  # of the loop between two that begin; with nothing to do, one takes some microseconds


class TurnQueue:
    """Gives `AT_ONCE` places; those who wait get the next one in the order they came. The urgent need none."""

    def __init__(self, places: int = AT_ONCE) -> None:
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_admitting = False

    @contextlib.asynccontextmanager
    async def place(self, *, urgent: bool) -> AsyncIterator[None]:
        """Have a place for the length of the block."""
        if urgent:
            yield
            return
        place = _Place(self)
        await place.take()
        token = _current.set(place)
        try:
            yield
        finally:
            _current.reset(token)
            place.leave()

    async def take(self) -> None:
        """Wait for a place; also a free one comes only after the loop has looked up."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit_soon()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()  # the place came in the same moment
            raise

    def give_back(self) -> None:
        """A place is free again."""
        self._free += 1
        self._admit_soon()

    def _admit_soon(self) -> None:
        if self._waiting and self._free and not self._is_admitting:
            self._is_admitting = True
            self._look(LOOKS)

    def _look(self, times: int) -> None:
        """Let the loop do what came meanwhile, so many times, and then admit."""
        if times:
            asyncio.get_running_loop().call_soon(self._look, times - 1)
        else:
            self._admit()

    def _admit(self) -> None:
        """Let the next in who still waits, if there is a place; another one when the loop has looked up."""
        self._is_admitting = False
        while self._waiting and self._free:
            turn = self._waiting.popleft()
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
                self._admit_soon()
                return


class _Place:
    """One turn's place, which it may leave for a while."""

    def __init__(self, queue: TurnQueue) -> None:
        self._queue = queue
        self._is_held = False

    async def take(self) -> None:
        await self._queue.take()
        self._is_held = True

    def leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._queue.give_back()


_current: ContextVar[_Place | None] = ContextVar("place", default=None)


@contextlib.asynccontextmanager
async def elsewhere() -> AsyncIterator[None]:
    """For a wait that is not computing: this turn's place, if it has one, is another's for the length of the block."""
    place = _current.get()
    if place is None:
        yield
        return
    place.leave()
    try:
        yield
    finally:
        await place.take()
