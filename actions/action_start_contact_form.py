"""Sends a person who wants to write to the hospital on to the contact form of its page."""

from __future__ import annotations

import secrets
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.contacts import APPOINTMENTS, EMERGENCY, load_contacts
from actions.page_section import load_section

SECTION = "contact"
# No vowels, so that no word comes out; nothing that sounds or looks like another sign when read out on the phone.
REFERENCE_SIGNS = "23456789CFHJKMPQRTWX"
REFERENCE_LENGTH = 6


def new_reference() -> str:
    """A short number to name this request by, such as "K7Q-4M2"; 64 million of them, and none says anything about a person."""
    signs = "".join(secrets.choice(REFERENCE_SIGNS) for _ in range(REFERENCE_LENGTH))
    return f"{signs[:3]}-{signs[3:]}"


class ActionStartContactForm(Action):
    """Answers `contact_form`: what the form is for, what it is never for, and a reference number. Asks and keeps nothing."""

    def name(self) -> str:
        """The name rules and the domain call this action by."""
        return "action_start_contact_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Says where the form is; looks at nothing the person wrote."""
        contacts = load_contacts()
        section = load_section(SECTION)
        dispatcher.utter_message(
            text=(
                f'The form is on the hospital\'s page, under "{section.title}". Use it to ask a question. '
                f"Do not use it for symptoms: call {contacts[APPOINTMENTS].number}, "
                f"or {contacts[EMERGENCY].number} in an emergency. "
                f"Your reference number is {new_reference()}. You can put it in the form. "
                "This chat sends nothing about you to the form."
            )
        )
        return []
