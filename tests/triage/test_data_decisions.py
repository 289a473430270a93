"""The loader of rows, questions, contacts and plain word lists: what cannot work is refused by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from spoiling import change, line_of, refused

from triage.data import load

ROW = "- {id: A7, level: APPOINTMENT, topics: [request_appointment], example: an appointment, source: a test, certainty: seen}"


@pytest.mark.parametrize(
    "row, message",
    [
        (ROW.replace("topics", "topic"), "unknown key 'topic'"),
        (ROW.replace("source: a test, ", ""), "'source' is missing"),
        (ROW.replace("id: A7, ", ""), "'id' is missing"),
        (ROW.replace("id: A7", "id: 7"), "'id' must be a text"),
        (ROW.replace("APPOINTMENT", "SOON"), "level 'SOON' is none of"),
        (ROW.replace("certainty: seen", "certainty: sure"), "certainty 'sure' is none of"),
        (ROW.replace("topics: [request_appointment], ", ""), "row A7 can never hold"),
        (ROW.replace("[request_appointment]", "request_appointment"), "'topics' must be a list of texts"),
        (ROW.replace("A7", "A2"), "'A2' already stands at decisions.yml:"),
        (
            ROW.replace("topics: [request_appointment]", "when: [[hiccups]]"),
            "waits for 'hiccups', which nobody can say",
        ),
        (
            ROW.replace("topics: [request_appointment]", "past_only: true, not_about: [hiccups]"),
            "waits for 'hiccups', which nobody can say",
        ),
        (ROW.replace("topics: [request_appointment]", "when: [back_pain]"), "'when' must be a list of lists"),
        (ROW.replace("topics: [request_appointment]", "when: [[]]"), "'when' must be a list of lists"),
        (ROW.replace("topics: [request_appointment]", "when: [[[back_pain]]]"), "'when' must be a list of lists"),
        (ROW.replace("topics: [request_appointment]", "when: back_pain"), "'when' must be a list of lists"),
        (ROW.replace("topics: [request_appointment]", "at_least: 2"), "'at_least' must be like"),
        (ROW.replace("topics: [request_appointment]", "at_least: {count: 2, of: [U1], or: 1}"), "unknown key 'or'"),
        (ROW.replace("topics: [request_appointment]", "at_least: {count: 2, of: [U1]}"), "a number from 1 to 1"),
        (ROW.replace("topics: [request_appointment]", "at_least: {count: a, of: [U1]}"), "a number from 1 to 1"),
        (ROW.replace("topics: [request_appointment]", "at_least: {count: 1, of: [U99]}"), "counts row U99"),
        (ROW.replace("topics: [request_appointment]", "when_unsure: [E99]"), "counts row E99"),
        (ROW.replace("topics: [request_appointment]", "for_another_person: [E99]"), "counts row E99"),
    ],
)
def test_a_row_that_cannot_work_is_refused_at_its_line(small_data: Path, row: str, message: str) -> None:
    path = small_data / "decisions.yml"
    line = line_of(path, "- {id: A7,")
    old = path.read_text("utf-8").splitlines()[line - 1].strip()
    change(path, old, row)
    refused(small_data, f"decisions.yml:{line}: ", message)


def test_groups_that_are_no_mapping_are_refused(small_data: Path) -> None:
    path = small_data / "decisions.yml"
    text = path.read_text("utf-8")
    path.write_text("groups: [legs]\n" + text[text.index("rows:") :], "utf-8")
    refused(small_data, "decisions.yml:1: expected groups like")


def test_data_that_does_not_say_what_is_no_complaint_is_refused(small_data: Path) -> None:
    change(small_data / "decisions.yml", "  background: [cancer_history]\n", "")
    refused(small_data, "decisions.yml:", "the group 'background' is missing")


def test_a_finding_of_the_second_net_that_no_row_waits_for_is_refused(small_data: Path) -> None:
    change(small_data / "decisions.yml", ", [sounds_urgent]", ", [sounds_urgent, back_pain]")
    refused(small_data, "decisions.yml:", "no row waits for 'sounds_urgent' alone")


def test_a_group_that_is_no_list_is_refused(small_data: Path) -> None:
    change(small_data / "decisions.yml", "spine_pain: [back_pain, neck_pain]", "spine_pain: back_pain")
    refused(small_data, "decisions.yml:", "'spine_pain' must be a list of texts")


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("    response: utter_ask_legs\n", "", "'response' is missing"),
        ("    response: utter_ask_legs\n", "    respons: utter_ask_legs\n", "unknown key 'respons'"),
        ("concept: limb_weakness\n", "concept: [limb_weakness]\n", "'concept' and 'unsure' must be a text or null"),
        ("covers: [cancer_history]", "covers: saddle_anaesthesia", "'covers' must be a list of texts"),
        ("covers: [cancer_history]", "covers: [hiccups]", "'hiccups' is a finding that nobody can say"),
        ("start_on: [back_pain,", "start_on: [hiccups,", "'hiccups' is a finding that nobody can say"),
        ("- id: cancer\n", "- id: legs\n", "'legs' already stands at questions.yml:"),
    ],
)
def test_a_question_that_cannot_work_is_refused(small_data: Path, old: str, new: str, message: str) -> None:
    change(small_data / "questions.yml", old, new)
    refused(small_data, "questions.yml:", message)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("    number: '911'\n", "", "'number' is missing"),
        ("    number: '911'\n", "    numbr: '911'\n", "unknown key 'numbr'"),
        ("number: '911'", "number: [911]", "'number' must be a text"),
        ("- id: crisis", "- id: emergency", "'emergency' already stands at contacts.yml:"),
    ],
)
def test_a_contact_that_cannot_be_called_is_refused(small_data: Path, old: str, new: str, message: str) -> None:
    change(small_data / "contacts.yml", old, new)
    refused(small_data, "contacts.yml:", message)


def test_what_looks_like_a_time_a_number_or_an_answer_to_yaml_stays_a_word(small_data: Path) -> None:
    (small_data / "cues.yml").write_text("a: 1:30\nb: 38.7\nc: 0x1\nyes: yes\nno: no\n", "utf-8")
    assert dict(load(small_data).cues) == {"a": "1:30", "b": "38.7", "c": "0x1", "yes": "yes", "no": "no"}


@pytest.mark.parametrize("value", ["7", "true", "[a]", "null"])
def test_a_number_a_truth_a_list_and_nothing_are_no_words(small_data: Path, value: str) -> None:
    (small_data / "cues.yml").write_text(f"yes: yes\nc: {value}\n", "utf-8")
    refused(small_data, "cues.yml:2: 'c' must be words separated by commas")
