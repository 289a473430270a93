"""A PostgreSQL and a Redis of the tests' own: started on spare loopback ports in a temporary folder, ended by pid."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg2
import redis

START_SECONDS = 60
USER = "spine"

_PR_SET_PDEATHSIG = 1


class NotInstalled(Exception):
    """The program is not on this machine; `scripts/services` installs it."""


def find(program: str) -> str:
    """The path of a program. Debian keeps PostgreSQL's outside of the search path. Raises NotInstalled."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(program)
    if found is None:
        raise NotInstalled(f"no {program}: run scripts/services")
    return found


class Service:
    """A program that can be started, stopped, hung and started again on the same port."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="spine-triage-service-"))
        self.port = _spare_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_end_with_the_tests,
                **self.identity(),
            )
        self._wait_until(self.answers)

    @property
    def is_running(self) -> bool:
        """Whether it has been started and not been stopped."""
        return self._process is not None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it; connections that are open are cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        """Ends it and removes all it wrote."""
        self.stop()
        shutil.rmtree(self.folder)

    def hang(self) -> None:
        """Its connections stay open and nothing is answered any more."""
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hang`."""
        for pid in self._pids():
            os.kill(pid, signal.SIGCONT)

    def command(self) -> Sequence[str]:
        """What starts it."""
        raise NotImplementedError

    def identity(self) -> dict[str, Any]:
        """As whom it runs."""
        return {}

    def answers(self) -> bool:
        """Whether it takes connections."""
        raise NotImplementedError

    def _pids(self) -> list[int]:
        """The program and what it started; of these, only those still there."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [self._process.pid, *map(int, children)]

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")[-2000:])
            time.sleep(0.05)


class PostgreSQL(Service):
    """A cluster without anything in it."""

    def __init__(self) -> None:
        self._server, initdb = find("postgres"), find("initdb")
        super().__init__()
        self._password = secrets.token_hex(16)
        self.data = self.folder / "data"
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
        word = self.folder / "password"
        word.write_text(self._password)
        command = [initdb, "-D", self.data, "-U", USER, f"--pwfile={word}", "-A", "scram-sha-256", "-E", "UTF8", "-N"]
        subprocess.run([*command, "--locale=C"], check=True, capture_output=True, cwd=self.folder, **self.identity())

    @property
    def url(self) -> str:
        """The address of its one database."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/postgres"

    def empty(self) -> None:
        """Drop everything in the database."""
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute("drop schema public cascade; create schema public")
        connection.close()

    def command(self) -> Sequence[str]:
        """Without fsync: it outlives a kill of the process, and no test pulls the plug of the machine."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        return [self._server, "-D", str(self.data), *(f"--{name}={value}" for name, value in options.items())]

    def identity(self) -> dict[str, Any]:
        """The package's own user, when these tests run as root."""
        return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """At once: PostgreSQL would wait for its clients on SIGTERM."""
        super().stop(how)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True


class Redis(Service):
    """An empty Redis that keeps nothing on the disk."""

    def __init__(self) -> None:
        self._server = find("redis-server")
        super().__init__()

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        """No file of settings, no dump."""
        return [self._server, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def answers(self) -> bool:
        """Whether it takes commands."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _end_with_the_tests() -> None:
    """A test run that is killed cannot end what it started; Linux does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
