"""Run the cells of the matrix and judge each: words in time, the emergency text, the turn stored once, the next turn sound."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from assistant.responses import fixed_text
from assistant.sessions import Sessions
from assistant.settings import DATABASE_URL, REDIS_URL, SECRET
from assistant.training import record_path
from faults import states
from faults.actions import ActionServer
from faults.catalogue import Fault
from faults.server import FOLDER, MUTATION
from processes.action_server import endpoints_with
from processes.assistant_server import AssistantServer
from processes.databases import PostgreSQL
from triage import screen

WORDS_WITHIN: Final = 3.0  # seconds
SETTLED_WITHIN: Final = 60.0  # until a message that met a fault has its answer, a start of the server included
STORED_WITHIN: Final = 15.0
KEY: Final = "k" * 40
RED, PLAIN, NEXT = "I can't feel my legs since this morning", "I want to find a doctor", "thank you"
EMERGENCY: Final = fixed_text(screen(RED).response or "").split("\n")[0]
SAFETY: Final = fixed_text("utter_safety").split("\n")[0]


@dataclass(frozen=True)
class Cell:
    """One fault, one state, one message; `problems` is empty when all went well."""

    fault: str
    state: str
    message: str
    seconds: float
    problems: tuple[str, ...]


class Run(AssistantServer):
    """A server with its database, model and action server in a folder of its own."""

    def __init__(
        self, folder: Path, model: Path, mutation: str | None = None, postgresql: PostgreSQL | None = None
    ) -> None:
        """On a SQLite file, or on a `postgresql` that runs."""
        self.flags = folder / "flags"
        self.flags.mkdir(parents=True)
        own = folder / model.name
        shutil.copyfile(model, own)
        shutil.copyfile(record_path(model), record_path(own))
        self._actions = ActionServer()
        super().__init__(
            folder,
            model=own,
            module="faults.server",
            endpoints=endpoints_with(self._actions.url, folder / "endpoints.yml"),
            env={SECRET: KEY, FOLDER: str(self.flags), MUTATION: mutation or ""},
        )
        self.postgresql = postgresql
        if postgresql is not None:
            self.settings[DATABASE_URL] = postgresql.url
        # Without a pool: nothing of ours may hold up a database that is stopped.
        self.rows = sa.create_engine(self.settings[DATABASE_URL], poolclass=NullPool)
        self.tokens: dict[str, str] = {}
        self.redis: str | None = None  # the address of a lock store, when there is one
        self._sessions = Sessions(KEY.encode(), lifetime=86_400)
        self._web = requests.Session()
        self._web.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=32))

    def actions(self, mode: str) -> None:
        """Let the action server fail in this way."""
        self._actions.mode = mode

    def restart(self) -> None:
        """Kill and start; returns when it listens, or with its model when there is one."""
        self.kill()
        self.settings[REDIS_URL] = self.redis or ""
        self.start()
        if self.model.exists() and self.model.stat().st_size > 1000:
            self.wait_until(self.has_model, SETTLED_WITHIN)

    def issue(self) -> str:
        """A new conversation, whose token this run keeps."""
        session = self._sessions.issue()
        self.tokens[session.conversation_id] = session.token
        return session.conversation_id

    def say(self, conversation: str, text: str, message_id: str | None = None) -> requests.Response:
        """Send a message as the widget does."""
        body = {"id": message_id or os.urandom(8).hex(), "text": text}
        headers = {"Authorization": f"Bearer {self.tokens[conversation]}"}
        return self._web.post(f"{self.url}/chat/messages", json=body, headers=headers, timeout=20)

    def close(self) -> None:
        """Stop everything."""
        super().close()
        self._actions.shutdown()
        self._actions.server_close()


@contextlib.contextmanager
def prepared(
    folder: Path, model: Path, mutation: str | None = None, postgresql: PostgreSQL | None = None
) -> Iterator[tuple[Run, dict[str, str]]]:
    """A running server and its template conversations."""
    run = Run(folder, model, mutation, postgresql)
    try:
        run.restart()
        yield run, states.prepare(run.rows, run.say, run.issue)
    finally:
        run.close()


def cells(run: Run, templates: Mapping[str, str], fault: Fault, wanted: Sequence[str]) -> list[Cell]:
    """Every wanted state under one fault, each with a red flag and a plain wish."""
    places = [(state, message) for state in wanted for message in (RED, PLAIN)]
    conversations = []
    for state, _ in places:
        conversation = run.issue()
        states.copy(run.rows, templates[state], conversation)
        conversations.append(conversation)
    if fault.killed:
        seen = _killed(run, fault, places, conversations)
    else:
        fault.begin(run)
        seen = [_under(run, fault, message, conv) for (_, message), conv in zip(places, conversations, strict=True)]
    fault.end(run)
    found = []
    for (state, message), conversation, (seconds, answered, problems) in zip(places, conversations, seen, strict=True):
        problems = [*problems, *_afterwards(run, message, conversation, answered)]
        found.append(Cell(fault.name, state, message, seconds, tuple(problems)))
    return found


def _killed(
    run: Run, fault: Fault, places: Sequence[tuple[str, str]], conversations: Sequence[str]
) -> list[tuple[float, bool, list[str]]]:
    """All messages under way when the server dies: the words are the chat's own, so nothing is asked of it here."""
    with ThreadPoolExecutor(len(places)) as pool:
        for (_, message), conversation in zip(places, conversations, strict=True):
            pool.submit(_try, run, conversation, message)
        time.sleep(0.15)
        fault.begin(run)
    return [(0.0, False, [])] * len(places)


def _try(run: Run, conversation: str, text: str) -> None:
    with contextlib.suppress(requests.RequestException):
        run.say(conversation, text, "m")


def _under(run: Run, fault: Fault, message: str, conversation: str) -> tuple[float, bool, list[str]]:
    """Send the message while the fault is there: how long it took, whether it was answered, what is wrong with it."""
    fault.each(run, conversation)
    began = time.monotonic()
    try:
        answer = run.say(conversation, message, "m")
    except requests.RequestException as error:
        return time.monotonic() - began, False, [f"no answer: {type(error).__name__}"]
    seconds, texts = time.monotonic() - began, _texts(answer)
    problems = [] if texts else ["silence"]
    if seconds > WORDS_WITHIN:
        problems.append(f"words after {seconds:.1f} s")
    if message == RED and not (texts and texts[0].startswith(EMERGENCY)):
        problems.append("the emergency text is not first")
    return seconds, answer.status_code == 200, problems


def _afterwards(run: Run, message: str, conversation: str, answered: bool) -> list[str]:
    """What is wrong once the fault is gone: the answer, the next turn, the store; then the message comes once more."""
    problems = []
    if not answered and not _settled(run, message, conversation):
        return ["never answered"]
    following = run.say(conversation, NEXT, "n")
    texts = _texts(following)
    if following.status_code != 200 or not texts or texts[0].startswith(SAFETY):
        problems.append("the next turn is not normal")
    elif message == RED and following.json()["level"] not in ("EMERGENCY", "CRISIS"):
        problems.append(f"the red flag is forgotten: {following.json()['level']}")
    deadline = time.monotonic() + STORED_WITHIN
    while (stored := _stored(run.rows, conversation, message)) != (1, 1) and time.monotonic() < deadline:
        time.sleep(0.3)
    if stored != (1, 1):
        problems.append(f"stored {stored[0]} times as event, {stored[1]} times as reply")
    elif not _settled(run, message, conversation) or _stored(run.rows, conversation, message) != (1, 1):
        problems.append("sent once more, it is processed once more")
    return problems


def _settled(run: Run, message: str, conversation: str) -> bool:
    """Send the same message, as the chat does by itself, until it has its answer."""
    deadline = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < deadline:
        if run.say(conversation, message, "m").status_code == 200:
            return True
        time.sleep(0.2)
    return False


def _texts(response: requests.Response) -> list[str]:
    body: dict[str, Any] = response.json()
    found = [part["text"] for part in body.get("messages", [])] or [body.get("safety_text") or ""]
    return [text for text in found if text.strip()]


def _stored(rows: Engine, conversation: str, text: str) -> tuple[int, int]:
    """How often the message stands among the events and among the replies."""
    events = "select data from events where sender_id = :who and type_name = 'user'"
    replies = "select count(*) from chat_replies where conversation = :who and message_id = 'm'"
    with rows.connect() as connection:
        data = connection.execute(sa.text(events), {"who": conversation}).scalars().all()
        answered = connection.execute(sa.text(replies), {"who": conversation}).scalar_one()
    return sum(_is_of(row, text) for row in data), int(answered)


def _is_of(data: str, text: str) -> bool:
    try:
        return bool(json.loads(data).get("text") == text)
    except ValueError:
        return False
