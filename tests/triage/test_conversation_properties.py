"""What holds for every conversation: no order matters, no level falls, no flag waits, nothing is asked twice."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from makers import BACK, COUNTING, FINDINGS, REFUSE, TURNS, quick, stated, thorough

from triage.conversation import fold
from triage.model import Extraction, Finding, Level, Time
from triage.state import State, Turn


def _after(*turns: Turn) -> State:
    return fold(turns)


CONVERSATIONS = st.lists(TURNS, max_size=6)
# Turns that state something. Answers and silences are left out: what they mean depends on the question before them.
STATEMENTS = st.lists(
    st.builds(
        lambda first, more: Turn(Extraction((first, *more))),
        COUNTING,
        st.lists(FINDINGS.filter(lambda f: f.temporality is Time.NOW), max_size=2),
    ),
    min_size=2,
    max_size=3,
)


@thorough
@given(STATEMENTS)
def test_no_order_of_statements_changes_the_level_of_the_conversation(turns: list[Turn]) -> None:
    assert len({(fold(order).level, fold(order).decision.reasons) for order in permutations(turns)}) == 1


def test_a_refusal_leaves_cancer_open_even_if_it_is_denied_later() -> None:
    """The one kind of order that matters: a level once given never falls (stop rule 2 of the clinical basis)."""
    denial = stated("cancer_denied")
    assert _after(BACK, denial, REFUSE).level is Level.APPOINTMENT
    assert _after(BACK, REFUSE, denial).level is Level.URGENT


@thorough
@given(CONVERSATIONS)
def test_the_level_never_falls_from_turn_to_turn(turns: list[Turn]) -> None:
    levels = [fold(turns[:count]).level for count in range(len(turns) + 1)]
    assert levels == sorted(levels)


@thorough
@given(CONVERSATIONS, COUNTING)
def test_one_more_thing_said_at_the_end_never_lowers_the_level(turns: list[Turn], more: Finding) -> None:
    assert fold([*turns, Turn(Extraction((more,)))]).level >= fold(turns).level


@thorough
@given(CONVERSATIONS)
def test_no_question_is_asked_twice_after_its_answer_and_none_after_an_emergency(turns: list[Turn]) -> None:
    for count in range(len(turns) + 1):
        state = fold(turns[:count])
        assert state.next_question not in state.asked
        assert not (state.is_emergency and state.next_question)


@thorough
@given(CONVERSATIONS, st.data())
def test_a_red_flag_in_any_turn_is_answered_in_that_turn(turns: list[Turn], choice: Any) -> None:
    flag = choice.draw(
        st.sampled_from(["limb_weakness", "urinary_retention", "saddle_anaesthesia", "chest_pain", "suicidality"])
    )
    plan = fold([*turns, stated(flag)]).plan
    assert plan[0].startswith("utter_crisis" if flag == "suicidality" else "utter_emergency")
    assert plan[0] not in ("utter_emergency_stands", "utter_crisis_line")


@quick
@given(CONVERSATIONS)
def test_folding_is_a_pure_function_of_the_turns(turns: list[Turn]) -> None:
    assert fold(turns) == fold(list(turns))
