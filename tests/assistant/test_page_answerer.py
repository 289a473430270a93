"""PageAnswerer puts the page's answer on the message, from what its model holds, and never stops a turn."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.minilm import MiniLM
from assistant.page_answerer import FAILED, PAGE, PageAnswerer
from assistant.page_model import PageModelError
from assistant.sentence_encoder import ENCODE, SENTENCE_EMBEDDING

ROOT = Path(__file__).parents[2] / "data" / "page"
RESOURCE = Resource("answerer")
CONTEXT = ExecutionContext(GraphSchema({}), node_name="answerer")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    return MiniLM.build(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("content") / "page"))


@pytest.fixture(scope="module")
def config(content: Path) -> dict[str, Any]:
    return {**PageAnswerer.get_default_config(), "content": str(content)}


@pytest.fixture(scope="module")
def storage(config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalModelStorage]:
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("storage"))
    PageAnswerer.create(config, storage, RESOURCE, CONTEXT).train(TrainingData())
    yield storage


@pytest.fixture
def answerer(config: dict[str, Any], storage: LocalModelStorage) -> PageAnswerer:
    return PageAnswerer.load(config, storage, RESOURCE, CONTEXT)


def asked(encoder: MiniLM, text: str, intent: str = "ask_page") -> Message:
    def encode(part: str) -> Any:
        return encoder.encode([part])[0]

    return Message({TEXT: text, INTENT: {"name": intent}, SENTENCE_EMBEDDING: encode(text), ENCODE: encode})


def conversation(*said: Message) -> DialogueStateTracker:
    """A tracker in which these messages were said and parsed."""
    tracker = DialogueStateTracker.from_events("me", [])
    for message in said:
        tracker.update(UserUttered(message.get(TEXT), parse_data={PAGE: message.get(PAGE)}))
    return tracker


def test_a_question_gets_the_pages_sentences(answerer: PageAnswerer, encoder: MiniLM) -> None:
    message = asked(encoder, "What are the symptoms?")
    answerer.process([message])
    assert message.get(PAGE)["section"] == "symptoms"
    assert "Loss of bladder or bowel function" in message.get(PAGE)["sentences"]


def test_the_answer_is_part_of_the_output_and_json(answerer: PageAnswerer, encoder: MiniLM) -> None:
    message = asked(encoder, "How is it treated?")
    answerer.process([message])
    value = message.as_dict(only_output_properties=True)[PAGE]
    assert json.loads(json.dumps(value)) == value


def test_what_the_page_does_not_say_is_marked_so(answerer: PageAnswerer, encoder: MiniLM) -> None:
    message = asked(encoder, "How much does the surgery cost?", "out_of_scope")
    answerer.process([message])
    assert message.get(PAGE)["answerable"] is False
    assert "failed" not in message.get(PAGE)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("My legs are weak", "report_weakness"), ("hello there", "greet"), ("What are the symptoms?", None)],
)
def test_a_message_that_is_no_question_is_left_alone(
    answerer: PageAnswerer, encoder: MiniLM, text: str, intent: str
) -> None:
    message = asked(encoder, text, intent)
    answerer.process([message])
    assert message.get(PAGE) is None


def test_a_question_inside_a_symptom_report_is_looked_up(answerer: PageAnswerer, encoder: MiniLM) -> None:
    message = asked(encoder, "My back hurts, what are the symptoms of a spinal tumor?", "report_back_pain")
    answerer.process([message])
    assert message.get(PAGE)["section"] == "symptoms"


def test_two_questions_get_two_answers(answerer: PageAnswerer, encoder: MiniLM) -> None:
    message = asked(encoder, "What are metastatic spinal tumors and how are they treated?")
    answerer.process([message])
    assert [answer["section"] for answer in message.get(PAGE)["answers"]] == ["what-are", "treatment"]


def test_a_part_that_the_page_does_not_answer_is_counted(answerer: PageAnswerer, encoder: MiniLM) -> None:
    message = asked(encoder, "How are spinal tumors treated? How much does it cost?")
    answerer.process([message])
    assert (message.get(PAGE)["section"], message.get(PAGE)["left_open"]) == ("treatment", 1)


def test_why_goes_on_from_the_last_answer(answerer: PageAnswerer, encoder: MiniLM) -> None:
    first, second = asked(encoder, "Is back pain usually the most common symptom?"), asked(encoder, "why?")
    answerer.process([first])
    answerer.process([second], conversation(first))
    assert second.get(PAGE)["sentences"][0].startswith("As the tumor grows, it may compress")


def test_nothing_leans_on_an_answer_that_is_long_past(answerer: PageAnswerer, encoder: MiniLM) -> None:
    first, second = asked(encoder, "Is back pain usually the most common symptom?"), asked(encoder, "why?")
    answerer.process([first])
    others = [asked(encoder, "hello", "greet") for _ in range(3)]
    answerer.process([second], conversation(first, *others))
    assert not second.get(PAGE)["answerable"]


def test_a_message_without_an_intent_is_left_alone(answerer: PageAnswerer) -> None:
    message = Message({TEXT: "What are the symptoms?"})
    answerer.process([message])
    assert message.get(PAGE) is None


def test_a_failure_is_marked_and_does_not_stop_the_turn(answerer: PageAnswerer) -> None:
    message = Message({TEXT: "What are the symptoms?", INTENT: {"name": "ask_page"}})  # no way to embed it: raises
    answerer.process([message])
    assert message.get(PAGE) == {"answerable": False, "failed": True} == FAILED


def test_a_failure_is_logged_without_the_persons_words(
    answerer: PageAnswerer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answerer.process([Message({TEXT: "zebra stripes", INTENT: {"name": "ask_page"}})])
    assert "TypeError" in caplog.text and "zebra" not in caplog.text


def test_one_failed_mark_is_not_shared_between_messages(answerer: PageAnswerer) -> None:
    first, second = (Message({TEXT: "What is it?", INTENT: {"name": "ask_page"}}) for _ in range(2))
    answerer.process([first, second])
    first.get(PAGE)["failed"] = False
    assert second.get(PAGE)["failed"] is True


def test_a_model_keeps_its_page_when_the_folder_changes(
    config: dict[str, Any], storage: LocalModelStorage, encoder: MiniLM, content: Path
) -> None:
    before = PageAnswerer.fingerprint_addon(config)
    section = content / "spine-tumors-metastatic" / "05-symptoms.md"
    kept = section.read_text(encoding="utf-8")
    section.write_text(kept.replace("- Loss of bladder or bowel function\n", ""), encoding="utf-8")
    try:
        message = asked(encoder, "What are the symptoms?")
        PageAnswerer.load(config, storage, RESOURCE, CONTEXT).process([message])
        assert "Loss of bladder or bowel function" in message.get(PAGE)["sentences"]
        assert PageAnswerer.fingerprint_addon(config) != before
    finally:
        section.write_text(kept, encoding="utf-8")


def test_a_model_without_an_index_is_refused(config: dict[str, Any], tmp_path: Path) -> None:
    storage = LocalModelStorage.create(tmp_path)
    with storage.write_to(RESOURCE):
        pass
    with pytest.raises(PageModelError, match="cannot be read"):
        PageAnswerer.load(config, storage, RESOURCE, CONTEXT)


def test_intents_must_be_a_list_of_names() -> None:
    with pytest.raises(InvalidConfigException, match="list of intent names"):
        PageAnswerer.validate_config({"intents": "ask_page"})
