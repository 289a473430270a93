"""The report's images: who was answered how, whether the second net's chances can be believed, the page net's threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np  # noqa: E402
from matplotlib import pyplot  # noqa: E402

from assistant.evaluation import LEVELS, Item  # noqa: E402
from evaluation.judging import Judged  # noqa: E402

BINS = 10
_SAME_EACH_TIME = {"Software": None}  # no version of the library in the file
_SHORT = [level.replace("_", " ").lower() for level in LEVELS]


def confusion(items: Sequence[Item], path: Path) -> None:
    """Write the confusion matrix as a PNG: a row per label, shares of the row as colour, counts as numbers."""
    table = Counter((item.gold_level, item.predicted) for item in items)
    counts = np.array([[table[gold, predicted] for predicted in LEVELS] for gold in LEVELS])
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axes = pyplot.subplots(figsize=(7.2, 5.6))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (y, x), count in np.ndenumerate(counts):
        axes.text(x, y, str(count), ha="center", va="center", color="white" if shares[y, x] > 0.5 else "black")
    axes.set_xticks(range(len(LEVELS)), _SHORT, rotation=30, ha="right")
    axes.set_yticks(range(len(LEVELS)), _SHORT)
    axes.set_xlabel("answered")
    axes.set_ylabel("label")
    axes.set_title(f"How {len(items)} unseen messages were answered")
    _save(figure, path)


def reliability(judged: Sequence[Judged], path: Path) -> None:
    """Write how often a message that the second net gave a chance of p really was an alarm, for ten ranges of p."""
    known = [(one.estimate.alarm, one.item.gold_level in ("EMERGENCY", "CRISIS")) for one in judged if one.estimate]
    chances = np.array([chance for chance, _ in known])
    truths = np.array([truth for _, truth in known])
    places = np.minimum((chances * BINS).astype(int), BINS - 1)
    filled = [place for place in range(BINS) if (places == place).any()]
    figure, (top, bottom) = pyplot.subplots(2, 1, figsize=(6, 6), sharex=True, height_ratios=(3, 1))
    top.plot([0, 1], [0, 1], color="grey", linestyle="--", label="perfectly calibrated")
    said = [chances[places == place].mean() for place in filled]
    top.plot(said, [truths[places == place].mean() for place in filled], marker="o", label="second net")
    top.set_ylabel("really an alarm")
    top.legend()
    top.set_title(f"Chances the second net gave to {len(known)} unseen messages")
    bottom.hist(chances, bins=np.linspace(0, 1, BINS + 1).tolist(), color="grey")
    bottom.set_xlabel("chance of an alarm, as estimated")
    bottom.set_ylabel("messages")
    _save(figure, path)


def thresholds(yes: Sequence[float], no: Sequence[float], *, chosen: float, wanted: float, path: Path) -> None:
    """Write the shares of the chances `yes` at or above, and of `no` below, any threshold; `wanted` is the bar for both."""
    tried = [n / 100 for n in range(2, 100, 2)]
    figure, axes = pyplot.subplots(figsize=(6, 4))
    axes.plot(tried, [sum(s >= t for s in yes) / len(yes) for t in tried], label="answerable, answered")
    axes.plot(tried, [sum(s < t for s in no) / len(no) for t in tried], label="not answerable, recognised")
    axes.axvline(chosen, color="grey", linestyle="--", label="threshold")
    axes.axhline(wanted, color="grey", linestyle=":")
    axes.set_ylim(0.7, 1.0)
    axes.set_xlabel("chance that the page answers, from which on it is answered")
    axes.set_ylabel("share of the held-out questions")
    axes.legend()
    _save(figure, path)


def calibration_error(judged: Sequence[Judged]) -> float:
    """The expected calibration error: the mean distance, by bin, between estimated and true share of alarms."""
    known = [(one.estimate.alarm, one.item.gold_level in ("EMERGENCY", "CRISIS")) for one in judged if one.estimate]
    total = 0.0
    for place in range(BINS):
        inside = [(p, t) for p, t in known if min(int(p * BINS), BINS - 1) == place]
        if inside:
            total += abs(sum(p for p, _ in inside) - sum(t for _, t in inside))
    return total / len(known) if known else 0.0


def _save(figure: pyplot.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata=_SAME_EACH_TIME)
    pyplot.close(figure)
