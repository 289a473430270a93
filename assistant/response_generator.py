"""The texts as a person reads them: numbers from contacts.yml, sentences from the page, one variation, never by chance."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Text

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

import triage
from assistant import responses
from assistant.assessment import PAGE, state_of
from assistant.page_reply import PAGE_ANSWER, page_message

UNDERSTOOD = "utter_understood"


class ResponseGenerator(NaturalLanguageGenerator):
    """Rasa's NLG for this assistant; `endpoints.yml` names it."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        """Read all texts once, so that a fault in them stops the start."""
        responses.all_responses()

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """The message for `utter_action`; the safety text for a name that has none, never None (None is silence)."""
        if utter_action == PAGE_ANSWER:
            last = tracker.latest_message
            state = state_of(tracker)
            leads_on = not state.next_question and not state.is_emergency
            return page_message((last.parse_data if last else {}).get(PAGE) or {}, leads_on=leads_on)
        if utter_action == UNDERSTOOD:
            return understood_message(triage.understood(state_of(tracker)))
        if utter_action not in responses.all_responses():
            utter_action = responses.SAFETY_RESPONSE
        return responses.response(utter_action)


def understood_message(told: Sequence[Text]) -> Dict[Text, Any]:
    """The words on which the advice rests, for the person to correct."""
    message = responses.response(UNDERSTOOD)
    message["text"] = message["text"].replace("{understood}", ", ".join(told))
    return message
