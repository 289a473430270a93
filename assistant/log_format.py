"""Log records as one JSON object a line: an event's name, ids and numbers. What a person wrote never gets into one.

Our own loggers write `event_name key=%s key=%d`: the event and the fields named in FIELDS are kept. Of any other program's
record its place in the code is kept, the kind of exception, and the message only if it stands in the source word for word: Rasa
and Sanic put people's words and addresses into theirs.
"""

from __future__ import annotations

import hashlib
import json
import linecache
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any, Final, Mapping

OURS: Final = frozenset({"assistant", "triage", "pages", "actions"})

_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,80}")  # of an error, an event, a table
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,80}")
_PLACE = re.compile(r"[A-Za-z0-9_./<>-]{1,120}(:[0-9]{1,7})?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")

#: What an event of ours may say besides its name, and how it must look. Anything else is left out and named in "left_out".
FIELDS: Final = {
    "action": _KIND,
    "answered_by": _KIND,
    "at": _PLACE,
    "conversation": _ID,  # written as a hash
    "conversations": _NUMBER,
    "damage": _KIND,
    "error": _KIND,
    "file": _ID,
    "host": _ID,
    "level": _KIND,  # of triage; the record's own is "level", this one is written as "triage_level"
    "line": _NUMBER,
    "method": re.compile("GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"),  # a client may send any word as method
    "model": _ID,
    "port": _NUMBER,
    "reason": _KIND,
    "row": _NUMBER,
    "rows": _NUMBER,
    "set_aside": _ID,
    "sha256": _ID,
    "status": _NUMBER,
    "table": _KIND,
    "type": _KIND,
}
_NAMES: Final = {"level": "triage_level"}

_EVENT = re.compile(r"([a-z][a-z0-9_]*)((?: [a-z0-9_]+=%[sd])*)")
_KEY = re.compile(r" ([a-z0-9_]+)=")
_FRAMES = 12  # of a traceback, the innermost ones
_SOURCE_LINES = range(-2, 13)  # around the line a record names: a call may span several
_LONGEST_TEMPLATE = 200


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON: time (UTC), level, logger, event, and what is known of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Never raises, whatever the record holds: a handler would print the record's arguments otherwise."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        try:
            entry.update(_content(record))
        except Exception as error:  # noqa: BLE001 - the boundary of logging: a line that says so instead of somebody's words
            entry.update(event="log_record_unreadable", error=type(error).__name__)
        return json.dumps(entry)


def event_of(record: logging.LogRecord) -> str | None:
    """The event of a record of our own loggers; None for another program's or one that is no event."""
    match = _own_event(record)
    return match[1] if match else None


def conversation_hash(conversation: str) -> str:
    """How logs and audit name a conversation: it finds the lines that belong together and opens nothing."""
    return hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _own_event(record: logging.LogRecord) -> re.Match[str] | None:
    if record.name.partition(".")[0] not in OURS or not isinstance(record.msg, str):
        return None
    return _EVENT.fullmatch(record.msg)


def _content(record: logging.LogRecord) -> dict[str, Any]:
    match = _own_event(record)
    content = _event(match, record.args) if match else _foreign(record)
    if record.exc_info and record.exc_info[1] is not None:
        content.update(_failure(record.exc_info[1]))
    return content


def _event(match: re.Match[str], args: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"event": match[1]}
    left_out = []
    values = (args,) if isinstance(args, Mapping) else args or ()  # logging unpacks a single mapping
    for key, value in zip(_KEY.findall(match[2]), values, strict=True):
        text = str(value)
        if key not in FIELDS or not FIELDS[key].fullmatch(text):
            left_out.append(key)
        elif key == "conversation":
            content[key] = conversation_hash(text)
        else:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            content[_NAMES.get(key, key)] = value if number else text
    if left_out:
        content["left_out"] = left_out
    return content


def _foreign(record: logging.LogRecord) -> dict[str, Any]:
    content = {"event": "foreign", "at": f"{record.filename}:{record.lineno}"}
    if isinstance(record.msg, str) and _stands_in_source(record.msg, record.pathname, record.lineno):
        content["message"] = record.msg
    return content


def _stands_in_source(message: str, path: str, line: int) -> bool:
    """Whether a message is a literal at this place of the program: then nobody's words were put into it."""
    if not 0 < len(message) <= _LONGEST_TEMPLATE:
        return False
    source = "".join(linecache.getline(path, line + offset) for offset in _SOURCE_LINES)
    return f'"{message}"' in source or f"'{message}'" in source


def _failure(error: BaseException) -> dict[str, Any]:
    """Kind and way of an exception, with those it followed from; its text may quote a person."""
    kinds: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(kinds) < _FRAMES:
        kinds.append(type(seen).__name__)
        seen = seen.__cause__ or seen.__context__
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    stack = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": kinds[0], "caused_by": kinds[1:], "stack": stack}
