"""`assistant.server` with faults that can be switched on while it runs, and defences that can be taken out.

A fault is on while a file of its name lies in the folder FAULTS; MUTATION names one defence that is gone. Neither is
anything the assistant itself knows of.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rasa.shared.core.events import Event
from sqlalchemy.exc import OperationalError

import assistant.early_imports  # noqa: F401 -- first, as in assistant.server
from assistant import chat_turns, guard, outbox, safe_sql_tracker_store, server, web_channel
from assistant.database import Database
from assistant.page_routes import CANARY
from assistant.second_net import SecondNet

FOLDER, MUTATION = "FAULTS", "MUTATION"


def main() -> int:
    """Serve with the faults of the environment; the command line is that of `assistant.server`."""
    install(Path(os.environ[FOLDER]))
    if mutation := os.environ.get(MUTATION):
        MUTATIONS[mutation]()
    return server.main()


def install(folder: Path) -> None:
    """Put every fault in its place, asleep."""

    def on(name: str) -> bool:
        return (folder / name).exists()

    def once(name: str) -> bool:
        there = on(name)
        (folder / name).unlink(missing_ok=True)
        return there

    _before(SecondNet, "process", lambda: _raise(RuntimeError("a component fails")) if on("nlu_raises") else None)
    _before(SecondNet, "process", lambda: bytearray(1 << 62) if on("out_of_memory") else None)
    away = ("database_down", "disk_full")
    _before(Database, "_create", lambda: _no_database() if any(map(on, away)) or once("read_fails_once") else None)
    _before(outbox, "append", lambda: _raise(OSError(28, "No space left on device")) if on("disk_full") else None)

    real = time.time

    def shifted() -> float:
        try:
            return real() + float((folder / "clock").read_text())
        except (OSError, ValueError):
            return real()

    time.time = shifted


def _before(owner: Any, name: str, fault: Callable[[], object]) -> None:
    """Run `fault`, which may raise, before the function of that name."""
    plain = getattr(owner, name)

    def faulty(*arguments: Any, **named: Any) -> Any:
        fault()
        return plain(*arguments, **named)

    setattr(owner, name, faulty)


def _raise(error: BaseException) -> None:
    raise error


def _no_database() -> None:
    raise OperationalError("", {}, Exception("the database is away"))


def _without_guard_before() -> None:
    plain = guard.Guard.before

    def deaf(self: guard.Guard, text: str) -> guard.Screened:
        # The server refuses to start with a screen that does not hear the canary: that check stays.
        return plain(self, text) if text == CANARY else guard.Screened(guard.clean(text)[: guard.TEXT_LIMIT])

    _replace(guard.Guard, "before", deaf)


def _without_guard_after() -> None:
    _replace(guard.Guard, "after", lambda _self, _screened, said: list(said))


def _without_boundary() -> None:
    """Two layers do this: the boundary around the turn, and behind it the body of every error. One alone is enough."""

    async def run(_self: Any, screened: Any, call: Any, **_: Any) -> list[guard.Message]:
        said: list[guard.Message] = []
        await call(screened.text, said)
        return said

    async def nothing(*_: Any) -> dict[str, Any]:
        return {}

    _replace(guard.Guard, "run", run)
    _replace(web_channel.WebChannel, "_safety", nothing)


def _without_healing() -> None:
    _replace(safe_sql_tracker_store, "heal", lambda tracker: tracker)


def _without_outbox() -> None:
    _replace(outbox.Outbox, "add", lambda *_: False)


def _without_memory_of_unheard_turns() -> None:
    async def forget(*_: Any) -> None:
        return None

    _replace(chat_turns, "remember", forget)


def _without_skipping_rows() -> None:
    def strict(rows: Any) -> Any:
        return (Event.from_parameters(json.loads(row.data)) for row in rows)

    _replace(safe_sql_tracker_store, "_readable", strict)


def _replace(owner: Any, name: str, function: Callable[..., Any]) -> None:
    getattr(owner, name)  # a layer that moved must not be taken out in vain
    setattr(owner, name, function)


#: What can be taken out, each a layer of defence.
MUTATIONS: dict[str, Callable[[], None]] = {
    "guard before Rasa": _without_guard_before,
    "guard after Rasa": _without_guard_after,
    "safety text in place of an error": _without_boundary,
    "memory of unheard turns": _without_memory_of_unheard_turns,
    "healing of a deaf conversation": _without_healing,
    "outbox": _without_outbox,
    "skipping of rows that cannot be read": _without_skipping_rows,
}

if __name__ == "__main__":
    sys.exit(main())
