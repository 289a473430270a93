"""Trains the model when something it depends on has changed, and vouches for the file: `python -m assistant.training`.

Rasa itself is imported only in a process of its own (`--into FOLDER`), so the caller stays light and a crash cannot reach it.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant import child_process
from assistant.model_inputs import input_hash

ROOT = Path(__file__).resolve().parent.parent
MODEL_NAME = "spine-triage.tar.gz"
HEARTBEAT_SECONDS = 10.0
REASON_LENGTH = 300
ENVIRONMENT = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "2"}


class ModelError(Exception):
    """The model is missing, damaged or cannot be trained; one line that says what to do."""


@dataclass(frozen=True)
class ModelRecord:
    """What is kept beside a model: the archive's checksum, the hash of its inputs, the time of training in UTC."""

    archive_sha256: str
    input_sha256: str
    trained_at: str


def say_at_once(text: str) -> None:
    """Prints progress for the person at the terminal, unbuffered even into a file."""
    print(text, flush=True)


def train_if_needed(
    root: Path = ROOT,
    *,
    force: bool = False,
    say: Callable[[str], None] = say_at_once,
    command: Sequence[str] | None = None,
) -> Path:
    """The path of a model that fits today's files, trained first when there is none. Raises ModelError; the old model then stays.

    `command` replaces the training program; it gets the folder to write spine-triage.tar.gz into as its last argument.
    """
    model = root / "models" / MODEL_NAME
    try:
        with _one_at_a_time(model.parent):
            wanted = input_hash(root)
            if force or not _is_current(model, wanted):
                _train(root, model, wanted, say, command or (sys.executable, "-m", "assistant.training", "--into"))
    except OSError as error:
        raise ModelError(f"Training could not start: {error.strerror}: {error.filename}") from error
    return model


def verify_model(model: Path) -> ModelRecord:
    """The record of a model whose archive is, byte for byte, the one that was trained. Raises ModelError."""
    try:
        record = ModelRecord(**json.loads(record_path(model).read_text("utf-8")))
        with model.open("rb") as archive:
            found = hashlib.file_digest(archive, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise ModelError(f"There is no trained model ({error.filename} is missing): run `make train`.") from error
    except (ValueError, TypeError, OSError) as error:
        raise ModelError(f"{model.name} or its record cannot be read: run `make train`.") from error
    if found != record.archive_sha256:
        raise ModelError(f"{model.name} is not the file that was trained (its checksum differs): run `make train`.")
    return record


def record_path(model: Path) -> Path:
    """Where the record of `model` is kept."""
    return model.with_name(model.name + ".json")


def _is_current(model: Path, wanted: str) -> bool:
    try:
        return verify_model(model).input_sha256 == wanted
    except ModelError:
        return False


def _train(root: Path, model: Path, wanted: str, say: Callable[[str], None], command: Sequence[str]) -> None:
    log = root / "var" / "log" / "training.log"
    log.unlink(missing_ok=True)
    say("Training the model (about a minute) ...")
    with tempfile.TemporaryDirectory(prefix=".training-", dir=model.parent) as folder:
        process = child_process.start([*command, folder], log=log, cwd=root, env=ENVIRONMENT)
        try:
            _wait(process, say)
        finally:
            child_process.stop([process])
        trained = Path(folder) / MODEL_NAME
        if process.returncode != 0 or not trained.is_file():
            kept = " The model from before is still in place." if model.is_file() else ""
            raise ModelError(f"Training failed: {_last_line(log)}.{kept} Details: {log}")
        _put_in_place(trained, model, wanted)
    say("The model is trained.")


def _wait(process: subprocess.Popen[bytes], say: Callable[[str], None]) -> None:
    started = time.monotonic()
    while True:
        try:
            process.wait(HEARTBEAT_SECONDS)
            return
        except subprocess.TimeoutExpired:
            say(f"  still training ({time.monotonic() - started:.0f} s)")


def _put_in_place(trained: Path, model: Path, wanted: str) -> None:
    """Swaps the new archive in whole. If the record did not follow, the checksums would differ and the model be trained again."""
    with trained.open("rb") as archive:
        checksum = hashlib.file_digest(archive, "sha256").hexdigest()
        os.fsync(archive.fileno())
    record = ModelRecord(checksum, wanted, datetime.now(UTC).isoformat(timespec="seconds"))
    draft = trained.with_name("record.json")
    draft.write_text(json.dumps(asdict(record), indent=2) + "\n", "utf-8")
    os.replace(trained, model)
    os.replace(draft, record_path(model))


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it gave no reason"


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Makes a second training wait for the first, whose model it then finds."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _train_here(folder: str) -> int:
    """Trains with Rasa in this process; returns the exit code. The last line it prints is the reason for a failure."""
    import assistant.early_imports  # noqa: F401 -- first: what follows is slow otherwise

    # isort: split
    import logging

    import rasa.model_training
    from rasa.shared.exceptions import RasaException
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.INFO)  # unconfigured, it writes every debug event of every rule

    from triage import DataError, clinical_data, examples

    try:
        examples.check(clinical_data())  # a rule that its own example does not match must not reach a patient
        result = rasa.model_training.train(
            domain="domain.yml",
            config="config.yml",
            training_files=["data"],
            output=folder,
            # Rasa's cache does not see a component whose code has changed.
            force_training=True,
            fixed_model_name=MODEL_NAME,
        )
    except (RasaException, DataError) as error:
        traceback.print_exc()
        print(" ".join(str(error).split())[:REASON_LENGTH], flush=True)
        return 1
    return int(result.code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains when needed and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m assistant.training", description=__doc__.splitlines()[0])
    parser.add_argument("--force", action="store_true", help="train even when nothing has changed")
    parser.add_argument("--into", metavar="FOLDER", help="train in this very process and write the model there")
    options = parser.parse_args(arguments)
    if options.into:
        return _train_here(options.into)
    try:
        model = train_if_needed(force=options.force)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{model.relative_to(ROOT)} is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
