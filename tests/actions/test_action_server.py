"""The action server over HTTP: where it listens, and that a failure repeats nobody's words."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRIVATE_WORDS = "PRIVATE-WORDS"


@dataclass(frozen=True)
class Server:
    """A running action server."""

    pid: int
    port: int
    log: Path

    def request(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("actions") / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "actions", "--port", str(port)], cwd=ROOT, stdout=sink, stderr=sink
        )
    try:
        made = Server(process.pid, port, log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                made.request("GET", "/health")
                break
            except OSError:
                time.sleep(0.1)
        yield made
    finally:
        process.terminate()
        process.wait(10)


def test_the_server_says_that_it_is_well(server: Server) -> None:
    assert server.request("GET", "/health") == (200, '{"status":"ok"}')


def test_the_server_knows_both_actions(server: Server) -> None:
    _, body = server.request("GET", "/actions")
    assert {action["name"] for action in json.loads(body)} == {"action_find_doctor", "action_start_contact_form"}


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's list of open ports")
def test_the_server_listens_on_this_machine_only(server: Server) -> None:
    wanted = f":{server.port:04X}"
    tables = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    listening = [line.split()[1] for line in tables.splitlines() if f"{wanted} " in line and line.split()[3] == "0A"]
    assert listening == [f"0100007F{wanted}"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (json.dumps({"next_action": "action_find_doctor", "version": "3.6.21", "tracker": PRIVATE_WORDS}), 500),
        (f"{{{PRIVATE_WORDS}", 400),
    ],
)
def test_a_failure_repeats_nobodys_words(server: Server, body: str, status: int) -> None:
    found, answer = server.request("POST", "/webhook", body)
    assert found == status
    assert set(json.loads(answer)) == {"error"}
    assert PRIVATE_WORDS not in answer + server.log.read_text()


def test_a_path_nobody_serves_is_not_written_to_the_log(server: Server) -> None:
    assert server.request("GET", f"/{PRIVATE_WORDS}")[0] == 404
    assert PRIVATE_WORDS not in server.log.read_text()
