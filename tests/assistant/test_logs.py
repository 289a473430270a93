"""What a log line may hold: an event's name, ids and numbers, the place and kind of a failure, and never a person's words."""

from __future__ import annotations

import ast
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

from assistant.log_format import FIELDS, JsonFormatter, conversation_hash, event_of
from assistant.logs import LOG_LEVEL, level_from
from assistant.settings import ROOT, SettingsError

WORDS = "zanzibarite"
LOGS = {"debug", "info", "warning", "error", "critical", "exception"}
PERSONAL = {"text", "words", "body", "payload", "content", "message", "reply", "said", "shown", "raw"}


class Lines(logging.Handler):
    """Keeps what would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def entry(lines: Lines) -> dict[str, Any]:
    (line,) = lines.lines
    assert "\n" not in line
    assert WORDS not in line
    return dict(json.loads(line))


def ours(message: str, *args: object) -> None:
    logging.getLogger("assistant.guard").error(message, *args)


def test_an_event_of_ours_keeps_its_fields(lines: Lines) -> None:
    ours("turn_failed error=%s at=%s conversation=%s", "ValueError", "processor.py:12", "a_12")
    written = entry(lines)
    assert written.pop("time").endswith("+00:00")
    assert written == {
        "level": "ERROR",
        "logger": "assistant.guard",
        "event": "turn_failed",
        "error": "ValueError",
        "at": "processor.py:12",
        "conversation": conversation_hash("a_12"),
    }


def test_a_level_of_triage_does_not_hide_the_lines_own(lines: Lines) -> None:
    ours("red_flag_answered level=%s conversation=%s", "EMERGENCY", "a_12")
    written = entry(lines)
    assert (written["level"], written["triage_level"]) == ("ERROR", "EMERGENCY")


def test_numbers_stay_numbers(lines: Lines) -> None:
    ours("outbox_written rows=%d", 12)
    assert entry(lines)["rows"] == 12


@pytest.mark.parametrize(
    "value", [f"{WORDS} hurts", f"{WORDS}\n", f"\u00e9{WORDS}", f"{WORDS}!", "x " * 50, {"a": WORDS}]
)
def test_a_field_that_does_not_look_its_part_is_left_out(lines: Lines, value: object) -> None:
    ours("turn_failed error=%s", value)
    written = entry(lines)
    assert written["left_out"] == ["error"]
    assert "error" not in written


def test_a_field_that_nobody_named_is_left_out(lines: Lines) -> None:
    ours("turn_failed symptom=%s error=%s", WORDS, "ValueError")
    written = entry(lines)
    assert (written["left_out"], written["error"]) == (["symptom"], "ValueError")


@pytest.mark.parametrize("count", [1, 3])
def test_a_call_with_the_wrong_number_of_values_is_a_line_all_the_same(count: int) -> None:
    template = "turn_failed error=%s at=%s"
    record = logging.LogRecord("assistant", logging.ERROR, __file__, 1, template, (WORDS,) * count, None)
    line = JsonFormatter().format(record)
    assert WORDS not in line
    assert json.loads(line)["event"] == "log_record_unreadable"


def test_what_another_program_put_together_is_reduced_to_its_place(lines: Lines) -> None:
    logging.getLogger("rasa.core.processor").warning(f"Received '{WORDS}'")
    written = entry(lines)
    assert set(written) == {"time", "level", "logger", "event", "at"}
    assert written["at"].startswith("test_logs.py:")


def test_a_template_of_another_program_is_kept_without_its_values(lines: Lines) -> None:
    logging.getLogger("sanic.error").error("Exception occurred while handling uri: %s", WORDS)
    assert entry(lines)["message"] == "Exception occurred while handling uri: %s"


def test_an_event_of_ours_with_words_put_into_its_name_is_none(lines: Lines) -> None:
    ours(f"turn_failed {WORDS}")
    assert "message" not in entry(lines)


@pytest.mark.parametrize("message", [ValueError(WORDS), {"text": WORDS}, WORDS.encode(), "", "x" * 10_000])
def test_any_object_as_message_is_a_line(lines: Lines, message: object) -> None:
    logging.getLogger("rasa").error(message)
    assert entry(lines)["event"] == "foreign"


def test_of_an_exception_the_kinds_and_the_way_are_kept_and_not_the_text(lines: Lines) -> None:
    try:
        try:
            raise KeyError(WORDS)
        except KeyError as error:
            raise ValueError(WORDS) from error
    except ValueError:
        logging.getLogger("rasa").exception("failed")
    written = entry(lines)
    assert (written["error"], written["caused_by"]) == ("ValueError", ["KeyError"])
    assert written["stack"][0].startswith("test_logs.py:")


def test_exceptions_that_follow_from_each_other_in_a_circle_end(lines: Lines) -> None:
    error = ValueError(WORDS)
    error.__cause__ = error
    logging.getLogger("rasa").error("failed", exc_info=error)
    assert entry(lines)["error"] == "ValueError"


def test_only_our_own_loggers_have_events() -> None:
    for name, event in (
        ("assistant.x", "turn_failed"),
        ("actions", "turn_failed"),
        ("assistantx", None),
        ("rasa", None),
    ):
        record = logging.LogRecord(name, logging.ERROR, __file__, 1, "turn_failed error=%s", ("E",), None)
        assert event_of(record) == event


@pytest.mark.parametrize(("value", "level"), [(None, logging.INFO), ("", logging.INFO), ("debug", logging.DEBUG)])
def test_the_level_is_the_operators(value: str | None, level: int) -> None:
    assert level_from({} if value is None else {LOG_LEVEL: value}) == level


def test_a_level_that_is_none_is_refused_and_named() -> None:
    with pytest.raises(SettingsError, match=LOG_LEVEL):
        level_from({LOG_LEVEL: "basicConfig"})


EVERY_WAY_OUT = """
import asyncio, gc, logging, sys, threading, warnings
WORDS = sys.argv[1]
taken = logging.getLogger("spacy")
taken.addHandler(logging.StreamHandler(sys.stdout))
taken.propagate = False
from assistant import logs
logs.configure(logging.DEBUG)

import structlog
structlog.get_logger("rasa.core.processor").debug("processor.message.parse", text=WORDS, event_info=WORDS)
try:
    raise ValueError(WORDS)
except ValueError:
    structlog.get_logger("rasa.core.processor").exception("processor.failed", text=WORDS)
structlog.get_logger("rasa").warning(f"of {WORDS}")
taken.error(WORDS)
warnings.warn(f"cannot read '{WORDS}'", UserWarning)
logging.getLogger("rasa").error("%d " + WORDS, "no number")

class Dying:
    def __del__(self):
        raise ValueError(WORDS)
Dying()

def raising():
    raise ValueError(WORDS)
thread = threading.Thread(target=raising, name=WORDS)
thread.start()
thread.join()

async def forgotten():
    async def fail(words):
        raise ValueError(words)
    asyncio.ensure_future(fail(WORDS))
    await asyncio.sleep(0.01)
asyncio.run(forgotten())
gc.collect()
raising()
"""


def test_nothing_gets_past_the_one_handler(tmp_path: Path) -> None:
    program = tmp_path / "every_way_out.py"
    program.write_text(EVERY_WAY_OUT)
    command = [sys.executable, str(program), WORDS]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert WORDS not in ended.stderr
    written = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line.get("message") for line in written if line["logger"] == "rasa.core.processor"] == [
        "processor.message.parse",
        "processor.failed",
    ]
    kinds = [
        (line["event"], line.get("type") or line.get("error")) for line in written if line["logger"] == "assistant.logs"
    ]
    assert kinds == [
        ("warned", "UserWarning"),
        ("unraisable", "ValueError"),
        ("uncaught_in_thread", "ValueError"),
        ("uncaught", "ValueError"),
    ]
    assert [line["error"] for line in written if line["logger"] == "asyncio" and line["level"] == "ERROR"] == [
        "ValueError"
    ]
    assert [line["level"] for line in written if line["logger"] == "spacy"] == ["ERROR"]


def our_log_calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("assistant", "triage", "pages", "actions"):
        for path in sorted((ROOT / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and is_log_call(node.func):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def is_log_call(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in LOGS
        and isinstance(function.value, ast.Name)
        and function.value.id == "logger"
    )


def test_every_log_call_of_ours_is_an_event_with_named_fields_and_no_words() -> None:
    wrong, seen = [], 0
    for place, call in our_log_calls():
        seen += 1
        template = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
        record = logging.LogRecord("assistant", logging.ERROR, "", 1, template, (), None)
        if event_of(record) is None:
            wrong.append(f"{place}: the message must be 'event_name key=%s ...'")
            continue
        keys = [part.split("=")[0] for part in str(template).split()[1:]]
        wrong += [f"{place}: {key} is not in log_format.FIELDS" for key in keys if key not in FIELDS]
        if len(keys) != len(call.args) - 1:
            wrong.append(f"{place}: {len(keys)} fields, {len(call.args) - 1} values")
        for argument in call.args[1:]:
            names = {node.id for node in ast.walk(argument) if isinstance(node, ast.Name)}
            names |= {node.attr for node in ast.walk(argument) if isinstance(node, ast.Attribute)}
            wrong += [f"{place}: {name} may hold a person's words" for name in sorted(names & PERSONAL)]
    assert seen > 20
    assert wrong == []


@pytest.mark.parametrize("module", ["assistant.server", "actions"])
def test_a_server_refuses_a_level_that_is_none_and_whatever_was_warned_of_is_json(module: str) -> None:
    command = [sys.executable, "-W", "default", "-m", module]
    environment = {**os.environ, LOG_LEVEL: "loud"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    *warned, last = ended.stderr.splitlines()
    assert (ended.returncode, last) == (2, f"cannot start: {LOG_LEVEL} must be one of DEBUG, INFO, WARNING, ERROR")
    assert {json.loads(line)["event"] for line in warned} == {"warned"}
