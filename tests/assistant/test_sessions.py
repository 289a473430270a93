"""Tokens: unguessable, bound to their server and time, and never derivable from what is stored."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from assistant.sessions import Sessions, TokenError, server_key
from assistant.settings import Settings, SettingsError

KEY = b"k" * 32


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(KEY, lifetime=3600, now=clock)


def code_of(sessions: Sessions, authorization: str | None) -> str:
    with pytest.raises(TokenError) as caught:
        sessions.read(authorization)
    return caught.value.code


def test_an_issued_token_opens_its_conversation(sessions: Sessions) -> None:
    issued = sessions.issue()
    assert sessions.read(f"Bearer {issued.token}") == issued


def test_each_session_is_another_conversation(sessions: Sessions) -> None:
    assert len({sessions.issue().conversation_id for _ in range(50)}) == 50


def test_the_conversation_id_reveals_nothing_of_the_token(sessions: Sessions) -> None:
    issued = sessions.issue()
    assert issued.conversation_id.startswith("a_")
    assert len(issued.conversation_id) == 42
    assert issued.token[:43] not in issued.conversation_id


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer  ", "Basic abc"])
def test_no_token_is_missing(sessions: Sessions, authorization: str | None) -> None:
    assert code_of(sessions, authorization) == "missing"


@pytest.mark.parametrize("token", ["x", "a.b.c", "\udcff" * 43, "é" * 43 + ".1." + "é" * 43, "a" * 100_000])
def test_a_token_of_another_shape_is_invalid(sessions: Sessions, token: str) -> None:
    assert code_of(sessions, f"Bearer {token}") == "invalid"


def test_a_longer_life_cannot_be_written_into_a_token(sessions: Sessions) -> None:
    secret, expires_at, signature = sessions.issue().token.split(".")
    assert code_of(sessions, f"Bearer {secret}.{int(expires_at) + 1}.{signature}") == "invalid"


def test_a_token_of_another_server_is_invalid(sessions: Sessions, clock: Clock) -> None:
    foreign = Sessions(b"f" * 32, lifetime=3600, now=clock).issue()
    assert code_of(sessions, f"Bearer {foreign.token}") == "invalid"


def test_a_token_ends_with_its_time(sessions: Sessions, clock: Clock) -> None:
    issued = sessions.issue()
    clock.time = issued.expires_at
    assert code_of(sessions, f"Bearer {issued.token}") == "expired"


def test_a_short_key_is_refused() -> None:
    with pytest.raises(SettingsError):
        Sessions(b"short", lifetime=3600)


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / "var")
    key = server_key(settings)
    assert server_key(settings) == key
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret.key"]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)
    server_key(settings)
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        server_key(settings)


def test_the_key_from_the_environment_comes_first(tmp_path: Path) -> None:
    assert server_key(Settings(secret="s" * 40, var_dir=tmp_path)) == b"s" * 40
    assert list(tmp_path.iterdir()) == []
