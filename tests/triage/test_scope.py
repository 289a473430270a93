"""Who, when, whether: the words around a finding, one behaviour each."""

from __future__ import annotations

import pytest

from triage import extract, screen
from triage.model import Finding, Level, Person, Status, Time

PRESENT, ABSENT, UNKNOWN = Status
NOW, PAST, IF = Time


def _read(message: str, concept: str) -> Finding:
    """The one finding of this concept in `message`."""
    return next(finding for finding in extract(message).findings if finding.concept == concept)


def _concepts(message: str) -> set[str]:
    return {finding.concept for finding in extract(message).findings if finding.counts}


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
    assert _read(message, "limb_weakness").status is status


def test_walking_in_the_morning_is_no_walk_in_clinic() -> None:
    assert "walking_difficulty" in _concepts("I can't walk in the mornings")
    assert "walking_difficulty" not in _concepts("I can't find the walk in clinic")


def test_a_negator_inside_the_symptom_is_the_symptom() -> None:
    assert "urinary_incontinence" in _concepts("I can't control my bladder")
    assert "limb_numbness" in _concepts("there is no feeling in my left leg")


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
    assert _read(message, "limb_weakness").temporality is time


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
    assert concept in _concepts(message)


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
    assert _read(message, "limb_weakness").experiencer is person


@pytest.mark.parametrize("message", ["my late father had weak legs", "He had weak legs. He died in May"])
def test_what_somebody_had_who_has_died_is_over(message: str) -> None:
    assert _concepts(message) == set()


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
    assert concept in _concepts(message)


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
    assert concept in _concepts(message)


def test_what_was_read_about_and_then_happened_counts() -> None:
    assert "limb_weakness" in _concepts("I read about weak legs on your page. Mine went weak yesterday")


def test_a_sentence_without_an_end_is_read_in_a_window() -> None:
    long_text = "no " + "and so on " * 60 + "my legs are weak " + "and so on " * 60
    assert "limb_weakness" in _concepts(long_text)


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
    assert _read(message, "limb_weakness").temporality is time


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
    assert _read("How fast does paralysis come on: hours, days?", "paralysis").temporality is IF
    assert _read("what is it when paralysis came on two days ago?", "paralysis").temporality is NOW


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
    assert ("chronic_weakness" in _concepts(message) and "limb_weakness" not in _concepts(message)) is is_chronic


def test_the_dead_uncle_of_the_sentence_before() -> None:
    assert not _concepts("My uncle died of it. By the end he couldn't move his legs.") & {"limb_weakness", "paralysis"}
    assert "limb_weakness" in _concepts("My uncle died of it. I couldn't move my legs this morning.")


@pytest.mark.parametrize(
    "message",
    [
        "they say my spinal cord is a little squashed",
        "signed myself out, they wanted to operate for the cord being pinched",
        "scan shows a mass flattening the cord",
    ],
)
def test_every_way_a_cord_is_squeezed(message: str) -> None:
    assert "spine_scan_finding" in _concepts(message)


def test_other_cords_are_squeezed_too() -> None:
    assert "spine_scan_finding" not in _concepts("the vacuum cord got pinched under the bed")


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


def test_years_from_an_illness_are_the_symptoms_own() -> None:
    assert "chronic_numbness" in _concepts("My feet have been numb for years from the chemo, it never changes")


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
