"""Score the assistant on labelled messages: `spine-triage evaluate`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from scipy.stats import binomtest

from assistant import levels

#: Gold labels that are names for a level.
SAME_AS = {"EMERGENCY_OTHER": "EMERGENCY", "ROUTINE": "APPOINTMENT", "INFO": "INFORMATION", "OOS": "OUT_OF_SCOPE"}
LEVELS = tuple(reversed(levels.LEVELS))  # the tables begin with the worst
GOLD_LABELS = frozenset(LEVELS) | frozenset(SAME_AS)
_ALARMS = frozenset({"EMERGENCY", "CRISIS"})
_QUIET = frozenset({"APPOINTMENT", "INFORMATION", "OUT_OF_SCOPE"})


@dataclass(frozen=True)
class Item:
    """One labelled message and what the assistant made of it."""

    id: str
    text: str
    gold: str
    predicted: str
    reasons: tuple[str, ...]
    ambiguous: bool = False

    @property
    def gold_level(self) -> str:
        """The label as one of the six levels."""
        return SAME_AS.get(self.gold, self.gold)

    @property
    def is_safe(self) -> bool:
        """Whether an emergency or crisis got what it needs; True for everything else."""
        if self.gold_level == "CRISIS":
            return self.predicted == "CRISIS"
        return self.gold_level != "EMERGENCY" or self.predicted in _ALARMS

    @property
    def is_false_alarm(self) -> bool:
        """An appointment, page or off-topic message answered as an emergency."""
        return self.gold_level in _QUIET and self.predicted in _ALARMS


@dataclass(frozen=True)
class Rate:
    """`hits` of `total`, with the 95 % Wilson interval."""

    hits: int
    total: int

    def as_dict(self) -> dict[str, Any]:
        """Rate and interval as fractions of 1; None without any case."""
        if not self.total:
            return {"rate": None, "low": None, "high": None, "hits": 0, "total": 0}
        interval = binomtest(self.hits, self.total).proportion_ci(0.95, method="wilson")
        rate = self.hits / self.total
        return {"rate": rate, "low": interval.low, "high": interval.high, "hits": self.hits, "total": self.total}

    def __str__(self) -> str:
        values = self.as_dict()
        if values["rate"] is None:
            return "no case"
        return f"{values['rate']:.1%}  (95 % {values['low']:.1%} - {values['high']:.1%}; {self.hits} of {self.total})"


def rates(items: Iterable[Item]) -> dict[str, Rate]:
    """The measures over the items that are not ambiguous."""
    scored = [item for item in items if not item.ambiguous]
    flags = [item for item in scored if item.gold_level == "EMERGENCY"]
    crises = [item for item in scored if item.gold_level == "CRISIS"]
    quiet = [item for item in scored if item.gold_level in _QUIET]
    urgent = [item for item in scored if item.gold_level == "URGENT"]
    return {
        "emergency sensitivity": Rate(sum(item.is_safe for item in flags), len(flags)),
        "crisis sensitivity": Rate(sum(item.is_safe for item in crises), len(crises)),
        "false emergencies": Rate(sum(item.is_false_alarm for item in quiet), len(quiet)),
        "urgent as urgent or higher": Rate(sum(i.predicted in _ALARMS | {"URGENT"} for i in urgent), len(urgent)),
        "exact level": Rate(sum(item.predicted == item.gold_level for item in scored), len(scored)),
    }


def summary(items: Sequence[Item], versions: Mapping[str, Any]) -> dict[str, Any]:
    """Everything `--json` writes under "summary"."""
    scored = [item for item in items if not item.ambiguous]
    table = Counter((item.gold, item.predicted) for item in scored)
    return {
        "messages": len(items),
        "scored": len(scored),
        "ambiguous": len(items) - len(scored),
        **{name.replace(" ", "_"): rate.as_dict() for name, rate in rates(items).items()},
        "confusion": {gold: {p: table[gold, p] for p in LEVELS if table[gold, p]} for gold, _ in sorted(table)},
        "versions": dict(versions),
    }


def report(items: Sequence[Item]) -> str:
    """The measures, the confusion matrix and every miss, for reading in a terminal."""
    scored = [item for item in items if not item.ambiguous]
    lines = [f"{len(scored)} messages scored, {len(items) - len(scored)} ambiguous ones apart", ""]
    lines += [f"{name:<28} {rate}" for name, rate in rates(items).items()]
    lines += ["", _matrix(scored), ""]
    misses = [item for item in scored if not item.is_safe]
    alarms = [item for item in scored if item.is_false_alarm]
    unclear = [item for item in items if item.ambiguous]
    lines += _listed("Missed emergencies", misses) + _listed("False emergencies", alarms)
    answered = Counter(item.predicted for item in unclear)
    lines += ["Ambiguous, answered as: " + (", ".join(f"{k} {v}" for k, v in sorted(answered.items())) or "none")]
    return "\n".join(lines)


def _matrix(items: Sequence[Item]) -> str:
    table = Counter((item.gold, item.predicted) for item in items)
    golds = sorted({item.gold for item in items})
    head = f"{'gold / answered':<18}" + "".join(f"{level:>14}" for level in LEVELS)
    return "\n".join([head] + [f"{g:<18}" + "".join(f"{table[g, p]:>14}" for p in LEVELS) for g in golds])


def _listed(title: str, items: Sequence[Item]) -> list[str]:
    lines = [f"{title}: {len(items)}"]
    for item in items:
        lines.append(f"  {item.id}  {item.gold} -> {item.predicted} {' '.join(item.reasons)}: {item.text[:300]!r}")
    return [*lines, ""]
