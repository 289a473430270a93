"""The sentence encoder gives the classifier its feature and later components the plain vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant import minilm
from assistant.sentence_encoder import SENTENCE_EMBEDDING, SentenceEncoder

CONTEXT = ExecutionContext(GraphSchema({}), node_name="encoder")
RESOURCE = Resource("encoder")


def config(**values: float) -> dict[str, object]:
    return {**SentenceEncoder.get_default_config(), **values}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("storage"))
    SentenceEncoder.create(config(), storage, RESOURCE, CONTEXT).train(TrainingData())
    return storage


def loaded(storage: LocalModelStorage, **values: float) -> SentenceEncoder:
    return SentenceEncoder.load(config(**values), storage, RESOURCE, CONTEXT)


def sentence_feature(message: Message) -> np.ndarray:
    sequence, sentence = message.get_dense_features(TEXT)
    assert sequence is None and sentence is not None
    return np.asarray(sentence.features)


def test_a_loaded_encoder_adds_the_vector_times_its_weight(storage: LocalModelStorage) -> None:
    message = Message({TEXT: "my legs are numb"})
    loaded(storage, weight=3.0).process([message])
    vector = message.get(SENTENCE_EMBEDDING)
    assert vector.shape == (minilm.DIMENSION,)
    np.testing.assert_allclose(np.linalg.norm(vector), 1.0, atol=1e-5)
    np.testing.assert_allclose(sentence_feature(message), [vector * 3.0], atol=1e-6)


def test_the_vector_stays_out_of_the_output(storage: LocalModelStorage) -> None:
    message = Message({TEXT: "hello"})
    loaded(storage).process([message])
    assert SENTENCE_EMBEDDING not in message.as_dict(only_output_properties=True)


def test_training_and_prediction_see_the_same_feature(storage: LocalModelStorage) -> None:
    example, message = Message({TEXT: "I wet myself"}), Message({TEXT: "I wet myself"})
    loaded(storage).process_training_data(TrainingData([Message({TEXT: "hello"}), example]))
    loaded(storage).process([message])
    np.testing.assert_array_equal(sentence_feature(example), sentence_feature(message))
    assert example.get(SENTENCE_EMBEDDING) is None


def test_an_example_without_text_is_left_alone(storage: LocalModelStorage) -> None:
    example = Message({INTENT: "greet"})
    loaded(storage).process_training_data(TrainingData([example]))
    assert not example.features


def test_an_empty_message_gets_a_feature_too(storage: LocalModelStorage) -> None:
    message = Message({TEXT: ""})
    loaded(storage).process([message])
    assert sentence_feature(message).shape == (1, minilm.DIMENSION)


def test_rasas_classifier_learns_from_the_feature_alone(storage: LocalModelStorage) -> None:
    examples = {"thank": ["thanks a lot", "thank you so much"], "numb": ["my legs are numb", "no feeling in my feet"]}
    data = TrainingData([Message({TEXT: t, INTENT: i}) for i, texts in examples.items() for t in texts])
    encoder = loaded(storage, weight=5.0)
    encoder.process_training_data(data)
    settings = LogisticRegressionClassifier.get_default_config()
    classifier = LogisticRegressionClassifier.create(settings, storage, Resource("classifier"), CONTEXT)
    classifier.train(data)
    message = Message({TEXT: "I cannot feel my toes"})
    classifier.process(encoder.process([message]))
    assert message.get(INTENT)["name"] == "numb"


def test_the_encoder_is_loaded_once_in_a_process(storage: LocalModelStorage) -> None:
    assert loaded(storage)._encoder is loaded(storage)._encoder


def test_a_model_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        SentenceEncoder.load(config(), LocalModelStorage.create(tmp_path), Resource("absent"), CONTEXT)


def test_an_untrained_encoder_says_so(storage: LocalModelStorage) -> None:
    with pytest.raises(RuntimeError, match="before it was trained"):
        SentenceEncoder.create(config(), storage, RESOURCE, CONTEXT).process([Message({TEXT: "hello"})])


def test_a_weight_of_zero_is_refused() -> None:
    with pytest.raises(InvalidConfigException, match="above 0"):
        SentenceEncoder.validate_config({"weight": 0})


def test_the_fingerprint_names_the_weights() -> None:
    assert minilm.WEIGHTS_SHA256 in (SentenceEncoder.fingerprint_addon(config()) or "")
