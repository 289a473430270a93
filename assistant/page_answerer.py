"""The page's answer to a question, put on the message for the response that says it."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, Final

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant import minilm
from assistant.minilm import MiniLM
from assistant.page_content import content_hash
from assistant.page_index import PageIndex
from assistant.sentence_encoder import SENTENCE_EMBEDDING, SentenceEncoder

logger = logging.getLogger(__name__)

PAGE: Final = "page"  # the message key; docs/architecture.md describes the value
INTENTS: Final = "intents"
CONTENT: Final = "content"
FAILED: Final[dict[str, Any]] = {"answerable": False, "failed": True}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PageAnswerer(GraphComponent):
    """Looks a question up in the page index when the intent says it may be one.

    The index and the page are copied into the model at training, so what a model answers cannot change under it.
    """

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """The sentence's vector. The intent is needed too, but Rasa's training graph would not find a classifier here."""
        return [SentenceEncoder]

    @staticmethod
    def required_packages() -> list[str]:
        """The packages needed to run."""
        return ["numpy", "rank_bm25"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The configuration, a comment a key."""
        return {
            # The folder of page folders and unanswerable.yml; read at training only.
            CONTENT: "data/page",
            # The predicted intents for which the page is searched. More than ask_page, for the classifier errs.
            INTENTS: ["ask_page", "ask_medical_judgement", "ask_warning_signs", "out_of_scope", "nlu_fallback"],
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException if `intents` is not a list of names."""
        intents = config.get(INTENTS, [])
        if not isinstance(intents, list) or not all(isinstance(intent, str) for intent in intents):
            raise InvalidConfigException(f"PageAnswerer: '{INTENTS}' must be a list of intent names.")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """A changed page or another encoder means a new training; Rasa's cache sees neither by itself."""
        return f"{content_hash(Path(config[CONTENT]))}:{minilm.fingerprint()}"

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PageAnswerer:
        """An answerer whose index still has to be built by `train`."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PageAnswerer:
        """Read the index from the model. Raises PageIndexError or ValueError: a server must not start half."""
        with model_storage.read_from(resource) as folder:
            index = PageIndex.load(Path(folder))
        return cls(config, model_storage, resource, index)

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, index: PageIndex | None = None
    ) -> None:
        """Hold the loaded index, if there is one yet."""
        self.validate_config(config)
        self._content = Path(config[CONTENT])
        self._intents = frozenset(config[INTENTS])
        self._model_storage = model_storage
        self._resource = resource
        self._index = index

    def train(self, training_data: TrainingData) -> Resource:
        """Build the index into the model; the examples are not needed. Raises PageError on content that does not check."""
        with self._model_storage.write_to(self._resource) as folder:
            with tempfile.TemporaryDirectory() as scratch:
                # SentenceEncoder keeps the encoder; a second copy in the model would be 23 MB for nothing.
                index = PageIndex.build(self._content, MiniLM.build(Path(scratch)))
            index.save(self._content, Path(folder))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `page` on each message whose intent may be a question. Never raises."""
        for message in messages:
            intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY)
            if message.get(TEXT) and intent in self._intents:
                message.set(PAGE, self._answer(message), add_to_output=True)
        return messages

    def _answer(self, message: Message) -> dict[str, Any]:
        try:
            if self._index is None:
                raise RuntimeError("PageAnswerer is used before it was trained or loaded.")
            return self._index.ask(message.get(TEXT), message.get(SENTENCE_EMBEDDING)).as_dict()
        except Exception as error:  # noqa: BLE001 - the safety boundary: a page answer may fail, the turn it is part of may not
            # The kind of error only: its text could hold the person's words.
            logger.error("The page could not be searched: %s", type(error).__name__)
            return dict(FAILED)
