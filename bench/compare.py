"""What is measured of each contender, one after the other on the same machine: nothing else may run meanwhile."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bench import load
from bench.contenders import Contender
from bench.load import Load
from bench.messages import CONVERSATION

SHORT_CONVERSATIONS: Final = 60
LONG_CONVERSATIONS, LONG_TURNS = 6, 100
USERS: Final = (1, 2, 5, 10, 20, 50)
LOAD_SECONDS: Final = 20
MESSAGES: Final = 10_000


@dataclass
class Measured:
    """Seconds unless named otherwise."""

    kind: str
    training: float = 0.0
    start: float = 0.0
    short: list[float] = field(default_factory=list)
    by_turn: list[float] = field(default_factory=list)  # median of the conversations, turn 1 first
    loads: list[Load] = field(default_factory=list)
    memory_half: float = 0.0  # MB, before the last 5,000 of at least 10,000 messages, and after them
    memory_end: float = 0.0

    @property
    def median(self) -> float:
        """Of the replies in short conversations."""
        return statistics.median(self.short)

    def at(self, users: int) -> Load:
        """The load of so many users."""
        return next(load for load in self.loads if load.users == users)

    @property
    def throughput(self) -> float:
        """Messages a second, at the best load."""
        return max(load.a_second for load in self.loads)

    @property
    def late(self) -> float:
        """How much longer the last ten turns of a long conversation take than its first ones, the very first left out."""
        return statistics.median(self.by_turn[-10:]) / statistics.median(self.by_turn[1:11])

    @property
    def growth(self) -> float:
        """By how much the memory grew over the second half of the messages, as a share."""
        return self.memory_end / self.memory_half - 1


def measure(contender: Contender, training: float, say: Callable[[str], None]) -> Measured:
    """All of one contender, which is started and ended here."""
    found = Measured(contender.kind, training)
    try:
        found.start = contender.start()
        say(f"{contender.kind}: first reply after {found.start:.1f} s")
        found.short = short_conversations(contender)
        say(f"{contender.kind}: median {found.median * 1e3:.1f} ms in short conversations")
        found.by_turn = long_conversations(contender)
        say(f"{contender.kind}: turn {LONG_TURNS} takes {found.late:.2f} times as long as turn 1")
        for users in USERS:
            one = load.run(contender.url, contender.kind, users, seconds=LOAD_SECONDS)
            found.loads.append(one)
            say(f"{contender.kind}: {users} users: {one.a_second:.1f} a second, p95 {one.p95:.0f} ms")
        already = sum(one.messages for one in found.loads)
        if already < MESSAGES // 2:
            load.run(contender.url, contender.kind, 5, messages=MESSAGES // 2 - already)
        found.memory_half = contender.memory
        load.run(contender.url, contender.kind, 5, messages=MESSAGES // 2)
        found.memory_end = contender.memory
        say(f"{contender.kind}: {found.memory_end:.0f} MB, {found.growth:+.1%} over the last half")
    finally:
        contender.close()
    return found


def short_conversations(contender: Contender) -> list[float]:
    """The time of each reply but of the first conversation, which warms up."""
    times = []
    for number in range(SHORT_CONVERSATIONS + 1):
        say = contender.open()
        taken = [say(text) for text in CONVERSATION]
        times += taken if number else []
    return times


def long_conversations(contender: Contender) -> list[float]:
    """The median time of each turn over several long conversations."""
    turns: list[list[float]] = [[] for _ in range(LONG_TURNS)]
    for _ in range(LONG_CONVERSATIONS):
        say = contender.open()
        for number, taken in enumerate(turns):
            taken.append(say(CONVERSATION[number % len(CONVERSATION)]))
    return [statistics.median(taken) for taken in turns]
