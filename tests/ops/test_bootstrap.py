"""What a newcomer sees when setting up goes well or not."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import environment
import pytest
from console import DownloadRefused, SetupError, run
from environment import Environment
from fetch_uv import locked_uv
from pip_settings import uv_settings

LOCK = "six==1.17.0 \\\n    --hash=sha256:" + "0" * 64 + "\nuv==0.1 \\\n    --hash=sha256:" + "1" * 64 + "\n"


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Path:
    """A small project with its own copy of the scripts."""
    folder = tmp_path / "project"
    shutil.copytree(root / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "requirements.lock").write_text(LOCK)
    (folder / "pyproject.toml").write_text("[project]\nname = 'tiny'\n")
    return folder


@pytest.fixture
def built(project: Path) -> Environment:
    """The project's environment, as it is after a build."""
    made = Environment(project)
    made.python.parent.mkdir(parents=True)
    made.python.write_text("")
    made.stamp.write_text(made._state())
    return made


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fail_with(text: str, tmp_path: Path) -> SetupError:
    program = f"import sys; sys.stderr.write({text!r}); sys.exit(2)"
    with pytest.raises(SetupError) as raised:
        run([sys.executable, "-c", program], doing="install", log=tmp_path / "log", env=dict(os.environ), cwd=tmp_path)
    return raised.value


def test_an_index_that_does_not_answer_gives_one_line_without_its_address(project: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(project / ".venv")], check=True)
    index = f"http://127.0.0.1:{closed_port()}/"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index, "UV_INDEX_URL": index, "PIP_RETRIES": "0"}
    env |= {"PIP_NO_CACHE_DIR": "1", "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"}
    done = subprocess.run(
        [project / "scripts" / "bootstrap"],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "the package index did not answer" in done.stderr
    assert "127.0.0.1" not in done.stdout + done.stderr + (project / ".cache" / "setup.log").read_text()


def test_a_machine_without_python_gives_one_line(project: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    done = subprocess.run(
        [project / "scripts" / "bootstrap"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("No Python found: install Python 3.11")
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_is_noticed_before_anything_is_fetched(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _path: usage(10**10, 10**10, 10**6))
    with pytest.raises(SetupError, match=r"The disk is too full: 0\.0 GB free, 4 GB needed"):
        Environment(project).build()


def test_a_disk_that_fills_up_meanwhile_is_named(tmp_path: Path) -> None:
    error = fail_with("error: failed to write: No space left on device (os error 28)", tmp_path)
    assert "the disk is full" in str(error)


def test_a_file_that_differs_from_the_lock_is_refused(tmp_path: Path) -> None:
    assert "differs from requirements.lock" in str(fail_with("Hash mismatch for `six==1.17.0`", tmp_path))


def test_a_refused_download_may_be_tried_in_another_way(tmp_path: Path) -> None:
    error = fail_with(
        "HTTP status client error (403 Forbidden) for url (https://user:secret@index.example/six)", tmp_path
    )
    assert isinstance(error, DownloadRefused)
    assert "secret" not in (tmp_path / "log").read_text()


def test_nothing_is_done_again_when_nothing_has_changed(built: Environment) -> None:
    assert built.is_current()


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_file_calls_for_a_new_build(built: Environment, name: str) -> None:
    with (built.root / name).open("a") as file:
        file.write("# changed\n")
    assert not built.is_current()


def test_a_moved_project_calls_for_a_new_build(built: Environment) -> None:
    moved = built.root.rename(built.root.with_name("elsewhere"))
    assert not Environment(moved).is_current()


def test_the_installer_is_fetched_by_the_hash_in_the_lock() -> None:
    assert locked_uv(LOCK) == "uv==0.1 \\\n    --hash=sha256:" + "1" * 64 + "\n"


def test_the_real_lock_names_the_installer(root: Path) -> None:
    assert "--hash=sha256:" in locked_uv((root / "requirements.lock").read_text())


def test_uv_learns_the_index_pip_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://for-pip.example/")
    assert uv_settings(Path(sys.executable), wide=False)["UV_DEFAULT_INDEX"] == "http://for-pip.example/"


def test_what_the_person_set_for_uv_stands_above_what_pip_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://for-pip.example/")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://for-uv.example/")
    assert "UV_DEFAULT_INDEX" not in uv_settings(Path(sys.executable), wide=True)


def test_extra_indexes_wait_for_the_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_INDEX", raising=False)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://one-more.example/")
    assert "UV_INDEX" not in uv_settings(Path(sys.executable), wide=False)
    assert uv_settings(Path(sys.executable), wide=True)["UV_INDEX"] == "http://one-more.example/"
