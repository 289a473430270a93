"""Bounds every wait for PostgreSQL on this side too: a server that hangs with its connection open answers no timeout.

`connect_timeout` and `statement_timeout` hold when the server refuses or is busy. When its disk, its network or its
process is stuck, the driver would wait for ever, and with it everybody in the event loop.
"""

from __future__ import annotations

import select
import time
from typing import Any, Final

import psycopg2
from psycopg2 import extensions

# A database that hangs costs a turn a ping and a try to connect. Both fit into the time that a turn may take.
PING_SECONDS: Final = 0.5
CONNECT_SECONDS: Final = 1.0
#: The server's own timeout comes first; its error names the cause.
GRACE_SECONDS: Final = 0.5


def bounded(statement: float) -> type[extensions.connection]:
    """A class of connections that give up a statement after so many seconds, and connecting sooner."""
    extensions.set_wait_callback(_wait)  # of the driver, for every connection; one of another class waits on

    class Bounded(extensions.connection):  # type: ignore[misc]
        statement_seconds = statement + GRACE_SECONDS

    return Bounded


def _wait(connection: Any) -> None:
    """Wait until the driver has its answer. The driver closes a connection whose wait fails."""
    seconds = _limit(connection)
    deadline = None if seconds is None else time.monotonic() + seconds
    ready = select.poll()
    while (state := connection.poll()) != extensions.POLL_OK:
        if state not in (extensions.POLL_READ, extensions.POLL_WRITE):
            raise psycopg2.OperationalError("the driver is in an unknown state")
        # The descriptor may be another one for the next address of the host.
        descriptor = connection.fileno()
        ready.register(descriptor, select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        answered = ready.poll(left)
        ready.unregister(descriptor)
        if not answered:
            raise psycopg2.OperationalError("the database did not answer in time")


def _limit(connection: Any) -> float | None:
    """Seconds that a connection may wait now; None without end."""
    seconds: float | None = getattr(connection, "statement_seconds", None)
    if seconds is None:
        return None
    if connection.status == extensions.STATUS_SETUP:
        return CONNECT_SECONDS
    return PING_SECONDS if connection.autocommit else seconds  # SQLAlchemy's pool pings so, and nothing else does
