"""A whole launch: a real OpenID provider, the server as it runs with the real model, and a browser's part in between."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from chat_server import Client, ServerProcess, start_server

from processes.service import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NODE = Path(__file__).resolve().parents[1] / "node"


@pytest.fixture(scope="module")
def node() -> str:
    """The Node that runs the provider."""
    path = shutil.which("node")
    if path is None or not (NODE / "node_modules" / "oidc-provider").is_dir():
        reason = "no Node.js 20.20, or no packages in tests/node: run scripts/node-tools"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@dataclass
class Launches:
    """The chat and the provider that launches it."""

    chat: str
    provider: str

    def start(self, launch: str, *, fhir: str = "fhir") -> Browser:
        """The browser at the provider's login."""
        browser = Browser(self.chat)
        browser.get(f"{self.chat}/smart/launch", iss=f"{self.provider}/{fhir}", launch=launch)
        return browser

    def log_in(self, launch: str, *, fhir: str = "fhir") -> Client:
        """The chat's session at the end of a launch by somebody who logs in and agrees."""
        browser = self.start(launch, fhir=fhir)
        browser.send(login="alex", password="any")
        browser.send()
        opened = requests.post(f"{self.chat}/chat/sessions", json={"launch": browser.code()}, timeout=10)
        assert opened.status_code == 201, opened.text
        return Client(self.chat, opened.json()["token"])


@dataclass
class Browser:
    """Follows redirects and sends forms, with cookies for the provider only; stops at the chat's page."""

    chat: str
    session: requests.Session = field(default_factory=requests.Session)
    address: str = ""
    page: str = ""

    def get(self, address: str, **query: str) -> None:
        """Go to an address."""
        self._follow(self.session.get(address, params=query, allow_redirects=False, timeout=10))

    def send(self, **typed: str) -> None:
        """Send the page's form with its hidden fields and what is typed."""
        action = re.search(r'<form[^>]* action="([^"]+)"', self.page)
        assert action, self.page
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page))
        data = {name: unescape(value) for name, value in hidden.items()} | typed
        self._follow(self.session.post(unescape(action[1]), data=data, allow_redirects=False, timeout=10))

    def code(self) -> str:
        """The one-time code behind the "#" of the chat's page."""
        page, _, code = self.address.partition("#launch=")
        assert page == f"{self.chat}/chat/frame", self.address
        assert code
        return code

    def _follow(self, response: requests.Response) -> None:
        self.address = response.url
        while response.is_redirect:
            self.address = urljoin(response.url, response.headers["Location"])
            if self.address.startswith(f"{self.chat}/chat/"):
                return
            response = self.session.get(self.address, allow_redirects=False, timeout=10)
            if response.url.startswith(self.chat):
                assert "Set-Cookie" not in response.headers
        self.page = response.text


@pytest.fixture(scope="module", params=["public-chat", "confidential chat"])
def launches(
    request: pytest.FixtureRequest, node: str, trained_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Launches]:
    folder = tmp_path_factory.mktemp("smart")
    provider_port = free_port()
    provider_address = f"http://127.0.0.1:{provider_port}"
    secret = {"SPINE_TRIAGE_SMART_CLIENT_SECRET": "a+b/c=d:e%f"} if request.param == "confidential chat" else {}
    chat_port = free_port()
    chat_address = f"http://127.0.0.1:{chat_port}"
    server = start_server(
        folder,
        str(trained_model),
        port=chat_port,
        SPINE_TRIAGE_SMART_ISSUERS=f"{provider_address}/fhir {provider_address}/short",
        SPINE_TRIAGE_SMART_CLIENT_ID=request.param,
        SPINE_TRIAGE_PUBLIC_URL=chat_address,
        **secret,
    )
    log = folder / "provider.log"
    with log.open("wb") as output:
        command = [node, "smart_provider.mjs", str(provider_port), f"{chat_address}/smart/callback"]
        provider = subprocess.Popen(command, cwd=NODE, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(provider, f"{provider_address}/jwks", log)
        server.wait_until_ready()
        yield Launches(chat_address, provider_address)
        refuse_secrets_in(server)
    finally:
        for process in (provider, server.process):
            process.terminate()
            process.wait(30)


def wait_for(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Returns when the provider answers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def refuse_secrets_in(server: ServerProcess) -> None:
    """After all launches, the server's log must hold nothing that opens or names."""
    log = server.log.read_text()
    for hidden in ("launch-", "child-", "alex", "code=", "state=", "eyJ"):
        assert hidden not in log


@pytest.mark.parametrize("fhir", ["fhir", "short"])
def test_a_launch_ends_in_a_conversation_that_is_answered(launches: Launches, fhir: str) -> None:
    me = launches.log_in("launch-alex", fhir=fhir)
    reply = me.send("m1", "I can't feel my legs").json()
    assert reply["level"] == "EMERGENCY" and "911" in reply["messages"][0]["text"]
    assert me.call("DELETE", "/chat/sessions/current").status_code == 204


def test_the_next_launch_goes_on_and_another_child_begins_anew(launches: Launches) -> None:
    launches.log_in("launch-one").send("m1", "my back hurts")
    said = [
        message["text"] for message in launches.log_in("launch-one").call("GET", "/chat/messages").json()["messages"]
    ]
    assert said[0] == "my back hurts"
    for other in ("launch-two", "launch-self"):
        assert launches.log_in(other).call("GET", "/chat/messages").json()["messages"] == []


def test_somebody_who_says_no_is_told_how_to_come_back(launches: Launches) -> None:
    browser = launches.start("launch-alex")
    refusal = re.search(r'href="([^"]+/abort)"', browser.page)
    assert refusal, browser.page
    browser.get(unescape(refusal[1]))
    assert urlsplit(browser.address).path == "/smart/callback"
    assert "said no" in browser.page and "Open the chat again from your portal." in browser.page


def test_a_code_is_good_once(launches: Launches) -> None:
    browser = launches.start("launch-alex")
    browser.send(login="alex", password="any")
    browser.send()
    body = {"launch": browser.code()}
    answers = [requests.post(f"{launches.chat}/chat/sessions", json=body, timeout=10) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 401]
