"""The approved texts: easy to read, one variation each, no number written by hand, nothing a nurse would not say."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from assistant import responses
from pages.reading_grade import flesch_kincaid_grade
from triage import Extraction, Turn, clinical_data, extract, fold

EMERGENCY_GRADE = 4.0
PLAIN_GRADE = 6.0

# Grade 4 at most: what a frightened person reads, and what decides.
STRICT_KINDS = {"emergency", "crisis", "safety", "question"}

# First sentences in Spanish, and words for an emergency in other languages; the formula counts English syllables.
NOT_ENGLISH = re.compile(r"[áéíóúñ¿¡]|\b(?:Esto|Llame|Me alegro)\b|[^\x00-\u024f]")

FORBIDDEN = (
    "lie flat", "lie down", "probably", "likely", "don't worry", "do not worry", "you are safe", "nothing serious", "wait and see",
    "just old age", "stretch", "exercise", "massage", "chiropractor", "aspirin", "ibuprofen", "tylenol", "acetaminophen",
    "steroid", "dexamethasone", "prednisone", "morphine", "oxycodone", "gabapentin", "painkiller", "pain pill",
    "cauda equina", "paresthesia", "incontinence", "metastases",
)  # fmt: skip


def raw_responses() -> dict[str, list[dict[str, Any]]]:
    """Name -> variations, as they are written, with placeholders in place of numbers."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(responses.RESPONSES_FOLDER.glob("*.yml")):
        found.update(yaml.safe_load(path.read_text("utf-8"))["responses"])
    return found


RAW = raw_responses()
KINDS = {name: variations[0]["metadata"]["kind"] for name, variations in RAW.items()}
# A reminder of one line stands before other texts; it says "911" in its own way and gives no instructions.
FULL_EMERGENCIES = sorted(name for name, kind in KINDS.items() if kind == "emergency")
CRISES = sorted(name for name, kind in KINDS.items() if kind == "crisis")
# What is filled in turn by turn has no text of its own.
WRITTEN = sorted(name for name in RAW if RAW[name][0]["text"] != "{page_answer}")


def english(text: str) -> str:
    """The paragraphs of `text` that are English."""
    return "\n\n".join(part for part in text.split("\n\n") if not NOT_ENGLISH.search(part))


@pytest.mark.parametrize("name", WRITTEN)
def test_a_text_is_easy_enough_to_read(name: str) -> None:
    text = english(responses.fixed_text(name))
    assert text or name in ("utter_other_language",), "nothing of this text was graded"
    limit = EMERGENCY_GRADE if KINDS[name] in STRICT_KINDS else PLAIN_GRADE
    grade = flesch_kincaid_grade(text)
    assert grade <= limit, f"grade {grade:.1f}, at most {limit}: {text}"


@pytest.mark.parametrize("name", sorted(RAW))
def test_a_response_has_exactly_one_variation(name: str) -> None:
    assert len(RAW[name]) == 1


@pytest.mark.parametrize("name", sorted(RAW))
def test_a_phone_number_is_never_written_by_hand(name: str) -> None:
    written = re.findall(r"\d[\d\-. ()]{5,}\d|\b\d{3}\b(?!\.\d)", RAW[name][0]["text"])
    assert not written, f"use a placeholder of data/triage/contacts.yml instead of {written}"


@pytest.mark.parametrize("name", sorted(RAW))
def test_every_placeholder_can_be_filled(name: str) -> None:
    known = set(clinical_data().contacts) | {"page_answer", "understood"}
    assert set(re.findall(r"\{(\w*)\}", RAW[name][0]["text"])) <= known


@pytest.mark.parametrize("name", sorted(RAW))
def test_a_text_holds_no_forbidden_word(name: str) -> None:
    words = RAW[name][0]["text"].lower()
    assert not [word for word in FORBIDDEN if re.search(rf"\b{re.escape(word)}", words)]


@pytest.mark.parametrize("name", FULL_EMERGENCIES)
def test_an_emergency_text_leads_with_911_and_names_no_appointment_line(
    name: str,
) -> None:
    text = RAW[name][0]["text"]
    assert "{appointments}" not in text
    assert "{neuro_oncology}" not in text
    first_number = re.search(r"\{(\w+)\}", text)
    assert first_number is not None
    assert first_number[1] == "emergency"


@pytest.mark.parametrize("name", [name for name in FULL_EMERGENCIES if "fever" not in name])
def test_an_emergency_text_says_911_in_its_first_two_paragraphs(name: str) -> None:
    # Fever on chemo is the one that starts with the cancer doctor's own line (row E14), which is answered day and night.
    assert "{emergency}" in "".join(RAW[name][0]["text"].split("\n\n")[:2])


@pytest.mark.parametrize("name", CRISES)
def test_a_crisis_text_leads_with_988_and_names_911(name: str) -> None:
    text = RAW[name][0]["text"]
    assert 0 < text.index("{crisis}") < text.index("{emergency}")


@pytest.mark.parametrize(
    "name",
    sorted(name for name, kind in KINDS.items() if kind in ("emergency", "crisis")),
)
def test_an_emergency_text_asks_nothing_and_has_no_buttons(name: str) -> None:
    assert "?" not in RAW[name][0]["text"]
    assert "buttons" not in RAW[name][0]


@pytest.mark.parametrize(
    "name",
    sorted(name for name, kind in KINDS.items() if kind in ("urgent", "appointment")),
)
def test_advice_that_is_no_emergency_ends_with_when_to_call_911(name: str) -> None:
    last = RAW[name][0]["text"].split("\n\n")[-1]
    assert last.startswith("Call {emergency}")


def answers_offered() -> list[tuple[str, str]]:
    """(question id, words) for every button of a question, by what it shows and by what it sends."""
    offered = []
    for question in clinical_data().questions:
        for button in RAW[question.response][0]["buttons"]:
            offered += [(question.id, words) for words in dict.fromkeys((button["title"], button["payload"]))]
    return offered


@pytest.mark.parametrize(("question", "words"), answers_offered())
def test_every_button_is_understood_as_an_answer_to_its_question(question: str, words: str) -> None:
    turns = [Turn(extract("My back hurts"))]
    while (open_question := fold(turns).next_question) != question:
        assert open_question is not None
        turns.append(Turn(extract("None of these" if open_question == "pain_pattern" else "No")))
    after = fold([*turns, Turn(extract(words))])
    assert after.next_question != question


def test_an_unreadable_message_is_met_with_the_safety_text() -> None:
    assert fold([Turn(Extraction(failed=True))]).plan == (responses.SAFETY_RESPONSE,)
