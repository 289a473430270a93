"""The page's answers as a message: the sentences unchanged, their source, the way on."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Text

from assistant import responses
from assistant.warning_signs import lists_warning_signs

PAGE_ANSWER = "utter_page_answer"
PAGE_SILENT = "utter_page_silent"
REST_SILENT = "utter_page_rest_silent"
SAFETY_LINE = "utter_safety_line"


def page_message(page: Dict[Text, Any], *, leads_on: bool = False) -> Dict[Text, Any]:
    """What the pages say, or that they do not say. With `leads_on`, buttons lead to what stands near by."""
    said = page.get("answers") or []
    if not said:
        return responses.response(PAGE_SILENT)
    message = responses.response(PAGE_ANSWER)
    parts = [answers_text(said)]
    if lists_warning_signs(sentence for answer in said for sentence in answer["sentences"]):
        parts.append(responses.fixed_text(SAFETY_LINE))  # the page has no word on when to act
    if page.get("left_open"):
        parts.append(responses.fixed_text(REST_SILENT))
    message["text"] = "\n\n".join(parts)
    message["metadata"]["source"] = {
        "title": "; ".join(dict.fromkeys(answer["title"] for answer in said)),
        "section": said[0]["section"],
        "page": said[0]["page"],
        "page_title": "; ".join(dict.fromkeys(answer["page_title"] for answer in said)),
    }
    if leads_on:
        told = {answer["title"] for answer in said}
        message["buttons"] = [{"title": t, "payload": t} for t in said[-1]["related"] if t not in told]
    return message


def answers_text(answers: Sequence[Dict[Text, Any]]) -> Text:
    """The sentences of all answers, an empty line between two answers."""
    return "\n\n".join(sentences_text(answer["sentences"]) for answer in answers)


def sentences_text(sentences: Sequence[Text]) -> Text:
    """Sentences as one text: running sentences joined by blanks, list items (no full stop) on lines of their own."""
    lines: List[Text] = []
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
