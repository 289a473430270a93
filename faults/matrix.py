"""Run the cells of the matrix and judge each: words in time, the emergency text, the turn stored once, the next turn sound."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests
import yaml

from assistant.responses import fixed_text
from assistant.sessions import Sessions
from assistant.settings import AUDIT_DIR, DATABASE_URL, REDIS_URL, ROOT, SECRET
from assistant.training import record_path
from faults import states
from faults.actions import ActionServer
from faults.catalogue import Fault
from faults.server import FOLDER, MUTATION
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


@dataclass
class Run:
    """A server with its database, model and action server in a folder of its own."""

    folder: Path
    model: Path
    mutation: str | None = None
    process: subprocess.Popen[bytes] | None = None
    tokens: dict[str, str] = field(default_factory=dict)
    redis: str | None = None  # the address of a lock store, when there is one

    def __post_init__(self) -> None:
        self.flags, self.database = self.folder / "flags", self.folder / "conversations.db"
        self.flags.mkdir(parents=True)
        own = self.folder / self.model.name
        shutil.copyfile(self.model, own)
        shutil.copyfile(record_path(self.model), record_path(own))
        self.model = own
        self._actions = ActionServer()
        self._sessions = Sessions(KEY.encode(), lifetime=86_400)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text("utf-8"))
        endpoints["action_endpoint"]["url"] = self._actions.url
        self._endpoints = self.folder / "endpoints.yml"
        self._endpoints.write_text(yaml.safe_dump(endpoints), "utf-8")
        self._web = requests.Session()
        self._web.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=32))

    def actions(self, mode: str) -> None:
        """Let the action server fail in this way."""
        self._actions.mode = mode

    def start(self) -> None:
        """Start the server; returns at once."""
        env = {
            **os.environ,
            SECRET: KEY,
            DATABASE_URL: f"sqlite:///{self.database}",
            AUDIT_DIR: str(self.folder / "audit"),
            FOLDER: str(self.flags),
            MUTATION: self.mutation or "",
            REDIS_URL: self.redis or "",
        }
        command = [sys.executable, "-m", "faults.server", "--port", str(self._port)]
        command += ["--model", str(self.model), "--endpoints", str(self._endpoints)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill the server."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        """Kill and start; returns when it listens, or would if it could."""
        self.kill()
        self.start()
        self._wait("/chat/healthz")
        if self.model.exists() and self.model.stat().st_size > 1000:
            self._until_loaded()

    def _until_loaded(self) -> None:
        deadline = time.monotonic() + SETTLED_WITHIN
        while time.monotonic() < deadline:
            checks = requests.get(f"{self._base}/chat/healthz/ready", timeout=5).json().get("checks", {})
            if checks.get("model"):
                return
            time.sleep(0.1)
        raise TimeoutError((self.folder / "server.log").read_text()[-2000:])

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _wait(self, path: str) -> None:
        deadline = time.monotonic() + SETTLED_WITHIN
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self._base}{path}", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError((self.folder / "server.log").read_text()[-2000:])

    def issue(self) -> str:
        """A new conversation, whose token this run keeps."""
        session = self._sessions.issue()
        self.tokens[session.conversation_id] = session.token
        return session.conversation_id

    def say(self, conversation: str, text: str, message_id: str | None = None) -> requests.Response:
        """Send a message as the widget does."""
        body = {"id": message_id or os.urandom(8).hex(), "text": text}
        headers = {"Authorization": f"Bearer {self.tokens[conversation]}"}
        return self._web.post(f"{self._base}/chat/messages", json=body, headers=headers, timeout=20)

    def close(self) -> None:
        """Stop everything."""
        self.kill()
        self._actions.shutdown()
        self._actions.server_close()


@contextlib.contextmanager
def prepared(folder: Path, model: Path, mutation: str | None = None) -> Iterator[tuple[Run, dict[str, str]]]:
    """A running server and its template conversations."""
    run = Run(folder, model, mutation)
    try:
        run.restart()
        yield run, states.prepare(run.database, run.say, run.issue)
    finally:
        run.close()


def cells(run: Run, templates: Mapping[str, str], fault: Fault, wanted: Sequence[str]) -> list[Cell]:
    """Every wanted state under one fault, each with a red flag and a plain wish."""
    places = [(state, message) for state in wanted for message in (RED, PLAIN)]
    conversations = []
    for state, _ in places:
        conversation = run.issue()
        states.copy(run.database, templates[state], conversation)
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
    while (stored := _stored(run.database, conversation, message)) != (1, 1) and time.monotonic() < deadline:
        time.sleep(0.3)
    if stored != (1, 1):
        problems.append(f"stored {stored[0]} times as event, {stored[1]} times as reply")
    elif not _settled(run, message, conversation) or _stored(run.database, conversation, message) != (1, 1):
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


def _stored(database: Path, conversation: str, text: str) -> tuple[int, int]:
    """How often the message stands among the events and among the replies."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        events = connection.execute(
            "select data from events where sender_id = ? and type_name = 'user'", (conversation,)
        ).fetchall()
        replies = connection.execute(
            "select count(*) from chat_replies where conversation = ? and message_id = 'm'", (conversation,)
        ).fetchone()
    return sum(_is_of(data, text) for (data,) in events), int(replies[0])


def _is_of(data: str, text: str) -> bool:
    try:
        return bool(json.loads(data).get("text") == text)
    except ValueError:
        return False
