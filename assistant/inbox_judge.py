"""Judges one message of an inbox: the rules and the second net, without Rasa, so that a hundred thousand take minutes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import assistant.light_spacy  # noqa: F401, I001 -- before triage, which would import TensorFlow
from assistant import model_archive, training
from assistant.guard import OVERLAP, WINDOW, clean, windows
from assistant.suspicion import Suspicion
from assistant.training import ModelError
from triage import Turn, clinical_data, extract, fold

_net: Suspicion | None = None


@dataclass(frozen=True)
class Judgement:
    """A level and the rows that decided it, the same as `assess` gives for what is said of symptoms."""

    level: str
    reasons: tuple[str, ...]


def prepare(model: Path) -> None:
    """Load what judging needs, once a process. Raises ModelError."""
    global _net
    clinical_data()
    _net = load_net(model)


def load_net(model: Path) -> Suspicion:
    """The second net of a trained model, without Rasa. Raises ModelError."""
    training.verify_model(model)
    with model_archive.unpacked(model, "SecondNet") as components:
        found = sorted(components.glob("*SecondNet*/model.onnx"))
        if not found:
            raise ModelError("The model has no second net: train it with the project's config.yml.")
        return Suspicion.load(found[0].parent)


def judge(text: str) -> Judgement:
    """The most urgent of the text's parts, as the chat reads it: a long text in windows."""
    if _net is None:
        raise RuntimeError("judge is called before prepare")
    parts = windows(clean(text), WINDOW, OVERLAP)
    states = [fold([Turn(extract(part), None, _net.estimate(part))]) for part in parts]
    worst = max(states, key=lambda state: state.level)
    return Judgement(worst.level.name, tuple(worst.decision.reasons))


def judge_all(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The result of each row that `inbox.rows` gave; one that could not be read stays as it is."""
    return [row if "error" in row else _judged(row) for row in rows]


def _judged(row: dict[str, Any]) -> dict[str, Any]:
    judgement = judge(row["text"])
    return {
        "line": row["line"],
        "id": row["id"],
        "level": judgement.level,
        "reasons": list(judgement.reasons),
    }
