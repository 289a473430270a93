"""Tells a person who wants a doctor where the hospital lists them and which number books a visit."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.contacts import APPOINTMENTS, NEURO_ONCOLOGY, load_contacts
from actions.page_section import load_section

SECTION = "find-a-doctor"


class ActionFindDoctor(Action):
    """Answers `find_doctor` from the page's own "Find a Doctor" section and the contact list; it names no doctor itself."""

    def name(self) -> str:
        """The name rules and the domain call this action by."""
        return "action_find_doctor"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Says the answer; looks at nothing the person wrote and stores nothing."""
        contacts = load_contacts()
        section = load_section(SECTION)
        where = " ".join(section.lines)
        dispatcher.utter_message(
            text=(
                f'The hospital lists its doctors on its page, under "{section.title}" ({where}). '
                f"To get a visit with a cancer specialist, call {contacts[APPOINTMENTS].number}. "
                f"For the Neuro-Oncology Center, call {contacts[NEURO_ONCOLOGY].number}."
            )
        )
        return []
