"""The clinical core as the last NLU component: its reading rides in every user event."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from assistant.assessment import TRIAGE, read
from triage import clinical_data

# Stored with every message and parsed again at every turn, and nothing reads it.
_TRIMMED_KEYS = ("text_tokens", "entities", "response_selector")
_RANKING_KEPT = 3


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RedFlagDetector(GraphComponent):
    """Sets `triage` on every message. Never raises; a failure is itself recorded (`failed: true`)."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Nothing to configure: the clinical data is the configuration."""
        return {}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RedFlagDetector:
        """The detector; reading the clinical data here makes a mistake in it stop the start, not a conversation."""
        clinical_data()
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Rasa's cache sees neither our data nor our code beside the class: a changed rule must train anew."""
        return clinical_data().version

    def process(self, messages: List[Message]) -> List[Message]:
        """Read each message and trim what Rasa would store for nothing."""
        for message in messages:
            message.set(TRIAGE, read(message.get(TEXT) or "").as_dict(), add_to_output=True)
            for key in _TRIMMED_KEYS:
                message.output_properties.discard(key)
            ranking = message.get("intent_ranking")
            if ranking:
                message.set("intent_ranking", ranking[:_RANKING_KEPT], add_to_output=True)
        return messages
