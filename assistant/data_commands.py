"""The commands of `spine-triage` for the people who answer for what is stored: purge, erase, export, rotate-keys."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from assistant.jsonl import InputError
from assistant.settings import DATA_KEYS, DATABASE_URL, LONGEST_SESSION_HOURS, ROOT, SettingsError, check_data_keys

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

_DURATION = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_SECONDS = {"h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}


class NotDone(Exception):
    """The work could not be done, though it was asked for in the right way; one line for the person at the terminal."""


def purge(options: argparse.Namespace) -> int:
    """Delete what ended long ago and give its space back to the disk."""
    from assistant import retention, sqlite_file

    before = time.time() - seconds(options.older_than)
    with _database() as engine:
        deleted = retention.purge(engine, before=before)
        sqlite_file.give_back(engine)
        sqlite_file.forget_deleted(engine)
    day = datetime.fromtimestamp(before, UTC).isoformat(sep=" ", timespec="minutes").replace("+00:00", " UTC")
    print(f"{deleted} conversations deleted whose last message came before {day}.")
    return 0


def erase(options: argparse.Namespace) -> int:
    """Delete one conversation and close it."""
    from assistant import conversation_records

    with _database() as engine:
        until = int(time.time() + LONGEST_SESSION_HOURS * 3600)  # no token lives longer
        try:
            deleted = conversation_records.erase(engine, options.conversation, until=until)
        except conversation_records.UnknownConversation:
            raise _unknown(options) from None
    print(f"{options.conversation} is erased: {deleted} rows deleted.")
    return 0


def export(options: argparse.Namespace) -> int:
    """Print one conversation as JSON."""
    from assistant import conversation_records

    with _database() as engine:
        try:
            told = conversation_records.export(engine, options.conversation)
        except conversation_records.UnknownConversation:
            raise _unknown(options) from None
    print(json.dumps(told, indent=2))
    return 0


def rotate_keys(options: argparse.Namespace) -> int:
    """Seal everything with the newest key; 1 when a row could be opened by none."""
    from assistant import key_rotation
    from assistant.encryption import cipher

    if not os.environ.get(DATA_KEYS, "").split():
        raise InputError(f"{DATA_KEYS} is not set: there is no key to seal with")
    with _database() as engine:
        done = key_rotation.rotate(engine, cipher())
    print(f"{done.rows} rows looked at, {done.sealed} sealed anew, {done.unreadable} that no key opens.")
    return 1 if done.unreadable else 0


def seconds(duration: str) -> int:
    """The seconds of "12h", "30d" or "8w". Raises InputError."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise InputError(f"'{duration}' is no duration: write hours, days or weeks as 12h, 30d or 8w")
    return int(match[1]) * _SECONDS[match[2]]


def database_url(endpoints: Path = ROOT / "endpoints.yml") -> URL:
    """The address of the server's database: the setting, or what endpoints.yml says. Raises InputError."""
    from rasa.core.utils import AvailableEndpoints
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from assistant import sqlite_file
    from assistant.store_address import url_of

    try:
        address = os.environ.get(DATABASE_URL)
        url = make_url(address or url_of(AvailableEndpoints.read_endpoints(str(endpoints)).tracker_store))
    except ArgumentError:
        raise InputError(f"{DATABASE_URL} is no database address") from None
    if (path := sqlite_file.path_of(url)) is not None:
        path = ROOT / path  # the server runs there
        if not path.exists():
            raise InputError(f"there is no database yet: {path}")
        url = url.set(database=str(path))
    return url


@contextlib.contextmanager
def _database() -> Iterator[Engine]:
    """The server's database. Raises InputError, and NotDone when it does not answer."""
    from sqlalchemy.exc import SQLAlchemyError

    from assistant import retention

    try:
        check_data_keys(os.environ, needed=False)
    except SettingsError as error:
        raise InputError(str(error)) from None
    url = database_url()
    try:
        engine = retention.open_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        # The message of the error may quote what is stored.
        raise NotDone(f"the database did not do it ({type(error).__name__})") from None


def _unknown(options: argparse.Namespace) -> InputError:
    return InputError(f"no conversation '{options.conversation}' is stored")
