"""What several folders of tests need: one trained model, made at most once a run, and both databases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from assistant import training
from processes.databases import PostgreSQL, Redis
from processes.service import NotInstalled, Service, find

T = TypeVar("T", bound=Service)


def _say_nothing(_: str) -> None:
    """Takes the progress lines of training, which nobody reads in a test run."""


@pytest.fixture(scope="session")
def trained_model() -> Path:
    """The model that fits today's files; trained first when something it depends on has changed."""
    return training.train_if_needed(say=_say_nothing)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """A private PostgreSQL for the whole run. A test that stops it starts it again."""
    yield from _running(PostgreSQL)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A private Redis for the whole run. A test that stops it starts it again."""
    yield from _running(Redis)


@pytest.fixture
def postgresql_url(postgresql_server: PostgreSQL) -> str:
    """The address of an empty PostgreSQL database."""
    postgresql_server.empty()
    return postgresql_server.url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite database that is not there yet."""
    return f"sqlite:///{tmp_path}/var/conversations.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, of one kind after the other."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def _running(kind: Callable[[], T]) -> Iterator[T]:
    """A service for as long as it is needed. Without its program the test is skipped, or fails where all must run."""
    try:
        service = kind()
    except NotInstalled as error:
        _do_without(str(error))
    try:
        service.start()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="session")
def services() -> None:
    """PostgreSQL, Redis and nginx are installed, for tests that start their own."""
    try:
        for program in ("postgres", "redis-server", "nginx"):
            find(program)
    except NotInstalled as error:
        _do_without(str(error))


def _do_without(why: str) -> NoReturn:
    """Skip a test for want of a program, but not where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
