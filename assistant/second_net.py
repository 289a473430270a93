"""The second, statistical net as an NLU component: its estimate rides in every user event beside the rules' reading."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant import suspicion
from assistant.assessment import SECOND_NET
from assistant.suspicion import Suspicion

logger = logging.getLogger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SecondNet(GraphComponent):
    """Sets `second_net` on every message: the chances of a red flag, a crisis, something urgent. Never raises.

    "Training" merges the adapter of data/net into the pinned encoder and keeps the result in the model; the learning
    itself is `make net`.
    """

    @staticmethod
    def required_packages() -> list[str]:
        """The packages needed to run."""
        return ["onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to configure: the thresholds are clinical data."""
        return {}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Another adapter means a new training."""
        return suspicion.fingerprint()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SecondNet:
        """A net that still has to be built by `train`."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SecondNet:
        """Read the net from the model. Raises ValueError if the model has none: a server must not start half."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Suspicion.load(Path(folder)))

    def __init__(self, model_storage: ModelStorage, resource: Resource, net: Suspicion | None = None) -> None:
        """Hold the loaded net, if there is one yet."""
        self._model_storage = model_storage
        self._resource = resource
        self._net = net

    def train(self, training_data: TrainingData) -> Resource:
        """Build the net into the model. The intents' examples are not needed; Rasa asks for the parameter."""
        with self._model_storage.write_to(self._resource) as folder:
            self._net = Suspicion.build(Path(folder))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `second_net` on each message that has a text."""
        for message in messages:
            if message.get(TEXT) and (estimate := self._estimate(message.get(TEXT))) is not None:
                message.set(SECOND_NET, estimate, add_to_output=True)
        return messages

    def _estimate(self, text: str) -> dict[str, float] | None:
        try:
            if self._net is None:
                raise RuntimeError("SecondNet is used before it was trained or loaded.")
            return self._net.estimate(text).as_dict()
        except Exception as error:  # noqa: BLE001 - the safety boundary: the rules must be heard whatever happens here
            logger.error("second_net_failed error=%s", type(error).__name__)
            return None
