"""The proxy's files on a real nginx: what passes, what does not, and what people read when nobody is behind it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from assistant.settings import ROOT, Settings
from processes.nginx import Nginx, faults_of
from processes.service import free_port

SAFETY = json.loads((ROOT / "deploy" / "nginx" / "unavailable.json").read_text("utf-8"))


class Echo(BaseHTTPRequestHandler):
    """An assistant that says which one it is, and what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = {
            "port": self.server.server_address[1],
            "path": self.path,
            "size": len(body),
            "from": self.headers.get("X-Forwarded-For"),
        }
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = do_PUT = answer

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def assistants() -> Iterator[list[ThreadingHTTPServer]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Echo) for _ in range(2)]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    yield servers
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def proxy(services: None, assistants: list[ThreadingHTTPServer]) -> Iterator[Nginx]:
    nginx = Nginx([server.server_address[1] for server in assistants])
    nginx.start()
    yield nginx
    nginx.close()


def ask(proxy: Nginx, path: str, method: str = "GET", token: str = "", **more: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, f"{proxy.url}{path}", headers=headers, timeout=20, allow_redirects=False, **more)


def test_the_files_are_valid_with_their_certificate(services: None, tmp_path: Path) -> None:
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.crt"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=chat.example", "-days", "1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    deployed = (ROOT / "deploy" / "nginx" / "listen.conf").read_text("utf-8")
    listen = deployed.replace("8443", f"127.0.0.1:{free_port()}").replace("/etc/nginx/tls", str(tmp_path))
    nginx = Nginx([5005], listen)
    assert faults_of(nginx) == ""
    nginx.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/chat/"),
        ("GET", "/chat/frame"),
        ("GET", "/chat/frame.json"),
        ("GET", "/chat/page.json"),
        ("GET", "/chat/static/chat.js"),
        ("POST", "/chat/sessions"),
        ("DELETE", "/chat/sessions/current"),
        ("GET", "/chat/messages"),
        ("POST", "/chat/messages"),
        ("GET", "/smart/launch?iss=x"),
        ("GET", "/smart/callback?code=x"),
    ],
)
def test_the_chats_addresses_pass(proxy: Nginx, method: str, path: str) -> None:
    answer = ask(proxy, path, method)
    assert (answer.status_code, answer.json()["path"]) == (200, path)


@pytest.mark.parametrize(
    "path",
    ["/", "/version", "/chat/healthz", "/chat/healthz/ready", "/chat/static/../healthz", "/webhooks/rest/webhook"]
    + ["/conversations/x/tracker", "/metrics", "/smart/other", "/chat/static/a/b"],
)
def test_nothing_else_passes(proxy: Nginx, path: str) -> None:
    assert ask(proxy, path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/chat/messages"), ("GET", "/chat/sessions"), ("POST", "/chat/frame")]
)
def test_methods_that_nobody_needs_do_not_pass(proxy: Nginx, method: str, path: str) -> None:
    assert ask(proxy, path, method).status_code == 403


def test_a_conversation_always_goes_to_the_same_assistant_whichever_token_opens_it(proxy: Nginx) -> None:
    seen = {
        name: {ask(proxy, "/chat/messages", token=f"{name}.{end}.signature").json()["port"] for end in range(5)}
        for name in (f"p_{number}" for number in range(30))
    }
    assert all(len(ports) == 1 for ports in seen.values())
    assert len(set.union(*seen.values())) == 2


def test_a_message_that_the_assistant_would_search_for_red_flags_reaches_it(proxy: Nginx) -> None:
    size = Settings().salvage_limit * 2
    answer = ask(proxy, "/chat/messages", "POST", data=b"x" * size)
    assert answer.json()["size"] == size


def test_a_body_beyond_all_measure_is_refused_with_the_safety_text(proxy: Nginx) -> None:
    answer = ask(proxy, "/chat/messages", "POST", data=b"x" * 2_000_000)
    assert (answer.status_code, answer.json()) == (413, SAFETY)


def test_the_visitors_address_is_the_proxys_word_not_the_visitors(proxy: Nginx) -> None:
    answer = requests.get(f"{proxy.url}/chat/", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=20)
    assert answer.json()["from"] == "127.0.0.1"


def test_no_token_and_no_query_is_logged(proxy: Nginx) -> None:
    ask(proxy, "/chat/messages", token="p_secretname.1.secretsignature")
    ask(proxy, "/smart/callback?code=secretcode")
    logged = (proxy.folder / "log").read_text()
    assert '"path":"/chat/messages"' in logged and '"path":"/smart/callback"' in logged
    assert "secret" not in logged


def test_a_flood_from_one_address_is_refused_with_the_safety_text(services: None) -> None:
    nginx = Nginx([free_port()])
    nginx.start()
    try:
        answers = [ask(nginx, "/chat/frame") for _ in range(160)]
    finally:
        nginx.close()
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and all(answer.json() == SAFETY for answer in refused)
    assert answers[0].status_code != 429


def test_when_no_assistant_can_be_reached_people_read_the_safety_text(services: None) -> None:
    nginx = Nginx([free_port(), free_port()])
    nginx.start()
    try:
        answer = ask(nginx, "/chat/messages", "POST", json={"id": "m", "text": "my legs are numb"})
    finally:
        nginx.close()
    assert (answer.status_code, answer.json()) == (502, SAFETY)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_assistant_that_is_gone_costs_nobody_an_answer(
    services: None, assistants: list[ThreadingHTTPServer]
) -> None:
    nginx = Nginx([assistants[0].server_address[1], free_port()])
    nginx.start()
    try:
        answers = [ask(nginx, "/chat/messages", "POST", token=f"p_{n}.1.s", json={}) for n in range(20)]
    finally:
        nginx.close()
    assert {answer.status_code for answer in answers} == {200}
