"""A long conversation is judged as a short one: what is left out, kept and copied for speed changes nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

import triage
from assistant import in_process
from assistant.assessment import state_of, turn_of

TEXTS = ("my back hurts", "No", "what are the symptoms?", "hello", "yes", "I have had breast cancer", "thank you")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rules(trained_model: Path) -> RulePolicy:
    """The policy as the model has it."""
    assistant = in_process.load(trained_model)
    nodes = assistant.agent.processor.graph_runner._instantiated_nodes
    return next(node._component for node in nodes.values() if isinstance(node._component, RulePolicy))


def conversation(seed: int, turns: int = 40) -> DialogueStateTracker:
    chance = random.Random(seed)
    intents = ("greet", "thank", "ask_phone_number", "request_appointment", "report_back_pain", "out_of_scope")
    tracker = DialogueStateTracker("a_me", [])
    tracker.update(ActionExecuted("action_listen"))
    for _ in range(turns):
        intent = chance.choice(intents)
        tracker.update(UserUttered(chance.choice(TEXTS), {"name": intent}, parse_data={"intent": {"name": intent}}))
        if chance.random() < 0.9:
            tracker.update(ActionExecuted(f"utter_{intent}"))
            tracker.update(ActionExecuted("action_listen"))
    return tracker


@pytest.mark.parametrize("seed", range(20))
def test_rules_say_the_same_as_if_they_read_the_whole_conversation(
    rules: RulePolicy, trained_model: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    domain = _domain()
    tracker = conversation(seed)
    action, _, from_loop = rules._find_action_from_rules(tracker, domain, use_text_for_last_user_input=False)
    monkeypatch.setattr(RulePolicy, "_prediction_states", RulePolicy._prediction_states.__wrapped__)
    of_all, _, from_loop_of_all = rules._find_action_from_rules(tracker, domain, use_text_for_last_user_input=False)
    assert (action, from_loop) == (of_all, from_loop_of_all)


def test_rules_read_few_states_of_a_long_conversation(rules: RulePolicy) -> None:
    counts = [len(rules._prediction_states(conversation(1, turns), _domain())) for turns in (40, 400)]
    assert counts[0] == counts[1] < 12


def test_the_state_of_a_conversation_is_the_fold_of_its_turns() -> None:
    for seed in range(20):
        tracker = conversation(seed)
        turns = [turn_of(e.text, e.parse_data) for e in tracker.events if isinstance(e, UserUttered)]
        assert state_of(tracker) == state_of(tracker) == triage.fold(turns)


def test_a_turn_in_another_conversation_is_judged_there() -> None:
    tracker = conversation(1)
    state_of(tracker)
    tail = DialogueStateTracker.from_events("a_you", list(tracker.events)[-9:])
    turns = [turn_of(e.text, e.parse_data) for e in tail.events if isinstance(e, UserUttered)]
    assert state_of(tail) == triage.fold(turns)


def test_a_copy_of_a_tracker_is_equal_and_apart() -> None:
    tracker = DialogueStateTracker("a_me", [TextSlot("name", [])])
    tracker.update_with_events([ActionExecuted("action_listen"), UserUttered("hello"), SlotSet("name", "one")], None)
    twin = tracker.copy()
    assert twin == tracker and twin.current_state() == tracker.current_state()
    twin.update_with_events([SlotSet("name", "two"), ActionExecuted("action_listen")], None)
    assert tracker.get_slot("name") == "one" and len(tracker.events) == 3


def _domain():
    from rasa.shared.core.domain import Domain

    return Domain.load(["domain.yml", "data/responses"])
