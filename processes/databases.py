"""A PostgreSQL and a Redis, empty, on spare loopback ports."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from typing import Any

import psycopg2
import redis

from processes.service import Service, find

USER = "spine"


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
        command: list[str] = [
            initdb,
            "-D",
            str(self.data),
            "-U",
            USER,
            f"--pwfile={word}",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "-N",
        ]
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
        """Without fsync: it outlives a kill of the process, and nobody here pulls the plug of the machine."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        return [self._server, "-D", str(self.data), *(f"--{name}={value}" for name, value in options.items())]

    def identity(self) -> dict[str, Any]:
        """The package's own user, when we run as root."""
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
