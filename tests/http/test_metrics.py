"""What the operator's monitoring sees: counts and times, on this machine only, and nothing of anybody."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path
from typing import Iterator

import pytest
import requests
from chat_server import Client, fake_rasa, start_server
from prometheus_client import REGISTRY
from rasa.core.channels.channel import UserMessage

from assistant import metrics
from assistant.settings import METRICS_PORT, Settings, SettingsError
from processes.service import free_port

RED_FLAG = "I have chest pain"


@pytest.fixture
def me(settings: Settings, tmp_path: Path) -> Iterator[Client]:
    with fake_rasa(settings, tmp_path / "conversations.db") as client:
        yield client.open()


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"spine_triage_{name}", labels) or 0.0


class Growth:
    """By how much a count has grown since this was made."""

    def __init__(self, name: str, **labels: str) -> None:
        self._read = lambda: value(name, **labels)
        self._before = self._read()

    def __call__(self) -> float:
        return self._read() - self._before


async def fail(_: UserMessage) -> None:
    raise ValueError("nothing works")


def test_a_message_is_counted_with_its_level_and_timed_by_stage(me: Client) -> None:
    messages, answers = Growth("messages_total"), Growth("answers_total", level="EMERGENCY")
    stages = [Growth("stage_seconds_count", stage=stage) for stage in (metrics.SCREEN, metrics.TURN, metrics.STORE)]
    me.send("m1", RED_FLAG)
    me.send("m1", RED_FLAG)
    assert (messages(), answers()) == (2, 1)
    assert [stage() for stage in stages] == [1, 1, 1]


def test_a_session_is_counted(me: Client) -> None:
    conversations = Growth("conversations_total")
    Client(me.base).open()
    assert conversations() == 1


def test_the_safety_text_is_counted_in_an_answer_and_in_an_error(me: Client) -> None:
    answer, error = Growth("safety_texts_total", where="answer"), Growth("safety_texts_total", where="error")
    faults = Growth("faults_total", kind="turn_failed")
    me.agent.bot = fail
    counter = metrics.FaultCounter()
    logging.getLogger().addHandler(counter)
    try:
        me.send("m1", "hello")
    finally:
        logging.getLogger().removeHandler(counter)
    me.post("no json")
    assert (answer(), error(), faults()) == (1, 1, 1)


def test_an_emergency_text_is_no_safety_text(me: Client) -> None:
    answer, error = Growth("safety_texts_total", where="answer"), Growth("safety_texts_total", where="error")
    me.agent.bot = fail
    me.send("m1", RED_FLAG)
    me.post(f"{{{RED_FLAG}")
    assert (answer(), error()) == (0, 0)


def test_a_stage_that_fails_is_timed() -> None:
    store = Growth("stage_seconds_count", stage=metrics.STORE)
    with pytest.raises(ValueError), metrics.timed(metrics.STORE):
        raise ValueError
    assert store() == 1


@pytest.mark.parametrize(("level", "label"), [("CRISIS", "CRISIS"), ("", "none"), (None, "none"), ("my back", "none")])
def test_a_level_that_is_none_is_no_label(level: str | None, label: str) -> None:
    answers = Growth("answers_total", level=label)
    metrics.answered(level)
    assert answers() == 1


@pytest.mark.parametrize(
    ("logger", "level", "message", "kind"),
    [
        ("assistant.audit", logging.ERROR, "audit_failed error=%s rows=%d", "audit_failed"),
        ("assistant.audit", logging.CRITICAL, "uncaught", "uncaught"),
        ("assistant.audit", logging.ERROR, "zanzibarite hurts", "assistant"),
        ("rasa.core.processor", logging.ERROR, "zanzibarite", "rasa"),
        ("zanzibarite", logging.ERROR, "zanzibarite", "other"),
    ],
)
def test_a_fault_is_counted_by_its_event_or_its_program(logger: str, level: int, message: str, kind: str) -> None:
    faults = Growth("faults_total", kind=kind)
    metrics.FaultCounter().handle(logging.LogRecord(logger, level, __file__, 1, message, (), None))
    assert faults() == 1
    assert value("faults_total", kind="zanzibarite") == 0


def test_a_warning_is_no_fault() -> None:
    faults = Growth("faults_total", kind="warned")
    counter = metrics.FaultCounter()
    logging.getLogger().addHandler(counter)
    try:
        logging.getLogger("assistant.logs").warning("warned type=%s at=%s", "UserWarning", "a.py:1")
    finally:
        logging.getLogger().removeHandler(counter)
    assert faults() == 0


def test_the_port_is_off_unless_it_is_set_and_must_be_one() -> None:
    assert Settings.from_env({}).metrics_port == 0
    assert Settings.from_env({METRICS_PORT: "9100"}).metrics_port == 9100
    with pytest.raises(SettingsError, match=METRICS_PORT):
        Settings.from_env({METRICS_PORT: "70000"})


@pytest.mark.slow
def test_a_port_that_is_taken_is_one_line(trained_model: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = start_server(tmp_path, trained_model, **{METRICS_PORT: str(taken.getsockname()[1])})
        assert refused.process.wait(60) == 2
    assert f"cannot start: {METRICS_PORT} cannot be used: " in refused.log.read_text().splitlines()[-1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux which addresses are listened on")
def test_the_server_shows_its_counts_on_loopback_only(trained_model: str, tmp_path: Path) -> None:
    port = free_port()
    running = start_server(tmp_path, trained_model, **{METRICS_PORT: str(port)})
    try:
        running.wait_until_ready()
        me = running.client.open()
        me.send("m1", "I can't feel my legs, zanzibarite")
        me.post("no json")
        shown = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
        tables = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    finally:
        running.process.terminate()
        assert running.process.wait(30) == 0
    assert 'spine_triage_answers_total{level="EMERGENCY"} 1.0' in shown
    assert 'spine_triage_safety_texts_total{where="error"} 1.0' in shown
    assert 'spine_triage_stage_seconds_count{stage="turn"} 1.0' in shown
    assert "zanzibarite" not in shown and "m1" not in shown
    listening = [line.split()[1] for line in tables.splitlines() if f":{port:04X} " in line and line.split()[3] == "0A"]
    assert listening == [f"0100007F:{port:04X}"]
