"""Whether and of whom: the words around a finding, one behaviour each."""

from __future__ import annotations

import pytest
from makers import counting, only_finding

from triage import screen
from triage.model import Level, Person, Status

PRESENT, ABSENT, UNKNOWN = Status


@pytest.mark.parametrize(
    "message, status",
    [
        ("my legs are weak", PRESENT),
        ("my legs are not weak", ABSENT),
        ("no weakness in my legs", ABSENT),
        ("I do not have any pain, fever, or weakness in my legs", ABSENT),
        ("no numbness or weakness in my legs", ABSENT),
        ("weak legs: no", ABSENT),
        ("weak legs? no.", ABSENT),
        ("weak legs - none, back pain", ABSENT),
        ("weak legs? no idea why", PRESENT),
        ("No, my legs are weak", PRESENT),
        ("no no my legs are weak", PRESENT),
        ("No my legs are weak", PRESENT),
        ("no pain my legs are weak", PRESENT),
        ("no fever, my legs are weak", PRESENT),
        ("no pain but my legs are weak", PRESENT),
        ("I can't drive with weak legs", PRESENT),
        ("never had weak legs like this", PRESENT),
        ("I can't say my legs are not weak", PRESENT),
        ("I don't know if my legs are weak", UNKNOWN),
        ("not sure whether my legs are weak", UNKNOWN),
    ],
)
def test_whether(message: str, status: Status) -> None:
    assert only_finding(message, "limb_weakness").status is status


def test_walking_in_the_morning_is_no_walk_in_clinic() -> None:
    assert "walking_difficulty" in counting("I can't walk in the mornings")
    assert "walking_difficulty" not in counting("I can't find the walk in clinic")


def test_a_negator_inside_the_symptom_is_the_symptom() -> None:
    assert "urinary_incontinence" in counting("I can't control my bladder")
    assert "limb_numbness" in counting("there is no feeling in my left leg")


@pytest.mark.parametrize(
    "message, person",
    [
        ("my legs are weak", Person.SELF),
        ("her legs are weak", Person.OTHER),
        ("my mother has weak legs", Person.OTHER),
        ("legs are weak", Person.SELF),
        ("My husband called. Legs are weak", Person.OTHER),
        ("My husband called. My legs are weak", Person.SELF),
    ],
)
def test_who(message: str, person: Person) -> None:
    assert only_finding(message, "limb_weakness").experiencer is person


def test_a_sentence_without_an_end_is_read_in_a_window() -> None:
    long_text = "no " + "and so on " * 60 + "my legs are weak " + "and so on " * 60
    assert "limb_weakness" in counting(long_text)


@pytest.mark.parametrize(
    "message",
    [
        "they say my spinal cord is a little squashed",
        "signed myself out, they wanted to operate for the cord being pinched",
        "scan shows a mass flattening the cord",
    ],
)
def test_every_way_a_cord_is_squeezed(message: str) -> None:
    assert "spine_scan_finding" in counting(message)


def test_other_cords_are_squeezed_too() -> None:
    assert "spine_scan_finding" not in counting("the vacuum cord got pinched under the bed")


@pytest.mark.parametrize(
    "message",
    [
        "no fever, no chills, can't feel my legs",
        "probably nothing, can't feel my feet",
        "the doctor says it's nothing, legs giving way",
    ],
)
def test_a_list_of_denials_ends_where_a_new_statement_begins(message: str) -> None:
    assert screen(message).level is Level.EMERGENCY


def test_a_heading_is_no_question() -> None:
    assert screen("symptoms: numb legs, weak arms").level is Level.EMERGENCY
    assert screen("if my legs are this weak should I come in").level is Level.EMERGENCY
