"""The actions, run by rasa-sdk's own executor as a running server runs them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from actions import action_find_doctor, action_start_contact_form
from actions.action_start_contact_form import new_reference
from actions.contacts import ContactsError, load_contacts
from actions.page_section import PageSectionError, load_section

ENTRY = {"number": "201-555-0100", "tel": "tel:+12015550100", "label": "label", "says": "says", "source": "source"}
PRIVATE_WORDS = "I am Ada Lovelace and my back hurts"


@pytest.fixture
def contacts_file(tmp_path: Path) -> Path:
    """A contact list with made-up numbers."""
    entries = [
        {**ENTRY, "id": "appointments"},
        {**ENTRY, "id": "neuro_oncology", "number": "201-555-0101"},
        {**ENTRY, "id": "emergency", "number": "555"},
    ]
    path = tmp_path / "contacts.yml"
    path.write_text(yaml.safe_dump({"contacts": entries}))
    return path


@pytest.fixture
def made_up_contacts(contacts_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (action_find_doctor, action_start_contact_form):
        monkeypatch.setattr(module, "load_contacts", lambda: load_contacts(contacts_file))


def run(action: str) -> dict[str, Any]:
    executor = ActionExecutor()
    executor.register_package("actions")
    tracker = {"sender_id": "s", "latest_message": {"text": PRIVATE_WORDS}, "slots": {}, "events": [], "paused": False}
    result = asyncio.run(executor.run({"next_action": action, "tracker": tracker, "domain": {}}))
    assert result is not None
    return dict(result)


@pytest.mark.usefixtures("made_up_contacts")
class TestWithMadeUpContacts:
    """What the actions say comes from the data they are given."""

    def test_find_doctor_says_the_numbers_of_the_contact_list(self) -> None:
        text = run("action_find_doctor")["responses"][0]["text"]
        assert re.findall(r"\d{3}-\d{3}-\d{4}", text) == ["201-555-0100", "201-555-0101"]

    def test_find_doctor_points_to_the_section_of_the_page(self) -> None:
        section = load_section("find-a-doctor")
        text = run("action_find_doctor")["responses"][0]["text"]
        assert section.title in text and section.lines[0] in text

    def test_the_contact_form_is_never_for_symptoms(self) -> None:
        text = run("action_start_contact_form")["responses"][0]["text"]
        assert "Do not use it for symptoms: call 201-555-0100, or 555 in an emergency." in text

    def test_the_contact_form_comes_with_a_new_reference_each_time(self) -> None:
        texts = [run("action_start_contact_form")["responses"][0]["text"] for _ in range(2)]
        found = [re.findall(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b", text) for text in texts]
        assert [len(references) for references in found] == [1, 1]
        assert found[0] != found[1]

    @pytest.mark.parametrize("action", ["action_find_doctor", "action_start_contact_form"])
    def test_an_action_stores_nothing_and_repeats_nothing_of_what_was_said(self, action: str) -> None:
        result = run(action)
        assert result["events"] == []
        assert len(result["responses"]) == 1 and result["responses"][0]["text"]
        assert not any(word in str(result) for word in ("Ada", "Lovelace", "hurts"))


@pytest.mark.parametrize("action", ["action_find_doctor", "action_start_contact_form"])
def test_an_action_answers_with_the_hospitals_own_data(action: str) -> None:
    text = run(action)["responses"][0]["text"]
    assert load_contacts()["appointments"].number in text


def test_no_phone_number_is_written_in_the_code() -> None:
    folder = Path(action_find_doctor.__file__).parent
    assert not [
        path.name for path in folder.glob("*.py") if re.search(r"\d{3}-\d{3}-\d{4}|\b911\b|\b988\b", path.read_text())
    ]


def test_references_do_not_repeat_in_practice() -> None:
    assert len({new_reference() for _ in range(500)}) >= 499


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("- 1", "expected a list named 'contacts'"),
        ("contacts: 1", "expected a list named 'contacts'"),
        ("contacts: [1]", "entry 1: must have exactly"),
        (yaml.safe_dump({"contacts": [{**ENTRY}]}), "entry 1: must have exactly"),
        (yaml.safe_dump({"contacts": [{**ENTRY, "id": "a", "fax": "1"}]}), "entry 1: must have exactly"),
        (yaml.safe_dump({"contacts": [{**ENTRY, "id": "a", "number": 911}]}), "'number' must be text in quotes"),
        (yaml.safe_dump({"contacts": [{**ENTRY, "id": "a", "label": " "}]}), "'label' must be text in quotes"),
        (yaml.safe_dump({"contacts": [{**ENTRY, "id": "a"}] * 2}), "'a' is there twice"),
    ],
)
def test_a_contact_list_of_another_form_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "contacts.yml"
    path.write_text(content)
    with pytest.raises(ContactsError, match=re.escape(complaint)):
        load_contacts(path)


def test_a_section_the_page_does_not_have_is_refused() -> None:
    with pytest.raises(PageSectionError, match="has no section 'parking'"):
        load_section("parking")


def test_a_section_without_front_matter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "01.md").write_text("Only text.\n")
    with pytest.raises(PageSectionError, match=r"01\.md: expected front matter"):
        load_section("any", tmp_path)
