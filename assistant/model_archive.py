"""Looks into a trained model (the .tar.gz) without Rasa."""

from __future__ import annotations

import contextlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def unpacked(model: Path, *components: str) -> Iterator[Path]:
    """The folder with the files of these components, a folder each, for as long as the block runs.

    Raises FileNotFoundError if there is no such model.
    """
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model) as archive:
        wanted = [member for member in archive.getmembers() if any(name in member.name for name in components)]
        archive.extractall(folder, members=wanted, filter="data")
        yield Path(folder) / "components"


def component_classes(model: Path) -> set[str]:
    """The class names of the components a model predicts with. Raises OSError, KeyError or ValueError."""
    with tarfile.open(model) as archive:
        member = archive.extractfile("metadata.json")
        if member is None:
            raise ValueError("metadata.json is no file")
        nodes = json.load(member)["predict_schema"]["nodes"]
    return {str(node["uses"]).rpartition(".")[2] for node in nodes.values()}
