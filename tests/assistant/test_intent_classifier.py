"""The chances are scikit-learn's, the order is Rasa's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import coo_matrix

from assistant.intent_classifier import IntentClassifier

CONTEXT = ExecutionContext(GraphSchema({}), node_name="intent")
INTENTS = ("greet", "numb", "thank", "weak")


def message(seed: int, **data: Any) -> Message:
    """One with twelve counts, most of them 0, and a vector of three."""
    chance = np.random.default_rng(seed)
    counts = coo_matrix(chance.poisson(0.3, (1, 12)).astype(np.float64))
    made = Message({TEXT: "words", **data})
    made.add_features(Features(counts, FEATURE_TYPE_SENTENCE, TEXT, "counts"))
    made.add_features(Features(chance.normal(size=(1, 3)), FEATURE_TYPE_SENTENCE, TEXT, "vector"))
    return made


@pytest.fixture
def trained(tmp_path: Path) -> tuple[LogisticRegressionClassifier, IntentClassifier]:
    """Rasa's and ours, trained on the same messages."""
    data = TrainingData([message(n, **{INTENT: INTENTS[n % 4]}) for n in range(40)])
    storage = LocalModelStorage.create(tmp_path)
    parts = []
    for kind in (LogisticRegressionClassifier, IntentClassifier):
        settings = {**kind.get_default_config(), "random_state": 1}
        part = kind.create(settings, storage, Resource(kind.__name__), CONTEXT)
        part.train(data)
        parts.append(part)
    return parts[0], parts[1]


@pytest.mark.parametrize("seed", range(100, 110))
def test_chances_and_order_are_rasas(trained: tuple[LogisticRegressionClassifier, IntentClassifier], seed: int) -> None:
    (theirs,), (ours,) = (part.process([message(seed)]) for part in trained)
    expected, found = theirs.get("intent_ranking"), ours.get("intent_ranking")
    assert [one["name"] for one in found] == [one["name"] for one in expected]
    assert [one["confidence"] for one in found] == pytest.approx([one["confidence"] for one in expected], abs=1e-12)
    assert ours.get(INTENT) == found[0]


def test_a_message_without_counts_is_still_understood(
    trained: tuple[LogisticRegressionClassifier, IntentClassifier],
) -> None:
    bare = Message({TEXT: ""})
    bare.add_features(Features(np.zeros((1, 3)), FEATURE_TYPE_SENTENCE, TEXT, "vector"))
    (understood,) = trained[1].process([bare])
    assert understood.get(INTENT)["name"] in INTENTS


def test_a_message_without_a_vector_is_refused(
    trained: tuple[LogisticRegressionClassifier, IntentClassifier],
) -> None:
    with pytest.raises(ValueError, match="no sentence vector"):
        trained[1].process([Message({TEXT: "words"})])


def test_a_model_learnt_anew_is_the_one_that_answers(
    trained: tuple[LogisticRegressionClassifier, IntentClassifier],
) -> None:
    _, ours = trained
    before = ours.process([message(200)])[0].get(INTENT)["confidence"]
    ours.train(TrainingData([message(n, **{INTENT: INTENTS[n % 3]}) for n in range(300, 330)]))
    assert ours.process([message(200)])[0].get(INTENT)["confidence"] != before
