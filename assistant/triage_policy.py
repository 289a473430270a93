"""The policy above all others: it says what the clinical core planned, and otherwise steps aside."""

from __future__ import annotations

import json
import logging
from typing import Any, Dict, List, Optional, Text

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData, confidence_scores_for
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

import triage
from assistant import long_conversations
from assistant.assessment import PAGE, state_of, topic_of
from assistant.page_reply import PAGE_ANSWER
from assistant.response_generator import UNDERSTOOD
from pages.parts import asks
from triage.plan import TOPIC
from triage.state import SYMPTOM_TOPICS

logger = logging.getLogger(__name__)
long_conversations.apply()  # here, where Rasa's policies have been imported: that takes seconds

EMERGENCY_LINE = "utter_emergency_line"
CRISIS_LINE = "utter_crisis_line"
ACTION_FAILED = "utter_action_failed"
FALLBACK = "utter_fallback"
_ADVICE = ("utter_emergency", "utter_urgent", "utter_appointment")  # beginnings of texts that rest on what was said
_REMINDERS = (EMERGENCY_LINE, "utter_emergency_stands", "utter_emergency_correction")
_MAY_ASK = SYMPTOM_TOPICS | {"report_other_symptom", "inform_history", "express_distress", "ask_page"}
_ASKS_WITHIN = 400  # characters; in a longer story the question is hardly what the net read
_RULES_FILE = "answers_by_intent.json"
_BOOKKEEPING = frozenset({ACTION_LISTEN_NAME, "action_extract_slots", "action_session_start"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TriagePolicy(Policy):
    """Folds the conversation, takes the core's plan for this turn, and predicts its responses one after another.

    It looks at the events since the last message of the person and at nothing else, so a failed turn before cannot
    mislead it, and it predicts with "no user" priority, so no form could get in between. An empty plan means that
    the core has nothing to say: RulePolicy answers.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The configuration, a comment a key."""
        return {
            "priority": 100,  # above RulePolicy (4)
            "max_history": None,
        }

    @staticmethod
    def supported_data() -> SupportedData:
        """Rules too: they say what answers an intent."""
        return SupportedData.ML_AND_RULE_DATA

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        answers: Optional[Dict[Text, List[Text]]] = None,
    ) -> None:
        """Hold `answers`: the actions that data/rules gives to each intent."""
        super().__init__(config, model_storage, resource, execution_context)
        self._answers = answers or {}

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learn nothing; keep the rules' answers by intent for turns in which a question or a line stands beside them."""
        for tracker in training_trackers:
            if tracker.is_rule_tracker:
                self._answers.update(_answers_in(tracker.events))
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _RULES_FILE).write_text(json.dumps(self._answers, indent=1, sort_keys=True), "utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TriagePolicy:
        """Read what `train` kept."""
        with model_storage.read_from(resource) as folder:
            answers = json.loads((folder / _RULES_FILE).read_text("utf-8"))
        return cls(config, model_storage, resource, execution_context, answers)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The next response of this turn's plan; all zeros to step aside."""
        action = self._next_action(tracker)
        if action is None:
            return self._prediction(self._default_predictions(domain))
        if action not in domain.action_names_or_texts:
            logger.error("planned_action_unknown action=%s", action)
            action = FALLBACK
        return self._prediction(confidence_scores_for(action, 1.0, domain), is_no_user_prediction=True)

    def _next_action(self, tracker: DialogueStateTracker) -> Text | None:
        last = tracker.latest_message
        if last is None or not last.text:
            return None
        done, spoken = _since_last_message(tracker.events)
        if done and done[-1].startswith("action_") and not spoken:
            return ACTION_FAILED  # the action server gave nothing; the person must not meet silence
        plan = self._plan(tracker, last)
        if ACTION_FAILED in done:
            done.remove(ACTION_FAILED)
            plan = plan or done
        if not plan:
            return None
        return plan[len(done)] if len(done) < len(plan) else ACTION_LISTEN_NAME

    def _plan(self, tracker: DialogueStateTracker, last: UserUttered) -> List[Text]:
        state = state_of(tracker)
        topic = topic_of(last.parse_data)
        answers = self._answers.get(topic or "", [])
        plan: List[Text] = []
        for step in state.plan:
            plan.extend(answers or [FALLBACK]) if step == TOPIC else plan.append(step)
        if not plan and topic != last.intent.get("name"):
            plan = list(answers)
        if _asks_too(topic, last, is_emergency=state.is_emergency) and state.level.name != "CRISIS":
            # A question inside a symptom report: triage first, then the answer; a safety question stays the last word.
            plan = plan or list(answers)
            if PAGE_ANSWER not in plan:
                plan.insert(len(plan) - 1 if plan and state.next_question else len(plan), PAGE_ANSWER)
        advises = bool(plan) and plan[0].startswith(_ADVICE) and plan[0] not in _REMINDERS
        if advises and triage.understood(state):
            plan.append(UNDERSTOOD)
        if plan and state.is_emergency and not plan[0].startswith(("utter_emergency", "utter_crisis")):
            plan.insert(0, CRISIS_LINE if state.level.name == "CRISIS" else EMERGENCY_LINE)
        return plan


def _asks_too(topic: Text | None, last: UserUttered, *, is_emergency: bool) -> bool:
    """Whether a message that may also report something asks what the pages answer."""
    text = last.text or ""
    found = bool((last.parse_data.get(PAGE) or {}).get("answers"))
    if not found or len(text) > _ASKS_WITHIN or topic not in _MAY_ASK:
        return False
    # Beside an emergency, only what was clearly asked: "I'd like an appointment, I can't feel it when I pee" is no question.
    return asks(text) or (topic == "ask_page" and not is_emergency)


def _answers_in(events: List[Event]) -> Dict[Text, List[Text]]:
    """The actions a rule gives to its intent: {intent: [action, ...]}."""
    answers: Dict[Text, List[Text]] = {}
    intent: Text | None = None
    for event in events:
        if isinstance(event, UserUttered):
            intent = event.intent_name
        elif isinstance(event, ActionExecuted) and intent and _is_answer(event.action_name):
            answers.setdefault(intent, []).append(event.action_name)
    return answers


def _is_answer(action: Text | None) -> bool:
    return bool(action) and action not in _BOOKKEEPING and not str(action).startswith("...")


def _since_last_message(events: List[Event]) -> tuple[List[Text], bool]:
    """Actions run since the person's last message, and whether the last of them said anything."""
    done: List[Text] = []
    spoken = False
    for event in reversed(events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered) and not done:
            spoken = True
        if isinstance(event, ActionExecuted) and event.action_name not in _BOOKKEEPING:
            done.insert(0, event.action_name or "")
    return done, spoken
