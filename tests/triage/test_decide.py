"""The decision table as a function: exhaustive where it is finite, properties where it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, combinations, product
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from makers import COUNTING, FINDINGS, TOPICS, finding, present, quick, thorough

from triage.data import DATA_FOLDER
from triage.decide import decide
from triage.model import Decision, Finding, Level, Person, Status, Time
from triage.schema import ClinicalData

# Read a second time, by plain YAML, so that the loader is not its own witness.
TABLE: Mapping[str, Any] = yaml.safe_load((DATA_FOLDER / "decisions.yml").read_text("utf-8"))
ROWS: list[Mapping[str, Any]] = TABLE["rows"]
WORDED = [row for row in ROWS if row.get("when")]
ALL_SUBSETS_UP_TO = 11  # concepts; beyond, each group is tried with none, each one and all of its concepts

Lists = list[list[frozenset[str]]]


def _lists(row: Mapping[str, Any]) -> Lists:
    """The conditions of a row: any of these lists, all of its entries, any concept of an entry."""
    return [[frozenset(TABLE["groups"].get(name, [name])) for name in names] for names in row["when"]]


def _holds(lists: Lists, stated: frozenset[str]) -> bool:
    return any(all(entry & stated for entry in entries) for entries in lists)


def _subsets(lists: Lists) -> Iterator[frozenset[str]]:
    """Every subset of the concepts named; for the large groups every mix of none, each one, and all of a group."""
    entries = {entry for names in lists for entry in names}
    concepts = sorted(frozenset().union(*entries))
    if len(concepts) <= ALL_SUBSETS_UP_TO:
        chosen = (combinations(concepts, size) for size in range(len(concepts) + 1))
        yield from map(frozenset, chain.from_iterable(chosen))
        return
    alike: dict[frozenset[frozenset[str]], set[str]] = {}
    for concept in concepts:  # concepts that stand in the same entries mean the same to this row
        alike.setdefault(frozenset(entry for entry in entries if concept in entry), set()).add(concept)
    choices = [{frozenset[str](), frozenset(names), *(frozenset({name}) for name in names)} for names in alike.values()]
    for parts in product(*choices):
        yield frozenset().union(*parts)


@pytest.mark.parametrize("row", WORDED, ids=lambda row: str(row["id"]))
def test_a_row_holds_for_exactly_the_subsets_that_complete_one_of_its_lists(row: Mapping[str, Any]) -> None:
    lists, level = _lists(row), Level[row["level"]]
    held = {False: 0, True: 0}
    for stated in _subsets(lists):
        decision = decide(present(sorted(stated)))
        assert (row["id"] in decision.reasons) is _holds(lists, stated), sorted(stated)
        assert row["id"] not in decision.reasons or decision.level >= level
        held[row["id"] in decision.reasons] += 1
    assert held[False]
    assert held[True]


@pytest.mark.parametrize("row", WORDED, ids=lambda row: str(row["id"]))
def test_each_list_of_a_row_is_enough_and_needs_all_its_entries(row: Mapping[str, Any]) -> None:
    lists = _lists(row)
    for entries in lists:
        smallest = frozenset(min(entry) for entry in entries)
        assert row["id"] in decide(present(smallest)).reasons
        for left_out in smallest:
            rest = smallest - {left_out}
            assert (row["id"] in decide(present(rest)).reasons) is _holds(lists, rest)


@pytest.mark.parametrize("row", [row for row in ROWS if row.get("topics")], ids=lambda row: str(row["id"]))
def test_an_intent_alone_carries_its_row(row: Mapping[str, Any]) -> None:
    for topic in row["topics"]:
        decision = decide((), [topic])
        assert (decision.level, row["id"] in decision.reasons) == (Level[row["level"]], True)


def test_two_urgent_signs_make_the_row_that_counts_them_and_one_does_not() -> None:
    one = present(["back_pain", "cancer_history", "pain_severe"])
    assert "U16" not in decide(one).reasons
    assert "U16" in decide((*one, finding("pain_worsening"))).reasons


@pytest.mark.parametrize(
    "row", [row for row in WORDED if row["id"] in {f"E{n}" for n in range(1, 12)}], ids=lambda row: str(row["id"])
)
def test_a_sign_of_another_person_gives_the_same_row_and_the_row_for_another(row: Mapping[str, Any]) -> None:
    for entries in _lists(row):
        theirs = [finding(min(entry), person=Person.OTHER) for entry in entries]
        assert {row["id"], "E21"} <= set(decide(theirs).reasons)
        mine = [finding(min(entry)) for entry in entries]
        assert "E21" not in decide(mine).reasons


def test_a_sign_shared_between_two_people_does_not_count_as_the_other_persons() -> None:
    mixed = [finding("radicular_pain", person=Person.OTHER), finding("cancer_history")]
    assert decide(mixed).level is Level.EMERGENCY
    assert "E21" not in decide(mixed).reasons


@pytest.mark.parametrize(
    "row", [row for row in WORDED if row["id"] in {f"E{n}" for n in range(1, 9)}], ids=lambda row: str(row["id"])
)
def test_not_sure_about_an_emergency_sign_weighs_as_much_as_yes(row: Mapping[str, Any]) -> None:
    for entries in _lists(row):
        unsure = [finding(min(entry), Status.UNKNOWN) for entry in entries]
        sure = [finding(min(entry)) for entry in entries]
        assert decide(unsure).level >= decide(sure).level
        assert {row["id"], "E22"} <= set(decide(unsure).reasons)
        assert "E22" not in decide(sure).reasons


@pytest.mark.parametrize("time, row", [(Time.IF, "I2"), (Time.PAST, "I3")])
@pytest.mark.parametrize("status, counts", [(Status.PRESENT, True), (Status.UNKNOWN, True), (Status.ABSENT, False)])
def test_what_is_supposed_or_over_is_information_unless_denied(
    time: Time, row: str, status: Status, counts: bool
) -> None:
    decision = decide([finding("limb_weakness", status, time)])
    assert decision.reasons == ((row,) if counts else ())
    assert decision.level is (Level.INFORMATION if counts else Level.OUT_OF_SCOPE)


def test_nothing_said_is_out_of_scope_for_no_reason() -> None:
    assert decide(()) == Decision(Level.OUT_OF_SCOPE, (), {})


def test_reasons_stand_most_urgent_first_with_the_words_behind_them(data: ClinicalData) -> None:
    decision = decide(present(["back_pain", "cancer_history", "limb_weakness", "suicidality"]))
    levels = {row.id: row.level for row in data.rows}
    order = [levels[reason] for reason in decision.reasons]
    assert order == sorted(order, reverse=True)
    assert decision.because["E1"] == ("limb_weakness",)
    assert decision.because["U9"] == ("back_pain", "cancer_history")


def test_every_row_can_be_reached(data: ClinicalData) -> None:
    smallest = [[min(entry) for entry in entries] for row in WORDED for entries in _lists(row)]
    reached = {reason for concepts in smallest for reason in decide(present(concepts)).reasons}
    reached |= set(decide(present(["back_pain", "cancer_history", "pain_severe", "pain_worsening"])).reasons)
    reached |= {reason for row in ROWS for topic in row.get("topics", ()) for reason in decide((), [topic]).reasons}
    reached |= set(decide([finding("limb_weakness", person=Person.OTHER)]).reasons)
    reached |= set(decide([finding("limb_weakness", Status.UNKNOWN)]).reasons)
    reached |= set(decide([finding("limb_weakness", time=Time.IF), finding("falls", time=Time.PAST)]).reasons)
    assert [row.id for row in data.rows if row.id not in reached] == []


SAID = st.lists(FINDINGS, max_size=8)


@thorough
@given(SAID, st.lists(TOPICS.filter(bool), max_size=3), COUNTING)
def test_one_more_present_finding_never_lowers_the_level_nor_takes_a_reason_away(
    findings: list[Finding], topics: list[str], more: Finding
) -> None:
    before, after = decide(findings, topics), decide([*findings, more], topics)
    assert after.level >= before.level
    assert set(before.reasons) <= set(after.reasons)


@thorough
@given(SAID, FINDINGS)
def test_one_more_finding_of_any_kind_never_lowers_the_level(findings: list[Finding], more: Finding) -> None:
    assert decide([*findings, more]).level >= decide(findings).level


@thorough
@given(SAID, st.randoms(use_true_random=False))
def test_the_order_of_findings_changes_neither_level_nor_reasons(findings: list[Finding], chance: Any) -> None:
    shuffled = list(findings)
    chance.shuffle(shuffled)
    first, second = decide(findings), decide(shuffled)
    assert (first.level, first.reasons) == (second.level, second.reasons)


@quick
@given(SAID)
def test_saying_everything_twice_changes_nothing(findings: list[Finding]) -> None:
    assert decide(findings * 2).reasons == decide(findings).reasons


@quick
@given(SAID)
def test_an_unsure_finding_never_weighs_less_than_a_present_one(findings: list[Finding]) -> None:
    sure = [finding(f.concept, Status.PRESENT, f.temporality, f.experiencer) for f in findings]
    unsure = [finding(f.concept, Status.UNKNOWN, f.temporality, f.experiencer) for f in findings]
    assert decide(unsure).level >= decide(sure).level


@thorough
@given(SAID)
def test_what_is_over_supposed_or_denied_never_raises_beyond_information(findings: list[Finding]) -> None:
    assert decide([f for f in findings if not f.counts]).level <= Level.INFORMATION


@quick
@given(st.lists(st.builds(finding, st.text(), st.sampled_from(Status), st.sampled_from(Time), st.sampled_from(Person))))
def test_findings_of_unknown_names_decide_nothing_and_break_nothing(findings: list[Finding]) -> None:
    assert decide(findings).level <= Level.INFORMATION or {f.concept for f in findings} & {
        name for row in WORDED for entries in _lists(row) for entry in entries for name in entry
    }


@quick
@given(st.lists(st.text(max_size=20)))
def test_unknown_intents_decide_nothing(topics: list[str]) -> None:
    known = {topic for row in ROWS for topic in row.get("topics", ())}
    assert decide((), [topic for topic in topics if topic not in known]).level is Level.OUT_OF_SCOPE


def test_background_alone_is_no_symptom_of_long_ago() -> None:
    assert decide([finding("cancer_history", time=Time.PAST)]).level is Level.OUT_OF_SCOPE
    assert decide([finding("limb_weakness", time=Time.PAST)]).level is Level.INFORMATION
