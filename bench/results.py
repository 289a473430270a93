"""All that was measured, as a file, so that one part can be measured anew."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.compare import Measured
from bench.emergency import Emergency
from bench.inbox import Inbox
from bench.load import Load


@dataclass
class Results:
    """`short` and `late` are milliseconds by stage, in short conversations and late in a long one."""

    ours: Measured
    theirs: Measured
    emergency: Emergency
    inbox: Inbox
    short: dict[str, float]
    late: dict[str, float]

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read what `save` wrote. Raises OSError, ValueError, KeyError, TypeError."""
        told = json.loads(path.read_text("utf-8"))
        hammered = Load(**told["emergency"].pop("red_flags_hammered"))
        return cls(
            _measured(told["ours"]),
            _measured(told["theirs"]),
            Emergency(red_flags_hammered=hammered, **told["emergency"]),
            Inbox(**told["inbox"]),
            told["short"],
            told["late"],
        )


def _measured(told: dict[str, Any]) -> Measured:
    loads = [Load(**load) for load in told.pop("loads")]
    return Measured(loads=loads, **told)
