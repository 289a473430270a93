"""Reads a message off the wire: bounded, checked, and searched for red flags even when it must be refused."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass

from sanic.request import Request

from assistant.guard import OVERLAP, WINDOW, Guard, Screened, windows
from assistant.http_errors import ApiError

DRAIN_LIMIT = 2_000_000  # bytes read and dropped, so that an honest client can still read why it was refused

_MESSAGE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')


@dataclass(frozen=True)
class IncomingMessage:
    """A well-formed message: its id, and either typed text or the payload of a button."""

    id: str
    text: str | None
    payload: str | None

    @classmethod
    def parse(cls, body: bytes) -> IncomingMessage:
        """Read {"id", "text"} or {"id", "payload"}. Raises ApiError for anything else."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
            raise ApiError("bad_json") from None
        if not isinstance(data, dict):
            raise ApiError("bad_json")
        message_id, text, payload = data.get("id"), data.get("text"), data.get("payload")
        if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id):
            raise ApiError("bad_message")
        if (text is None) == (payload is None) or not isinstance(payload if text is None else text, str):
            raise ApiError("bad_message")
        return cls(message_id, text, payload)


def who_opens(body: bytes) -> tuple[str | None, str | None]:
    """The portal's token in {"portal_token"} and the code in {"launch"}: one or none. Raises ApiError for anything else."""
    if not body.strip():
        return None, None
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError("bad_json") from None
    if not isinstance(data, dict):
        raise ApiError("bad_json")
    token, launch = data.get("portal_token"), data.get("launch")
    if any(value is not None and not isinstance(value, str) for value in (token, launch)):
        raise ApiError("bad_json")
    if token is not None and launch is not None:
        raise ApiError("bad_json")
    return token, launch


@dataclass
class Body:
    """What was read of a request's body. `whole` is False when more came than may be kept."""

    content: bytearray
    whole: bool = True

    async def read(self, request: Request, *, keep: int, seconds: float) -> None:
        """Fill from a streaming request. Raises ApiError("too_slow"); what came until then is kept."""
        if (stream := request.stream) is None:
            return
        total = 0
        try:
            async with asyncio.timeout(seconds):
                while chunk := await stream.read():
                    total += len(chunk)
                    self.content += chunk[: max(0, keep - len(self.content))]
                    self.whole = total <= keep
                    if total > DRAIN_LIMIT:
                        break
        except TimeoutError:
            raise ApiError("too_slow") from None


async def screened_body(content: bytes, guard: Guard) -> Screened:
    """What a refused body demands: the first red flag in it, if there is one, decides what the error says besides."""
    # One window at a time, so that other conversations go on in between.
    for window in windows(_words(content), WINDOW, OVERLAP):
        screened = guard.before(window)
        if screened.level is not None:
            return screened
        await asyncio.sleep(0)
    return guard.before("")


def _words(content: bytes) -> str:
    """What a person may have written in a body that may be cut off or no JSON at all."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return _ESCAPE.sub(_unescaped, content.decode("utf-8", "replace"))
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else [data]
    return "\n".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return match[2] if match[2] in '"\\/' else " "
