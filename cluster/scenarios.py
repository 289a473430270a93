"""What happens to the cluster while people write: each scenario returns what it measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from cluster import verdict
from cluster.person import Person
from cluster.stack import Stack
from processes.quantiles import quantile

SETTLE_SECONDS: Final = 10.0  # for what waits in an outbox to be written
OUTAGE_SECONDS: Final = 4.0
ROUNDS_OF_ONE: Final = 4  # so that many conversations begin in both tabs at once, where most can go wrong

Happening = Callable[[Stack], None]


@dataclass
class Outcome:
    """One scenario: how many messages, in how long, what went wrong, how long people waited (seconds)."""

    name: str
    messages: int
    seconds: float
    problems: list[str]
    waits: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """The longest wait of anybody."""
        return max(self.waits, default=0.0)

    def quantile(self, share: float) -> float:
        """The wait that this share of all messages did not exceed."""
        return quantile(self.waits, share)


def under_load(stack: Stack, name: str, people: int, seconds: float, happens: Happening = lambda _: None) -> Outcome:
    """So many people write for so long, and a third of the way something happens."""
    crowd = [Person(stack.issue(), stack.proxy.url, number) for number in range(1, people + 1)]
    enough = threading.Event()
    began = time.monotonic()
    with ThreadPoolExecutor(people) as pool:
        talking = [pool.submit(person.talk, enough) for person in crowd]
        time.sleep(seconds / 3)
        happens(stack)
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        enough.set()
    for done in talking:
        done.result()
    return _outcome(stack, name, crowd, time.monotonic() - began)


def kill_an_assistant(stack: Stack, number: int = 0) -> None:
    """Without a farewell; it is started again, as every engine does it, and takes its time."""
    stack.assistants[number].kill()
    time.sleep(1)
    stack.assistants[number].launch()
    stack.assistants[number].wait_until_ready()


def kill_assistants(stack: Stack) -> None:
    """One after the other; the second one once the first is back."""
    for number in range(len(stack.assistants)):
        kill_an_assistant(stack, number)


def hang_an_assistant(stack: Stack) -> None:
    """It keeps its connections and says nothing."""
    stack.assistants[0].hang()
    time.sleep(OUTAGE_SECONDS)
    stack.assistants[0].go_on()


def restart_assistants_gently(stack: Stack) -> None:
    """As a new version is rolled out: asked to stop, one at a time."""
    for assistant in stack.assistants:
        assistant.stop()
        assistant.launch()
        assistant.wait_until_ready()


def restart_postgresql(stack: Stack) -> None:
    """Every connection is cut."""
    stack.database.stop()
    stack.database.start()


def stop_postgresql(stack: Stack) -> None:
    """Away for some seconds: what is said meanwhile waits on the assistants' disks."""
    stack.database.stop()
    time.sleep(OUTAGE_SECONDS)
    stack.database.start()


def stop_redis(stack: Stack) -> None:
    """Turns go on without the lock over all servers; the proxy's routing keeps them in order meanwhile."""
    stack.locks.stop()
    time.sleep(OUTAGE_SECONDS)
    stack.locks.start()


SCENARIOS: Final[dict[str, Happening]] = {
    "nothing happens": lambda _: None,
    "both assistants killed, one after the other": kill_assistants,
    "an assistant hangs": hang_an_assistant,
    "both assistants restarted gently": restart_assistants_gently,
    "PostgreSQL restarted": restart_postgresql,
    "PostgreSQL away": stop_postgresql,
    "Redis away": stop_redis,
}


def two_tabs(stack: Stack, rounds: int) -> Outcome:
    """Two tabs of one person, each on an assistant of its own, past the proxy; one person after the other.

    In odd rounds both send the same message at the same moment, as a chat does that lost its connection; in even rounds
    each sends its own.
    """
    wrong: list[str] = []
    waits: list[float] = []
    count, began = 0, time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        for first in range(0, rounds, ROUNDS_OF_ONE):
            one, tabs, differing = _one_person(stack, pool, min(ROUNDS_OF_ONE, rounds - first))
            count += len(one.said)
            waits += [said.seconds for tab in tabs for said in tab.said]
            wrong += differing
            wrong += [line for line in verdict.problems(one, stack.rows) if "another order" not in line]
    return Outcome("two tabs of one person on two assistants", count, time.monotonic() - began, wrong, waits)


def _one_person(stack: Stack, pool: ThreadPoolExecutor, rounds: int) -> tuple[Person, list[Person], list[str]]:
    """What one person said in all, in both tabs, and which messages got two answers."""
    session = stack.issue()
    tabs = [Person(session, assistant.url, number) for number, assistant in enumerate(stack.assistants[:2], 1)]
    wrong = []
    for number in range(rounds):
        same = number % 2 == 1
        ids = [f"m{number}"] * 2 if same else [f"m{number}a", f"m{number}b"]
        sent = [pool.submit(tab.say, id_, f"my back hurts, number {id_}") for tab, id_ in zip(tabs, ids, strict=True)]
        first, second = (one.result() for one in sent)
        if same and first.reply != second.reply:
            wrong.append(f"{first.id} got two answers")
    return _as_one(tabs), tabs, wrong


def _as_one(tabs: Sequence[Person]) -> Person:
    """What both tabs said, each message once, in the order in which the conversation has it."""
    order = {message["id"]: n for n, message in enumerate(tabs[0].history()) if message["from"] == "user"}
    said = {one.id: one for tab in tabs for one in tab.said}
    person = Person(tabs[0].session, tabs[0].url)
    person.said = sorted(said.values(), key=lambda one: order.get(one.id, len(order)))
    return person


def _outcome(stack: Stack, name: str, crowd: Sequence[Person], seconds: float) -> Outcome:
    said = [one for person in crowd for one in person.said]
    wrong: list[str] = []
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        wrong = [line for person in crowd for line in verdict.problems(person, stack.rows)]
        if not wrong or time.monotonic() > deadline:
            return Outcome(name, len(said), seconds, wrong, [one.seconds for one in said])
        time.sleep(1)
