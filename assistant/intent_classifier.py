"""Rasa's logistic regression, asked for one message without building its matrices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

FloatArray = npt.NDArray[np.float64]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(LogisticRegressionClassifier):
    """LogisticRegressionClassifier with the same training, model and chances.

    Rasa stacks four sparse matrices for each message, and scikit-learn checks and copies them: a millisecond for a dozen
    words. Here the scores are summed from the columns that the message has.
    """

    _columns: FloatArray | None = None

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent` and `intent_ranking` on each message. Raises ValueError on one without a sentence vector."""
        for message in messages:
            chances = zip(self._chances(message).tolist(), self.clf.classes_.tolist(), strict=True)
            best = sorted(chances, key=lambda one: -one[0])
            ranking = [{"name": name, "confidence": chance} for chance, name in best]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[: self.config["ranking_length"]], add_to_output=True)
        return messages

    def _chances(self, message: Message) -> FloatArray:
        """A chance for each of the model's classes: softmax of the scores, as scikit-learn has it for three and more."""
        if self._columns is None:
            self._columns = np.ascontiguousarray(self.clf.coef_.T)
        counts, vector = message.get_sparse_features(TEXT)[1], message.get_dense_features(TEXT)[1]
        if vector is None:
            raise ValueError("the message has no sentence vector")
        dense = vector.features[0]
        scores = dense @ self._columns[-len(dense) :] + self.clf.intercept_
        if counts is not None:  # they come first, as the pipeline has them
            scores = scores + counts.features.data @ self._columns[counts.features.col]
        powers = np.exp(scores - scores.max())
        chances: FloatArray = powers / powers.sum()
        return chances

    def train(self, training_data: TrainingData) -> Resource:
        """Fit Rasa's classifier."""
        self._columns = None
        return super().train(training_data)
