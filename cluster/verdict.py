"""What is wrong after a scenario: messages lost, answered or processed twice, or out of order; people left without words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from cluster.person import Person, Said


def problems(person: Person, rows: Engine) -> list[str]:
    """A line for each thing that is wrong with this person's conversation; none when all is well."""
    with rows.connect() as connection:
        events = [
            json.loads(data)
            for data in connection.execute(
                sa.text("select data from events where sender_id = :who order by id"), {"who": person.conversation}
            ).scalars()
        ]
        replies = connection.execute(
            sa.text("select message_id from chat_replies where conversation = :who order by id"),
            {"who": person.conversation},
        ).scalars()
        kept = list(replies)
    found = [
        *_unanswered(person.said),
        *_counted("kept", [said.id for said in person.said], kept),
        *_counted(
            "processed", [said.text for said in person.said], [e["text"] for e in events if e["event"] == "user"]
        ),
        *_begun(events),
        *_interleaved(events),
        *_told_otherwise(person),
    ]
    return [f"{person.conversation}: {line}" for line in found]


def _unanswered(said: Sequence[Said]) -> list[str]:
    lost = [f"{one.id} was never answered" for one in said if one.reply is None]
    mute = [f"{one.id} met {one.without_words} tries without words" for one in said if one.without_words]
    return lost + mute


def _counted(verb: str, wanted: Sequence[str], found: Sequence[str]) -> list[str]:
    """Whether each stands there once, in the order it was said."""
    counts = Counter(found)
    wrong = [f"{what!r} was {verb} {counts[what]} times" for what in wanted if counts[what] != 1]
    if not wrong and list(found) != list(wanted):
        wrong.append(f"messages were {verb} in another order than they were said")
    return wrong


def _begun(events: Sequence[dict[str, Any]]) -> list[str]:
    """Whether an assistant took the conversation for a new one: it answered without what had been said before."""
    times = sum(event["event"] == "session_started" for event in events)
    return [f"the conversation began {times} times"] if times > 1 else []


def _interleaved(events: Sequence[dict[str, Any]]) -> list[str]:
    """A message that was heard while the turn before it had not ended."""
    wrong = []
    for before, event in zip(events, events[1:], strict=False):
        listened = before["event"] == "action" and before.get("name") == "action_listen"
        if event["event"] == "user" and not listened:
            wrong.append(f"{event['text']!r} was heard in the middle of another turn")
    return wrong


def _told_otherwise(person: Person) -> list[str]:
    """Where the history shows another answer than the person got."""
    shown = person.history()
    told = [message for message in shown if message["from"] == "bot"]
    got = [message for said in person.said if said.reply is not None for message in said.reply["messages"]]
    if [message["text"] for message in told] != [message["text"] for message in got]:
        return ["the history shows other answers than were given"]
    return []
