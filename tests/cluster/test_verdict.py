"""The cluster's verdict finds what it is there to find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assistant.sessions import Session
from assistant.tables import events, metadata, replies
from cluster import verdict
from cluster.person import Person, Said

ME = "a_me"
LISTEN = {"event": "action", "name": "action_listen"}
BEGIN = {"event": "session_started"}


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[sa.engine.Engine]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/c.db")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def heard(text: str) -> dict[str, Any]:
    return {"event": "user", "text": text}


def write(rows: sa.engine.Engine, told: list[dict[str, Any]], kept: list[str]) -> None:
    with rows.begin() as connection:
        for event in told:
            connection.execute(events.insert().values(sender_id=ME, type_name=event["event"], data=json.dumps(event)))
        for message_id in kept:
            values = {"conversation": ME, "message_id": message_id, "created_at": 0, "text": '""', "reply": "{}"}
            connection.execute(replies.insert().values(**values))


def person(*said: Said, shown: str | None = None) -> Person:
    """One whose history holds the answers given, or `shown` instead."""
    one = Person(Session("token", ME, 0), "http://127.0.0.1:9")
    one.said = list(said)
    answers = [message["text"] for each in said if each.reply for message in each.reply["messages"]]
    one.history = lambda: [{"from": "bot", "text": text} for text in ([shown] if shown else answers)]  # type: ignore[method-assign]
    return one


def answered(message_id: str, text: str, **more: Any) -> Said:
    return Said(message_id, text, reply={"messages": [{"text": f"to {text}"}]}, **more)


def test_a_sound_conversation_has_no_problem(rows: sa.engine.Engine) -> None:
    write(rows, [BEGIN, LISTEN, heard("one"), LISTEN, heard("two"), LISTEN], ["m0", "m1"])
    assert verdict.problems(person(answered("m0", "one"), answered("m1", "two")), rows) == []


@pytest.mark.parametrize(
    ("told", "kept", "said", "wrong"),
    [
        ([LISTEN, heard("one"), LISTEN], ["m0"], [Said("m0", "one")], "was never answered"),
        ([LISTEN, heard("one"), LISTEN], ["m0"], [answered("m0", "one", without_words=1)], "tries without words"),
        ([LISTEN, heard("one"), LISTEN] * 2, ["m0"], [answered("m0", "one")], "'one' was processed 2 times"),
        ([LISTEN], ["m0"], [answered("m0", "one")], "'one' was processed 0 times"),
        ([LISTEN, heard("one"), LISTEN], [], [answered("m0", "one")], "'m0' was kept 0 times"),
        (
            [LISTEN, heard("two"), LISTEN, heard("one"), LISTEN],
            ["m0", "m1"],
            [answered("m0", "one"), answered("m1", "two")],
            "processed in another order",
        ),
        (
            [LISTEN, heard("one"), heard("two"), LISTEN],
            ["m0", "m1"],
            [answered("m0", "one"), answered("m1", "two")],
            "'two' was heard in the middle of another turn",
        ),
        (
            [BEGIN, LISTEN, heard("one"), LISTEN, BEGIN, LISTEN, heard("two"), LISTEN],
            ["m0", "m1"],
            [answered("m0", "one"), answered("m1", "two")],
            "the conversation began 2 times",
        ),
    ],
)
def test_each_kind_of_problem_is_found(
    rows: sa.engine.Engine, told: list[dict[str, Any]], kept: list[str], said: list[Said], wrong: str
) -> None:
    write(rows, told, kept)
    found = verdict.problems(person(*said), rows)
    assert any(wrong in line for line in found), found


def test_a_history_that_tells_something_else_is_found(rows: sa.engine.Engine) -> None:
    write(rows, [LISTEN, heard("one"), LISTEN], ["m0"])
    (found,) = verdict.problems(person(answered("m0", "one"), shown="another answer"), rows)
    assert "other answers" in found
