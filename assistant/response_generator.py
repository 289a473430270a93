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

PAGE_ANSWER = "utter_page_answer"
PAGE_SILENT = "utter_page_silent"
UNDERSTOOD = "utter_understood"

# The page's own list of symptoms has no word on when to act; an answer that lists them ends with the safety line.
_SECTIONS_WITH_SYMPTOMS = frozenset({"symptoms"})


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
            return page_message((last.parse_data if last else {}).get(PAGE) or {})
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


def page_message(page: Dict[Text, Any]) -> Dict[Text, Any]:
    """The page's sentences, unchanged, with their source; or that the page does not say."""
    if not page.get("answerable") or not page.get("sentences"):
        return responses.response(PAGE_SILENT)
    message = responses.response(PAGE_ANSWER)
    text = sentences_text(page["sentences"])
    if page["section"] in _SECTIONS_WITH_SYMPTOMS:
        text += "\n\n" + responses.fixed_text("utter_safety_line")
    message["text"] = text
    message["metadata"]["source"] = {"title": page["title"], "section": page["section"], "page": page["page"]}
    return message


def sentences_text(sentences: list[Text]) -> Text:
    """Sentences as one text: running sentences joined by blanks, list items (no full stop) on lines of their own."""
    lines: list[Text] = []
    for sentence in sentences:
        is_item = sentence[-1:] not in ".!?:"
        after_item = bool(lines) and lines[-1].startswith("- ")
        if is_item:
            lines.append(f"- {sentence}")
        elif lines and not after_item:
            lines[-1] += f" {sentence}"
        else:
            lines.append(sentence)
    return "\n".join(lines)
