"""Codes that work once: what a SMART launch must remember while it goes through the browser, on any of our servers."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from typing import Callable, Final

import sqlalchemy as sa

from assistant.database import Database
from assistant.tables import metadata as _tables
from assistant.tables import one_time_codes as _codes

MOST: Final = 10_000  # rows of one purpose; the oldest go first, so that nobody can fill the disk or shut others out

_CODE = re.compile(r"[A-Za-z0-9_-]{43}")


class OneTimeCodes:
    """Random codes in the tracker store's database, each good for one value, once. Every method raises DatabaseDown."""

    def __init__(self, database: Database, *, most: int = MOST, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._most = most
        self._now = now

    def put(self, purpose: str, value: str, *, seconds: int) -> str:
        """A new code of 256 bits for `value`, good for so many seconds."""
        code = secrets.token_urlsafe(32)
        now = int(self._now())
        same = _codes.c.purpose == purpose
        with self._database.connect(_tables) as connection:
            connection.execute(_codes.delete().where(_codes.c.expires_at <= now))
            connection.execute(
                _codes.insert().values(
                    hash=_hash(purpose, code), purpose=purpose, value=value, expires_at=now + seconds
                )
            )
            kept = connection.execute(sa.select(sa.func.count()).select_from(_codes).where(same)).scalar_one()
            if kept > self._most:
                oldest = sa.select(_codes.c.hash).where(same).order_by(_codes.c.expires_at).limit(kept - self._most)
                connection.execute(_codes.delete().where(_codes.c.hash.in_(oldest)))
        return code

    def take(self, purpose: str, code: str) -> str | None:
        """The value behind a code, which is then used up; None for a code that is unknown, used or too old."""
        if not _CODE.fullmatch(code):
            return None
        mine = _codes.c.hash == _hash(purpose, code)
        with self._database.connect(_tables) as connection:
            row = connection.execute(sa.select(_codes).where(mine)).first()
            # Of two servers that read the row only one deletes it, and that one has the value.
            if row is None or connection.execute(_codes.delete().where(mine)).rowcount != 1:
                return None
        return str(row.value) if row.expires_at > self._now() else None


def _hash(purpose: str, code: str) -> str:
    return hashlib.sha256(f"{purpose}:{code}".encode()).hexdigest()
