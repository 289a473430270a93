"""Sentence meaning as a feature: lets the intent classifier see that two differently worded messages say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant import minilm
from assistant.minilm import MiniLM
from assistant.minilm_graph import FloatArray

# On the message, for later components; never in the output.
SENTENCE_EMBEDDING: Final = "sentence_embedding"
ENCODE: Final = "encode_sentence"  # the way to embed parts of it
WEIGHT: Final = "weight"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds MiniLM's 384 numbers to each message.

    "Training" builds the 8-bit encoder from the installed weights and keeps it in the model, so a served model needs
    neither the weights' package nor the network.
    """

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """None: the encoder brings its own tokenizer."""
        return []

    @staticmethod
    def required_packages() -> list[str]:
        """The packages needed to run."""
        return ["onnx", "onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The configuration, a comment a key."""
        return {
            **DenseFeaturizer.get_default_config(),
            # What the vector is multiplied with as a feature. Rasa's LogisticRegressionClassifier fixes the strength
            # of its regularisation, so a feature's size is its only say against the n-gram counts beside it.
            WEIGHT: 1.0,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException if the weight is not above zero."""
        if float(config.get(WEIGHT, 1.0)) <= 0:
            raise InvalidConfigException(f"SentenceEncoder: '{WEIGHT}' must be above 0.")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Other weights or another graph mean a new training."""
        return minilm.fingerprint()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """An encoder that still has to be built by `train`."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoder:
        """Read the encoder from the model. Raises ValueError if the model has none: a server must not start half."""
        with model_storage.read_from(resource) as folder:
            encoder = MiniLM.load(Path(folder))
        return cls(config, execution_context.node_name, model_storage, resource, encoder)

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
        encoder: MiniLM | None = None,
    ) -> None:
        """Hold the loaded encoder, if there is one yet."""
        super().__init__(name, config)
        self._weight = float(self._config[WEIGHT])
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = encoder

    def train(self, training_data: TrainingData) -> Resource:
        """Build the encoder into the model. The examples are not needed; Rasa asks for the parameter."""
        with self._model_storage.write_to(self._resource) as folder:
            self._encoder = MiniLM.build(Path(folder))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to the examples.

        Not the vector itself: Rasa fingerprints an example by the text form of its data, which for an array leaves out
        the middle.
        """
        for message in training_data.training_examples:
            if message.get(TEXT):
                self._featurize(message)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features, and the plain vector (float32 [384], length 1) under `sentence_embedding`."""
        for message in messages:
            if message.get(TEXT) is not None:
                message.set(SENTENCE_EMBEDDING, self._featurize(message))
                message.set(ENCODE, self._encode)
        return messages

    def _encode(self, text: str) -> FloatArray:
        if self._encoder is None:
            raise RuntimeError("SentenceEncoder is used before it was trained or loaded.")
        return self._encoder.encode_one(text)

    def _featurize(self, message: Message) -> FloatArray:
        row = self._encode(message.get(TEXT))
        # A sentence feature only: the classifier reads no other, and there is no meaning of a single token to add.
        scaled = np.float32(self._weight) * row[np.newaxis]
        message.add_features(Features(scaled, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return row
