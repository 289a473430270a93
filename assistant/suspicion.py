"""The second, statistical net: how much a message sounds like a red flag or a crisis, whatever its words.

Two support vector machines over sentence embeddings and two linear models over word and letter n-grams, averaged and
calibrated on examples kept out of their training. It may add urgency to what the rules decide, never take any away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

Floats = npt.NDArray[np.float64]

LABELS = ("red_flag", "crisis", "none")
_SEED = 42
_FOLDS = 5  # neighbours in a file are often twins of one another, so folds are runs of lines, not a shuffle


class ExamplesError(ValueError):
    """A file of examples cannot be used; the message names file, line and what was expected."""


@dataclass(frozen=True)
class Example:
    """A labelled message."""

    text: str
    label: str


def load_examples(folder: Path) -> list[Example]:
    """All examples of `folder/*.jsonl`, in the order of files and lines. Raises ExamplesError."""
    examples: list[Example] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                example = Example(row["text"], row["label"])
            except (ValueError, KeyError, TypeError) as error:
                raise ExamplesError(f'{path.name}:{number}: expected {{"text": ..., "label": ...}}') from error
            if not isinstance(example.text, str) or example.label not in LABELS:
                raise ExamplesError(f"{path.name}:{number}: label must be one of {', '.join(LABELS)}")
            examples.append(example)
    return examples


class Suspicion:
    """Estimates, for one message, the chance of a red flag or crisis ("urgent") and of a crisis ("crisis")."""

    def __init__(self, arrays: Mapping[str, Any], words: Mapping[str, Any]) -> None:
        """Hold what `fit` made: arrays by name, and the n-gram vocabularies."""
        self._arrays = dict(arrays)
        self._words = dict(words)
        self._vectorizers = {name: _vectorizer(kind["kind"], kind) for name, kind in words.items()}

    @classmethod
    def fit(cls, examples: Sequence[Example], embeddings: Floats) -> Suspicion:
        """Train on examples and their embeddings ([n, d], unit length). Deterministic."""
        texts = [example.text for example in examples]
        targets = {
            "urgent": np.array([example.label != "none" for example in examples]),
            "crisis": np.array([example.label == "crisis" for example in examples]),
        }
        arrays: dict[str, Any] = {}
        words: dict[str, Any] = {}
        for kind in ("word", "letter"):
            vectorizer = _vectorizer(kind).fit(texts)
            words[kind] = {
                "kind": kind,
                "vocabulary": {term: int(i) for term, i in vectorizer.vocabulary_.items()},
                "idf": [round(float(value), 6) for value in vectorizer.idf_],
            }
        made = cls(arrays, words)
        grams = made._grams(texts)
        for name, wanted in targets.items():
            made._fit_one(name, embeddings, grams, wanted)
        return made

    def _fit_one(self, name: str, embeddings: Floats, grams: Any, wanted: npt.NDArray[np.bool_]) -> None:
        """Train both machines of one target, and calibrate their sum on scores of folds they were not trained on."""
        folds = np.arange(len(wanted)) * _FOLDS // len(wanted)
        scores = np.zeros(len(wanted))
        for fold in range(_FOLDS - 2, _FOLDS):  # two folds give enough scores, and training stays short
            inside, outside = folds != fold, folds == fold
            machine, linear = _machines(embeddings[inside], grams[inside], wanted[inside])
            scores[outside] = machine.decision_function(embeddings[outside])
            scores[outside] += linear.decision_function(grams[outside])
        held_out = folds >= _FOLDS - 2
        calibration = LogisticRegression(C=1e6).fit(scores[held_out, None], wanted[held_out])
        machine, linear = _machines(embeddings, grams, wanted)
        self._arrays |= {
            f"{name}_vectors": machine.support_vectors_.astype(np.float32),
            f"{name}_weights": machine.dual_coef_[0].astype(np.float32),
            f"{name}_linear": linear.coef_[0].astype(np.float32),
            f"{name}_scalars": np.array(
                [machine.intercept_[0], machine._gamma, linear.intercept_[0], calibration.coef_[0, 0], calibration.intercept_[0]]
            ),
        }

    def estimate(self, text: str, embedding: Floats) -> dict[str, float]:
        """{"urgent": p, "crisis": p} for one message; about 1 ms."""
        grams = self._grams([text])
        return {name: self._estimate_one(name, embedding, grams) for name in ("urgent", "crisis")}

    def _estimate_one(self, name: str, embedding: Floats, grams: Any) -> float:
        vectors, weights = self._arrays[f"{name}_vectors"], self._arrays[f"{name}_weights"]
        intercept, gamma, linear_intercept, slope, offset = self._arrays[f"{name}_scalars"]
        distances = np.square(vectors - np.asarray(embedding, dtype=np.float32)).sum(axis=1)
        score = float(np.dot(weights, np.exp(-gamma * distances))) + intercept
        score += float(grams.dot(self._arrays[f"{name}_linear"])[0]) + linear_intercept
        return float(1.0 / (1.0 + np.exp(-(slope * score + offset))))

    def _grams(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import hstack

        return hstack([vectorizer.transform(texts) for vectorizer in self._vectorizers.values()]).tocsr()

    def save(self, folder: Path) -> None:
        """Write into `folder` as plain arrays and JSON: nothing that runs when it is loaded."""
        np.savez_compressed(folder / "suspicion.npz", **self._arrays)
        (folder / "suspicion.json").write_text(json.dumps(self._words), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Suspicion:
        """Read what `save` wrote. Raises OSError or ValueError."""
        with np.load(folder / "suspicion.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return cls(arrays, json.loads((folder / "suspicion.json").read_text("utf-8")))


def _machines(embeddings: Floats, grams: Any, wanted: npt.NDArray[np.bool_]) -> tuple[SVC, LogisticRegression]:
    machine = SVC(C=4.0, gamma=2.0, class_weight="balanced", random_state=_SEED).fit(embeddings, wanted)
    linear = LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=_SEED)
    return machine, linear.fit(grams, wanted)


def _vectorizer(kind: str, stored: Mapping[str, Any] | None = None) -> TfidfVectorizer:
    """Word 1-2-grams or letter 3-5-grams; with `stored`, as they were at training."""
    vocabulary = stored["vocabulary"] if stored else None
    shared = {"sublinear_tf": True, "vocabulary": vocabulary, "strip_accents": "unicode"}
    if kind == "word":
        made = TfidfVectorizer(ngram_range=(1, 2), min_df=2, **shared)
    else:
        made = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=4, **shared)
    if stored:
        made.idf_ = np.array(stored["idf"])
    return made
