"""The command line as a person calls it: help, wrong calls, exit codes, and what stands on which stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import cli, commands, supervisor, training
from assistant.settings import ROOT

COMMANDS = {
    "assess": ["text", "--model"],
    "evaluate": ["file", "--json OUT", "--model"],
    "ask": ["question", "--model"],
    "converse": ["file", "--model"],
    "chat": ["--model"],
    "serve": [],
    "train": ["--force"],
}
RESULT_KEYS = {"level", "next_question", "findings", "reasons", "intent", "versions"}
FINDING_KEYS = {"concept", "status", "temporality", "experiencer", "text", "start", "end", "rule"}
CALL = [sys.executable, "-m", "assistant.cli"]

Capture = pytest.CaptureFixture[str]


def exit_code_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


def test_help_lists_every_command(capsys: Capture) -> None:
    assert exit_code_of("--help") == 0
    shown = capsys.readouterr()
    assert [name for name in COMMANDS if f"\n    {name} " not in shown.out] == []
    assert shown.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_names_its_arguments(name: str, capsys: Capture) -> None:
    assert exit_code_of(name, "--help") == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: spine-triage {name}")
    assert [argument for argument in COMMANDS[name] if argument not in shown] == []


@pytest.mark.parametrize(
    "arguments",
    [[], ["diagnose"], ["assess"], ["assess", "a", "b"], ["evaluate"], ["ask"], ["converse"], ["train", "--fast"]],
    ids=" ".join,
)
def test_a_wrong_call_shows_the_usage_on_stderr(arguments: list[str], capsys: Capture) -> None:
    assert exit_code_of(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("usage: spine-triage")
    assert shown.out == ""


@pytest.mark.parametrize("name", ["assess", "evaluate", "ask", "converse", "chat"])
def test_a_missing_model_is_one_line_that_says_what_to_do(name: str, tmp_path: Path, capsys: Capture) -> None:
    line = '{"id": 1, "text": "hello", "level": "OOS", "turns": ["hello"]}'
    (tmp_path / "lines.jsonl").write_text(line)
    argument = {"evaluate": [str(tmp_path / "lines.jsonl")], "converse": [str(tmp_path / "lines.jsonl")], "chat": []}
    code = cli.main([name, "--model", str(tmp_path / "none.tar.gz"), *argument.get(name, ["hello"])])
    shown = capsys.readouterr()
    assert code == 1
    *progress, complaint = shown.err.splitlines()
    assert complaint.startswith("spine-triage: There is no trained model")
    assert complaint.endswith("run `make train`.")
    assert progress == (["Loading ..."] if name == "chat" else [])
    assert shown.out == ""


def test_ctrl_c_ends_a_command_without_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted(_options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "assess", interrupted)
    assert cli.main(["assess", "hello"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("arguments", "passed_on"), [([], []), (["--force"], ["--force"])])
def test_train_passes_its_option_and_exit_code_on(
    arguments: list[str], passed_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(training, "main", lambda given: calls.append(given) or 1)
    assert cli.main(["train", *arguments]) == 1
    assert calls == [passed_on]


def test_serve_runs_the_supervisor_and_passes_its_exit_code_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "main", lambda given: 1 if given == [] else 0)
    assert cli.main(["serve"]) == 1


@pytest.mark.slow
def test_assess_prints_one_json_object_and_nothing_else(trained_model: Path) -> None:
    call = [*CALL, "assess", "--model", str(trained_model), "my legs gave out on the stairs today"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) == RESULT_KEYS
    assert (result["level"], result["next_question"]) == ("EMERGENCY", None)
    assert set(result["intent"]) == {"name", "confidence"}
    assert set(result["versions"]) == {"clinical_data", "second_net", "page_net", "model"}
    assert result["findings"]
    assert all(set(finding) >= FINDING_KEYS for finding in result["findings"])
    assert done.stderr == ""


@pytest.mark.slow
def test_a_reader_that_has_gone_is_no_error(trained_model: Path) -> None:
    call = [*CALL, "ask", "--model", str(trained_model), "What are the symptoms?"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(call, cwd=ROOT, env=buffered, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, complaints = process.communicate(timeout=200)
    assert (process.returncode, complaints) == (0, b"")
