"""What share of all times did not exceed what."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(times: Sequence[float], share: float) -> float:
    """The time that this share of all did not exceed; 0 of none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
