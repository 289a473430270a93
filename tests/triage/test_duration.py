"""How long a finding has lasted: long-standing and unchanged, or new, one behaviour each."""

from __future__ import annotations

import pytest
from makers import counting

from triage import screen
from triage.model import Level


@pytest.mark.parametrize(
    "message, concept",
    [
        ("my feet have been numb for years", "chronic_numbness"),
        ("my feet have been numb since 2017", "chronic_numbness"),
        ("numb feet ten years", "chronic_numbness"),
        ("numb feet 12 years", "chronic_numbness"),
        ("numb feet, no change at all", "chronic_numbness"),
        ("since my operation in 1998 I have numb feet", "chronic_numbness"),
        ("my feet are numb. It has been like that for ten years", "chronic_numbness"),
        ("numb feet for years, worse since Monday", "limb_numbness"),
        ("my feet are numb. It has been ten years since the cancer", "limb_numbness"),
        ("my feet are numb. Been so since I broke my pelvis in 2001", "chronic_numbness"),
        ("my feet are numb. I broke my pelvis in 2001", "limb_numbness"),
        ("my feet are numb. It has been ten years. Worse since Monday", "limb_numbness"),
        ("my feet are numb. I have had diabetes for ten years", "limb_numbness"),
        ("I am 82 years old and my feet are numb", "limb_numbness"),
        ("two years ago I fell and my feet are numb", "limb_numbness"),
    ],
)
def test_long_standing_and_unchanged_is_not_new(message: str, concept: str) -> None:
    assert concept in counting(message)


@pytest.mark.parametrize(
    "message, is_chronic",
    [
        ("weak legs for twenty years, I have a new question about parking", True),
        ("weak legs for twenty years, and a new pain", False),
        ("My knees have given way now and then for twenty years", True),
        ("weak legs since my teens, never better never worse, I'm 58 now", True),
        ("weak legs for twenty years. The lift was broken last week.", True),
        ("weak legs for twenty years. Last week I fell.", False),
        ("weak legs for twenty years, now I can't stand", False),
        ("weak legs for years, and in the last two days heavier", False),
    ],
)
def test_only_a_change_of_the_symptom_ends_its_being_old(message: str, is_chronic: bool) -> None:
    assert ("chronic_weakness" in counting(message) and "limb_weakness" not in counting(message)) is is_chronic


@pytest.mark.parametrize(
    "message",
    [
        "my scan was stable, my legs are weak",
        "my scan was stable my legs are weak",
        "blood pressure unchanged, my legs won't hold me",
        "everything as usual at work, but my left leg drags",
        "chronic migraine, and my legs gave out",
        "I have had diabetes for twenty years and my legs are weak",
        "since 1998 I work here, my legs are weak",
        "long-standing cancer patient, numb from the waist down",
        "no change in pain, my legs are weaker",
        "my chronic back pain is the same but I can't pee",
        "a stable lesion and weak legs",
        "my chronic leukaemia and weak legs worry me",
        "I have weak legs and chronic leukaemia",
        "weak legs, chronic back pain",
        "numb legs with chronic sinusitis",
        "I'm a wheelchair user, can't pee",
    ],
)
def test_what_is_old_elsewhere_makes_no_symptom_old(message: str) -> None:
    assert screen(message).level is Level.EMERGENCY


@pytest.mark.parametrize(
    "message",
    [
        "my legs are weak, they have been so for twenty years",
        "weak legs since childhood, same as always",
        "My legs are weak. It has been like that since 2008.",
        "For twenty years the same, weak legs",
        "chronic weakness in my legs",
        "my leg weakness is chronic",
        "my legs have long standing numbness",
        "my leg weakness is a chronic problem",
        "I have had weak legs long term",
    ],
)
def test_what_goes_on_about_the_symptom_may_make_it_old(message: str) -> None:
    assert screen(message).level is None


def test_years_from_an_illness_are_the_symptoms_own() -> None:
    assert "chronic_numbness" in counting("My feet have been numb for years from the chemo, it never changes")
