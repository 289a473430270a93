"""Rasa's SpacyTokenizer works on spaCy's blank English pipeline, for any text."""

from __future__ import annotations

import pytest
import spacy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.spacy_tokenizer import SpacyTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.spacy_english import SpacyEnglish


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> SpacyEnglish:
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("storage"))
    return SpacyEnglish.create({}, storage, Resource("english"), ExecutionContext(GraphSchema({})))


def tokens(english: SpacyEnglish, text: str) -> list[tuple[str, int]]:
    message = Message({TEXT: text})
    english.process([message], english.provide())
    tokenizer = SpacyTokenizer(SpacyTokenizer.get_default_config())
    tokenizer.process([message])
    return [(token.text, token.start) for token in message.get(TOKENS_NAMES[TEXT])]


def test_tokens_are_those_of_the_blank_english_pipeline(english: SpacyEnglish) -> None:
    text = "I can't feel my legs, and it's getting worse."
    assert tokens(english, text) == [(token.text, token.idx) for token in spacy.blank("en")(text)]


def test_case_and_offsets_are_kept_when_lower_case_would_be_longer(english: SpacyEnglish) -> None:
    assert tokens(english, "İzmir HURTS") == [("İzmir", 0), ("HURTS", 6)]


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_blank_message_still_has_one_token(english: SpacyEnglish, text: str) -> None:
    assert len(tokens(english, text)) == 1


def test_half_a_surrogate_pair_is_replaced_by_one_character(english: SpacyEnglish) -> None:
    assert tokens(english, "\ud83d legs") == [("\ufffd", 0), ("legs", 2)]


def test_training_examples_get_their_tokens(english: SpacyEnglish) -> None:
    data = TrainingData([Message({TEXT: "my legs are numb"}), Message({TEXT: "hello"})])
    english.process_training_data(data, english.provide())
    SpacyTokenizer(SpacyTokenizer.get_default_config()).process_training_data(data)
    assert [len(example.get(TOKENS_NAMES[TEXT])) for example in data.training_examples] == [4, 1]


def test_the_model_is_named_with_spacys_version_so_that_an_upgrade_retrains(english: SpacyEnglish) -> None:
    assert spacy.__version__ in english.provide().fingerprint()
