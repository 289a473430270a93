"""Looks for a Python 3.11 that really starts (a version manager's shim often does not) and says what it can do."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

WANTED = (3, 11)
INSTALL_PYTHON = (
    "install Python 3.11 (for example: apt-get install python3.11 python3.11-venv), then run the same command again."
)

_PROBE = """
import importlib.util as u, platform, sys
print(sys.version_info[0], sys.version_info[1], platform.python_implementation() == "CPython" and sys.maxsize > 2**32,
      u.find_spec("ensurepip") is not None, u.find_spec("pip") is not None)
"""


@dataclass(frozen=True)
class Python:
    """An interpreter and whether it can fill a new virtual environment: through ensurepip, or from outside with its pip."""

    path: Path
    has_ensurepip: bool
    has_pip: bool


def find_python() -> Python | None:
    """The first CPython 3.11 on PATH, one that can install packages before one that cannot; None when there is none."""
    found = [python for python in map(probe, _candidates()) if python is not None]
    return min(found, key=lambda python: (not python.has_ensurepip, not python.has_pip), default=None)


def probe(path: Path, wanted: tuple[int, int] | None = WANTED) -> Python | None:
    """What `path` is, or None when it does not start or is another version than `wanted`."""
    try:
        answer = subprocess.run(
            [str(path), "-c", _PROBE], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.split()
    if answer.returncode != 0 or len(words) != 5 or words[2] != "True":
        return None
    if wanted is not None and (int(words[0]), int(words[1])) != wanted:
        return None
    return Python(path, has_ensurepip=words[3] == "True", has_pip=words[4] == "True")


def _candidates() -> list[Path]:
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    paths = [folder / name for name in ("python3.11", "python3", "python") for folder in folders]
    return [path for path in dict.fromkeys([*paths, Path(sys.executable)]) if os.access(path, os.X_OK)]
