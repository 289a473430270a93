"""The page's answer to a question, put on the message for the response that says it."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, Final, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant import minilm
from assistant.minilm import MiniLM
from assistant.page_model import PageModel, as_message, last_of
from assistant.sentence_encoder import ENCODE, SENTENCE_EMBEDDING, SentenceEncoder
from pages.content import content_hash
from pages.dialogue import Last
from pages.parts import asks

logger = logging.getLogger(__name__)

PAGE: Final = "page"  # the message key; docs/architecture.md describes the value
INTENTS: Final = "intents"
CONTENT: Final = "content"
FAILED: Final[dict[str, Any]] = {"answerable": False, "failed": True}
MEMORY: Final = 3  # messages of the person after which a question leans on no earlier answer any more


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PageAnswerer(GraphComponent):
    """Asks the pages when the intent says that the message may be a question, and when its words do.

    Content, page net and index are kept in the model at training, so what a model answers cannot change under it.
    """

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """The sentence's vector. The intent is needed too, but Rasa's training graph would not find a classifier here."""
        return [SentenceEncoder]

    @staticmethod
    def required_packages() -> list[str]:
        """The packages needed to run."""
        return ["numpy", "onnxruntime", "rank_bm25", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The configuration, a comment a key."""
        return {
            # The folder of the page folders and of the page net's adapter; read at training only.
            CONTENT: "data/page",
            # The predicted intents for which the page is searched even if the message does not look like a question.
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
        """Read the pages from the model. Raises PageModelError or ValueError: a server must not start half."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, PageModel.load(Path(folder)))

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, pages: PageModel | None = None
    ) -> None:
        """Hold the loaded pages, if there are any yet."""
        self.validate_config(config)
        self._content = Path(config[CONTENT])
        self._intents = frozenset(config[INTENTS])
        self._model_storage = model_storage
        self._resource = resource
        self._pages = pages

    def train(self, training_data: TrainingData) -> Resource:
        """Build everything into the model; the examples are not needed.

        Raises PageError on content that does not check, AdapterError without a page net.
        """
        with self._model_storage.write_to(self._resource) as folder, tempfile.TemporaryDirectory() as scratch:
            # SentenceEncoder keeps the encoder; a second copy in the model would be 23 MB for nothing.
            self._pages = PageModel.build(self._content, Path(folder), MiniLM.build(Path(scratch)))
        return self._resource

    def process(self, messages: list[Message], tracker: Optional[DialogueStateTracker] = None) -> list[Message]:
        """Set `page` on each message that may be a question. Never raises.

        `tracker` is the conversation before the message, for a question that leans on the last answer.
        """
        for message in messages:
            if message.get(TEXT) and self._may_ask(message):
                message.set(PAGE, self._answer(message, tracker), add_to_output=True)
        return messages

    def _may_ask(self, message: Message) -> bool:
        intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY)
        return intent in self._intents or (intent is not None and asks(message.get(TEXT)))

    def _answer(self, message: Message, tracker: DialogueStateTracker | None) -> dict[str, Any]:
        try:
            if self._pages is None:
                raise RuntimeError("PageAnswerer is used before it was trained or loaded.")
            text, whole = message.get(TEXT), message.get(SENTENCE_EMBEDDING)
            return as_message(self._pages.answers(text, message.get(ENCODE), _last_answer(tracker), whole))
        except Exception as error:  # noqa: BLE001 - the safety boundary: a page answer may fail, the turn it is part of may not
            # The kind of error only: its text could hold the person's words.
            logger.error("page_search_failed error=%s", type(error).__name__)
            return dict(FAILED)


def _last_answer(tracker: DialogueStateTracker | None) -> Last | None:
    """The last answer from a page, unless too much was said since."""
    spoken = [event for event in tracker.events if isinstance(event, UserUttered)] if tracker else []
    for event in reversed(spoken[-MEMORY:]):
        if last := last_of(event.parse_data.get(PAGE) or {}):
            return last
    return None
