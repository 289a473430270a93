"""A server killed after Rasa saved a turn and before the reply was kept: the same message gets that very answer."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from chat_server import fake_rasa
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.settings import Settings

BUTTONS = [{"title": "Yes", "payload": "Yes"}]


def test_the_same_message_is_answered_again_and_processed_once(settings: Settings, tmp_path: Path) -> None:
    database = tmp_path / "conversations.db"
    with fake_rasa(settings, database) as first:
        store = first.agent.tracker_store._tracker_store

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

        first.agent.bot = bot
        me = first.open()
        answer = me.send("m1", "my back hurts").json()
    with sqlite3.connect(database) as connection:
        connection.execute("delete from chat_replies")  # what a kill at that moment leaves

    with fake_rasa(settings, database) as second:
        me.base = second.base
        assert me.send("m1", "my back hurts").json() == answer
        assert second.agent.handled == []
        me.send("m2", "another")
        assert second.agent.handled == ["another"]
