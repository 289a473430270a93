"""Text in, findings out: total, exact about places, and the same in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import FINDINGS, MESSAGES, quick, thorough

from triage.extract import extract
from triage.model import Extraction, Finding, Reply, Status, Time

ROOT = Path(__file__).resolve().parents[2]

SENTENCES = [
    "I can't feel my legs",
    "my legs are weak and I wet myself",
    "pain between my shoulder blades, worse at night",
    "My mom has breast cancer and her foot drags",
    "I have not been able to pee since yesterday",
    "numb between my legs when I wipe",
    "no fever, never had cancer, back pain for years",
    "no siento las piernas",
]


def _decorate(sentence: str, marks: list[tuple[int, str]]) -> str:
    """The sentence with what phones, pasted text and shaking hands add to it."""
    chars = list(sentence)
    for spot, mark in marks:
        place = spot % len(chars)
        if mark == "stretch":
            chars[place] = chars[place] * 4
        elif mark == "look-alike":
            chars[place] = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р"}.get(chars[place], chars[place])
        elif mark == "curly":
            chars[place] = {"'": "’"}.get(chars[place], chars[place])
        elif mark == "capital":
            chars[place] = chars[place].upper()
        else:
            chars[place] += mark
    return "".join(chars)


MARKS = st.sampled_from(
    [
        "stretch",
        "look-alike",
        "curly",
        "capital",
        "\u200b",
        "\u200d",
        "\u00ad",
        "😭",
        "👩‍⚕️",
        "\u0301",
        "\u00a0",
        "\n",
        "!!",
    ]
)
DECORATED = st.builds(
    _decorate, st.sampled_from(SENTENCES), st.lists(st.tuples(st.integers(0, 200), MARKS), max_size=8)
)


@thorough
@given(DECORATED | MESSAGES)
def test_a_finding_holds_the_very_words_of_the_message(message: str) -> None:
    for finding in extract(message).findings:
        assert finding.text == message[finding.start : finding.end]
        assert 0 <= finding.start < finding.end <= len(message)


@thorough
@given(st.text(max_size=120))
def test_any_text_can_be_read(message: str) -> None:
    assert isinstance(extract(message), Extraction)


@thorough
@given(MESSAGES)
def test_reading_twice_gives_the_same(message: str) -> None:
    assert extract(message) == extract(message)


@thorough
@given(
    st.sampled_from(SENTENCES),
    st.lists(st.sampled_from(["\u200b", "\u200d", "\u00ad", "\ufeff"]), max_size=1),
    st.integers(0, 60),
)
def test_invisible_characters_change_no_finding(sentence: str, marks: list[str], spot: int) -> None:
    place = spot % len(sentence)
    marked = sentence[:place] + "".join(marks) + sentence[place:]
    assert [f.concept for f in extract(marked).findings] == [f.concept for f in extract(sentence).findings]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_capitals_and_curly_quotes_change_no_finding(sentence: str) -> None:
    plain = [f.concept for f in extract(sentence).findings]
    assert [f.concept for f in extract(sentence.upper().replace("'", "’")).findings] == plain


def test_findings_come_in_the_order_of_the_text() -> None:
    places = [(f.start, f.end) for f in extract("back pain, weak legs, numb feet, cannot pee, fever").findings]
    assert len(places) >= 5
    assert places == sorted(places)


def test_a_finding_names_its_rule_and_its_row() -> None:
    (finding,) = extract("my legs gave out this morning").findings
    assert finding.rule.startswith("limb_weakness.")
    assert finding.row == "E1"


def test_an_exception_of_a_pattern_bars_it() -> None:
    assert all(f.concept != "back_pain" for f in extract("please call me back, my hand hurts").findings)


def test_one_concept_may_be_said_once_a_scope() -> None:
    read = {
        (f.status, f.temporality)
        for f in extract("my legs were weak in 1998. Now my legs are weak").findings
        if f.concept == "limb_weakness"
    }
    assert (Status.PRESENT, Time.NOW) in read


def test_a_flag_after_many_denials_is_found() -> None:
    message = "my legs are not weak. " * 40 + "my legs are weak now"
    assert any(f.concept == "limb_weakness" and f.counts for f in extract(message).findings)


def test_the_same_flag_many_times_is_found_once_and_quickly() -> None:
    message = "my legs are weak and numb. " * 400
    begin = time.perf_counter()
    findings = [f for f in extract(message).findings if f.concept == "limb_weakness"]
    assert len(findings) == 1
    assert time.perf_counter() - begin < 5  # seconds; linear work takes a tenth of this on a slow machine


@pytest.mark.parametrize(
    "message, concept",
    [
        ("my left leg is weak", "limb_weakness"),
        ("my left leg is weak. I never had cancer", "weakness_without_cancer"),
        ("my left foot is numb. I never had cancer", "one_limb_numbness_without_cancer"),
        ("my left foot is numb and getting worse. I never had cancer", "limb_numbness"),
        ("my left leg is weak. I never had cancer but my scan shows lung cancer", "limb_weakness"),
        ("pain like a band around my ribs. I never had cancer", "band_pain_without_cancer"),
    ],
)
def test_a_denial_of_cancer_qualifies_its_own_message(message: str, concept: str) -> None:
    assert concept in {f.concept for f in extract(message).findings if f.counts}


@pytest.mark.parametrize(
    "message", ["I have breast cancer and a tight band around my ribs", "tight band round my chest"]
)
def test_a_band_is_a_band_without_the_word_pain(message: str) -> None:
    assert "band_pain" in {f.concept for f in extract(message).findings if f.counts}


@pytest.mark.parametrize(
    "message",
    ["I have wanted to die for years", "if I want to die tonight", "I have been thinking of killing myself since 2010"],
)
def test_thoughts_of_suicide_count_however_long_and_however_said(message: str) -> None:
    assert any(f.concept == "suicidality" and f.counts for f in extract(message).findings)


def test_a_long_standing_finding_lasts_although_it_began_in_the_past() -> None:
    found = {f.concept: f.temporality for f in extract("I had numb feet since 1998, always the same").findings}
    assert found["chronic_numbness"] is Time.NOW


@quick
@given(st.lists(FINDINGS, max_size=4), st.none() | st.sampled_from(Reply), st.booleans(), st.text(max_size=12))
def test_an_extraction_survives_json(findings: list[Finding], reply: Reply | None, failed: bool, version: str) -> None:
    extraction = Extraction(tuple(findings), reply, failed, version)
    assert Extraction.from_dict(json.loads(json.dumps(extraction.as_dict()))) == extraction


@pytest.mark.parametrize("broken", [{}, {"findings": [{}], "reply": None, "failed": False, "version": ""}])
def test_json_without_what_it_needs_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        Extraction.from_dict(broken)


def test_json_with_an_unknown_reply_is_refused() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        Extraction.from_dict({"findings": [], "reply": "perhaps", "failed": False, "version": ""})


_PROGRAM = """
import json, sys
import assistant.light_spacy
from triage import extract
print(json.dumps([extract(message).as_dict() for message in json.load(sys.stdin)]))
"""


def test_every_process_reads_the_same_whatever_its_hash_seed() -> None:
    messages = [
        *SENTENCES,
        "numbb lgs and bakc pian sinse yestrday",
        "l e g s weak, moov slow 🦵",
        "fever 101.5 on chemo",
    ]
    outputs = []
    for seed in ("1", "2718"):
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            input=json.dumps(messages),
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            timeout=120,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0]) == [extract(message).as_dict() for message in messages]
