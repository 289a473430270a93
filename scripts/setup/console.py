"""Runs one installing command for the person at the keyboard: progress on stdout, all detail in a log, one line when it fails."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import time
from pathlib import Path

HEARTBEAT_SECONDS = 10.0
POLL_SECONDS = 0.1

_ADDRESS = re.compile(r"\b(?:https?|ftp|file)://\S+")
_PROGRESS = re.compile(r"^\s*(?:Downloading|Downloaded|Building|Built|Prepared|Installed) [^@]*")
_FULL_DISK = re.compile(
    r"no space left on device|os error 28|errno 28|disk quota exceeded|os error 122|errno 122", re.IGNORECASE
)
_WRONG_HASH = re.compile(r"hash mismatch|do not match the hashes", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"connect|timed? ?out|dns|resolve host|name resolution|certificate|unreachable|error sending request|failed to (?:fetch|download)"
    r"|403 forbidden|401 unauthorized|404 not found|50\d |no matching distribution|not found in the package registry|was not found",
    re.IGNORECASE,
)


class SetupError(Exception):
    """A reason why setting up cannot go on, in one line that says what to do."""


class DownloadRefused(SetupError):
    """The package index did not answer or refused; other settings may still reach it."""


def say(text: str) -> None:
    """Tells the person what is happening, at once even when stdout is a file."""
    print(text, flush=True)


def run(command: list[str], *, doing: str, log: Path, env: dict[str, str], cwd: Path) -> None:
    """Runs `command` to its end, showing its main steps and a sign of life every ten seconds.

    `doing` completes the sentence "Could not ...". Raises SetupError (DownloadRefused when the index is to blame).
    """
    started = beat = time.monotonic()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=env, cwd=str(cwd)
            )
    except OSError as error:
        raise os_error(error, doing) from error
    shown = 0
    try:
        while process.poll() is None:
            time.sleep(POLL_SECONDS)
            shown, printed = _show_progress(log, shown)
            now = time.monotonic()
            beat = now if printed else beat
            if now - beat >= HEARTBEAT_SECONDS:
                beat = now
                say(f"  still working ({now - started:.0f} s)")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    _show_progress(log, shown)
    if process.returncode != 0:
        raise _explain(_mask_addresses(log), doing, log)


def _show_progress(log: Path, shown: int) -> tuple[int, bool]:
    """Prints the log's complete lines from byte `shown` on that tell of a step; returns the new byte and whether it printed."""
    with log.open("rb") as source:
        source.seek(shown)
        text = source.read()
    whole = text[: text.rfind(b"\n") + 1]
    printed = False
    for line in whole.decode("utf-8", "replace").splitlines():
        step = _PROGRESS.match(line)
        if step:
            say("  " + _ADDRESS.sub("<address>", step.group(0).strip()))
            printed = True
    return shown + len(whole), printed


def _mask_addresses(log: Path) -> str:
    """Takes index addresses, which may hold a password, out of the log; returns what is left of it."""
    text = _ADDRESS.sub("<address>", log.read_text("utf-8", "replace"))
    try:
        log.write_text(text, "utf-8")
    except OSError:  # a full disk: the reason is in `text`, the file no longer matters
        log.unlink()
    return text


def _explain(text: str, doing: str, log: Path) -> SetupError:
    if _FULL_DISK.search(text):
        return SetupError(f"Could not {doing}: the disk is full. Free about 4 GB and run the same command again.")
    if _WRONG_HASH.search(text):
        return SetupError(
            f"Could not {doing}: a downloaded file differs from requirements.lock and was refused. Details: {log}"
        )
    if _UNREACHABLE.search(text):
        return DownloadRefused(
            f"Could not {doing}: the package index did not answer, or refused. Check the network and the pip settings of this "
            f"machine (`pip config list`), then run the same command again. Details: {log}"
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return SetupError(f"Could not {doing}: {lines[-1] if lines else 'it gave no reason'}. Details: {log}")


def os_error(error: OSError, doing: str) -> SetupError:
    """The one-line reason for a failed file operation; `doing` completes "Could not ..."."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SetupError(f"Could not {doing}: the disk is full. Free about 4 GB and run the same command again.")
    return SetupError(f"Could not {doing}: {os.strerror(error.errno) if error.errno else error}.")
