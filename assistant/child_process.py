"""Starts and ends the programs the supervisor looks after, so that none of them outlives it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LOG_LIMIT_BYTES = 10_000_000
GRACE_SECONDS = 4.0

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def start(
    command: Sequence[str], *, log: Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Starts `command` in a process group of its own, writing to `log`, which only its owner may read.

    `env` is added to the environment. Raises OSError when the program or the log cannot be opened.
    """
    _keep_small(log)
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd=cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            start_new_session=True,
            # The callers have one thread, and the function only calls prctl.
            preexec_fn=_die_with_parent,  # noqa: PLW1509
        )
    finally:
        os.close(sink)


def stop(processes: Sequence[subprocess.Popen[bytes]], grace: float = GRACE_SECONDS) -> None:
    """Ends the processes and all they started: asks all at once, and after `grace` seconds does not ask."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait()
        # The leader is gone, but something it started may not be.
        _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass  # everything in the group has ended, which is the aim


def _die_with_parent() -> None:
    # Linux ends the child when its parent is killed outright; elsewhere there is no prctl and `stop` has to do.
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _keep_small(log: Path) -> None:
    """Makes the log's folder, and puts a log that has grown large aside, in place of the one put aside before."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.is_file() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(log.suffix + ".1"))
