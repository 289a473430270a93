"""The hospital's phone numbers for the actions, read from data/triage/contacts.yml: the only place where a number is written."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml

CONTACTS_FILE = Path(__file__).resolve().parent.parent / "data" / "triage" / "contacts.yml"

APPOINTMENTS = "appointments"
NEURO_ONCOLOGY = "neuro_oncology"
EMERGENCY = "emergency"


class ContactsError(ValueError):
    """contacts.yml does not have the form the actions rely on; the message names the place."""


@dataclass(frozen=True)
class Contact:
    """One way to reach somebody: `number` as people read it, `tel` as a link dials it, `source` where it was found."""

    id: str
    number: str
    tel: str
    label: str
    says: str
    source: str


@cache
def load_contacts(path: Path = CONTACTS_FILE) -> dict[str, Contact]:
    """All contacts by id. Raises ContactsError for a missing, unknown, empty or repeated entry, OSError without the file."""
    content = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("contacts"), list):
        raise ContactsError(f"{path.name}: expected a list named 'contacts'")
    contacts: dict[str, Contact] = {}
    for position, entry in enumerate(content["contacts"], start=1):
        contact = _contact(entry, f"{path.name}, entry {position}")
        if contact.id in contacts:
            raise ContactsError(f"{path.name}: '{contact.id}' is there twice")
        contacts[contact.id] = contact
    return contacts


def _contact(entry: object, where: str) -> Contact:
    wanted = {field.name for field in fields(Contact)}
    if not isinstance(entry, dict) or set(entry) != wanted:
        raise ContactsError(f"{where}: must have exactly {', '.join(sorted(wanted))}")
    for name, value in entry.items():
        # Without quotes YAML reads a number of three digits as a quantity.
        if not isinstance(value, str) or not value.strip():
            raise ContactsError(f"{where}: '{name}' must be text in quotes")
    return Contact(**entry)
