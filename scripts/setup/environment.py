"""The project's `.venv`: whether it is up to date, and how it is built."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import DownloadRefused, SetupError, run, say
from fetch_uv import UvSource
from pip_settings import uv_settings
from pythons import INSTALL_PYTHON, find_python, probe
from uv_tool import UvTool, clean_environment

NEEDED_GB_NEW = 4.0
NEEDED_GB_UPDATE = 1.0


class Environment:
    """`.venv` below `root`, with a stamp file that names the state of the project it was built for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp = self.folder / ".complete"
        self.lock_file = root / "requirements.lock"
        self.uv_source = UvSource(root)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lets one builder in at a time; a second one waits and then finds the work done."""
        cache = self.root / ".cache"
        cache.mkdir(exist_ok=True)
        with (cache / "setup.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def is_current(self) -> bool:
        """Whether the stamp names today's state and the interpreter is still there."""
        return self.stamp.is_file() and self.python.exists() and self.stamp.read_text() == self._state()

    def build(self) -> None:
        """Builds or updates `.venv` and keeps what is already right in it. Raises SetupError or OSError."""
        self._check_disk()
        if self._is_for_another_place() or probe(self.python) is None:
            self._remove()
            self._create()
        self.stamp.unlink(missing_ok=True)
        uv = self.uv_source.in_environment(self.folder)
        packages = len(re.findall(r"^\S+==", self.lock_file.read_text(), re.MULTILINE))
        say(f"Installing {packages} packages into .venv (the first time: about 1 GB to download, 3 GB on disk) ...")
        self._sync(uv)
        say("Adding this project to .venv ...")
        project = [
            "pip",
            "install",
            "--python",
            str(self.python),
            "--offline",
            "--no-deps",
            "--no-build-isolation",
            "-e",
            ".",
        ]
        UvTool(uv, self.root, {}).run(project, "add this project to .venv")
        self.stamp.write_text(self._state())

    def _state(self) -> str:
        """The stamp's text: the folder, because scripts in `.venv` name their own path, and a hash of what decides its content."""
        digest = hashlib.sha256()
        for path in (self.lock_file, self.root / "pyproject.toml"):
            digest.update(path.read_bytes())
        return f"{self.root}\n{digest.hexdigest()}\n"

    def _is_for_another_place(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text().splitlines()[:1] != [str(self.root)]

    def _check_disk(self) -> None:
        needed = NEEDED_GB_UPDATE if self.python.exists() else NEEDED_GB_NEW
        free = shutil.disk_usage(self.root).free / 1e9
        if free < needed:
            raise SetupError(
                f"The disk is too full: {free:.1f} GB free, {needed:.0f} GB needed. Free some space and run the same command again."
            )

    def _remove(self) -> None:
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            say("Removing a .venv that was made for another place or another Python ...")
            shutil.rmtree(self.folder)

    def _create(self) -> None:
        found = find_python()
        if found is not None:
            say(f"Making .venv with {found.path} ...")
            self.uv_source.make_environment(found, self.folder)
            return
        say("No Python 3.11 on this machine: fetching one with uv ...")
        settings = uv_settings(Path(sys.executable), wide=False)
        try:
            UvTool(self.uv_source.on_its_own(), self.root, settings).run(
                ["venv", "--seed", "--python", "3.11", str(self.folder)], "fetch Python 3.11"
            )
        except DownloadRefused as error:
            raise SetupError(
                f"Python 3.11 is not on this machine and could not be downloaded: {INSTALL_PYTHON}"
            ) from error

    def _sync(self, uv: Path) -> None:
        """Makes `.venv` hold exactly the lock. Three ways to the index, because uv and pip differ in what they forgive."""
        doing = "install the packages"
        # Compiled now, on all cores: TensorFlow's 5,000 modules would cost every start 14 s where Python may not write them.
        command = [
            "pip",
            "sync",
            "--compile-bytecode",
            "--python",
            str(self.python),
            "--require-hashes",
            str(self.lock_file),
        ]
        try:
            UvTool(uv, self.root, uv_settings(self.python, wide=False)).run(command, doing)
            return
        except DownloadRefused:
            say("  trying again with all of this machine's pip settings ...")
        try:
            UvTool(uv, self.root, uv_settings(self.python, wide=True)).run(command, doing)
            return
        except DownloadRefused:
            python = probe(self.python)
            if python is None or not python.has_pip:
                raise
            say("  trying again with pip itself, which is slower ...")
        # rasa declares Python < 3.11; the lock is known to work on 3.11 (docs/adr/0001).
        install = ["install", "--no-deps", "--require-hashes", "--ignore-requires-python", "-r", str(self.lock_file)]
        log = self.root / ".cache" / "setup.log"
        run([str(self.python), "-m", "pip", *install], doing=doing, log=log, env=clean_environment({}), cwd=self.root)
