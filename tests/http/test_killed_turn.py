"""A server killed after Rasa saved a turn and before the reply was kept: the same message gets that very answer."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from chat_server import Client, fake_rasa
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.settings import Settings
from processes.databases import Redis

BUTTONS = [{"title": "Yes", "payload": "Yes"}]


def record_turns(server: Client) -> None:
    """Let the fake Rasa store a question as its answer, as the real one does."""
    store = server.agent.tracker_store._tracker_store

    async def bot(message: UserMessage) -> None:
        said = {"text": "Do you have cancer?", "buttons": BUTTONS, "utter_action": "utter_ask_cancer"}
        tracker = DialogueStateTracker.from_events(
            message.sender_id, [SessionStarted(), ActionExecuted("action_listen")]
        )
        tracker.update(UserUttered(message.text, message_id=message.message_id))
        tracker.update(BotUttered(said["text"], {"buttons": BUTTONS}, {"utter_action": said["utter_action"]}))
        tracker.update(ActionExecuted("action_listen"))
        await message.output_channel.send_response(message.sender_id, said)
        await store.save(tracker)

    server.agent.bot = bot


def leave_as_a_kill_does(database: Path, message_id: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("delete from chat_replies where message_id = ?", (message_id,))


def test_the_same_message_is_answered_again_and_processed_once(settings: Settings, tmp_path: Path) -> None:
    database = tmp_path / "conversations.db"
    with fake_rasa(settings, database) as first:
        record_turns(first)
        me = first.open()
        answer = me.send("m1", "my back hurts").json()
    leave_as_a_kill_does(database, "m1")

    with fake_rasa(settings, database) as second:
        me.base = second.base
        assert me.send("m1", "my back hurts").json() == answer
        assert second.agent.handled == []
        me.send("m2", "another")
        assert second.agent.handled == ["another"]


def test_another_server_answers_it_too_though_it_knows_the_conversation(
    settings: Settings, tmp_path: Path, redis_server: Redis
) -> None:
    shared, database = replace(settings, redis_url=redis_server.url), tmp_path / "conversations.db"
    with fake_rasa(shared, database) as first, fake_rasa(shared, database) as second:
        record_turns(first)
        record_turns(second)
        me = second.open()
        me.send("m1", "my back hurts")
        me.base = first.base
        answer = me.send("m2", "and it is worse").json()
        leave_as_a_kill_does(database, "m2")
        me.base = second.base
        assert me.send("m2", "and it is worse").json() == answer
        assert second.agent.handled == ["my back hurts"]
