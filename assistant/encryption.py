"""Encryption at rest of what people said: `Cipher` for any text, `SealedText` for a column of the database.

The keys come from SPINE_TRIAGE_DATA_KEYS, the newest first: it seals, and all of them open. What was written before there
was a key stays readable. A sealed text shows its length and when it was written, nothing else.
"""

from __future__ import annotations

import functools
import os
from typing import Any, Final, Sequence

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from assistant.settings import DATA_KEYS

#: Stands before every sealed text. JSON, all that is ever sealed here, cannot begin like this.
PREFIX: Final = "fernet:"


class CannotOpen(ValueError):
    """No key at hand opens a sealed text."""


class Cipher:
    """Seals with the first of its keys and opens with each; without keys it leaves a text as it is."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """`keys` are Fernet keys, the newest first. Raises ValueError for one that is none."""
        fernets = [Fernet(key) for key in keys]
        self._newest = fernets[0] if fernets else None
        self._all = MultiFernet(fernets) if fernets else None

    @property
    def has_keys(self) -> bool:
        """Whether anything is sealed at all."""
        return self._newest is not None

    def seal(self, text: str) -> str:
        """`text`, which is JSON, as it may lie on a disk. The result is ASCII in one line when there is a key."""
        if self._newest is None:
            return text
        return PREFIX + self._newest.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, text: str) -> str:
        """What was sealed; a text that never was comes back as it is. Raises CannotOpen."""
        if not text.startswith(PREFIX):
            return text
        return self._decrypt(self._all, text)

    def is_current(self, text: str) -> bool:
        """Whether the newest key sealed `text`; also when there is no key and it is not sealed."""
        if self._newest is None:
            return not text.startswith(PREFIX)
        try:
            self._decrypt(self._newest, text)
        except CannotOpen:
            return False
        return True

    @staticmethod
    def _decrypt(fernet: Fernet | MultiFernet | None, text: str) -> str:
        if fernet is None or not text.startswith(PREFIX):
            raise CannotOpen("no key opens this text")
        try:
            opened: bytes = fernet.decrypt(text.removeprefix(PREFIX).encode())
        except InvalidToken:
            raise CannotOpen("no key opens this text") from None
        return opened.decode("utf-8", "surrogatepass")


def cipher() -> Cipher:
    """The cipher with the keys of the environment."""
    return _cipher_with(os.environ.get(DATA_KEYS, ""))


@functools.lru_cache(maxsize=4)
def _cipher_with(keys: str) -> Cipher:
    return Cipher(keys.split())


class SealedText(sa.types.TypeDecorator):  # type: ignore[misc]
    """A text column whose values are sealed on their way in and opened on their way out.

    One that no key opens comes out as None, so that one row is missed and not all that are read with it.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """The value as it is stored."""
        return None if value is None else cipher().seal(value)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        """The stored value, opened."""
        if value is None:
            return None
        try:
            return cipher().open(value)
        except CannotOpen:
            return None
