"""What a person wrote is in no log, no output of a process and no error, whatever they send and whatever fails meanwhile."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
import requests
import yaml
from chat_server import SECRET_VALUE, Client, ServerProcess

from assistant.logs import LOG_LEVEL
from assistant.settings import AUDIT_DIR, DATABASE_URL, ROOT, SECRET
from processes.service import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MARKER = "zanzibarite"
HERE = Path(__file__).parent


class Repeating(http.server.BaseHTTPRequestHandler):
    """An action server that fails as rasa-sdk's own does: with the whole request in the answer."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"error": body.decode(), "action_name": MARKER}).encode())

    def log_message(self, *_: object) -> None: ...


@contextlib.contextmanager
def repeating_action_server(port: int) -> Iterator[None]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Repeating) as repeating:
        threading.Thread(target=repeating.serve_forever, daemon=True).start()
        yield
        repeating.shutdown()


@contextlib.contextmanager
def process(folder: Path, name: str, *command: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = folder / f"{name}.log"
    env = {**os.environ, SECRET: SECRET_VALUE, DATABASE_URL: f"sqlite:///{folder}/conversations.db"}
    env.update(
        {
            LOG_LEVEL: "debug",
            AUDIT_DIR: f"{folder}/audit",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "default",
        }
    )
    with log.open("wb") as output:
        running = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=output, stderr=output)
    try:
        yield running, log
    finally:
        running.terminate()
        running.wait(30)


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens on {port}")


def exchange(address: str, head: list[str], body: str = "") -> str:
    """A request that no library would send, and what came back."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall("\r\n".join([*head, "", body]).encode("utf-8", "surrogateescape"))
        connection.settimeout(20)
        answer = b""
        with contextlib.suppress(TimeoutError):
            while chunk := connection.recv(65_536):
                answer += chunk
        return answer.decode("utf-8", "replace")


def errors_of(me: Client) -> list[requests.Response]:
    """Requests that are refused, each with the marker somewhere in it."""
    odd = {"X-Note": MARKER, "User-Agent": MARKER, "Cookie": f"a={MARKER}", "Referer": f"http://{MARKER}.example/"}
    return [
        me.post(f'{{"id": "m1", "text": "{MARKER}'),
        me.post(json.dumps({"id": MARKER * 20, "text": MARKER})),
        me.post(json.dumps([MARKER])),
        me.post(json.dumps({"id": "b1", "text": f"{MARKER} {'x' * 20_000}"})),
        me.press("b2", f"/inform{{{MARKER}}}"),
        me.call("GET", f"/chat/{MARKER}", headers=odd),
        me.call("GET", f"/{MARKER}/%ff?{MARKER}={MARKER}", headers=odd),
        me.call(MARKER.upper(), f"/chat/messages?text={MARKER}"),
        me.call("POST", f"/chat/sessions?portal_token={MARKER}", json={"portal_token": MARKER}),
        me.call("POST", "/chat/sessions", data=f"{{{MARKER}"),
        Client(me.base, MARKER).send("b3", MARKER),
        requests.get(f"{me.base}/smart/launch?iss={MARKER}&launch={MARKER}", timeout=20),
    ]


def converse(me: Client, name: str) -> None:
    """Every kind of message; each must be answered."""
    texts = [
        f"my back hurts near {MARKER}",
        f"I can't feel my legs {MARKER}",
        f"/restart {MARKER}",
        f'/inform{{"name": "{MARKER}"}}',
        f"/affirm@1.0 {MARKER}",
        f"{MARKER}\x00\ud800",
        f"how do I find a doctor for {MARKER}?",
        f"{MARKER} explode",
    ]
    for number, text in enumerate(texts):
        reply = me.post(json.dumps({"id": f"{name}{number}", "text": text}))
        assert (reply.status_code, bool(reply.json()["messages"])) == (200, True)


def test_a_persons_words_are_in_no_log_and_no_error(trained_model: str, tmp_path: Path) -> None:
    folder = tmp_path
    port, actions_port = free_port(), free_port()
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text("utf-8"))
    endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{actions_port}/webhook"
    (folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
    command = [str(HERE / "failing_server.py"), "--port", str(port), "--model", str(trained_model)]
    command += ["--endpoints", str(folder / "endpoints.yml")]

    with process(folder, "server", *command) as (server, log):
        running = ServerProcess(server, Client(f"http://127.0.0.1:{port}"), log)
        running.wait_until_listening()
        early = running.client.open().send("m1", f"I can't feel my legs {MARKER}")
        running.wait_until_ready()
        me = running.client.open()
        converse(me, "down")
        refused = [early, *errors_of(me)] if early.status_code != 200 else errors_of(me)
        with repeating_action_server(actions_port):
            converse(running.client.open(), "fails")
        with process(folder, "actions", "-m", "actions", "--port", str(actions_port)) as (_, actions_log):
            wait_for_port(actions_port)
            converse(running.client.open(), "works")
            for body in (f"{{{MARKER}", json.dumps({"next_action": MARKER, "version": "3.6.21", "tracker": MARKER})):
                requests.post(f"http://127.0.0.1:{actions_port}/webhook?{MARKER}", data=body, timeout=20)
            requests.get(f"http://127.0.0.1:{actions_port}/{MARKER}", timeout=20)
        raw = [
            exchange(me.base, [f"GET /{MARKER} {MARKER}", f"{MARKER}: {MARKER}"]),
            exchange(me.base, [f"{MARKER}"]),
            exchange(me.base, ["POST /chat/messages HTTP/1.1", "Host: x", f"Content-Length: {MARKER}"], MARKER),
        ]
        me.call("DELETE", f"/chat/sessions/current?{MARKER}")

    assert [answer.status_code for answer in refused if answer.status_code < 400] == []
    assert [answer.text for answer in refused if MARKER in answer.text.lower()] == []
    assert [answer for answer in raw if MARKER in answer.lower()] == []
    logs = {path.name: path.read_text("utf-8", "replace") for path in (log, actions_log)}
    assert {name: found for name, text in logs.items() if (found := lines_with_the_marker(text))} == {}
    assert_complete(logs["server.log"])
    assert {entry["event"] for entry in entries(logs["actions.log"])} >= {"action_failed"}


def assert_complete(log: str) -> None:
    """The log still says what happened: the failures are there, by their kinds."""
    written = entries(log)
    assert {entry["level"] for entry in written} >= {"DEBUG", "INFO", "ERROR"}
    events = {entry["event"] for entry in written}
    assert events >= {
        "ready",
        "turn_failed",
        "red_flag_answered",
        "conversation_erased",
        "uncaught_in_thread",
        "warned",
    }
    failed = [entry for entry in written if entry["event"] == "turn_failed"]
    assert {(entry["error"], entry["at"].partition(":")[0]) for entry in failed} == {
        ("ValueError", "failing_server.py")
    }
    assert all(len(entry["conversation"]) == 16 for entry in failed)
    assert any(entry["logger"] == "rasa.core.processor" and "message" in entry for entry in written)


def entries(log: str) -> list[dict[str, Any]]:
    """Every line of a log is one JSON object."""
    return [json.loads(line) for line in log.splitlines()]


def lines_with_the_marker(log: str) -> list[str]:
    return [line[:300] for line in log.splitlines() if MARKER in line.lower()]
