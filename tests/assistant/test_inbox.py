"""`spine-triage screen-inbox`: every message judged, the most urgent first; bad lines reported; a broken run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant import all_cores, cli, inbox, inbox_judge
from assistant.levels import LEVELS

RED_FLAG = "I can't feel my legs since this morning"
MESSAGES = ["hello", "my back hurts", RED_FLAG, "I want to end my life", "what are the opening hours?"]

Capture = pytest.CaptureFixture[str]


def write_jsonl(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"id": f"m{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    return path


def results(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def screen(inbox_file: Path, out: Path, *more: str) -> int:
    return cli.main(["screen-inbox", str(inbox_file), "--out", str(out), *more])


# ---- reading ----


def test_json_lines_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    file.write_text('{"id": "a", "text": "one"}\n\nbroken\n{"id": "b"}\n[1]\n{"text": "two"}\n{"id": 7, "text": 7}\n')
    assert list(inbox.rows(file)) == [
        {"line": 1, "id": "a", "text": "one"},
        {"line": 3, "error": "is not JSON"},
        {"line": 4, "error": "has no 'text'"},
        {"line": 5, "error": "has no 'text'"},
        {"line": 6, "id": 6, "text": "two"},
        {"line": 7, "error": "has no 'text'"},
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_with_texts_of_several_lines(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "inbox.csv"
    rows = ["id,text,from", 'a,"my back, and\nmy legs",ward', "b", "c,two,ward", ",no id,"]
    file.write_text("\n".join(row.replace(",", mark) if "back" not in row else
                              f'a{mark}"my back, and\nmy legs"{mark}ward' for row in rows) + "\n")  # fmt: skip
    assert list(inbox.rows(file)) == [
        {"line": 3, "id": "a", "text": "my back, and\nmy legs"},
        {"line": 4, "error": "has too few columns"},
        {"line": 5, "id": "c", "text": "two"},
        {"line": 6, "id": 6, "text": "no id"},
    ]


def test_a_line_without_end_is_reported_and_does_not_fill_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    file.write_text("x" * 3_000_000 + "\n" + json.dumps({"text": "after it"}) + "\n")
    first, second = inbox.rows(file)
    assert first == {"line": 1, "error": "is longer than a million characters"}
    assert second["text"] == "after it"


def test_letters_that_are_no_unicode_do_not_stop_it(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    file.write_bytes(b'{"text": "caf\xe9"}\n')
    assert [row["text"] for row in inbox.rows(file)] == ["caf\ufffd"]


# ---- the command ----


@pytest.mark.slow
def test_the_most_urgent_come_first_and_no_words_come_out(trained_model: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "judged.jsonl"
    assert screen(write_jsonl(tmp_path / "inbox.jsonl", MESSAGES), out) == 0
    judged = results(out)
    assert [one["id"] for one in judged[:3]] == ["m3", "m2", "m1"]
    assert [LEVELS.index(one["level"]) for one in judged] == sorted(
        (LEVELS.index(one["level"]) for one in judged), reverse=True
    )
    assert judged[0].keys() == {"id", "level", "reasons", "line"}
    assert "legs" not in out.read_text()
    assert "1 CRISIS, 1 EMERGENCY" in capsys.readouterr().out
    assert out.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.slow
def test_bad_lines_are_reported_and_skipped(trained_model: Path, tmp_path: Path, capsys: Capture) -> None:
    file, out = tmp_path / "inbox.jsonl", tmp_path / "judged.jsonl"
    file.write_text("broken\n" * 30 + json.dumps({"id": "a", "text": RED_FLAG}) + "\n")
    assert screen(file, out) == 0
    shown = capsys.readouterr()
    assert shown.out.endswith("1 EMERGENCY; 30 lines skipped.\n")
    assert shown.err.count("is not JSON; skipped") == inbox.SHOWN_ERRORS
    assert [one["id"] for one in results(out)] == ["a"]


@pytest.mark.slow
def test_a_run_that_was_broken_off_goes_on_and_gives_the_same(
    trained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    file = write_jsonl(tmp_path / "inbox.jsonl", MESSAGES * 40)
    whole, out = tmp_path / "whole.jsonl", tmp_path / "judged.jsonl"
    screen(file, whole)
    real = inbox.progress

    def broken_off(*arguments: Any) -> Any:
        for number, result in enumerate(real(*arguments)):
            if number == 130:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(inbox, "progress", broken_off)
    assert screen(file, out) == 130
    assert not out.exists()
    partial = tmp_path / "judged.jsonl.partial"
    partial.write_text(partial.read_text() + '{"line": 131, "le')  # as a kill leaves it
    monkeypatch.setattr(inbox, "progress", real)
    capsys.readouterr()
    assert screen(file, out) == 0
    assert "Going on after 130 messages" in capsys.readouterr().err
    assert out.read_text() == whole.read_text()


@pytest.mark.slow
def test_another_inbox_is_begun_anew(trained_model: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "judged.jsonl"
    (tmp_path / "judged.jsonl.partial").write_text('{"inbox": "another"}\n{"line": 1, "level": "CRISIS", "id": "x"}\n')
    screen(write_jsonl(tmp_path / "inbox.jsonl", ["hello"]), out)
    assert "Going on" not in capsys.readouterr().err
    assert [one["id"] for one in results(out)] == ["m0"]


@pytest.mark.slow
def test_a_long_message_is_read_to_its_end(trained_model: Path) -> None:
    inbox_judge.prepare(trained_model)
    assert inbox_judge.judge("It rained all day. " * 2_000 + RED_FLAG).level == "EMERGENCY"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("missing.jsonl", None, "No such file"), ("inbox.csv", "id;words\na;b\n", "must name the columns")],
)
@pytest.mark.slow
def test_a_file_that_cannot_be_used_is_one_line(
    trained_model: Path, tmp_path: Path, capsys: Capture, name: str, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    assert screen(tmp_path / name, tmp_path / "out.jsonl") == 2
    shown = capsys.readouterr().err
    assert said in shown and shown.count("\n") == 1


# ---- on all cores ----


def test_items_are_read_only_as_far_ahead_as_they_are_worked_on() -> None:
    read = 0

    def items() -> Any:
        nonlocal read
        for number in range(100_000):
            read += 1
            yield number

    results_of = all_cores.each(list, items(), prepare=print, arguments=(), processes=1)
    assert [next(results_of) for _ in range(3)] == [0, 1, 2]
    assert read < 1_000
    results_of.close()


def test_an_error_in_the_preparation_ends_the_work() -> None:
    """A pool whose processes cannot begin would start new ones for ever."""
    with pytest.raises(ValueError):
        list(all_cores.each(list, range(3), prepare=int, arguments=("no number",), processes=1))
