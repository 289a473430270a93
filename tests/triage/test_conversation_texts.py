"""Which of the fixed texts fits: whose emergency, which kind, what is known of cancer, and the language."""

from __future__ import annotations

import pytest
from makers import BACK, NO, YES, finding, said, stated

from triage.conversation import fold
from triage.model import Extraction, Person, Reply
from triage.state import State, Turn


def _after(*turns: Turn) -> State:
    return fold(turns)


def _of(person: Person, *concepts: str, row: str = "") -> Turn:
    return Turn(Extraction(tuple(finding(concept, person=person, row=row) for concept in concepts)))


ME, THEM = Person.SELF, Person.OTHER


@pytest.mark.parametrize(
    "turns, plan",
    [
        ([_of(ME, "limb_weakness")], "utter_emergency"),
        ([_of(THEM, "limb_weakness")], "utter_emergency_other"),
        ([_of(ME, "limb_weakness", "cancer_history")], "utter_emergency_cancer"),
        ([_of(ME, "limb_weakness", "known_cord_compression")], "utter_emergency_cancer"),
        ([_of(THEM, "limb_weakness", "cancer_history")], "utter_emergency_cancer_other"),
        ([_of(ME, "saddle_anaesthesia", "cancer_denied")], "utter_emergency_no_cancer"),
        ([_of(THEM, "saddle_anaesthesia", "cancer_denied")], "utter_emergency_no_cancer_other"),
        ([_of(ME, "limb_weakness"), _of(ME, "cancer_history"), _of(ME, "falls")], "utter_emergency_cancer"),
        ([_of(ME, "chest_pain")], "utter_emergency_911"),
        ([_of(THEM, "chest_pain")], "utter_emergency_911_other"),
        ([_of(ME, "chest_pain", "limb_weakness")], "utter_emergency"),
        ([_of(ME, "fever", "chemotherapy")], "utter_emergency_fever"),
        ([_of(THEM, "fever", "chemotherapy")], "utter_emergency_fever_other"),
        ([_of(ME, "suicidality")], "utter_crisis"),
        ([_of(THEM, "overdose")], "utter_crisis_other"),
        ([_of(ME, "suicidality_spanish")], "utter_crisis_spanish"),
        ([_of(ME, "suicidality_spanish", "suicidality")], "utter_crisis"),
        ([_of(ME, "spanish_red_flag", row="E11")], "utter_emergency_spanish"),
        ([_of(ME, "spanish_red_flag", "paralysis", row="E11")], "utter_emergency"),
        ([_of(ME, "hindi_red_flag", row="E11")], "utter_emergency"),
        ([_of(ME, "spanish_red_flag", row="E11"), _of(ME, "limb_weakness")], "utter_emergency"),
        ([BACK, NO, NO, NO, NO, _of(ME, "limb_weakness")], "utter_emergency_no_cancer"),
    ],
)
def test_the_one_text_that_fits_is_said(turns: list[Turn], plan: str) -> None:
    assert fold(turns).plan == (plan,)


@pytest.mark.parametrize(
    "text, plan",
    [
        ("no siento las piernas", "utter_emergency_spanish"),
        ("me duele la espalda y no puedo caminar", "utter_emergency_spanish"),
        ("ya no quiero vivir", "utter_crisis_spanish"),
        ("my legs are weak y no siento las piernas", "utter_emergency"),
        ("I want to die, ya no quiero vivir", "utter_crisis"),
    ],
)
def test_a_red_flag_in_spanish_alone_is_answered_in_spanish(text: str, plan: str) -> None:
    assert _after(said(text)).plan == (plan,)


def test_the_cancer_of_a_relative_is_not_put_into_the_mouth_of_the_patient() -> None:
    turn = Turn(Extraction((finding("limb_numbness"), finding("cancer_history", person=THEM))))
    assert _after(turn).plan == ("utter_emergency",)


def test_known_cancer_does_not_keep_a_symptom_that_only_the_model_saw_from_being_asked_about() -> None:
    assert _after(stated("cancer_history", topic="report_weakness")).next_question == "legs"


def test_advice_about_another_person_speaks_of_them() -> None:
    pain = _of(THEM, "back_pain")
    assert _after(pain, *[NO] * 6).plan == ("utter_appointment_other",)
    assert _after(pain, NO, NO, NO, YES, NO, NO).plan == ("utter_urgent_other",)
    assert _after(pain, YES).plan == ("utter_emergency_other",)


def test_an_answer_that_names_somebody_else_is_about_them() -> None:
    turn = Turn(Extraction((finding("weight_loss", person=THEM),), Reply.YES))
    assert _after(BACK, turn).findings[-1].experiencer is THEM
