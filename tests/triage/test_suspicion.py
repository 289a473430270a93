"""The second net may raise and never lower: what an estimate adds to what the rules read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import ESTIMATES, TURNS, finding, thorough
from spoiling import change, refused

from triage import clinical_data, extract
from triage.conversation import fold
from triage.model import Extraction, Finding, Level, Person, Status, Time
from triage.state import Turn
from triage.suspicion import Estimate, suspected
from triage.thresholds import Thresholds

AT = replace(
    clinical_data(),
    thresholds=Thresholds(
        emergency=0.6,
        emergency_if_explained=0.9,
        crisis=0.5,
        crisis_if_long=0.8,
        urgent=0.7,
        urgent_without_cancer=0.9,
        question=0.3,
    ),
)
NOTHING = Extraction()
DENIED = Extraction((finding("limb_weakness", Status.ABSENT),))
OVER = Extraction((finding("limb_weakness", time=Time.PAST),))
CHRONIC = Extraction((finding("chronic_weakness"),))


def heard(red_flag: float = 0, crisis: float = 0, urgent: float = 0, read: Extraction = NOTHING) -> list[str]:
    return [one.concept for one in suspected(Estimate(red_flag, crisis, urgent), read, AT)]


def test_no_estimate_adds_nothing() -> None:
    assert fold([Turn(NOTHING, estimate=None)]).findings == ()


@pytest.mark.parametrize(
    ("chances", "concepts"),
    [
        ({"red_flag": 0.6}, ["sounds_like_red_flag"]),
        ({"red_flag": 0.59}, ["may_be_red_flag"]),
        ({"red_flag": 0.3}, ["may_be_red_flag"]),
        ({"red_flag": 0.29}, []),
        ({"crisis": 0.5}, ["sounds_like_crisis"]),
        ({"crisis": 0.4, "red_flag": 0.3}, ["sounds_like_red_flag"]),
        ({"crisis": 0.5, "red_flag": 0.45}, ["sounds_like_crisis", "may_be_red_flag"]),
        ({"urgent": 0.7}, ["sounds_urgent"]),
        ({"urgent": 0.4}, ["may_be_red_flag"]),
        ({"urgent": 0.35, "red_flag": 0.4}, ["may_be_red_flag"]),
    ],
)
def test_a_chance_adds_what_its_threshold_says(chances: dict[str, float], concepts: list[str]) -> None:
    assert heard(**chances) == concepts


@pytest.mark.parametrize("read", [DENIED, OVER, CHRONIC])
def test_what_the_rules_explain_takes_a_higher_chance(read: Extraction) -> None:
    assert heard(red_flag=0.89, read=read) == []
    assert heard(red_flag=0.9, read=read) == ["sounds_like_red_flag"]


def test_a_message_that_the_rules_read_nearly_whole_leaves_nothing_to_guess() -> None:
    whole = extract("pain shooting down my left leg")
    part = extract("pain shooting down my left leg, and this morning the slipper stayed behind without my knowing")
    assert heard(red_flag=0.99, read=whole) == []
    assert heard(red_flag=0.89, read=part) == ["sounds_like_red_flag"]


@pytest.mark.parametrize("concept", ["cancer_history", "figure_of_speech"])
def test_background_and_sayings_explain_nothing(concept: str) -> None:
    assert heard(red_flag=0.6, read=Extraction((finding(concept, time=Time.PAST),))) == ["sounds_like_red_flag"]


@pytest.mark.parametrize(
    ("chances", "concepts"),
    [({"crisis": 0.8}, ["sounds_like_crisis"]), ({"crisis": 0.79}, []), ({"red_flag": 0.6}, ["sounds_like_red_flag"])],
)
def test_a_long_story_must_sound_more_like_a_crisis(chances: dict[str, float], concepts: list[str]) -> None:
    assert [c for c in heard(**chances, read=Extraction(length=701)) if c != "may_be_red_flag"] == concepts


@pytest.mark.parametrize(("length", "level"), [(7, Level.OUT_OF_SCOPE), (9, Level.CRISIS)])
def test_a_bare_courtesy_is_a_courtesy(length: int, level: Level) -> None:
    assert fold([Turn(Extraction(length=length), "goodbye", Estimate(0, 0.9, 0))]).level is level


def test_it_is_about_whoever_the_message_is_about() -> None:
    theirs = Extraction((finding("cancer_history", person=Person.OTHER),))
    (added,) = suspected(Estimate(0.9, 0, 0), theirs, AT)
    assert added.experiencer is Person.OTHER


@pytest.mark.parametrize(
    ("estimate", "level", "row"),
    [
        (Estimate(0.99, 0, 0), Level.EMERGENCY, "E22"),
        (Estimate(0, 0.99, 0), Level.CRISIS, "E20"),
        (Estimate(0, 0, 0.99), Level.URGENT, "U9"),
        (Estimate(0, 0, 0.01), Level.OUT_OF_SCOPE, None),
    ],
)
def test_an_estimate_alone_gives_its_level_and_row(estimate: Estimate, level: Level, row: str | None) -> None:
    decision = fold([Turn(NOTHING, None, estimate)]).decision
    assert decision.level is level
    assert (row in decision.reasons) is (row is not None)


def test_an_alarm_that_only_the_net_hears_is_answered_with_the_emergency_text_first() -> None:
    assert fold([Turn(NOTHING, None, Estimate(0.99, 0, 0))]).plan[0] == "utter_emergency"
    assert fold([Turn(NOTHING, None, Estimate(0, 0.99, 0))]).plan[0] == "utter_crisis"


def test_a_wish_to_die_hides_no_red_flag_that_only_the_net_hears() -> None:
    crisis = Turn(extract("I want to die, and both legs have handed in their notice"), None, Estimate(0.6, 0.3, 0))
    assert fold([crisis]).plan[:2] == ("utter_crisis", "utter_emergency")
    assert fold([Turn(crisis.extraction, None, Estimate(0, 0.9, 0))]).plan[0] == "utter_crisis"


def test_a_red_flag_after_a_crisis_is_answered_although_only_the_net_hears_it() -> None:
    crisis = Turn(extract("I want to die"), None, Estimate(0, 0.9, 0))
    assert fold([crisis, Turn(NOTHING, None, Estimate(0.9, 0, 0))]).plan[0] == "utter_emergency"


def test_a_lower_chance_starts_the_safety_questions() -> None:
    chance = clinical_data().thresholds.question
    assert fold([Turn(NOTHING, None, Estimate(chance, 0, 0))]).next_question == "legs"


@pytest.mark.parametrize("denial", [finding("cancer_denied"), finding("cancer_history", Status.ABSENT)])
def test_pain_must_sound_more_urgent_in_who_never_had_cancer(denial: Finding) -> None:
    thresholds = clinical_data().thresholds
    never = Extraction((denial,))
    below, enough = (Turn(never, None, Estimate(0, 0, thresholds.urgent_without_cancer + d)) for d in (-0.01, 0))
    assert fold([below]).level < Level.URGENT
    assert fold([enough]).decision.reasons == ("U12",)
    cancer = Turn(Extraction((finding("cancer_history"),)), None, Estimate(0, 0, thresholds.urgent))
    assert fold([Turn(never), cancer]).level is Level.URGENT


def test_urgent_means_pain_so_it_is_not_for_who_only_tells_of_a_cancer() -> None:
    told = Extraction((finding("cancer_history"),))
    assert fold([Turn(told, "inform_history", Estimate(0, 0, 0.99))]).level < Level.URGENT


@thorough
@given(st.lists(TURNS, max_size=4), ESTIMATES, st.data())
def test_an_estimate_never_lowers_the_level(turns: list[Turn], estimate: Estimate, data: st.DataObject) -> None:
    if not turns:
        return
    place = data.draw(st.integers(0, len(turns) - 1))
    turn = turns[place]
    without = [*turns[:place], Turn(turn.extraction, turn.topic), *turns[place + 1 :]]
    with_it = [*turns[:place], Turn(turn.extraction, turn.topic, estimate), *turns[place + 1 :]]
    assert fold(with_it).level >= fold(without).level


def test_an_estimate_survives_the_way_through_json() -> None:
    estimate = Estimate(0.5, 0.25, 0.125)
    assert Estimate.from_dict(estimate.as_dict()) == estimate


@pytest.mark.parametrize("broken", [{}, {"red_flag": "much", "crisis": 0, "urgent": 0}, {"red_flag": None}])
def test_a_broken_estimate_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Estimate.from_dict(broken)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("crisis: 50", "crisis: 0", "'crisis' must be a whole number from 1 to 100"),
        ("crisis: 50", "crisis: 101", "'crisis' must be a whole number from 1 to 100"),
        ("crisis: 50", "crisis: 0.5", "'crisis' must be a whole number from 1 to 100"),
        ("crisis: 50", "crises: 50", "expected the keys"),
        ("crisis: 50 ", "# ", "expected the keys"),
    ],
)
def test_a_threshold_that_cannot_work_is_refused(small_data: Path, old: str, new: str, message: str) -> None:
    change(small_data / "second_net.yml", old, new)
    refused(small_data, "second_net.yml:", message)
