"""Who comes next: red flags before others, each in the order they came, and nobody who went away keeps a place."""

from __future__ import annotations

import asyncio

import pytest

from assistant.turn_queue import TurnQueue


async def held(queue: TurnQueue, name: str, done: list[str], *, urgent: bool = False) -> None:
    async with queue.place(urgent=urgent):
        await asyncio.sleep(0.01)
        done.append(name)


async def start(*coroutines: object) -> list[asyncio.Task[None]]:
    tasks = []
    for coroutine in coroutines:
        tasks.append(asyncio.ensure_future(coroutine))
        await asyncio.sleep(0)
    return tasks


async def test_they_come_in_order_and_the_urgent_before_all_others() -> None:
    queue, done = TurnQueue(1), []
    await asyncio.gather(
        *await start(
            held(queue, "first", done),
            held(queue, "second", done),
            held(queue, "third", done),
            held(queue, "red flag", done, urgent=True),
            held(queue, "another red flag", done, urgent=True),
        )
    )
    assert done == ["first", "red flag", "another red flag", "second", "third"]


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
    assert most == 2


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
