"""The second net as it runs: on any text, the same each time, and never in the way of the rules."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant import adapter, suspicion
from assistant.assessment import SECOND_NET, turn_of
from assistant.second_net import SecondNet
from assistant.suspicion import Suspicion
from triage import Estimate, Level, fold

CONTEXT = ExecutionContext(GraphSchema({}), node_name="second_net")
RESOURCE = Resource("second_net")
HARMLESS = "Thank you, the parking was easy and the nurse was kind. "


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("storage"))
    SecondNet.create({}, storage, RESOURCE, CONTEXT).train(TrainingData())
    return storage


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Suspicion:
    return Suspicion.build(tmp_path_factory.mktemp("net"))


@pytest.mark.parametrize("text", ["", " ", "?", "\ud800", "\x00", "你好", "😀" * 50, "a" * 5000, "word " * 3000])
def test_any_text_gets_chances_that_are_chances(net: Suspicion, text: str) -> None:
    estimate = net.estimate(text)
    assert all(0 <= chance <= 1 for chance in estimate.as_dict().values())
    assert sum(estimate.as_dict().values()) <= 1.001


def test_a_sideways_red_flag_sounds_more_like_one_than_thanks_do(net: Suspicion) -> None:
    assert net.estimate("my legs have gone on strike since Tuesday").alarm > 0.5 > net.estimate(HARMLESS).alarm


def test_capitals_change_nothing(net: Suspicion) -> None:
    text = "my legs have gone on strike"
    assert net.estimate(text.upper()) == net.estimate(text)


def test_the_end_of_a_long_message_is_heard(net: Suspicion) -> None:
    assert net.estimate(HARMLESS * 60 + "Since Monday I cannot feel my legs and I wet myself.").alarm > 0.5


def test_the_same_text_gives_the_same_chances(net: Suspicion) -> None:
    assert net.estimate("I keep tripping") == net.estimate("I keep tripping")


def test_the_component_sets_the_estimate_for_the_output(storage: LocalModelStorage) -> None:
    message = Message({TEXT: "I keep tripping over nothing"})
    SecondNet.load({}, storage, RESOURCE, CONTEXT).process([message])
    stored = message.as_dict(only_output_properties=True)[SECOND_NET]
    assert Estimate.from_dict(stored).alarm > 0


def test_a_message_without_text_gets_no_estimate(storage: LocalModelStorage) -> None:
    message = Message({})
    SecondNet.load({}, storage, RESOURCE, CONTEXT).process([message])
    assert message.get(SECOND_NET) is None


def test_a_failure_leaves_the_rules_alone_and_no_words_in_the_log(
    storage: LocalModelStorage, caplog: pytest.LogCaptureFixture
) -> None:
    message = Message({TEXT: "I can't feel my legs"})
    with caplog.at_level(logging.ERROR):
        SecondNet.create({}, storage, RESOURCE, CONTEXT).process([message])  # never trained: it cannot estimate
    assert message.get(SECOND_NET) is None
    assert "second_net_failed error=RuntimeError" in caplog.text
    assert "legs" not in caplog.text
    assert fold([turn_of(message.get(TEXT), {})]).level is Level.EMERGENCY


def test_a_model_without_a_net_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        SecondNet.load({}, LocalModelStorage.create(tmp_path), RESOURCE, CONTEXT)


def test_another_adapter_means_a_new_training(monkeypatch: pytest.MonkeyPatch) -> None:
    before = SecondNet.fingerprint_addon({})
    record = adapter.read_record()
    monkeypatch.setattr(
        adapter, "read_record", lambda: adapter.Record(**{**record.__dict__, "arrays_sha256": "another"})
    )
    assert SecondNet.fingerprint_addon({}) != before
    assert suspicion.fingerprint() != before


@pytest.mark.parametrize("stored", [None, {}, {"red_flag": "x"}, [], "0.5"])
def test_an_estimate_that_cannot_be_read_is_as_good_as_none(stored: object) -> None:
    assert turn_of("hello", {SECOND_NET: stored}).estimate is None
