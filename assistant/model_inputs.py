"""What a trained model depends on, as one hash: when it differs from the hash kept beside the model, the model is out of date."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

_COMPONENT = re.compile(r"\bassistant\.(\w+)")


def input_hash(root: Path) -> str:
    """The hash of every file a model depends on, by path and content. Raises OSError when one cannot be read."""
    digest = hashlib.sha256()
    for path in input_files(root):
        digest.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def input_files(root: Path) -> list[Path]:
    """Content, clinical rules, page answers, pinned packages, and the components config.yml names. The server's own code is not among them."""
    files = [root / name for name in ("config.yml", "domain.yml", "requirements.lock")]
    files += _below(root / "data", "*")
    files += _below(root / "triage", "*.py") + _below(root / "pages", "*.py")
    files += _component_files(root)
    return sorted(files)


def _below(folder: Path, pattern: str) -> list[Path]:
    """Files below `folder`, without what editors and Python leave behind."""
    found = (path for path in folder.rglob(pattern) if path.is_file())
    return [
        path
        for path in found
        if not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
    ]


def _component_files(root: Path) -> set[Path]:
    """The modules of `assistant` that config.yml names, and those they import in turn."""
    found: set[Path] = set()
    waiting = _COMPONENT.findall((root / "config.yml").read_text("utf-8"))
    while waiting:
        path = root / "assistant" / f"{waiting.pop()}.py"
        if path not in found and path.is_file():
            found.add(path)
            waiting.extend(_imported(path.read_text("utf-8")))
    return found


def _imported(source: str) -> Iterator[str]:
    """Names of the modules of `assistant` that this source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "assistant":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _COMPONENT.findall(node.module)
        elif isinstance(node, ast.Import):
            yield from (name for alias in node.names for name in _COMPONENT.findall(alias.name))
