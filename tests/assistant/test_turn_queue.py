"""Who comes next: each in the order they came, red flags at once, and nobody who went away keeps a place."""

from __future__ import annotations

import asyncio

import pytest

from assistant.turn_queue import LOOKS, TurnQueue, elsewhere


async def held(queue: TurnQueue, name: str, done: list[str], *, urgent: bool = False) -> None:
    async with queue.place(urgent=urgent):
        await asyncio.sleep(0.01)
        done.append(name)


async def start(*coroutines: object) -> list[asyncio.Task[None]]:
    tasks = []
    for coroutine in coroutines:
        tasks.append(asyncio.ensure_future(coroutine))
        for _ in range(LOOKS + 1):  # until it has its place, if there is one
            await asyncio.sleep(0)
    return tasks


async def test_they_come_in_order_and_the_urgent_at_once() -> None:
    queue, done = TurnQueue(1), []
    names = ("first", "second", "third")
    waiting = await start(*(held(queue, name, done) for name in names))
    await held(queue, "red flag", done, urgent=True)
    await asyncio.gather(*waiting)
    assert done == ["first", "red flag", "second", "third"]


async def test_no_more_than_the_places_run_at_once() -> None:
    queue, running, most = TurnQueue(2), 0, 0

    async def one() -> None:
        nonlocal running, most
        async with queue.place(urgent=False):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.005)
            running -= 1

    await asyncio.gather(*(one() for _ in range(10)))
    assert most == 2 and queue._free == 2


@pytest.mark.parametrize("when", ["waiting", "just called"])
async def test_who_goes_away_keeps_no_place(when: str) -> None:
    queue, done = TurnQueue(1), []
    first, second, third = await start(
        held(queue, "first", done), held(queue, "second", done), held(queue, "third", done)
    )
    if when == "just called":
        first.add_done_callback(lambda _: second.cancel())
    else:
        second.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert done == ["first", "third"]
    await asyncio.wait_for(held(queue, "next", done), 1)
    assert queue._free == 1


async def test_an_error_gives_the_place_back() -> None:
    queue = TurnQueue(1)
    with pytest.raises(ValueError, match="in the turn"):
        async with queue.place(urgent=False):
            raise ValueError("in the turn")
    assert queue._free == 1


async def test_who_waits_for_something_else_leaves_the_place_to_others() -> None:
    queue, done, released = TurnQueue(1), [], asyncio.Event()

    async def waits() -> None:
        async with queue.place(urgent=False):
            async with elsewhere():
                await released.wait()
            done.append("waited")

    (waiting,) = await start(waits())
    await asyncio.wait_for(held(queue, "another", done), 1)
    released.set()
    await waiting
    assert done == ["another", "waited"] and queue._free == 1


@pytest.mark.parametrize("urgent", [True, False])
async def test_who_goes_away_while_elsewhere_gives_nothing_back_twice(urgent: bool) -> None:
    queue = TurnQueue(1)

    async def waits() -> None:
        async with queue.place(urgent=urgent), elsewhere():
            await asyncio.sleep(10)

    (waiting,) = await start(waits())
    async with queue.place(urgent=False):  # so that there is none to come back to
        waiting.cancel()
        await asyncio.wait([waiting], timeout=0.1)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=0.1)
    await asyncio.gather(waiting, return_exceptions=True)
    assert queue._free == 1


async def test_what_takes_several_steps_of_the_loop_passes_between_two_turns() -> None:
    queue, done = TurnQueue(), []

    async def turn(name: str) -> None:
        async with queue.place(urgent=False):
            done.append(name)

    async def steps() -> None:
        for _ in range(4):  # connection, request, task, answer
            await asyncio.sleep(0)
        done.append("red flag")

    async def first() -> None:
        async with queue.place(urgent=False):
            done.append("first")
            arrived.append(asyncio.ensure_future(steps()))

    arrived: list[asyncio.Task[None]] = []
    await asyncio.gather(first(), turn("second"), turn("third"))
    await asyncio.gather(*arrived)
    assert done == ["first", "red flag", "second", "third"]
