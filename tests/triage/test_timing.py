"""When a finding was: now, over, or only supposed, one behaviour each."""

from __future__ import annotations

import pytest
from makers import counting, only_finding

from triage import extract, screen
from triage.model import Level, Time

NOW, PAST, IF = Time


@pytest.mark.parametrize(
    "message, time",
    [
        ("my legs are weak", NOW),
        ("what if my legs get weak", IF),
        ("what should I do if my legs become weak", IF),
        ("should I call when I get weak legs", IF),
        ("if my legs are weak", IF),
        ("is it bad if my legs are weak", NOW),
        ("what do I do if my legs are weak", NOW),
        ("I am afraid I will get weak legs", IF),
        ("I am afraid, my legs are weak", NOW),
        ("are weak legs an emergency", IF),
        ("Hello, are weak legs an emergency?", IF),
        ("Hello, weak legs since today", NOW),
        ("Hello, can't lift my leg", NOW),
        ("my legs went weak, surgery fixed it", PAST),
        ("can it cause weakness in the legs", IF),
        ("why are my legs weak", NOW),
        ("do not ask, weak legs", NOW),
        ("in my book the character has weak legs", IF),
        ("what about weak legs? Mine went weak yesterday", NOW),
        ("my dog has weak legs", IF),
        ("what if my legs get weak, they are weak now", NOW),
        ("when I was a kid I had weak legs", PAST),
        ("in 1998 I had weak legs", PAST),
        ("years ago I fell, but now my legs are weak", NOW),
        ("my legs went weak. It went away", PAST),
        ("my legs went weak, it went away, but it came back", NOW),
        ("my legs went weak and then it was fine", PAST),
        ("my legs went weak. My eye exam was fine", NOW),
        ("have you noticed any weakness in the legs?", IF),
        ("have you noticed any weakness in the legs? Yes", NOW),
        ("have you noticed any weakness in the legs? Mine began today", NOW),
        ("do you have any advice, my legs are weak", NOW),
        ("tell me about weak legs", IF),
        ("tell me about my weak legs", NOW),
        ("when I was a kid I couldn't lift my arm, I am 60 today", PAST),
        ("when I was a kid I couldn't lift my arm, and today again", NOW),
        ("when I was a kid I couldn't lift my arm but now it is the leg", NOW),
        ("my legs went weak. That was in 2015, they operated", PAST),
        ("my legs went weak. That was in 2015 and nobody cared", NOW),
        ("my legs are weak. That was in 2015", NOW),
        ("my legs went weak. That was years ago", PAST),
        ("my legs went weak. That was yesterday", NOW),
        ("my leg was so weak. The weakness wore off", PAST),
        ("my leg is so weak. The numbness wore off", NOW),
        ("my legs went weak, the strength came back in a week", PAST),
        ("my legs went weak, the strength came back but now it has left again", NOW),
        ("should my legs ever go weak, who do I call", IF),
        ("I should say my legs went weak", NOW),
        ("What if I suddenly couldn't lift my leg at night, would I call you?", IF),
        ("What if I can't lift my leg now, would you come?", NOW),
        ("Who helps me up when I might be alone and can't lift my leg?", IF),
        ("Our old labrador Bramble can't move his back legs", IF),
        ("The dog pulled me over and my legs are weak", NOW),
        ("walking the dog legs went weak", NOW),
        ("out with the dog legs went weak", NOW),
        ("mum's cat has weak legs", IF),
    ],
)
def test_when(message: str, time: Time) -> None:
    assert only_finding(message, "limb_weakness").temporality is time


@pytest.mark.parametrize("message", ["my late father had weak legs", "He had weak legs. He died in May"])
def test_what_somebody_had_who_has_died_is_over(message: str) -> None:
    assert counting(message) == set()


@pytest.mark.parametrize(
    "message, concept",
    [
        ("my legs are weak and my pain is gone", "limb_weakness"),
        ("My legs are weak, the pain is better", "limb_weakness"),
        ("legs weak since monday, fever is gone", "limb_weakness"),
        ("I am numb below the waist, rash has healed", "trunk_sensory_change"),
        ("My leg is numb. My cough went away", "limb_numbness"),
        ("cannot pee since my hernia was fixed", "urinary_retention"),
        ("my legs are numb after my hip was fixed", "limb_numbness"),
        ("my legs went numb, my husband is fine now", "limb_numbness"),
    ],
)
def test_the_end_of_something_else_takes_no_red_flag_back(message: str, concept: str) -> None:
    assert concept in counting(message)


@pytest.mark.parametrize(
    "message, concept",
    [
        ("my legs are weak but it is better in the morning", "limb_weakness"),
        ("my legs are numb, one leg is better", "limb_numbness"),
        ("my legs are numb, it is better when I sit", "limb_numbness"),
        ("my back hurts when I stand and is better when I lie down", "back_pain"),
        ("my back hurts, it is better with heat", "back_pain"),
    ],
)
def test_better_at_times_is_not_over(message: str, concept: str) -> None:
    assert concept in counting(message)


def test_what_was_read_about_and_then_happened_counts() -> None:
    assert "limb_weakness" in counting("I read about weak legs on your page. Mine went weak yesterday")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("my legs were weak, 2012, all of that", Time.PAST),
        ("my legs went numb in 2009", Time.PAST),
        ("my legs are weak, prostate cancer 2017", Time.NOW),
        ("I can't lift my foot, had surgery 2019", Time.NOW),
        ("2017 prostate cancer weak legs", Time.NOW),
        ("can't feel my foot since 2015", Time.NOW),
        ("couldn't lift my foot, 2026", Time.NOW),
        ("I couldn't feel my legs in 2009", Time.PAST),
    ],
)
def test_a_year_says_when_it_was_unless_it_is_the_year_of_the_cancer(text: str, time: Time) -> None:
    symptoms = [
        f for f in extract(text).findings if f.concept in ("limb_weakness", "limb_numbness", "chronic_numbness")
    ]
    assert {finding.temporality for finding in symptoms} == {time}


@pytest.mark.parametrize(
    "message",
    [
        "Two years ago I woke up and couldn't move my legs. Guillain-Barré. Fully recovered now, I play football again.",
        "In 1998 they found it. I could not walk before the operation. Today I'm 71 and hike in the Alps.",
        "As a student I fainted in theatre. Thirty years later I work there.",
        "I lost feeling in two fingers in 2020, it came back within a month, now I plan another tour",
        "My legs were weak for a few days when I was on tramadol. I stopped it and it never happened again.",
    ],
)
def test_what_is_dated_long_ago_and_told_to_its_end_is_over(message: str) -> None:
    assert not {finding.row for finding in extract(message).findings if finding.counts} & {"E1", "E2", "E3", "E19"}


@pytest.mark.parametrize(
    "message",
    [
        "Two years ago I couldn't move my legs. Fully recovered, but since Monday it is back.",
        "Had surgery in 2015, fully recovered. My legs are weak.",
        "In 2015 my legs went numb. Never again till today.",
        "When I was on chemo my legs were weak. That passed. Now the same again, my legs are weak.",
    ],
)
def test_a_date_and_an_end_do_not_cover_what_is_said_of_now(message: str) -> None:
    found = extract(message).findings
    assert any(finding.counts and finding.row in ("E1", "E3") for finding in found)


@pytest.mark.parametrize(
    "message, time",
    [
        ("Could I lose the use of my legs during the vertebroplasty?", IF),
        ("Could the injection leave me with weak legs? Mine is booked for May.", IF),
        ("Could the injection leave me with weak legs? Mine are weak since Monday.", NOW),
        ("Could my weak legs be the chemo?", NOW),
        ("Could it be that I get weak legs because the tumor grows?", NOW),
        ("Can people with scoliosis get weak legs when they are old?", IF),
    ],
)
def test_a_question_about_what_may_come_is_no_report(message: str, time: Time) -> None:
    assert only_finding(message, "limb_weakness").temporality is time


@pytest.mark.parametrize(
    "message",
    [
        "my legs gave out when I was in the shower",
        "I fainted when I was in the kitchen",
        "in April my legs went weak",
        "my legs went weak last winter",
        "at 20 past nine my legs went numb",
        "my legs went numb in school",
        "in my third pregnancy my legs went numb",
        "before the operation tomorrow I can't pee",
        "years ago cancer, leg weakness",
        "ten years after breast cancer I can't feel my feet",
        "decades later my legs gave out",
        "my legs were numb all day, he was fine at breakfast",
        "couldn't feel my legs after the fall in 2015 and now they are worse",
        "my arm went numb back in bed",
        "had such a pain I fainted",
        "pain in my back in the mornings and I can't stand",
    ],
)
def test_a_time_nearby_does_not_end_what_began_then(message: str) -> None:
    assert screen(message).level is Level.EMERGENCY


@pytest.mark.parametrize("message", ["I had numb legs last year", "couldn't walk in March", "I was incontinent at 19"])
def test_a_state_told_in_the_past_with_its_time_is_over(message: str) -> None:
    assert screen(message).level is None


def test_hours_or_days_do_not_make_a_question_of_now() -> None:
    assert only_finding("How fast does paralysis come on: hours, days?", "paralysis").temporality is IF
    assert only_finding("what is it when paralysis came on two days ago?", "paralysis").temporality is NOW


def test_the_dead_uncle_of_the_sentence_before() -> None:
    assert not counting("My uncle died of it. By the end he couldn't move his legs.") & {"limb_weakness", "paralysis"}
    assert "limb_weakness" in counting("My uncle died of it. I couldn't move my legs this morning.")


@pytest.mark.parametrize(
    "message",
    [
        "my husband's legs gave out during the movie",
        "the article scared me, mum can't walk",
        "my wife was in her exam when her legs went numb",
        "my mother died last year and my legs are weak",
        "we lost dad in May, mum can't walk",
        "since my husband died I can't feel my legs",
    ],
)
def test_a_story_or_a_death_beside_a_living_person(message: str) -> None:
    assert screen(message).level is Level.EMERGENCY


@pytest.mark.parametrize(
    "message, level",
    [
        ("How does it make legs weak in some people, if it does?", None),
        ("even if my legs go numb one day, will I be ok?", None),
        ("I have no weakness and my sister says the same", None),
        ("I wish I could come sooner", None),
    ],
)
def test_what_looks_like_a_short_yes_or_a_wish_and_is_none(message: str, level: Level | None) -> None:
    assert screen(message).level is level
