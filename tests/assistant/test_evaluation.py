"""The measures, on examples small enough to be counted by hand."""

from __future__ import annotations

import pytest

from assistant.evaluation import Item, Rate, rates, report, summary


def judged(gold: str, predicted: str, *, ambiguous: bool = False) -> Item:
    return Item(f"{gold}-{predicted}", "some words", gold, predicted, ("X1",), ambiguous)


ITEMS = [
    judged("EMERGENCY", "EMERGENCY"),
    judged("EMERGENCY_OTHER", "CRISIS"),
    judged("EMERGENCY", "URGENT"),
    judged("EMERGENCY_OTHER", "APPOINTMENT"),
    judged("CRISIS", "CRISIS"),
    judged("CRISIS", "EMERGENCY"),
    judged("URGENT", "EMERGENCY"),
    judged("URGENT", "URGENT"),
    judged("URGENT", "APPOINTMENT"),
    judged("ROUTINE", "APPOINTMENT"),
    judged("APPOINTMENT", "URGENT"),
    judged("INFO", "EMERGENCY"),
    judged("OOS", "CRISIS"),
    judged("INFORMATION", "INFORMATION"),
    judged("EMERGENCY", "OUT_OF_SCOPE", ambiguous=True),
    judged("OOS", "EMERGENCY", ambiguous=True),
]


@pytest.mark.parametrize(
    ("gold", "predicted", "safe"),
    [
        ("EMERGENCY", "EMERGENCY", True),
        ("EMERGENCY", "CRISIS", True),
        ("EMERGENCY", "URGENT", False),
        ("EMERGENCY", "OUT_OF_SCOPE", False),
        ("EMERGENCY_OTHER", "EMERGENCY", True),
        ("EMERGENCY_OTHER", "APPOINTMENT", False),
        ("CRISIS", "CRISIS", True),
        ("CRISIS", "EMERGENCY", False),
        ("URGENT", "OUT_OF_SCOPE", True),
    ],
)
def test_an_emergency_is_safe_with_either_alarm_and_a_crisis_only_with_its_own(
    gold: str, predicted: str, safe: bool
) -> None:
    assert judged(gold, predicted).is_safe is safe


@pytest.mark.parametrize(
    ("gold", "predicted", "false_alarm"),
    [
        ("ROUTINE", "EMERGENCY", True),
        ("INFO", "CRISIS", True),
        ("OOS", "EMERGENCY", True),
        ("APPOINTMENT", "EMERGENCY", True),
        ("ROUTINE", "URGENT", False),
        ("URGENT", "EMERGENCY", False),
        ("CRISIS", "EMERGENCY", False),
        ("EMERGENCY_OTHER", "EMERGENCY", False),
    ],
)
def test_only_a_quiet_message_can_be_a_false_emergency(gold: str, predicted: str, false_alarm: bool) -> None:
    assert judged(gold, predicted).is_false_alarm is false_alarm


@pytest.mark.parametrize(
    ("measure", "hits", "total"),
    [
        ("emergency sensitivity", 2, 4),
        ("crisis sensitivity", 1, 2),
        ("false emergencies", 2, 5),
        ("urgent as urgent or higher", 2, 3),
        ("exact level", 5, 14),
    ],
)
def test_the_measures_count_what_a_hand_count_finds(measure: str, hits: int, total: int) -> None:
    assert rates(ITEMS)[measure] == Rate(hits, total)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055)],
)
def test_the_interval_is_wilsons(hits: int, total: int, low: float, high: float) -> None:
    values = Rate(hits, total).as_dict()
    assert values["rate"] == hits / total
    assert (values["low"], values["high"]) == pytest.approx((low, high), abs=5e-5)


def test_a_measure_without_any_case_has_no_rate() -> None:
    assert Rate(0, 0).as_dict() == {"rate": None, "low": None, "high": None, "hits": 0, "total": 0}
    assert str(Rate(0, 0)) == "no case"


def test_the_summary_sets_ambiguous_messages_apart() -> None:
    found = summary(ITEMS, {"model": "m"})
    assert (found["messages"], found["scored"], found["ambiguous"]) == (16, 14, 2)
    assert found["emergency_sensitivity"]["total"] == 4
    assert found["versions"] == {"model": "m"}


def test_the_confusion_counts_every_scored_message_under_its_own_label() -> None:
    confusion = summary(ITEMS, {})["confusion"]
    assert confusion["EMERGENCY"] == {"EMERGENCY": 1, "URGENT": 1}
    assert confusion["EMERGENCY_OTHER"] == {"CRISIS": 1, "APPOINTMENT": 1}
    assert confusion["OOS"] == {"CRISIS": 1}
    assert sum(sum(row.values()) for row in confusion.values()) == 14


def test_the_report_shows_measures_with_intervals_and_every_miss() -> None:
    lines = report(ITEMS).splitlines()
    assert lines[0] == "14 messages scored, 2 ambiguous ones apart"
    assert "emergency sensitivity        50.0%  (95 % 15.0% - 85.0%; 2 of 4)" in lines
    missed = lines[lines.index("Missed emergencies: 3") + 1 :][:3]
    assert [line.split("  ")[1] for line in missed] == [
        "EMERGENCY-URGENT",
        "EMERGENCY_OTHER-APPOINTMENT",
        "CRISIS-EMERGENCY",
    ]
    alarms = lines[lines.index("False emergencies: 2") + 1 :][:2]
    assert [line.split("  ")[1] for line in alarms] == ["INFO-EMERGENCY", "OOS-CRISIS"]
    assert lines[-1] == "Ambiguous, answered as: EMERGENCY 1, OUT_OF_SCOPE 1"


def test_the_report_of_nothing_says_so() -> None:
    assert "emergency sensitivity        no case" in report([])
    assert report([]).endswith("Ambiguous, answered as: none")
