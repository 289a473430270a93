"""The fold and its plan as small conversations: what is asked, what is said, and what no later turn can undo."""

from __future__ import annotations

import pytest
from makers import BACK, MUMBLE, NO, REFUSE, UNSURE, YES, finding, stated

from triage.conversation import fold
from triage.model import Extraction, Level, Reply, Status, Time
from triage.plan import TOPIC
from triage.schema import ClinicalData
from triage.state import State, Turn

QUESTIONS = ["legs", "bladder_bowel", "saddle", "cancer", "pain_pattern", "fever_injury"]


def _after(*turns: Turn) -> State:
    return fold(turns)


# ---- questions ----------------------------------------------------------------------------------------------------


def test_nothing_said_is_nothing_known() -> None:
    assert _after() == State()


def test_back_pain_alone_shows_the_safety_line_and_asks_the_first_question() -> None:
    assert _after(BACK).plan == ("utter_safety_line", "utter_ask_legs")


def test_six_noes_walk_through_the_six_questions_in_their_order(data: ClinicalData) -> None:
    asked = [_after(BACK, *[NO] * count).next_question for count in range(7)]
    assert asked == [*QUESTIONS, None]
    responses = {question.id: question.response for question in data.questions}
    assert [_after(BACK, *[NO] * count).plan for count in range(1, 6)] == [(responses[id_],) for id_ in QUESTIONS[1:]]


def test_after_the_last_question_comes_the_advice_of_the_level() -> None:
    assert _after(BACK, *[NO] * 6).plan == ("utter_appointment",)
    assert _after(BACK, NO, NO, NO, YES, NO, NO).plan == ("utter_urgent",)


@pytest.mark.parametrize(
    "concept, skipped",
    [
        ("cancer_history", "cancer"),
        ("cancer_denied", "cancer"),
        ("pain_severe", "pain_pattern"),
        ("fever", "fever_injury"),
    ],
)
def test_a_question_that_was_answered_in_passing_is_skipped(concept: str, skipped: str) -> None:
    asked = [_after(stated("back_pain", concept), *[NO] * count).next_question for count in range(6)]
    assert asked == [*(id_ for id_ in QUESTIONS if id_ != skipped), None]


def test_a_denial_in_passing_answers_a_question_too() -> None:
    denied = Turn(Extraction((finding("back_pain"), finding("limb_weakness", Status.ABSENT))))
    assert _after(denied).next_question == "bladder_bowel"


def test_what_is_over_or_supposed_answers_no_question() -> None:
    for time in (Time.PAST, Time.IF):
        turn = Turn(Extraction((finding("back_pain"), finding("limb_weakness", time=time))))
        assert _after(turn).next_question == "legs"


def test_words_about_what_was_asked_answer_the_question_without_yes_or_no() -> None:
    denied = Turn(Extraction((finding("limb_numbness", Status.ABSENT),)))
    assert _after(BACK, denied).next_question == "bladder_bowel"


def test_words_about_something_else_leave_the_question_open() -> None:
    state = _after(BACK, stated("weight_loss"))
    assert (state.next_question, state.plan) == ("legs", ("utter_ask_again", "utter_ask_legs"))


@pytest.mark.parametrize("number, id_", list(enumerate(QUESTIONS[:3])))
@pytest.mark.parametrize("answer, row", [(YES, ""), (UNSURE, "E22")])
def test_yes_or_not_sure_to_an_emergency_question_is_an_emergency(
    number: int, id_: str, answer: Turn, row: str
) -> None:
    state = _after(BACK, *[NO] * number, answer)
    assert (state.level, state.next_question, state.plan) == (Level.EMERGENCY, None, ("utter_emergency",))
    assert not row or row in state.decision.reasons
    assert state.findings[-1].rule == f"question.{id_}"


@pytest.mark.parametrize("answer, level", [(YES, Level.URGENT), (UNSURE, Level.URGENT), (NO, Level.APPOINTMENT)])
def test_the_cancer_question_sets_the_floor(answer: Turn, level: Level) -> None:
    state = _after(BACK, NO, NO, NO, answer)
    assert (state.level, state.next_question) == (level, "pain_pattern")


@pytest.mark.parametrize("cancer", [YES, NO])
def test_yes_to_the_pain_question_adds_nothing_by_itself(cancer: Turn) -> None:
    before = _after(BACK, NO, NO, NO, cancer)
    after = _after(BACK, NO, NO, NO, cancer, YES)
    assert (after.level, after.next_question) == (before.level, "fever_injury")


@pytest.mark.parametrize(
    "cancer, answer, level",
    [
        (NO, YES, Level.URGENT),
        (NO, UNSURE, Level.URGENT),
        (NO, NO, Level.APPOINTMENT),
        (YES, YES, Level.EMERGENCY),
        (YES, UNSURE, Level.URGENT),
        (YES, NO, Level.URGENT),
    ],
)
def test_the_last_question_asks_for_infection_and_injury(cancer: Turn, answer: Turn, level: Level) -> None:
    assert _after(BACK, NO, NO, NO, cancer, NO, answer).level is level


def test_a_bare_yes_before_any_question_means_nothing() -> None:
    assert _after(YES).findings == ()


def test_a_symptom_that_only_the_model_saw_starts_the_questions() -> None:
    state = _after(Turn(Extraction(), "report_weakness"))
    assert (state.level, state.plan) == (Level.APPOINTMENT, ("utter_safety_line", "utter_ask_legs"))


@pytest.mark.parametrize("status, time", [(Status.ABSENT, Time.NOW), (Status.PRESENT, Time.PAST)])
def test_a_symptom_that_the_model_saw_and_the_core_read_as_not_so_starts_none(status: Status, time: Time) -> None:
    state = _after(Turn(Extraction((finding("limb_weakness", status, time),)), "report_weakness"))
    assert state.next_question is None


# ---- detours ------------------------------------------------------------------------------------------------------


def test_a_page_question_in_between_is_answered_and_the_question_comes_back() -> None:
    state = _after(BACK, Turn(Extraction(), "ask_page"))
    assert (state.plan, state.silent_turns) == ((TOPIC, "utter_ask_legs"), 0)


def test_any_number_of_page_questions_keep_the_question_open() -> None:
    assert _after(BACK, *[Turn(Extraction(), "ask_page")] * 5, NO).next_question == "bladder_bowel"


def test_one_unclear_answer_gets_the_question_again() -> None:
    assert _after(BACK, MUMBLE).plan == ("utter_ask_again", "utter_ask_legs")


def test_two_unclear_answers_in_a_row_end_the_questions_and_leave_cancer_possible() -> None:
    state = _after(BACK, MUMBLE, MUMBLE)
    assert (state.stopped, state.next_question, state.level, state.plan) == (
        True,
        None,
        Level.URGENT,
        ("utter_urgent",),
    )


def test_two_unclear_answers_after_a_denial_of_cancer_end_in_an_appointment() -> None:
    assert _after(BACK, NO, NO, NO, NO, MUMBLE, MUMBLE).plan == ("utter_appointment",)


def test_an_answer_between_two_unclear_ones_keeps_the_questions_going() -> None:
    assert _after(BACK, MUMBLE, NO, MUMBLE).next_question == "bladder_bowel"


@pytest.mark.parametrize("refusal", [REFUSE, Turn(Extraction(), "refuse_questions")])
def test_a_refusal_ends_the_questions_for_good(refusal: Turn) -> None:
    state = _after(BACK, refusal)
    assert (state.plan, state.next_question) == (("utter_urgent",), None)
    assert _after(BACK, refusal, BACK).next_question is None


def test_a_refusal_after_a_refusal_says_nothing_new() -> None:
    assert _after(BACK, REFUSE, REFUSE).findings == _after(BACK, REFUSE).findings


def test_a_refusal_before_anything_was_said_stops_nothing() -> None:
    assert _after(REFUSE, BACK).next_question == "legs"


def test_a_red_flag_after_a_refusal_is_an_emergency() -> None:
    assert _after(BACK, REFUSE, stated("limb_weakness")).plan == ("utter_emergency",)


def test_a_later_sign_after_the_questions_raises_the_advice() -> None:
    state = _after(BACK, *[NO] * 6, stated("weight_loss"))
    assert (state.level, state.plan) == (Level.URGENT, ("utter_urgent",))


def test_more_of_the_same_after_the_questions_repeats_the_advice() -> None:
    assert _after(BACK, *[NO] * 6, BACK).plan == ("utter_appointment",)


# ---- without questions --------------------------------------------------------------------------------------------

DENIED = Turn(Extraction((finding("limb_weakness", Status.ABSENT),)))
SUPPOSED = Turn(Extraction((finding("limb_weakness", time=Time.IF),)))
OVER = Turn(Extraction((finding("limb_weakness", time=Time.PAST),)))


@pytest.mark.parametrize(
    "turns, plan",
    [
        ([SUPPOSED], ("utter_ask_warning_signs",)),
        ([OVER], ("utter_past_symptom",)),
        ([DENIED], ("utter_nothing_reported",)),
        ([Turn(SUPPOSED.extraction, "ask_page")], ()),
        ([Turn(OVER.extraction, "ask_page")], ()),
        ([Turn(DENIED.extraction, "ask_page")], ()),
        ([Turn(Extraction(failed=True))], ("utter_safety",)),
        ([Turn(Extraction())], ("utter_fallback",)),
        ([MUMBLE], ("utter_fallback",)),
        ([MUMBLE, MUMBLE], ("utter_fallback_again",)),
        ([Turn(Extraction(), "out_of_scope")], ()),
        ([Turn(Extraction(), "out_of_scope")] * 2, ("utter_fallback_again",)),
        ([MUMBLE, Turn(Extraction(), "thank"), MUMBLE], ("utter_fallback",)),
        ([Turn(Extraction(), "ask_page")], ()),
        ([stated("dysuria")], ("utter_appointment",)),
        ([stated("fever_or_injury_unsure")], ("utter_urgent",)),
        ([stated("cancer_history")], ()),
    ],
)
def test_what_is_said_when_no_question_stands(turns: list[Turn], plan: tuple[str, ...]) -> None:
    assert fold(turns).plan == plan


@pytest.mark.parametrize("first", [SUPPOSED, OVER])
@pytest.mark.parametrize("reply", [Reply.NOW, Reply.YES])
def test_it_is_so_now_makes_what_was_supposed_or_over_count(first: Turn, reply: Reply) -> None:
    state = _after(first, Turn(Extraction(reply=reply)))
    assert (state.level, state.plan) == (Level.EMERGENCY, ("utter_emergency",))


def test_it_is_happening_now_after_our_list_of_warning_signs_counts_as_one_of_them() -> None:
    state = _after(Turn(Extraction(), "ask_warning_signs"), Turn(Extraction(reply=Reply.NOW)))
    assert (state.decision.reasons[:1], state.plan) == (("E22",), ("utter_emergency",))


def test_it_is_so_now_with_nothing_to_point_to_means_nothing() -> None:
    assert _after(Turn(Extraction(reply=Reply.NOW))).findings == ()


# ---- after an emergency -------------------------------------------------------------------------------------------

WEAK = stated("limb_weakness")


@pytest.mark.parametrize(
    "turn, plan",
    [
        (WEAK, ("utter_emergency",)),
        (stated("urinary_retention"), ("utter_emergency",)),
        (Turn(Extraction(), "ask_page"), (TOPIC,)),
        (Turn(Extraction(), "goodbye"), (TOPIC,)),
        (Turn(Extraction(), "start_over"), (TOPIC,)),
        (DENIED, ("utter_emergency_stands",)),
        (BACK, ("utter_emergency_stands",)),
        (NO, ("utter_emergency_stands",)),
        (MUMBLE, ("utter_emergency_stands",)),
        (stated("suicidality"), ("utter_crisis",)),
        (stated("suicidality", "saddle_anaesthesia"), ("utter_crisis", "utter_emergency")),
    ],
)
def test_an_emergency_stays_one_whatever_comes_next(turn: Turn, plan: tuple[str, ...]) -> None:
    state = _after(WEAK, turn)
    assert state.level >= Level.EMERGENCY
    assert (state.next_question, state.plan) == (None, plan)


def test_a_crisis_stays_one_with_its_own_line() -> None:
    assert _after(stated("suicidality"), MUMBLE).plan == ("utter_crisis_line",)
