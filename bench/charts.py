"""The images of docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402

from bench.compare import Measured  # noqa: E402

NAMES = {"ours": "spine-triage", "default": "Rasa's default"}
_SAME_EACH_TIME = {"Software": None}  # no version of the library in the file


def stages(short: Mapping[str, float], late: Mapping[str, float], path: Path) -> None:
    """Where the time of one message goes, as bars."""
    names = sorted(short, key=lambda stage: short[stage])
    figure, axes = pyplot.subplots(figsize=(8, 5))
    places = range(len(names))
    axes.barh([place + 0.2 for place in places], [short[name] for name in names], 0.4, label="short conversation")
    axes.barh([place - 0.2 for place in places], [late.get(name, 0) for name in names], 0.4, label="turns 97-102")
    axes.set_yticks(list(places), names)
    axes.set_xlabel("ms a message")
    axes.legend()
    _save(figure, path)


def by_turn(found: list[Measured], path: Path) -> None:
    """How the time of a reply grows with the conversation."""
    figure, axes = pyplot.subplots(figsize=(8, 4))
    for one in found:
        axes.plot(range(1, len(one.by_turn) + 1), [seconds * 1e3 for seconds in one.by_turn], label=NAMES[one.kind])
    axes.set_xlabel("turn of the conversation")
    axes.set_ylabel("ms to the reply, median")
    axes.set_ylim(bottom=0)
    axes.legend()
    _save(figure, path)


def by_users(found: list[Measured], path: Path) -> None:
    """How the time of a reply, and the messages a second, change with those who write at once."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    for one in found:
        users = [load.users for load in one.loads]
        left.plot(users, [load.p95 for load in one.loads], marker="o", label=NAMES[one.kind])
        right.plot(users, [load.a_second for load in one.loads], marker="o", label=NAMES[one.kind])
    left.set_ylabel("ms to the reply, 95 % within")
    right.set_ylabel("messages a second, one worker")
    for axes in (left, right):
        axes.set_xlabel("people who write at once, without a pause")
        axes.set_ylim(bottom=0)
        axes.legend()
    _save(figure, path)


def _save(figure: pyplot.Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=90, metadata=_SAME_EACH_TIME)
    pyplot.close(figure)
