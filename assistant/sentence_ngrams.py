"""Rasa's counts of pieces of words, for the message as a whole only."""

from __future__ import annotations

import scipy.sparse
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer

Counts = list[scipy.sparse.spmatrix | None]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceNGrams(CountVectorsFeaturizer):
    """CountVectorsFeaturizer without the counts of each token, which LogisticRegressionClassifier never looks at.

    They cost as much as the message itself, in every message. The counts of the message are the same numbers.
    """

    def _create_features(self, attribute: str, all_tokens: list[list[str]]) -> tuple[Counts, Counts]:
        """Sparse counts [1, n-grams] of each message that has `attribute`, None for others; None for every sequence."""
        nothing: Counts = [None] * len(all_tokens)
        vectorizer = self.vectorizers.get(attribute)
        if vectorizer is None or attribute not in DENSE_FEATURIZABLE_ATTRIBUTES:
            return nothing, nothing
        return nothing, [_counts(vectorizer, tokens) if tokens else None for tokens in all_tokens]


def _counts(vectorizer: object, tokens: list[str]) -> scipy.sparse.spmatrix:
    counts = vectorizer.transform([" ".join(tokens)])  # type: ignore[attr-defined]
    counts.sort_indices()
    return counts.tocoo()
