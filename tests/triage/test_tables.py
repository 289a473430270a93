"""The clinician's tables hold, and together with the conversations below they exercise every row of the decision table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from makers import all_concepts, said
from table_file import TABLES_FOLDER, Case, TableError, read_tables

from triage import Level, fold
from triage.data import clinical_data
from triage.schema import ClinicalData

CLINICAL_ROWS = (
    [f"E{n}" for n in range(1, 23)]
    + [f"U{n}" for n in range(1, 17)]
    + [f"A{n}" for n in range(1, 9)]
    + [f"I{n}" for n in range(1, 7)]
)

# Rows that no first message of a table shows: those that need an answer or an intent, and three rare ones.
CONVERSATIONS: dict[str, list[tuple[str, str | None]]] = {
    "E22": [("My back hurts", None), ("I am not sure", None)],
    "U7": [("I have cancer. My back hurts when I stand and it eases when I lie down", None)],
    "A7": [("Can I book a visit?", "request_appointment")],
    "A8": [("My scan in 2021 showed it had spread to my spine", None)],
    "I1": [("What are these tumors?", "ask_page")],
    "I2": [("What if my legs go numb one day?", None)],
    "I3": [("In 1998 I had numb legs and it went away", None)],
    "I4": [("This is all too much", "express_distress")],
    "I5": [("How long do people live with this?", "ask_medical_judgement")],
    "I6": [("What is your number?", "ask_phone_number")],
}


def _cases() -> list[Case]:
    data = clinical_data()
    return read_tables(TABLES_FOLDER, frozenset(row.id for row in data.rows), frozenset(all_concepts(data)))


def _readable(case: Case) -> str:
    return f"{Path(case.file).stem}-" + re.sub(r"[^A-Za-z0-9']+", "_", case.text)[:60].strip("_")


@pytest.mark.parametrize("case", _cases(), ids=_readable)
def test_a_first_message_gives_what_the_clinician_expects(case: Case) -> None:
    state = fold([said(case.text)])
    counting = {finding.concept for finding in state.findings if finding.counts}
    level = "NONE" if state.level <= Level.INFORMATION else state.level.name
    assert level == case.level
    assert not case.rows - set(state.decision.reasons)
    assert not case.findings - counting
    assert not case.not_findings & counting


def test_the_decision_table_has_exactly_the_rows_of_the_clinical_basis(data: ClinicalData) -> None:
    assert [row.id for row in data.rows] == CLINICAL_ROWS


@pytest.mark.parametrize("row", CONVERSATIONS)
def test_a_conversation_gives_the_row(row: str) -> None:
    state = fold([said(text, topic) for text, topic in CONVERSATIONS[row]])
    assert row in state.decision.reasons


def test_every_row_is_exercised_by_a_table_or_by_a_conversation() -> None:
    exercised = {row for case in _cases() for row in case.rows} | set(CONVERSATIONS)
    assert [row for row in CLINICAL_ROWS if row not in exercised] == []


GOOD_CASE = "{text: my legs are weak, level: EMERGENCY, rows: [E1]}"


@pytest.mark.parametrize(
    "content, message",
    [
        ("[]", "bad.yml: must have exactly 'group' and a list of 'cases'"),
        ("{group: g, cases: []}", "bad.yml: must have exactly 'group' and a list of 'cases'"),
        ("{group: g, cases: [7]}", "bad.yml, case 1: must be keys and values"),
        ("{group: g, cases: [{text: a, level: NONE, rows: [], row: E1}]}", "bad.yml, case 1: unknown key row"),
        (f"{{group: g, cases: [{GOOD_CASE}, {{text: a}}]}}", "bad.yml, case 2: level, rows is missing"),
        ("{group: g, cases: [{text: 7, level: NONE, rows: []}]}", "bad.yml, case 1: 'text' must be a text"),
        ("{group: g, cases: [{text: a, level: HIGH, rows: []}]}", "bad.yml, case 1: level 'HIGH' is none of"),
        ("{group: g, cases: [{text: a, level: NONE, rows: E1}]}", "bad.yml, case 1: 'rows' must be a list"),
        ("{group: g, cases: [{text: a, level: NONE, rows: [E99]}]}", "bad.yml, case 1: there is no row E99"),
        (
            "{group: g, cases: [{text: a, level: NONE, rows: [], not_findings: [flu]}]}",
            "bad.yml, case 1: there is no finding 'flu'",
        ),
        (f"{{group: g, cases: [{GOOD_CASE}, {GOOD_CASE}]}}", "bad.yml, case 2: 'my legs are weak' is there twice"),
    ],
)
def test_a_table_that_means_nothing_is_refused_by_file_and_case(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "bad.yml").write_text(content, "utf-8")
    with pytest.raises(TableError, match=re.escape(message)):
        read_tables(tmp_path, frozenset({"E1"}), frozenset({"limb_weakness"}))
