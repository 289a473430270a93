"""Finds the page's answer to a question, or finds that the page does not say; for `PageAnswerer` and `spine-triage ask`.

A question is compared with hand-written question forms (each knows the sentences that answer it), with the page's own
sentences, and with questions the page does not answer: by meaning (MiniLM), by words (BM25), and by a linear classifier
over all of them. Whether to answer is weighed from four signals; their weights are learned when the index is built, by
asking it each of its own questions as if that question were not in it.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict

from assistant.minilm import MiniLM
from assistant.page_content import content_hash
from assistant.page_texts import WORD, Answer, PageIndexError, PageTexts, words_of

FloatArray = npt.NDArray[np.floating[Any]]

THRESHOLD: Final = 0.5  # below it the page "does not say"
SHARPNESS: Final = 15.0  # of the soft maximum: several near texts together count more than one
WORDS_SHARE: Final = 0.03  # of the words, against the meaning, when answers compete
CLASS_SHARE: Final = 0.1  # of the classifier, likewise
LEAST: Final = -30.0  # log-probabilities are cut off here; a class absent from a fold would be minus infinity
NEIGHBOURS: Final = 3

CONTENT_FOLDER: Final = "content"
INDEX_FILE: Final = "index.npz"


@dataclass(frozen=True)
class Neighbour:
    """One indexed text near the question, for explaining a result; `section` is None for a counter-example."""

    text: str
    section: str | None
    similarity: float


@dataclass(frozen=True)
class PageAnswer:
    """What the page says to a question. Not answerable: no sentences, and no section named."""

    answerable: bool
    score: float
    page: str | None = None
    section: str | None = None
    title: str | None = None
    sentences: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = field(default=(), compare=False)

    def as_dict(self) -> dict[str, Any]:
        """As it travels on a message: JSON types, without the neighbours."""
        return {
            "answerable": self.answerable,
            "page": self.page,
            "section": self.section,
            "title": self.title,
            "sentences": list(self.sentences),
            "score": round(self.score, 4),
        }


def _soft_maximum(values: FloatArray, sharpness: float = 1.0) -> float:
    return float(np.log(np.exp(values * sharpness).sum()) / sharpness)


class PageIndex:
    """The pages of one content folder, searchable. Immutable; safe to use from several threads."""

    def __init__(
        self, root: Path, vectors: FloatArray, linear: FloatArray, weights: FloatArray, encoder: MiniLM | None = None
    ) -> None:
        """Read the content below `root` and join it with the numbers that `build` made from it.

        vectors: [texts, 384]; linear: [classes, 385], a classifier over them and its offsets; weights: [5], of the
        four signals and an offset. Raises PageIndexError if they do not fit the content.
        """
        self._index = PageTexts(root)
        if len(vectors) != len(self._index.texts) or len(linear) != max(self._index.classes) + 1:
            raise PageIndexError(f"{root}: the index was built from other content")
        self._vectors, self._linear, self._weights, self._encoder = (vectors, linear, weights, encoder)
        self._classes = np.array(self._index.classes)
        self._words = BM25Okapi([words_of(text) for text in self._index.texts])

    @classmethod
    def build(cls, root: Path, encoder: MiniLM) -> PageIndex:
        """Index the pages below `root` (a few seconds). Raises PageError on content that does not check."""
        index = PageTexts(root)
        vectors = encoder.encode(index.texts)
        classes = np.array(index.classes)
        classifier = LogisticRegression(C=30.0, class_weight="balanced", max_iter=1000, tol=0.01)
        folds = KFold(10, shuffle=True, random_state=0)
        unseen = cross_val_predict(classifier, vectors, classes, cv=folds, method="predict_log_proba")
        classifier.fit(vectors, classes)
        linear = np.column_stack([classifier.coef_, classifier.intercept_])
        draft = cls(root, vectors, linear, np.zeros(5), encoder)
        signals = np.stack(
            [draft._signals(index.texts[n], vectors[n], np.maximum(unseen[n], LEAST), leave_out=n) for n in index.forms]
        )
        answered = np.array(index.forms) < index.answered
        fused = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(signals, answered)
        return cls(root, vectors, linear, np.append(fused.coef_[0], fused.intercept_), encoder)

    def save(self, root: Path, folder: Path) -> None:
        """Write the index and a copy of the content `root` it was built from into `folder`."""
        shutil.copytree(root, folder / CONTENT_FOLDER, dirs_exist_ok=True)
        np.savez(
            folder / INDEX_FILE,
            vectors=self._vectors.astype(np.float32),
            linear=self._linear,
            weights=self._weights,
            content=np.array(content_hash(folder / CONTENT_FOLDER)),
        )

    @classmethod
    def load(cls, folder: Path, encoder: MiniLM | None = None) -> PageIndex:
        """Read what `save` wrote. Raises PageIndexError if index and content do not belong together."""
        if not (folder / INDEX_FILE).is_file():
            raise PageIndexError(f"{folder}: {INDEX_FILE} is missing")
        with np.load(folder / INDEX_FILE, allow_pickle=False) as saved:
            if str(saved["content"]) != content_hash(folder / CONTENT_FOLDER):
                raise PageIndexError(f"{folder}: the content was changed after the index was built")
            return cls(folder / CONTENT_FOLDER, saved["vectors"], saved["linear"], saved["weights"], encoder)

    def ask(self, question: str, embedding: FloatArray | None = None) -> PageAnswer:
        """Answer with whole sentences of the page, or say that it does not say.

        `embedding` is MiniLM's vector of the question, float [384]; without it the index needs its own encoder
        (ValueError otherwise). The score, 0..1, is the weighed chance that the page answers.
        """
        if not WORD.search(question.lower()):
            return PageAnswer(answerable=False, score=0.0)
        if embedding is None:
            if self._encoder is None:
                raise ValueError("PageIndex.ask needs the question's embedding: it was loaded without an encoder.")
            embedding = self._encoder.encode([question])[0]
        logits = self._linear[:, :-1] @ embedding + self._linear[:, -1]
        log_probabilities = np.maximum(logits - logits.max() - _soft_maximum(logits - logits.max()), LEAST)
        signals = self._signals(question, embedding, log_probabilities)
        score = float(1.0 / (1.0 + np.exp(-(self._weights[:-1] @ signals + self._weights[-1]))))
        neighbours = self._neighbours(self._vectors @ embedding)
        if score < THRESHOLD:
            return PageAnswer(answerable=False, score=score, neighbours=neighbours)
        answer = self._best_answer(question, embedding, log_probabilities)
        return PageAnswer(
            answerable=True,
            score=score,
            page=answer.page.id,
            section=answer.section.id,
            title=answer.section.title,
            sentences=tuple(s.text for s in answer.section.sentences if s.number in answer.numbers),
            neighbours=neighbours,
        )

    def _word_scores(self, question: str, leave_out: int | None = None) -> FloatArray:
        """BM25 of each text, 1 for the best, so that long questions do not weigh more than short ones."""
        scores: FloatArray = self._words.get_scores(words_of(question))
        if leave_out is not None:
            scores[leave_out] = 0.0
        return scores / max(float(scores.max()), 1.0)

    def _signals(
        self, question: str, embedding: FloatArray, log_probabilities: FloatArray, leave_out: int | None = None
    ) -> FloatArray:
        """What speaks for an answer, float [4]: meaning, nearest text and words against the counter-examples, class."""
        similarities = self._vectors @ embedding
        if leave_out is not None:
            similarities[leave_out] = -1.0
        words = self._word_scores(question, leave_out)
        known, answers = self._index.answered, len(self._index.answers)
        return np.array(
            [
                _soft_maximum(similarities[:known], SHARPNESS) - _soft_maximum(similarities[known:], SHARPNESS),
                similarities[:known].max(),
                words[:known].max() - words[known:].max(),
                _soft_maximum(log_probabilities[:answers]) - _soft_maximum(log_probabilities[answers:]),
            ]
        )

    def _best_answer(self, question: str, embedding: FloatArray, log_probabilities: FloatArray) -> Answer:
        known, answers = self._index.answered, len(self._index.answers)
        match = self._vectors[:known] @ embedding + WORDS_SHARE * self._word_scores(question)[:known]
        summed = np.bincount(self._classes[:known], weights=np.exp(match * SHARPNESS), minlength=answers)
        total = np.log(summed) / SHARPNESS + CLASS_SHARE * log_probabilities[:answers]
        return self._index.answers[int(total.argmax())]

    def _neighbours(self, similarities: FloatArray) -> tuple[Neighbour, ...]:
        found: list[Neighbour] = []
        for n in np.argsort(-similarities, kind="stable")[:NEIGHBOURS]:
            known = n < self._index.answered
            section = self._index.answers[self._classes[n]].section.id if known else None
            found.append(Neighbour(self._index.texts[n], section, float(similarities[n])))
        return tuple(found)


def load_index(model: Path) -> PageIndex:
    """The page index of a trained model (the .tar.gz or its unpacked folder), with its encoder and without Rasa.

    Raises FileNotFoundError if there is no such model, PageIndexError if it has no page index.
    """
    if model.is_dir():
        return _load_from_components(model / "components")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model) as archive:
        wanted = [m for m in archive.getmembers() if "PageAnswerer" in m.name or "SentenceEncoder" in m.name]
        archive.extractall(folder, members=wanted, filter="data")
        return _load_from_components(Path(folder) / "components")


def _load_from_components(components: Path) -> PageIndex:
    indexes = sorted(components.glob(f"*PageAnswerer*/{INDEX_FILE}"))
    encoders = sorted(components.glob("*SentenceEncoder*/model.onnx"))
    if not indexes or not encoders:
        raise PageIndexError(
            "the model has no page index or no sentence encoder: train it with the project's config.yml"
        )
    return PageIndex.load(indexes[0].parent, MiniLM.load(encoders[0].parent))
