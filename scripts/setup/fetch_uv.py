"""Gets uv, the installer, by the hashes in requirements.lock and with whatever pip this machine has."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from console import SetupError, run, say
from pythons import INSTALL_PYTHON, Python, find_python, probe
from uv_tool import UvTool, clean_environment

DOING = "fetch uv, the installer"


class UvSource:
    """Puts uv into virtual environments of the project at `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = root / ".cache"

    def in_environment(self, folder: Path) -> Path:
        """uv inside the virtual environment `folder`, installed when it is not there yet."""
        uv = folder / "bin" / "uv"
        if not starts(uv):
            say("Fetching uv, the installer ...")
            self._install(folder)
        return uv

    def on_its_own(self) -> Path:
        """uv on a machine without Python 3.11: the one on PATH, or one in a small environment below `.cache`."""
        present = shutil.which("uv")
        if present and starts(Path(present)):
            return Path(present)
        python = probe(Path(sys.executable), wanted=None)
        if python is None:
            raise SetupError(f"{sys.executable} cannot make virtual environments: {INSTALL_PYTHON}")
        folder = self.cache / "uv"
        self.make_environment(python, folder)
        return self.in_environment(folder)

    def make_environment(self, python: Python, folder: Path) -> None:
        """Makes a virtual environment; without ensurepip, which Debian packs apart, it starts empty."""
        if not python.has_ensurepip and not python.has_pip and shutil.which("uv") is None:
            raise SetupError(f"{python.path} has neither pip nor ensurepip: {INSTALL_PYTHON}")
        bare = [] if python.has_ensurepip else ["--without-pip"]
        self._run([str(python.path), "-m", "venv", *bare, str(folder)], "make a virtual environment")

    def _install(self, folder: Path) -> None:
        wanted = locked_uv((self.root / "requirements.lock").read_text())
        if not wanted:
            raise SetupError(
                "requirements.lock does not name uv: run `git checkout requirements.lock`, then this again."
            )
        requirement = self.cache / "uv.txt"
        requirement.write_text(wanted)
        target = str(folder / "bin" / "python")
        inner = probe(Path(target), wanted=None)
        outer = find_python() or probe(Path(sys.executable), wanted=None)
        present = shutil.which("uv")
        by_hash = ["--no-deps", "--require-hashes", "-r", str(requirement)]
        if inner is not None and inner.has_pip:
            self._run([target, "-m", "pip", "install", *by_hash], DOING)
        elif outer is not None and outer.has_pip:
            self._run([str(outer.path), "-m", "pip", "--python", target, "install", *by_hash], DOING)
        elif present is not None:
            UvTool(Path(present), self.root, {}).run(["pip", "install", "--python", target, *by_hash], DOING)
        else:
            raise SetupError(f"There is no pip to fetch the installer with: {INSTALL_PYTHON}")

    def _run(self, command: list[str], doing: str) -> None:
        run(command, doing=doing, log=self.cache / "setup.log", env=clean_environment({}), cwd=self.root)


def locked_uv(lock: str) -> str:
    """The lines of requirements.lock for uv itself, hashes included; empty when the lock does not name it."""
    found = re.search(r"^uv==(?:[^\n]*\\\n)*[^\n]*\n", lock, re.MULTILINE)
    return found.group(0) if found else ""


def starts(uv: Path) -> bool:
    """Whether this uv is there and runs on this machine."""
    try:
        answer = subprocess.run([str(uv), "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0
