"""Codes that work once, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.engine import Connection
from stored import run

from assistant.database import Database
from assistant.smart_store import OneTimeCodes


def test_a_code_opens_its_value_once_and_for_its_purpose_only(database_url: str) -> None:
    codes = OneTimeCodes(Database(database_url))
    code = codes.put("launch", "value", seconds=60)
    assert codes.take("state", code) is None
    assert codes.take("launch", code) == "value"
    assert codes.take("launch", code) is None


def test_what_is_old_goes_and_no_purpose_grows_without_end(database_url: str) -> None:
    clock = [1000.0]
    codes = OneTimeCodes(Database(database_url), most=3, now=lambda: clock[0])
    kept = codes.put("launch", "kept", seconds=600)
    states = []
    for number in range(5):
        clock[0] += 1
        states.append(codes.put("state", str(number), seconds=600))
    assert run(database_url, "select count(*) from chat_one_time_codes") == [(4,)]
    assert [codes.take("state", state) for state in states] == [None, None, "2", "3", "4"]
    assert codes.take("launch", kept) == "kept"
    codes.put("state", "old", seconds=10)
    clock[0] += 11
    codes.put("state", "new", seconds=10)
    assert run(database_url, "select value from chat_one_time_codes") == [("new",)]


def test_of_two_that_read_a_code_one_has_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the row when the first deletes it: the second must come away with nothing."""
    first, second = (OneTimeCodes(Database(database_url)) for _ in range(2))
    code = first.put("launch", "value", seconds=60)
    taken: list[str | None] = []
    plain = Connection.execute

    def execute(self: Connection, statement: Any, *args: Any, **options: Any) -> Any:
        result = plain(self, statement, *args, **options)
        if str(statement).startswith("SELECT") and not taken:
            row = result.first()
            taken.append("")  # no second interruption
            taken[0] = second.take("launch", code)
            return type("Read", (), {"first": lambda _: row})()
        return result

    monkeypatch.setattr(Connection, "execute", execute)
    assert first.take("launch", code) is None
    assert taken == ["value"]
