"""The few types that everything in `triage` speaks in."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field
from typing import Any, Mapping


class Level(enum.IntEnum):
    """How urgently to act; a higher number is more urgent. Source: clinical basis, section 1."""

    OUT_OF_SCOPE = 0
    INFORMATION = 1
    APPOINTMENT = 2
    URGENT = 3
    EMERGENCY = 4
    CRISIS = 5


class Status(enum.StrEnum):
    """Whether the person says they have it."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Time(enum.StrEnum):
    """When it holds: now, past (and over), or only supposed."""

    NOW = "now"
    PAST = "past"
    IF = "if"


class Person(enum.StrEnum):
    """Who has it: the person who writes, or somebody else."""

    SELF = "self"
    OTHER = "other"


class Reply(enum.StrEnum):
    """What a short message answers to the question that stands."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    REFUSE = "refuse"
    CORRECTION = "correction"  # "that is not what I said": about our reading, not about an answer
    NOW = "now"  # "it is happening now", "it is back": what was supposed or over is so


@dataclass(frozen=True)
class Finding:
    """One thing a person said, with where they said it and which rule read it.

    `start` and `end` are character offsets into the original message.
    """

    concept: str
    status: Status
    temporality: Time
    experiencer: Person
    text: str
    start: int
    end: int
    rule: str
    row: str

    @property
    def counts(self) -> bool:
        """Whether this finding can raise the level: stated or unsure, and true now."""
        return self.status is not Status.ABSENT and self.temporality is Time.NOW

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, the form in which it rides in a user event."""
        return {k: v.value if isinstance(v, enum.Enum) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """Read what `as_dict` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            concept=data["concept"],
            status=Status(data["status"]),
            temporality=Time(data["temporality"]),
            experiencer=Person(data["experiencer"]),
            text=data["text"],
            start=int(data["start"]),
            end=int(data["end"]),
            rule=data["rule"],
            row=data["row"],
        )


@dataclass(frozen=True)
class Extraction:
    """Everything the core reads in one message."""

    findings: tuple[Finding, ...] = ()
    reply: Reply | None = None
    failed: bool = False
    version: str = ""
    length: int = 0  # characters of the message

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON (the `triage` entry of a user event)."""
        return {
            "findings": [finding.as_dict() for finding in self.findings],
            "reply": self.reply.value if self.reply else None,
            "failed": self.failed,
            "version": self.version,
            "length": self.length,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Extraction:
        """Read what `as_dict` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            findings=tuple(Finding.from_dict(item) for item in data["findings"]),
            reply=Reply(data["reply"]) if data["reply"] else None,
            failed=bool(data["failed"]),
            version=str(data["version"]),
            length=int(data["length"]),
        )


@dataclass(frozen=True)
class Decision:
    """The level and why: row ids of the clinical table, and the findings behind each."""

    level: Level
    reasons: tuple[str, ...] = ()
    because: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
