"""What happens to a server, for the tests: its database goes away and comes back, its process is killed."""

from __future__ import annotations

import os

import sqlalchemy as sa

from assistant.database import REST_SECONDS, Database
from assistant.outbox import Outbox


class Outage:
    """Takes the database away and gives it back, with a clock of its own for the circuit breaker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.engine
        self._database._clock = lambda: self._time
        self._time = 0.0

    def begin(self) -> None:
        """From now on there is no database."""
        self._database.engine = sa.create_engine("sqlite:////nowhere/at/all.db")

    def end(self) -> None:
        """It is back, and the circuit breaker has rested."""
        self._database.engine = self._engine
        self._time += REST_SECONDS


def killed(outbox: Outbox) -> None:
    """The kernel closes the file of a process that is killed, and so lets go of it."""
    os.close(outbox._files()[0].descriptor)
