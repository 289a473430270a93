"""spaCy's blank English pipeline as Rasa's shared spaCy model: nothing to download, and the tokenizer of `triage`."""

from __future__ import annotations

import re
from typing import Any

import spacy
import spacy.about
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.utils.spacy_utils import SpacyModel, SpacyNLP
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

# Half of a surrogate pair can arrive in JSON. It is a legal str that no UTF-8 library takes, spaCy included.
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.MODEL_LOADER, DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER],
    is_trainable=False,
    model_from="SpacyEnglish",
)
class SpacyEnglish(SpacyNLP):
    """Provides `spacy.blank("en")` to Rasa's SpacyTokenizer.

    Only how the model is made differs from SpacyNLP, which refuses every pipeline that was not read from disk.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Case is kept: lower-casing can change a text's length ("İ"), and then every offset behind it is wrong."""
        return {"case_sensitive": True}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyEnglish:
        """Make the pipeline; the name carries spaCy's version, so a new tokenizer means a new training."""
        model = SpacyModel(model=spacy.blank("en"), model_name=f"blank-en-{spacy.about.__version__}")
        return cls(model, {**cls.get_default_config(), **config})

    def _preprocess_text(self, text: str | None) -> str:
        """One character stays one character, so offsets hold."""
        return _SURROGATE.sub(_REPLACEMENT, super()._preprocess_text(text))

    def process(self, messages: list[Message], model: SpacyModel) -> list[Message]:
        """Give every message a text of at least one token.

        A blank message has none, CountVectorsFeaturizer then adds no features, and LogisticRegressionClassifier raises
        on the missing columns: the person would meet silence.
        """
        for message in super().process(messages, model):
            text = message.get(TEXT)
            if text is not None and not text.strip():
                message.set(SPACY_DOCS[TEXT], self._doc_for_text(model.model, _REPLACEMENT))
        return messages
