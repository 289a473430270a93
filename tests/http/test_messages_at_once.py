"""The same message twice, two at once, a slow one beside a quick one, a client that hangs up."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from chat_server import Client, echo
from rasa.core.channels.channel import UserMessage
from reading import texts


def test_the_same_id_is_answered_again_and_processed_once(me: Client) -> None:
    first, second = me.send("m1", "hello"), me.send("m1", "hello")
    assert first.json() == second.json()
    assert me.agent.handled == ["hello"]


def test_the_same_id_ten_times_at_once_is_processed_once(me: Client) -> None:
    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(0.1)
        await echo(message)

    me.agent.bot = slow
    with ThreadPoolExecutor(10) as pool:
        answers = {response.text for response in pool.map(lambda _: me.send("m1", "hello"), range(10))}
    assert len(answers) == 1
    assert me.agent.handled == ["hello"]


def test_two_messages_at_once_are_processed_one_after_the_other(me: Client) -> None:
    running = 0

    async def alone(message: UserMessage) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.05)
        running -= 1
        await echo(message)

    me.agent.bot = alone
    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(lambda number: texts(me.send(f"m{number}", str(number))), range(5)))
    assert replies == [[f"You said: {number}"] for number in range(5)]


def test_a_slow_conversation_does_not_hold_up_another(chat: Client) -> None:
    slow, quick = chat.open(), chat.open()

    async def wait_for_slow(message: UserMessage) -> None:
        if message.text == "slow":
            await asyncio.sleep(0.4)
        await echo(message)

    chat.agent.bot = wait_for_slow
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(slow.send, "m1", "slow")
        time.sleep(0.05)
        assert texts(quick.send("m1", "quick")) == ["You said: quick"]
        assert not pending.done()
        assert texts(pending.result()) == ["You said: slow"]


def test_a_client_that_hangs_up_finds_its_answer_later(me: Client) -> None:
    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(0.3)
        await echo(message)

    me.agent.bot = slow
    with pytest.raises(requests.Timeout):
        requests.post(
            f"{me.base}/chat/messages",
            json={"id": "m1", "text": "hello"},
            headers={"Authorization": f"Bearer {me.token}"},
            timeout=0.1,
        )
    assert texts(me.send("m1", "hello")) == ["You said: hello"]
    assert me.agent.handled == ["hello"]
