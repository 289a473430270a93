"""From which chance on the second net is followed: `second_net.yml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from triage import yaml_lines
from triage.errors import DataError

FILE = "second_net.yml"


@dataclass(frozen=True)
class Thresholds:
    """Chances, 0 to 1; data/triage/second_net.yml says what each is for and why it stands where it stands."""

    emergency: float
    emergency_if_explained: float
    crisis: float
    crisis_if_long: float
    urgent: float
    urgent_without_cancer: float
    question: float


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
