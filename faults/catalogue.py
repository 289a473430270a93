"""The faults: what begins each, what ends it, and what it needs of the server."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy.engine import Engine

from faults import states
from processes.databases import PostgreSQL


class Stage(Protocol):
    """What a fault may touch."""

    flags: Path
    rows: Engine
    model: Path
    redis: str | None
    postgresql: PostgreSQL | None

    def actions(self, mode: str) -> None:
        """Let the action server fail in this way, "good" for not at all."""

    def restart(self) -> None:
        """Kill the server and start it again, with the flags as they are; returns when it listens."""

    def kill(self) -> None:
        """Kill the server."""


@dataclass(frozen=True)
class Fault:
    """`begin` and `end` are for all cells, `each` (conversation) for one.

    `killed`: the server dies in the turn. `on_postgresql`: the server keeps its conversations in a real PostgreSQL.
    """

    name: str
    begin: Callable[[Stage], None] = lambda _: None
    end: Callable[[Stage], None] = lambda _: None
    each: Callable[[Stage, str], None] = lambda *_: None
    killed: bool = False
    on_postgresql: bool = False


def _flag(name: str, text: str = "") -> Callable[[Stage], None]:
    def begin(stage: Stage) -> None:
        (stage.flags / name).write_text(text)

    return begin


def _unflag(name: str) -> Callable[[Stage], None]:
    return lambda stage: (stage.flags / name).unlink(missing_ok=True)


def _flagged(title: str, name: str, text: str = "") -> Fault:
    return Fault(title, _flag(name, text), _unflag(name))


def _action(title: str, mode: str) -> Fault:
    return Fault(title, lambda stage: stage.actions(mode), lambda stage: stage.actions("good"))


def _row(title: str, *rows: tuple[str, str]) -> Fault:
    def add(stage: Stage, conversation: str) -> None:
        for type_name, data in rows:
            states.add_row(stage.rows, conversation, type_name, data)

    return Fault(title, each=add)


def _start_without_database(stage: Stage) -> None:
    _flag("database_down")(stage)
    stage.restart()


def _killed_without_database(stage: Stage) -> None:
    stage.kill()
    _unflag("database_down")(stage)
    stage.restart()


def _lock_store(name: str, *, listening: bool) -> Fault:
    """A Redis at an address where nobody is, or where somebody takes the connection and never answers."""
    nobody = socket.socket()

    def begin(stage: Stage) -> None:
        nobody.bind(("127.0.0.1", 0))
        if listening:
            nobody.listen(128)
        stage.redis = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        stage.restart()

    def end(stage: Stage) -> None:
        stage.redis = None
        stage.restart()
        nobody.close()

    return Fault(name, begin, end)


def _postgresql(
    name: str, begin: Callable[[PostgreSQL], None], end: Callable[[PostgreSQL], None], *, restart: bool = False
) -> Fault:
    """A fault of a real PostgreSQL; with `restart` the server is started in it."""

    def on(step: Callable[[PostgreSQL], None]) -> Callable[[Stage], None]:
        def act(stage: Stage) -> None:
            assert stage.postgresql is not None
            step(stage.postgresql)

        return act

    def begin_it(stage: Stage) -> None:
        on(begin)(stage)
        if restart:
            stage.restart()

    return Fault(name, begin_it, on(end), on_postgresql=True)


def _nothing(_: PostgreSQL) -> None:
    pass


def _start_again(database: PostgreSQL) -> None:
    database.stop()
    database.start()


def _spoil_model(content: bytes | None, *, restart: bool) -> Callable[[Stage], None]:
    def spoil(stage: Stage) -> None:
        stage.model.rename(stage.model.with_suffix(".kept"))
        if content is not None:
            stage.model.write_bytes(content)
        if restart:
            stage.restart()

    return spoil


def _mend_model(*, restart: bool) -> Callable[[Stage], None]:
    def mend(stage: Stage) -> None:
        stage.model.with_suffix(".kept").replace(stage.model)
        if restart:
            stage.restart()

    return mend


_ACTION: Final = {"event": "action", "name": "utter_greet", "policy": None, "confidence": 1.0, "action_text": None}
_MANY_ACTIONS: Final = [("action", json.dumps({**_ACTION, "timestamp": 1.0}))] * 25

FAULTS: Final[tuple[Fault, ...]] = (
    Fault("no fault"),
    _action("action server down", "down"),
    _action("action server slow, 10 s", "slow"),
    _action("action server answers 500", "500"),
    _action("action server answers 400", "400"),
    _action("action server sends broken JSON", "broken"),
    _action("action calls itself for ever", "looping"),
    Fault("database down at the start", _start_without_database, _unflag("database_down")),
    _flagged("database down in mid-conversation", "database_down"),
    Fault("database down, then the server killed", _flag("database_down"), _killed_without_database),
    Fault("a read of the database fails once", each=lambda stage, _: _flag("read_fails_once")(stage)),
    _flagged("disk full", "disk_full"),
    _row("corrupt row", ("user", "{broken")),
    _row("event of a newer version", ("from_a_newer_version", json.dumps({"event": "from_a_newer_version"}))),
    _lock_store("lock store down", listening=False),
    _lock_store("lock store that never answers", listening=True),
    _flagged("an NLU component raises", "nlu_raises"),
    _flagged("out of memory in a turn", "out_of_memory"),
    Fault("model missing", _spoil_model(None, restart=True), _mend_model(restart=True)),
    Fault("model corrupt", _spoil_model(b"not a model", restart=True), _mend_model(restart=True)),
    Fault("model replaced while it runs", _spoil_model(b"another", restart=False), _mend_model(restart=False)),
    _row("conversation paused", ("pause", json.dumps({"event": "pause", "timestamp": 1.0}))),
    _row("past the circuit breaker", *_MANY_ACTIONS),
    Fault("server killed in the turn", lambda stage: stage.kill(), lambda stage: stage.restart(), killed=True),
    _flagged("clock put back an hour", "clock", "-3600"),
    _flagged("clock put forward an hour", "clock", "3600"),
    _postgresql("PostgreSQL, no fault", _nothing, _nothing),
    _postgresql("PostgreSQL down at the start", PostgreSQL.stop, PostgreSQL.start, restart=True),
    _postgresql("PostgreSQL down in mid-conversation", PostgreSQL.stop, PostgreSQL.start),
    _postgresql("PostgreSQL restarted while idle", _start_again, _nothing),
    _postgresql("PostgreSQL that hangs", PostgreSQL.hang, PostgreSQL.go_on),
)
BY_NAME: Final = {fault.name: fault for fault in FAULTS}

#: For each defence that can be taken out (faults/server.py): faults that then show.
PROOFS: Final[dict[str, tuple[str, ...]]] = {
    "guard before Rasa": ("an NLU component raises", "model missing"),
    "guard after Rasa": ("action server down", "an NLU component raises"),
    "safety text in place of an error": ("out of memory in a turn", "action server slow, 10 s"),
    "memory of unheard turns": ("an NLU component raises",),
    "healing of a deaf conversation": ("conversation paused", "past the circuit breaker"),
    "outbox": ("database down, then the server killed",),
    "skipping of rows that cannot be read": ("corrupt row", "event of a newer version"),
}
