"""What the commands print and write, with the real agent loaded once for all of them."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.utils.endpoints import EndpointConfig

from assistant import cli, in_process
from assistant.in_process import InProcess
from assistant.responses import fixed_text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# Nothing listens on the discard port: no command may need the action server.
NO_ACTION_SERVER = "http://127.0.0.1:9/webhook"

MESSAGES: list[dict[str, Any]] = [
    {"id": "legs", "text": "both of my legs went numb this morning", "level": "EMERGENCY"},
    {"id": "dad", "text": "My father can't move his legs since last night", "level": "EMERGENCY_OTHER"},
    {"id": "life", "text": "I want to end my life", "level": "CRISIS"},
    {"id": "ache", "text": "my lower back hurts", "level": "ROUTINE"},
    {"id": "cake", "text": "how do I bake a lemon cake", "level": "OOS"},
    {"id": "odd", "text": "my back feels funny", "level": "URGENT", "ambiguous": True},
]

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


@pytest.fixture(scope="module")
def agent(trained_model: Path) -> InProcess:
    loaded = in_process.load(trained_model)
    assert loaded.agent.processor is not None
    loaded.agent.processor.action_endpoint = EndpointConfig(NO_ACTION_SERVER)
    return loaded


@pytest.fixture
def run(agent: InProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """`spine-triage ARGUMENTS` with the loaded agent; returns the exit code."""
    monkeypatch.setattr(in_process, "load", lambda _model=None: agent)
    yield lambda *arguments: cli.main([str(argument) for argument in arguments])


def lines_in(folder: Path, *rows: dict[str, Any] | str) -> Path:
    path = folder / "lines.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


def test_assess_names_the_open_question_of_a_bare_back_pain(run: Run, capsys: Capture) -> None:
    assert run("assess", "my lower back hurts") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["level"], result["next_question"]) == ("APPOINTMENT", "legs")
    assert result["reasons"]
    assert result["intent"]["name"] == "report_back_pain"
    assert 0 < result["intent"]["confidence"] <= 1


def test_assess_points_at_the_words_it_found(run: Run, capsys: Capture) -> None:
    text = "Since Monday I cannot feel my feet"
    assert run("assess", text) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert found
    assert all(text[finding["start"] : finding["end"]].lower() == finding["text"].lower() for finding in found)


@pytest.mark.parametrize("text", ["", "   ", "/restart", "\ud800", "?!"], ids=ascii)
def test_assess_judges_any_text(run: Run, capsys: Capture, text: str) -> None:
    assert run("assess", text) == 0
    assert json.loads(capsys.readouterr().out)["level"] == "OUT_OF_SCOPE"


def test_assess_does_not_let_half_a_character_hide_a_red_flag(run: Run, capsys: Capture) -> None:
    assert run("assess", "\ud800 i can't move my legs") == 0
    assert json.loads(capsys.readouterr().out)["level"] == "EMERGENCY"


def test_evaluate_reports_measures_matrix_misses_and_ambiguous_ones(run: Run, tmp_path: Path, capsys: Capture) -> None:
    assert run("evaluate", lines_in(tmp_path, *MESSAGES)) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "5 messages scored, 1 ambiguous ones apart"
    assert "emergency sensitivity        100.0%  (95 % 34.2% - 100.0%; 2 of 2)" in shown
    assert "crisis sensitivity           100.0%  (95 % 20.7% - 100.0%; 1 of 1)" in shown
    assert "false emergencies            0.0%  (95 % 0.0% - 65.8%; 0 of 2)" in shown
    assert any(line.startswith("gold / answered") for line in shown)
    assert "Missed emergencies: 0" in shown
    assert shown[-1].startswith("Ambiguous, answered as: ")


def test_evaluate_lists_a_miss_with_its_words(run: Run, tmp_path: Path, capsys: Capture) -> None:
    mislabelled = {"id": "m7", "text": "my lower back hurts", "level": "EMERGENCY"}
    assert run("evaluate", lines_in(tmp_path, mislabelled)) == 0
    shown = capsys.readouterr().out
    assert "Missed emergencies: 1\n  m7  EMERGENCY -> APPOINTMENT" in shown
    assert "'my lower back hurts'" in shown


def test_evaluate_writes_summary_and_items(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert run("evaluate", lines_in(tmp_path, *MESSAGES), "--json", out) == 0
    content = json.loads(out.read_text("utf-8"))
    assert set(content) == {"summary", "items"}
    assert [item["id"] for item in content["items"]] == ["legs", "dad", "life", "ache", "cake", "odd"]
    assert all(set(item) == {"id", "gold", "predicted", "reasons"} for item in content["items"])
    assert [item["gold"] for item in content["items"]] == [message["level"] for message in MESSAGES]
    assert [item["predicted"] for item in content["items"]][:5] == [
        "EMERGENCY",
        "EMERGENCY",
        "CRISIS",
        "APPOINTMENT",
        "OUT_OF_SCOPE",
    ]
    assert content["summary"]["emergency_sensitivity"]["hits"] == 2
    assert content["summary"]["exact_level"]["rate"] == 1
    assert set(content["summary"]["versions"]) == {"clinical_data", "second_net", "page_net", "model"}


def test_evaluate_calls_a_message_without_id_by_its_place(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    messages = [{"text": "hello", "level": "OOS"}, {"text": "thank you", "level": "OOS"}]
    assert run("evaluate", lines_in(tmp_path, *messages), "--json", out) == 0
    assert [item["id"] for item in json.loads(out.read_text("utf-8"))["items"]] == ["1", "2"]


@pytest.mark.parametrize("command", ["evaluate", "converse"])
@pytest.mark.parametrize(
    "line",
    ["my back hurts", '["hello"]', '{"id": 2, "text": 5, "level": "URGENT", "turns": "hello"}', '{"id": 2}'],
)
def test_a_faulty_line_stops_before_anything_is_printed_or_written(
    run: Run, tmp_path: Path, capsys: Capture, command: str, line: str
) -> None:
    good = {"id": 1, "text": "hello", "level": "OOS", "turns": ["hello"]}
    path, out = lines_in(tmp_path, good, line), tmp_path / "out.json"
    assert run(command, path, *(["--json", out] if command == "evaluate" else [])) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert f"{path}:2: " in shown.err
    assert not out.exists()


def test_an_unknown_level_is_named_with_file_line_and_the_known_ones(run: Run, tmp_path: Path, capsys: Capture) -> None:
    path, out = lines_in(tmp_path, *MESSAGES, {"text": "hello", "level": "HARMLESS"}), tmp_path / "out.json"
    assert run("evaluate", path, "--json", out) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith(f"spine-triage: {path}:7: 'level' must be one of APPOINTMENT, CRISIS, ")
    assert len(complaint.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize("command", ["evaluate", "converse"])
def test_a_missing_file_is_one_line(run: Run, tmp_path: Path, capsys: Capture, command: str) -> None:
    path = tmp_path / "absent.jsonl"
    assert run(command, path) == 2
    assert capsys.readouterr() == ("", f"spine-triage: {path}: No such file or directory\n")


def test_converse_prints_one_line_a_conversation(run: Run, tmp_path: Path, capsys: Capture) -> None:
    conversations = [
        {"id": "pain", "turns": ["my lower back hurts", "No"]},
        {"id": "flag", "turns": ["hello", "I can't control my bladder since yesterday", "thanks"]},
    ]
    assert run("converse", lines_in(tmp_path, *conversations)) == 0
    shown = capsys.readouterr()
    pain, flag = [json.loads(line) for line in shown.out.splitlines()]
    assert (pain["id"], flag["id"]) == ("pain", "flag")
    assert [turn["user"] for turn in flag["turns"]] == conversations[1]["turns"]
    assert all(
        set(turn) == {"user", "bot", "buttons", "level", "next_question", "reasons"}
        for turn in pain["turns"] + flag["turns"]
    )
    assert [turn["next_question"] for turn in pain["turns"]] == ["legs", "bladder_bowel"]
    assert pain["turns"][0]["bot"] == [fixed_text("utter_safety_line"), fixed_text("utter_ask_legs")]
    assert pain["turns"][0]["buttons"] == ["Yes", "No", "Not sure"]
    assert [turn["level"] for turn in flag["turns"]][1:] == ["EMERGENCY", "EMERGENCY"]
    assert flag["turns"][1]["reasons"]
    assert flag["turns"][2]["bot"][0].startswith(fixed_text("utter_emergency_line"))


def test_conversations_do_not_know_of_each_other(run: Run, tmp_path: Path, capsys: Capture) -> None:
    conversations = [{"id": "same", "turns": ["I can't feel my legs"]}, {"id": "same", "turns": ["hello"]}]
    assert run("converse", lines_in(tmp_path, *conversations)) == 0
    first, second = [json.loads(line)["turns"][0] for line in capsys.readouterr().out.splitlines()]
    assert (first["level"], second["level"]) == ("EMERGENCY", "OUT_OF_SCOPE")


def test_converse_repeats_half_a_character_as_a_json_escape(run: Run, tmp_path: Path, capsys: Capture) -> None:
    assert run("converse", lines_in(tmp_path, r'{"id": 1, "turns": ["\ud800 i can\u0027t move my legs"]}')) == 0
    turn = json.loads(capsys.readouterr().out)["turns"][0]
    assert turn["user"] == "\ud800 i can't move my legs"
    assert turn["level"] == "EMERGENCY"


def test_ask_answers_with_sentences_of_the_page_and_their_section(
    trained_model: Path, capsys: Capture, page_text: str
) -> None:
    assert cli.main(["ask", "--model", str(trained_model), "What are the symptoms?"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["answerable"] is True
    assert result["section"] == "symptoms"
    assert result["score"] > 0
    assert result["answer"].startswith("Metastatic spinal tumors grow quickly")
    assert [sentence for sentence in result["sentences"] if sentence not in page_text] == []
    assert result["answer"].replace("\n- ", " ").replace("\n", " ") == " ".join(result["sentences"])


def test_ask_does_not_answer_what_the_page_does_not_say(trained_model: Path, capsys: Capture) -> None:
    assert cli.main(["ask", "--model", str(trained_model), "Who won the football game last night?"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["answerable"], result["answer"], result["section"]) == (False, None, None)
    assert isinstance(result["score"], float)


@pytest.fixture
def page_text() -> str:
    """The page as it was captured, every line break a space."""
    captured = Path(__file__).parents[2] / "data" / "page" / "spine-tumors-metastatic" / "page.txt"
    return " ".join(captured.read_text("utf-8").split())


def test_chat_answers_until_an_empty_line(run: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["my lower back hurts", "I can't feel my legs", ""])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(typed))
    assert run("chat") == 0
    shown = capsys.readouterr().out
    assert "     [Not sure]" in shown
    assert "bot: This could be an emergency. Please get help now." in shown
    assert list(typed) == []


def test_chat_ends_with_the_input(run: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_the_end(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", at_the_end)
    assert run("chat") == 0
    assert capsys.readouterr().out.startswith("In an emergency call 911.")


def test_ctrl_c_ends_the_wait_for_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_prompt: str) -> str:
        # In another thread or within a loop Python would not hand Ctrl-C to the wait.
        assert threading.current_thread() is threading.main_thread()
        assert signal.getsignal(signal.SIGINT) is handler
        raise KeyboardInterrupt

    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("builtins.input", interrupted)
    assert run("chat") == 130
