"""Read `second_net.yml` strictly."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from triage import yaml_lines
from triage.errors import DataError
from triage.suspicion import Thresholds

FILE = "second_net.yml"


def load_thresholds(folder: Path) -> Thresholds:
    """The thresholds of the second net. Raises DataError with file and line for a missing, unknown or impossible one."""
    content = yaml_lines.load(folder / FILE, folder)
    names = [field.name for field in fields(Thresholds)]
    if not isinstance(content, yaml_lines.Mapping) or set(content) != set(names):
        raise DataError(f"{getattr(content, 'where', FILE + ':1')}: expected the keys {', '.join(names)}")
    for name, value in content.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 100:
            raise DataError(f"{getattr(name, 'where', FILE)}: '{name}' must be a whole number from 1 to 100")
    return Thresholds(**{name: content[name] / 100 for name in names})
