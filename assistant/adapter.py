"""What training added to the sentence encoder so that it hears red flags or finds sentences: `adapter.npz`, checked and merged.

Low-rank corrections (LoRA, Hu et al. 2021: W + scale * up @ down) to the pinned encoder, and the head that scores labels.
They are kept in the repository because making them takes half an hour; `make net` and `make page-net` make them anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from assistant.minilm_graph import FloatArray, Head

FOLDER: Final = Path(__file__).resolve().parent.parent / "data" / "net"
ARRAYS_FILE: Final = "adapter.npz"
RECORD_FILE: Final = "adapter.json"
LABELS: Final = ("none", "red_flag", "crisis", "urgent")
DOWN, UP, HEAD = ".down", ".up", "head."


class AdapterError(RuntimeError):
    """The adapter is missing, damaged, or was not made from what lies beside it."""


@dataclass(frozen=True)
class Record:
    """What the adapter was made from and how. `temperature` divides the scores before they become chances."""

    arrays_sha256: str
    examples_sha256: str
    base_sha256: str
    labels: tuple[str, ...]
    scale: float
    temperature: float
    trained_on: int
    calibrated_on: int
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Adapter:
    """The corrections by name of the weight, the replaced weights, the head, and the record."""

    down: Mapping[str, FloatArray]
    up: Mapping[str, FloatArray]
    replaced: Mapping[str, FloatArray]
    head: Head
    record: Record

    def merged(self, weights: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """The encoder's weights with the corrections in them. Raises AdapterError on a weight that is not there."""
        merged = {**weights, **self.replaced}
        for name, up in self.up.items():
            if name not in weights:
                raise AdapterError(f"The adapter corrects {name}, which the encoder does not have.")
            merged[name] = weights[name] + np.float32(self.record.scale) * (up @ self.down[name])
        return merged


def load(folder: Path = FOLDER) -> Adapter:
    """Read the adapter. Raises AdapterError when a file is missing or is not the one that the record names."""
    record = read_record(folder)
    arrays = _arrays(folder, record)
    try:
        head = Head(*(arrays.pop(HEAD + part) for part in ("attention", "seen", "mean", "bias")))
    except KeyError as error:
        raise AdapterError(f"{ARRAYS_FILE} has no {error}: run `make net` or `make page-net`.") from error
    down = {name.removesuffix(DOWN): arrays.pop(name) for name in list(arrays) if name.endswith(DOWN)}
    up = {name.removesuffix(UP): arrays.pop(name) for name in list(arrays) if name.endswith(UP)}
    return Adapter(down, up, arrays, head, record)


def read_arrays(folder: Path = FOLDER) -> dict[str, FloatArray]:
    """Every array by its name, as `save` got it. Raises AdapterError."""
    return _arrays(folder, read_record(folder))


def _arrays(folder: Path, record: Record) -> dict[str, FloatArray]:
    path = folder / ARRAYS_FILE
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != record.arrays_sha256:
            raise AdapterError(
                f"{path.name} is not the file that {RECORD_FILE} names: run `make net` or `make page-net`."
            )
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name].astype(np.float32) for name in stored.files}
    except (OSError, ValueError) as error:
        raise AdapterError(
            f"{path.name} cannot be read ({type(error).__name__}): run `make net` or `make page-net`."
        ) from error


def save(folder: Path, arrays: Mapping[str, FloatArray], **record: Any) -> Record:
    """Write arrays (in half precision) and record; `record` holds all of Record but the hash of the arrays."""
    path = folder / ARRAYS_FILE
    np.savez_compressed(path, **{name: value.astype(np.float16) for name, value in arrays.items()})
    made = Record(arrays_sha256=hashlib.sha256(path.read_bytes()).hexdigest(), **record)
    (folder / RECORD_FILE).write_text(json.dumps(asdict(made), indent=2) + "\n", "utf-8")
    return made


def read_record(folder: Path = FOLDER) -> Record:
    """The record alone. Raises AdapterError."""
    path = folder / RECORD_FILE
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Record(**{**fields, "labels": tuple(fields["labels"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AdapterError(
            f"{path.name} cannot be read ({type(error).__name__}): run `make net` or `make page-net`."
        ) from error


def examples_hash(folder: Path = FOLDER) -> str:
    """The SHA-256 over names and bytes of all *.jsonl of the folder, in order: another one means that training is due."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.jsonl")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
