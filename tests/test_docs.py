"""The documents keep up with the project: targets, commands, settings, paths and links; nothing of one machine in any file."""

from __future__ import annotations

import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from assistant import cli

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
SETTINGS_TABLE = ROOT / "docs" / "operations.md"  # where the README sends the reader for the settings
DOCUMENTS = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)
VARIABLE = re.compile(r"\bSPINE_TRIAGE_[A-Z_]+\b")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
FILE_NAME = re.compile(r"[\w.-]+\.(?:md|ya?ml|py|toml|lock|jsonl|html|js|css|txt)")
# Folders of one person's or one build's machine. /tmp, /usr and the like are the same everywhere.
MACHINE_PATH = re.compile(r"(?<![\w.:/}*-])/(?:home|root|Users|work|mnt|builds)/\w")
REGISTRY = re.compile(
    r"pypi\.org/simple|pythonhosted\.org|registry\.npmjs|artifactory|devpi|--(?:extra-)?index-url[ =]|--find-links[ =]"
    r"|https?://[^\s\"'`)]+/simple\b",
    re.IGNORECASE,
)
EXAMPLE_ADDRESS = re.compile(r"https?://(?:[\w.-]+\.example|127\.0\.0\.1)\b")  # reserved names, and this very machine


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def git(*arguments: str) -> list[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    ).stdout.splitlines()


@lru_cache(maxsize=1)
def text_files() -> dict[str, str]:
    """Every text file that belongs to the project, committed or not yet: path -> content."""
    found: dict[str, str] = {}
    for name in git("ls-files", "--cached", "--others", "--exclude-standard"):
        try:
            found[name] = (ROOT / name).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture, or a file just deleted
    return found


@pytest.fixture
def files() -> dict[str, str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return text_files()


def anchors(document: Path) -> set[str]:
    """The names of a document's headings, as a link writes them."""
    headings = HEADING.findall(FENCED.sub("", document.read_text("utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths_in(text: str) -> set[str]:
    """What stands in backticks and is a path of the project by its look: `triage/`, `data/triage/cues.yml`, `Makefile`."""
    top = {path.name for path in ROOT.iterdir()}
    found = set()
    for code in CODE.findall(FENCED.sub("", text)):
        for word in code.split("::")[0].split():
            first, slash, _ = word.partition("/")
            is_file_name = FILE_NAME.fullmatch(word) and not Path(word).stem.isupper()  # not FILE.jsonl
            if word in top or (slash and first in top) or is_file_name:
                found.add(word)
    return found


def is_there(path: str, files: dict[str, str]) -> bool:
    """Whether a path exists, or is made only when the project runs. A bare file name may stand in any folder."""
    if (ROOT / path).exists() or ("/" not in path and any(name.endswith(f"/{path}") for name in files)):
        return True
    return subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, timeout=30).returncode == 0


def test_the_readme_names_every_make_target() -> None:
    targets = TARGET.findall((ROOT / "Makefile").read_text("utf-8"))
    readme = README.read_text("utf-8")
    assert targets
    assert [target for target in targets if not re.search(rf"\bmake {target}\b", readme)] == []


def test_the_documents_name_no_make_target_that_does_not_exist() -> None:
    targets = TARGET.findall((ROOT / "Makefile").read_text("utf-8"))
    named = {
        (relative(document), name)
        for document in DOCUMENTS
        for name in re.findall(r"(?:`|^)make ([a-z-]+)\b", document.read_text("utf-8"), re.MULTILINE)
    }
    assert named
    assert sorted(entry for entry in named if entry[1] not in targets) == []


def test_the_readme_names_every_command_and_no_other() -> None:
    choices = next(action.choices for action in cli.parser()._actions if isinstance(action.choices, dict))
    assert set(re.findall(r"spine-triage ([a-z-]+)\b", README.read_text("utf-8"))) == set(choices)


def test_every_setting_the_assistant_reads_is_documented_and_no_other() -> None:
    read = {name for path in (ROOT / "assistant").glob("*.py") for name in VARIABLE.findall(path.read_text("utf-8"))}
    assert read
    assert set(VARIABLE.findall(SETTINGS_TABLE.read_text("utf-8"))) == read
    assert f"({relative(SETTINGS_TABLE)})" in README.read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_path_a_document_names_exists(document: Path, files: dict[str, str]) -> None:
    named = paths_in(document.read_text("utf-8"))
    assert sorted(path for path in named if not is_there(path, files)) == []


def test_the_readme_maps_every_folder_of_the_project(files: dict[str, str]) -> None:
    folders = {name.split("/")[0] for name in files if "/" in name and not name.startswith(".")}
    mapped = {path.split("/")[0] for path in paths_in(README.read_text("utf-8"))}
    assert folders - mapped == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = []
    for target in LINK.findall(FENCED.sub("", document.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path) if path else document
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(target)
    assert broken == []


def test_the_checks_of_this_module_see_what_they_look_for() -> None:
    assert MACHINE_PATH.search("cd " + "/home" + "/ann/project")
    assert not MACHINE_PATH.search("https://host.example" + "/home" + "/ann")
    assert REGISTRY.search("pip install " + "--index-url" + " x")
    assert REGISTRY.search("https://packages.corp.test" + "/simple")
    assert paths_in("`triage/` and `data/triage/none.yml` and `cues.yml` and `/chat/` and `a/b`") == {
        "triage/",
        "data/triage/none.yml",
        "cues.yml",
    }


def test_no_file_names_a_folder_of_one_machine(files: dict[str, str]) -> None:
    assert lines_with(MACHINE_PATH, files) == []


def test_no_file_names_the_address_of_a_package_registry(files: dict[str, str]) -> None:
    assert lines_with(REGISTRY, files) == []


def lines_with(pattern: re.Pattern[str], files: dict[str, str]) -> list[str]:
    """Where `pattern` is found, but not in this module, which must spell out what it looks for."""
    own = relative(Path(__file__).resolve())
    return [
        f"{name}:{number}: {line.strip()[:160]}"
        for name, content in files.items()
        if name != own
        for number, line in enumerate(content.split("\n"), 1)
        if pattern.search(EXAMPLE_ADDRESS.sub("", line))
    ]


def test_every_test_that_a_document_names_exists(files: dict[str, str]) -> None:
    named = {
        match for path in DOCUMENTS for match in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", path.read_text("utf-8"))
    }
    missing = [f"{file}::{name}" for file, name in sorted(named) if f"def {name}(" not in files.get(file, "")]
    assert named and missing == []
