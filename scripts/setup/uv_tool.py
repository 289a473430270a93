"""uv, run with this machine's pip settings."""

from __future__ import annotations

import os
from pathlib import Path

from console import run


class UvTool:
    """One uv executable and the environment it is started with."""

    def __init__(self, executable: Path, root: Path, settings: dict[str, str]) -> None:
        self.executable = executable
        self.root = root
        self.settings = settings

    def run(self, arguments: list[str], doing: str) -> None:
        """Runs `uv ARGUMENTS` in the project; `doing` completes "Could not ...". Raises SetupError."""
        run(
            [str(self.executable), *arguments],
            doing=doing,
            log=self.root / ".cache" / "setup.log",
            env=clean_environment(self.settings),
            cwd=self.root,
        )


def clean_environment(settings: dict[str, str]) -> dict[str, str]:
    """The caller's environment with `settings`, without what would point Python at another installation."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    # Ten quick seconds rather than a minute of retries when the index is not there.
    return {"PIP_RETRIES": "2", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **kept, **settings}
