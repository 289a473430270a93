"""Files given on the command line: read whole or refused in one line that names file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.jsonl import TEXT, TEXTS, InputError, one_of, read, write_whole

MESSAGE = {"text": TEXT, "level": one_of({"URGENT", "CRISIS"})}
GOOD = '{"id": "a", "text": "my hip hurts", "level": "URGENT"}'


def written(folder: Path, *lines: str) -> Path:
    path = folder / "messages.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_every_object_is_read_with_all_its_keys(tmp_path: Path) -> None:
    assert read(written(tmp_path, GOOD, GOOD), MESSAGE) == [
        {"id": "a", "text": "my hip hurts", "level": "URGENT"},
        {"id": "a", "text": "my hip hurts", "level": "URGENT"},
    ]


def test_empty_lines_are_passed_over_and_still_counted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"messages\.jsonl:4: "):
        read(written(tmp_path, "", GOOD, "  ", "[]"), MESSAGE)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085"])
def test_a_line_separator_of_unicode_inside_a_text_does_not_end_the_line(tmp_path: Path, separator: str) -> None:
    path = written(tmp_path, f'{{"text": "first{separator}second", "level": "CRISIS"}}')
    assert read(path, MESSAGE)[0]["text"] == f"first{separator}second"


def test_windows_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + f"{GOOD}\r\n{GOOD}\r\n".encode())
    assert len(read(path, MESSAGE)) == 2


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("not json", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "expected a JSON object, found list"),
        ("null", "expected a JSON object, found NoneType"),
        ('{"level": "URGENT"}', "'text' must be a text"),
        ('{"text": 5, "level": "URGENT"}', "'text' must be a text"),
        ('{"text": "x", "level": "urgent"}', "'level' must be one of CRISIS, URGENT"),
        ('{"text": "x", "level": ["URGENT"]}', "'level' must be one of CRISIS, URGENT"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_faulty_line_is_named_with_what_was_expected(tmp_path: Path, line: str, complaint: str) -> None:
    path = written(tmp_path, GOOD, line)
    with pytest.raises(InputError) as raised:
        read(path, MESSAGE)
    message = str(raised.value)
    assert message.startswith(f"{path}:2: ")
    assert complaint in message
    assert "\n" not in message


@pytest.mark.parametrize("turns", ['"hello"', '["hello", 5]', "null"])
def test_turns_must_be_a_list_of_texts(tmp_path: Path, turns: str) -> None:
    with pytest.raises(InputError, match=r":1: 'turns' must be a list of texts"):
        read(written(tmp_path, f'{{"turns": {turns}}}'), {"turns": TEXTS})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.jsonl: No such file"):
        read(tmp_path / "absent.jsonl", MESSAGE)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(b'{"text": "caf\xe9"}\n')
    with pytest.raises(InputError, match=r"messages\.jsonl: not UTF-8 text \(byte 13\)"):
        read(path, MESSAGE)


def test_a_written_file_replaces_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("a longer text from before")
    write_whole(path, "new\n")
    assert path.read_text() == "new\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(InputError, match="folder: "):
        write_whole(folder, "new\n")
    with pytest.raises(InputError, match=r"out\.json: No such file"):
        write_whole(tmp_path / "absent" / "out.json", "new\n")
    assert list(tmp_path.iterdir()) == [folder]
