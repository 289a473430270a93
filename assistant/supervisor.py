"""Runs the whole assistant for one person at one terminal: `make run`, or `python -m assistant.supervisor`.

Checks what commonly goes wrong before it starts, trains when needed, starts the action server and the assistant, keeps both
running, and ends both on Ctrl-C or SIGTERM. Every failure is one line that says what to do.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from assistant import child_process
from assistant.service import Service
from assistant.training import (
    ENVIRONMENT,
    ModelError,
    say_at_once,
    train_if_needed,
    verify_model,
)

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"

PORT = "SPINE_TRIAGE_PORT"  # the chat's port, default 5005
ACTIONS_PORT = "SPINE_TRIAGE_ACTIONS_PORT"  # the action server's port, default 5055

NEEDED_MB = 500
READY_PATH = "/chat/healthz/ready"
READY_SECONDS = 180.0
PROGRESS_SECONDS = 5.0
POLL_SECONDS = 0.2


class StartError(Exception):
    """Something stands in the way of starting; one line that says what to do."""


@dataclass
class Supervisor:
    """Keeps `services` running; the last one is the assistant, ready when `is_ready` says so."""

    services: Sequence[Service]
    is_ready: Callable[[], bool]
    page: str
    say: Callable[[str], None] = say_at_once

    def run(self) -> None:
        """Starts everything and looks after it until it is interrupted; ends everything on the way out.

        Raises StartError when the assistant does not become ready, KeyboardInterrupt when it is told to stop.
        """
        try:
            for service in self.services:
                service.start()
            self._wait_until_ready()
            self.say(self.page)
            while True:
                time.sleep(POLL_SECONDS)
                self._look_after(self.services)
        finally:
            self.stop()

    def stop(self) -> None:
        """Ends every service within five seconds, even when asked to stop a second time meanwhile."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        child_process.stop([service.process for service in self.services if service.process is not None])

    def _look_after(self, services: Sequence[Service]) -> None:
        for service in services:
            news = service.look_after()
            if news:
                self.say(news)

    def _wait_until_ready(self) -> None:
        assistant = self.services[-1]
        started = told = time.monotonic()
        self.say(f"Starting the {assistant.name} ...")
        while not self.is_ready():
            # Before it ever answered, an end is a fault to mend, not one to sit out.
            if assistant.has_ended():
                raise StartError(f"The {assistant.name} ended while starting: see the end of {assistant.log}")
            now = time.monotonic()
            if now - started > READY_SECONDS:
                raise StartError(
                    f"The {assistant.name} was not ready after {READY_SECONDS:.0f} s: see the end of {assistant.log}"
                )
            if now - told >= PROGRESS_SECONDS:
                told = now
                self.say(f"  still starting ({now - started:.0f} s)")
            self._look_after(self.services[:-1])
            time.sleep(POLL_SECONDS)


def read_port(env: Mapping[str, str], name: str, default: int) -> int:
    """The port `name` is set to. Raises StartError when it is not one."""
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise StartError(f"{name} must be a port number from 1 to 65535.")
    return int(text)


def check_port_is_free(port: int, name: str) -> None:
    """Raises StartError when another program listens on `port` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            other = port + 100 if port <= 65435 else port - 100
            raise StartError(
                f"Port {port} cannot be used ({error.strerror}): stop the other program, or choose another port: {name}={other} make run"
            ) from error


def check_disk(folder: Path, needed_mb: int = NEEDED_MB) -> None:
    """Raises StartError when the disk has no room for a model, the conversations and the logs."""
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < needed_mb:
        raise StartError(
            f"The disk is too full: {free_mb} MB free, {needed_mb} MB needed. Free some space and start again."
        )


def answers_ready(port: int) -> bool:
    """Whether the assistant on `port` says it can answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2.0)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def services(model: Path, port: int, actions_port: int, root: Path = ROOT) -> list[Service]:
    """The two programs, the assistant last."""
    logs = root / "var" / "log"
    actions = [sys.executable, "-m", "actions", "--host", HOST, "--port", str(actions_port)]
    assistant = [sys.executable, "-m", "assistant.server", "--host", HOST, "--port", str(port), "--model", str(model)]
    assistant += ["--endpoints", str(endpoints_for(actions_port, root))]
    return [
        Service("action server", actions, logs / "actions.log", root, ENVIRONMENT),
        Service("assistant", assistant, logs / "assistant.log", root, ENVIRONMENT),
    ]


def endpoints_for(actions_port: int, root: Path = ROOT) -> Path:
    """endpoints.yml, or a copy below var/ that names another port for the action server than the file does."""
    original = root / "endpoints.yml"
    endpoints = yaml.safe_load(original.read_text("utf-8"))
    url = f"http://{HOST}:{actions_port}/webhook"
    if endpoints["action_endpoint"]["url"] == url:
        return original
    endpoints["action_endpoint"]["url"] = url
    copy = root / "var" / "endpoints.yml"
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(yaml.safe_dump(endpoints), "utf-8")
    return copy


def serve(env: Mapping[str, str] = os.environ) -> None:
    """Checks, trains, starts and looks after everything. Raises StartError, ModelError, KeyboardInterrupt."""
    port = read_port(env, PORT, 5005)
    actions_port = read_port(env, ACTIONS_PORT, 5055)
    if port == actions_port:
        raise StartError(f"{PORT} and {ACTIONS_PORT} must differ.")
    check_port_is_free(port, PORT)
    check_port_is_free(actions_port, ACTIONS_PORT)
    check_disk(ROOT)
    model = train_if_needed(ROOT)
    verify_model(model)
    page = f"http://{HOST}:{port}/chat/"
    Supervisor(
        services(model, port, actions_port),
        lambda: answers_ready(port),
        f"Ready. Open this page (Ctrl-C stops it): {page}",
    ).run()


def main(arguments: Sequence[str] = ()) -> int:
    """Serves until Ctrl-C or SIGTERM; returns the exit code. Takes no arguments: the ports come from the environment."""
    # SIGINT too: a program started in a script's background inherits it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        serve()
    except (StartError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Could not go on: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
    return 0


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
