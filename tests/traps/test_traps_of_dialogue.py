"""Traps in which the conversation itself loses a red flag: forms, story tests, old sessions, old names, learned actions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from agents import Driver
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import PolicyPrediction, confidence_scores_for
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from stock_assistant import STORY

from assistant import assessment
from assistant.settings import ROOT
from assistant.triage_policy import FALLBACK, TriagePolicy
from triage import clinical_data
from triage.plan import TOPIC

RED_FLAG = "I can't feel my legs"
EMERGENCY = ["utter_emergency", "utter_understood"]


# ---- 1: a form swallows a red flag ----


def test_trap_01_nothing_clinical_waits_in_a_form_or_a_slot() -> None:
    domain = Domain.load(str(ROOT / "domain.yml"))
    assert not domain.forms
    assert [slot.name for slot in domain.slots] == ["session_started_metadata"]  # Rasa's own


@pytest.mark.slow
def test_trap_01_a_red_flag_becomes_the_value_of_a_slot_in_a_form(stock: Driver) -> None:
    talk = stock.open()
    assert talk.bare("an appointment") == ["utter_ask_place"]
    assert talk.bare("I cannot walk") == ["utter_booked"]
    assert talk.tracker.get_slot("place") == "I cannot walk"


@pytest.mark.slow
def test_trap_01_a_red_flag_is_answered_at_once_while_a_question_is_open(
    ours: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = ours.open()
    assert talk.bare("my back hurts")[-1].startswith("utter_ask_")
    assert talk.bare(RED_FLAG) == EMERGENCY

    monkeypatch.setattr(TriagePolicy, "_next_action", lambda *_: None)  # without the policy, only the guard is left
    talk = ours.open()
    talk.bare("my back hurts")
    assert not [name for name in talk.bare(RED_FLAG) if "emergency" in name]
    assert talk.guarded(RED_FLAG)[0] == "utter_emergency"


@pytest.mark.slow
@pytest.mark.parametrize(("priority", "winner"), [(100, "TriagePolicy"), (1, "RulePolicy")])
def test_trap_01_even_a_running_form_is_overruled_by_the_policys_priority(
    ours: Driver, monkeypatch: pytest.MonkeyPatch, priority: int, winner: str
) -> None:
    domain = ours.agent.domain
    policy = ours.node("TriagePolicy")._component
    monkeypatch.setattr(policy, "priority", priority)
    tracker = DialogueStateTracker.from_events(
        "a", [ActionExecuted("action_listen"), UserUttered(RED_FLAG, {"name": "report_sensation_loss"})], domain.slots
    )
    of_form = PolicyPrediction(
        confidence_scores_for("utter_greet", 1.0, domain), "RulePolicy", 4, is_no_user_prediction=True
    )
    of_triage = policy.predict_action_probabilities(tracker, domain)
    best = DefaultPolicyPredictionEnsemble().combine_predictions([of_form, of_triage], tracker, domain)
    assert best.policy_name == winner


# ---- 2: Rasa's own story test passes that very conversation ----


@pytest.mark.slow
def test_trap_02_rasas_story_test_passes_a_conversation_in_which_driving_the_agent_finds_silence(
    stock: Driver, tmp_path: Path
) -> None:
    from rasa.core.test import test as story_test

    story = tmp_path / "test_story.yml"
    story.write_text(STORY, "utf-8")
    options = {"e2e": True, "disable_plotting": True, "successes": False, "errors": False}
    result = stock.run(story_test(str(story), stock.agent, out_directory=str(tmp_path), **options))
    assert result["accuracy"] == 1.0

    talk = stock.open()
    talk.bare("an appointment")
    assert "utter_emergency" not in talk.bare("I cannot walk")


def test_trap_02_no_check_of_ours_rests_on_rasas_story_test() -> None:
    commands = [ROOT / "Makefile", *(path for path in (ROOT / "scripts").iterdir() if path.is_file())]
    assert not [path.name for path in commands if re.search(r"\brasa\W+test\b", path.read_text("utf-8"))]
    for path in (ROOT / "data").rglob("*.yml"):
        content = yaml.safe_load(path.read_text("utf-8"))
        assert "stories" not in (content if isinstance(content, dict) else {}), path.name


# ---- 12: slots carry over to the next session ----


def _domain(**session: object) -> Domain:
    content: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    content["session_config"].update(session)
    return Domain.from_dict({**content, "slots": {"numb": {"type": "text", "mappings": [{"type": "custom"}]}}})


@pytest.mark.parametrize(("settings", "carried"), [({}, False), ({"carry_over_slots_to_new_session": True}, True)])
async def test_trap_12_a_slot_does_not_reach_the_next_session(settings: dict[str, object], carried: bool) -> None:
    from rasa.core.actions.action import ActionSessionStart
    from rasa.core.channels.channel import CollectingOutputChannel
    from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator

    domain = _domain(**settings)
    tracker = DialogueStateTracker.from_events("a", [SlotSet("numb", "no")], domain.slots)
    nlg = TemplatedNaturalLanguageGenerator({})
    events = await ActionSessionStart().run(CollectingOutputChannel(), nlg, tracker, domain)
    assert any(isinstance(event, SlotSet) for event in events) is carried


def test_trap_12_rasa_carries_over_unless_told_otherwise() -> None:
    assert Domain.from_dict({"version": "3.1"}).session_config.carry_over_slots


@pytest.mark.slow
@pytest.mark.parametrize("defended", [True, False])
def test_trap_12_what_was_said_last_month_does_not_speak_for_today(
    ours: Driver, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    talk = ours.open()
    assert talk.bare(RED_FLAG) == EMERGENCY
    monkeypatch.setattr(ours.agent.processor, "_has_session_expired", lambda _: True)
    if not defended:
        monkeypatch.setattr(assessment, "SessionStarted", type("NeverSeen", (), {}))
    assert ("utter_emergency_line" in talk.bare("hello")) is not defended


# ---- 13: a renamed action breaks running conversations ----


def _names_in_plan() -> set[str]:
    source = (ROOT / "triage" / "plan.py").read_text("utf-8")
    exact = set(re.findall(r'[^f]"(utter_\w+)"', source))
    stems = re.findall(r'f"(utter_\w+)\{other\}"', source)
    assert stems, "plan.py names its variants in another way now; teach this test"
    return exact | {stem + other for stem in stems for other in ("", "_other")}


@pytest.mark.slow
def test_trap_13_every_name_that_the_plan_and_the_rules_use_is_in_the_model(ours: Driver) -> None:
    rules = [rule for path in (ROOT / "data/rules").glob("*.yml") for rule in yaml.safe_load(path.read_text())["rules"]]
    by_rules = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    by_questions = {question.response for question in clinical_data().questions}
    used = _names_in_plan() | by_rules | by_questions
    assert TOPIC not in used
    assert used <= set(ours.agent.domain.action_names_or_texts)


@pytest.mark.slow
def test_trap_13_a_planned_action_that_is_gone_is_answered_with_text(
    ours: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TriagePolicy, "_plan", lambda *_: ["utter_of_an_older_version"])
    assert ours.open().bare("hello") == [FALLBACK]

    monkeypatch.setattr(ours.node("TriagePolicy"), "_fn", _unchecked)
    assert ours.open().bare("hello") == []
    assert ours.open().guarded("hello") == ["utter_safety"]


def _unchecked(self: TriagePolicy, tracker: DialogueStateTracker, domain: Domain, **_: Any) -> PolicyPrediction:
    """The policy's prediction without its look at the domain."""
    action = self._next_action(tracker)
    return self._prediction(confidence_scores_for(str(action), 1.0, domain), is_no_user_prediction=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "old",
    [
        [ActionExecuted("action_of_an_older_version"), ActionExecuted("action_listen")],
        [UserUttered("hi", {"name": "intent_of_an_older_version"}), ActionExecuted("action_listen")],
        [SlotSet("slot_of_an_older_version", "x")],
    ],
    ids=["action", "intent", "slot"],
)
def test_trap_13_a_conversation_stored_by_an_older_version_goes_on(ours: Driver, old: list[Event]) -> None:
    talk = ours.open()
    talk.bare("my back hurts")
    talk.append(*old)
    assert talk.bare(RED_FLAG) == EMERGENCY


@pytest.mark.slow
def test_trap_13_a_stored_form_that_is_gone_would_deafen_a_conversation_to_all_but_the_guard(ours: Driver) -> None:
    talk = ours.open()
    talk.bare("my back hurts")
    talk.append(ActiveLoop("form_of_an_older_version"))  # so there must never be one; see trap 1
    assert talk.bare(RED_FLAG) == []
    assert talk.guarded(RED_FLAG) == EMERGENCY[:1]  # of the guard, which says back nothing


# ---- 20: learned components cost much and can outvote the fallback ----

HEAVY = {"DIETClassifier", "TEDPolicy", "UnexpecTEDIntentPolicy", "ResponseSelector", "MemoizationPolicy"}


def _config() -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    return content


def test_trap_20_nothing_learns_what_to_say() -> None:
    config = _config()
    assert not HEAVY & {part["name"].rpartition(".")[2] for part in config["pipeline"] + config["policies"]}
    assert [part["name"].rpartition(".")[2] for part in config["policies"]] == ["TriagePolicy", "RulePolicy"]


def test_trap_20_the_only_component_that_learns_by_chance_has_a_seed() -> None:
    (classifier,) = (part for part in _config()["pipeline"] if part["name"].endswith(".IntentClassifier"))
    assert isinstance(classifier["random_state"], int)


@pytest.mark.slow
@pytest.mark.parametrize(("triage_votes", "winner"), [(True, "TriagePolicy"), (False, "TEDPolicy")])
def test_trap_20_a_learned_action_outvotes_the_fallback_but_not_the_triage(
    ours: Driver, triage_votes: bool, winner: str
) -> None:
    domain = ours.agent.domain
    events = [ActionExecuted("action_listen"), UserUttered(RED_FLAG, {"name": "nlu_fallback"})]
    tracker = DialogueStateTracker.from_events("a", events, domain.slots)
    predictions = [
        PolicyPrediction(confidence_scores_for("utter_greet", 0.99, domain), "TEDPolicy", 1),
        PolicyPrediction(confidence_scores_for(FALLBACK, 0.3, domain), "RulePolicy", 4),
    ]
    if triage_votes:
        predictions.append(ours.node("TriagePolicy")._component.predict_action_probabilities(tracker, domain))
    best = DefaultPolicyPredictionEnsemble().combine_predictions(predictions, tracker, domain)
    assert best.policy_name is not None
    assert best.policy_name.endswith(winner)
