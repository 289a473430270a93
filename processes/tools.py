"""Tools in an environment of their own, by version and hash: Rasa's pins would not bear them."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INSTALL_SECONDS = 300
RUN_SECONDS = 600


class ToolError(Exception):
    """A tool cannot be installed or does not end; one line that says so."""


@dataclass(frozen=True)
class Ended:
    """How a tool ended."""

    code: int
    output: str
    errors: str


class Tools:
    """The tools that `requirements.lock` in one of the project's folders names."""

    def __init__(self, root: Path, owner: str) -> None:
        """`owner` is the folder below `root`."""
        self._root = root
        self._folder = root / ".cache" / f"tools-{owner}"
        self._lock = root / owner / "requirements.lock"
        self._stamp = self._folder / ".complete"

    def install(self) -> None:
        """Make the environment, or leave it when it is as the lock says. Raises ToolError."""
        # With its place: the programs name their interpreter by its whole path, so a moved project needs them anew.
        state = hashlib.sha256(self._lock.read_bytes() + bytes(self._folder)).hexdigest()
        if self._stamp.is_file() and self._stamp.read_text() == state:
            return
        print(f"Installing the tools of {self._lock.parent.name} ...", flush=True)
        python = str(self._root / ".venv" / "bin" / "python")
        uv = [python, "-B", str(self._root / "scripts" / "setup"), "--uv"]
        self._must([*uv, "venv", "--quiet", "--clear", "--python", python, str(self._folder)])
        own = str(self._folder / "bin" / "python")
        self._must([*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", own, str(self._lock)])
        self._stamp.write_text(state)

    def path(self, tool: str) -> Path:
        """Where a tool's program is."""
        return self._folder / "bin" / tool

    def run(self, tool: str, *arguments: str) -> Ended:
        """Run one tool in the project's folder; any exit code is an answer. Raises ToolError."""
        return self._run([str(self.path(tool)), *arguments], RUN_SECONDS)

    def _must(self, command: Sequence[str]) -> None:
        if self._run(command, INSTALL_SECONDS).code:
            raise ToolError("The tools could not be installed. Details: .cache/setup.log")

    def _run(self, command: Sequence[str], seconds: float) -> Ended:
        environment = {**os.environ, "PYTHONWARNINGS": "ignore", "NO_COLOR": "1"}
        try:
            ended = subprocess.run(
                command, cwd=self._root, env=environment, capture_output=True, text=True, timeout=seconds, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ToolError(f"{Path(command[0]).name} could not be run: {type(error).__name__}") from error
        return Ended(ended.returncode, ended.stdout, ended.stderr)
