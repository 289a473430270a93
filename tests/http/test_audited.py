"""Every emergency that is answered is audited: by guard or policy, with its rows, once, and without the person's words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
from chat_server import EMERGENCY, Client, ServerProcess, fake_rasa, start_server
from rasa.core.channels.channel import UserMessage

from assistant.audit import Audit, Decision
from assistant.audit_chain import verify
from assistant.sessions import Sessions
from assistant.settings import AUDIT_DIR, Settings
from triage import clinical_data

RED_FLAG = "I have chest pain, zanzibarite"


@pytest.fixture
def decisions() -> list[tuple[Decision, str | None]]:
    return []


@pytest.fixture
def me(settings: Settings, tmp_path: Path, decisions: list[Any]) -> Iterator[Client]:
    """A client with a session on a server that notes decisions here."""

    def note(decision: Decision, model: str | None) -> None:
        decisions.append((decision, model))

    with fake_rasa(settings, tmp_path / "conversations.db", on_decision=note) as client:
        yield client.open()


def conversation_of(me: Client, settings: Settings) -> str:
    return Sessions((settings.secret or "").encode(), lifetime=1).read(f"Bearer {me.token}").conversation_id


async def advise(message: UserMessage) -> None:
    """Rasa says the emergency text itself."""
    advice = {"text": EMERGENCY, "metadata": {"response": "utter_emergency_self"}}
    await message.output_channel.send_response(message.sender_id, advice)


def test_the_guard_answers_what_rasa_did_not_hear(me: Client, settings: Settings, decisions: list[Any]) -> None:
    assert me.send("m1", RED_FLAG).json()["level"] == "EMERGENCY"
    expected = Decision(conversation_of(me, settings), "m1", "EMERGENCY", ("E1",), "guard")
    assert decisions == [(expected, "test-model")]


def test_the_policy_answers_what_it_heard_itself(me: Client, decisions: list[Any]) -> None:
    me.agent.bot = advise
    me.send("m1", RED_FLAG)
    assert [decision.answered_by for decision, _ in decisions] == ["policy"]


def test_a_message_sent_twice_is_decided_once(me: Client, decisions: list[Any]) -> None:
    assert me.send("m1", RED_FLAG).json() == me.send("m1", RED_FLAG).json()
    assert len(decisions) == 1


def test_a_refused_message_with_a_red_flag_is_audited_without_an_id(me: Client, decisions: list[Any]) -> None:
    assert me.post(f'{{"id": "m1", "text": "{RED_FLAG}').status_code == 400
    assert [
        (decision.message_id, decision.level, decision.reasons, decision.answered_by) for decision, _ in decisions
    ] == [(None, "EMERGENCY", ("E1",), "guard")]


def test_nobody_without_a_session_writes_to_the_audit(me: Client, decisions: list[Any]) -> None:
    assert Client(me.base, "forged").send("m1", RED_FLAG).json()["level"] == "EMERGENCY"
    assert decisions == []


def test_refused_messages_are_audited_no_more_often_than_a_session_may_write(
    settings: Settings, tmp_path: Path, decisions: list[Any]
) -> None:
    slow = replace(settings, messages_per_minute=3)

    def note(decision: Decision, _model: str | None) -> None:
        decisions.append(decision)

    with fake_rasa(slow, tmp_path / "c.db", on_decision=note) as client:
        me = client.open()
        answers = [me.post(f"{{{RED_FLAG}").json()["level"] for _ in range(6)]
    assert answers == ["EMERGENCY"] * 6
    assert len(decisions) == 3


def test_an_audit_that_cannot_be_written_takes_no_answer_away(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file stands where the folder should be")
    kept = Audit(tmp_path / "audit", {}, retry_seconds=0.05)
    with fake_rasa(settings, tmp_path / "c.db", on_decision=kept.record) as client:
        reply = client.open().send("m1", RED_FLAG)
    assert (reply.status_code, reply.json()["messages"][0]["text"]) == (200, EMERGENCY)
    assert not kept.flush(0)
    (tmp_path / "audit").unlink()  # or it would be tried for ever
    assert kept.flush(5)


@pytest.mark.slow
def test_the_real_server_keeps_a_chain_that_outlives_erasure(trained_model: str, tmp_path: Path) -> None:
    running: ServerProcess = start_server(tmp_path, trained_model)
    try:
        running.wait_until_ready()
        me = running.client.open()
        me.send("m1", "hello zanzibarite")
        me.send("m2", "I can't feel my legs, zanzibarite")
        me.send("m3", "I want to end my life, zanzibarite")
        assert me.call("DELETE", "/chat/sessions/current").status_code == 204
    finally:
        running.process.terminate()
        assert running.process.wait(30) == 0
    held = verify(tmp_path / "audit")
    (file,) = (tmp_path / "audit").glob("decisions-*.jsonl")
    first, second = [json.loads(line) for line in file.read_text().splitlines()]
    assert (held.lines, first["message"], second["message"]) == (2, "m2", "m3")
    assert (first["level"], first["answered_by"], second["level"]) == ("EMERGENCY", "policy", "CRISIS")
    assert first["rows"] and first["rows"][0].startswith("E") and "E20" in second["rows"]
    assert first["versions"]["clinical_data"] == clinical_data().version
    assert len(first["versions"]["second_net"]) == 12 and first["versions"]["model"]
    assert first["conversation"] == second["conversation"]
    assert "zanzibarite" not in file.read_text()
    log = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert held.sha256 in [entry.get("sha256") for entry in log]
    assert first["conversation"] in [entry.get("conversation") for entry in log]


@pytest.mark.slow
def test_the_real_server_answers_an_emergency_with_no_audit_to_write_to(trained_model: str, tmp_path: Path) -> None:
    (tmp_path / "nothing").write_text("")
    running = start_server(tmp_path, trained_model, **{AUDIT_DIR: str(tmp_path / "nothing" / "audit")})
    try:
        running.wait_until_ready()
        reply = running.client.open().send("m1", "I can't feel my legs").json()
    finally:
        running.process.terminate()
        assert running.process.wait(30) == 0
    assert (reply["level"], reply["messages"][0]["kind"]) == ("EMERGENCY", "emergency")
    assert "audit_failed" in running.log.read_text()
