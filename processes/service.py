"""A program that tests and measurements start, stop, hang and kill; it ends with the process that started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

START_SECONDS = 60

_PR_SET_PDEATHSIG = 1


class NotInstalled(Exception):
    """The program is not on this machine; `scripts/services` installs it."""


def find(program: str) -> str:
    """The path of a program. Debian keeps PostgreSQL's and nginx outside of the search path. Raises NotInstalled."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise NotInstalled(f"no {program}: run scripts/services")
    return found


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """A program on a port and in a folder of its own. Subclasses say what starts it and when it answers."""

    def __init__(self, folder: Path | None = None, port: int | None = None) -> None:
        self._is_own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="spine-triage-service-"))
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it and return at once."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.cwd(),
                env={**os.environ, **self.env()},
                preexec_fn=_end_with_its_parent,
                **self.identity(),
            )

    def start(self) -> None:
        """Start it and return when it answers. Raises RuntimeError, with the end of its log."""
        self.launch()
        self.wait_until(self.answers)

    @property
    def is_running(self) -> bool:
        """Whether it has been started and not been stopped."""
        return self.process is not None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; connections that are open are cut."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def kill(self) -> None:
        """As the kernel does it when memory is short: no farewell."""
        self.stop(signal.SIGKILL)

    def close(self) -> None:
        """End it and remove all it wrote, unless the folder was given."""
        self.stop()
        if self._is_own_folder:
            shutil.rmtree(self.folder)

    def hang(self) -> None:
        """Its connections stay open and nothing is answered any more."""
        self._signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hang`."""
        self._signal_all(signal.SIGCONT)

    def command(self) -> Sequence[str]:
        """What starts it."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it can be used."""
        raise NotImplementedError

    def cwd(self) -> Path:
        """Where it runs."""
        return self.folder

    def env(self) -> Mapping[str, str]:
        """What is added to the environment."""
        return {}

    def identity(self) -> dict[str, Any]:
        """As whom it runs."""
        return {}

    def wait_until(self, condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Returns when the condition holds. Raises RuntimeError, with the end of the log, when it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            ended = self.process is None or self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")[-2000:])
            time.sleep(0.05)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):  # a child that ended since it was listed
                os.kill(pid, number)

    def _pids(self) -> list[int]:
        """The program and what it started."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]


def _end_with_its_parent() -> None:
    """A run that is killed cannot end what it started; Linux does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
