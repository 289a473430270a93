"""The approved texts of `data/responses`, with the hospital's numbers filled in; usable without Rasa or a model."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

import yaml

from assistant.settings import ROOT
from triage import clinical_data

RESPONSES_FOLDER = ROOT / "data" / "responses"

#: For when nothing else answers.
SAFETY_RESPONSE = "utter_safety"


@lru_cache(maxsize=1)
def all_responses() -> dict[str, dict[str, Any]]:
    """Name -> the one variation of each response, numbers filled. Raises ValueError for a second variation.

    Rasa picks variations at random; a clinical text must be the same for everybody.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(RESPONSES_FOLDER.glob("*.yml")):
        for name, variations in yaml.safe_load(path.read_text("utf-8"))["responses"].items():
            if name in found or len(variations) != 1:
                raise ValueError(f"{path.name}: {name} must stand once and have exactly one variation")
            found[name] = variations[0]
    return {name: _filled(response) for name, response in found.items()}


def fixed_text(name: str) -> str:
    """The text of response `name` as a person reads it. Raises KeyError for a name that does not exist."""
    return str(all_responses()[name]["text"])


def response(name: str) -> dict[str, Any]:
    """A copy of response `name` (text, buttons, metadata) with its name in the metadata, ready to send."""
    message = copy.deepcopy(all_responses()[name])
    message["metadata"] = {**message.get("metadata", {}), "response": name}
    return message


def contacts() -> list[dict[str, str]]:
    """The phone numbers in their order: id, number, tel, label, says."""
    keys = ("id", "number", "tel", "label", "says")
    return [{key: entry[key] for key in keys} for entry in clinical_data().contacts.values()]


def _filled(raw: dict[str, Any]) -> dict[str, Any]:
    """Put the numbers in. `{page_answer}` stays: ResponseGenerator fills it turn by turn."""
    text = str(raw["text"])
    for id_, entry in clinical_data().contacts.items():
        text = text.replace(f"{{{id_}}}", entry["number"])
    return {**raw, "text": text}
