"""The evaluation's tables, causes and changes, on judgements small enough to count by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.evaluation import Item
from evaluation import changes, charts, tables
from evaluation.corpus import SEEN, UNSEEN
from evaluation.judging import Judged, cause
from triage import Estimate, Turn, clinical_data, extract, fold

ROOT = Path(__file__).resolve().parent.parent.parent


def judged(
    id_: str, gold: str, predicted: str, rules: str, *, part: str = UNSEEN, slice_: str = "plain", chance: float = 0.5
) -> Judged:
    item = Item(id_, f"words of {id_} | more", gold, predicted, ())
    return Judged(item, part, slice_, "E1", rules, Estimate(chance, 0, 0), "" if item.is_safe else "a cause")


ALL = [
    judged("a", "EMERGENCY", "EMERGENCY", "OUT_OF_SCOPE", chance=0.9),
    judged("b", "EMERGENCY", "APPOINTMENT", "APPOINTMENT", slice_="euphemism", chance=0.1),
    judged("c", "CRISIS", "CRISIS", "CRISIS", slice_="crisis", chance=0.9),
    judged("d", "OUT_OF_SCOPE", "EMERGENCY", "OUT_OF_SCOPE", slice_="idiom", chance=0.7),
    judged("e", "EMERGENCY", "URGENT", "URGENT", part=SEEN),
]


def cells(table: str, first: str) -> list[str]:
    row = next(line for line in table.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_the_measures_stand_with_and_without_the_second_net() -> None:
    row = cells(tables.measures(ALL), "emergency sensitivity")
    assert [cell.split()[0] for cell in row[2:]] == ["50.0%", "0.0%", "0.0%", "0.0%"]


def test_a_slice_shows_its_own_emergencies_only() -> None:
    assert "1/1" in cells(tables.by_slice(ALL), "plain")[1]
    assert "0/1" in cells(tables.by_slice(ALL), "euphemism")[1]


def test_false_alarms_are_counted_by_kind() -> None:
    assert [cell[:5] for cell in cells(tables.false_alarms(ALL), "idiom")[1:3]] == ["100.0", "0.0% "]


def test_words_of_the_unseen_part_are_never_shown() -> None:
    shown = tables.missed(ALL)
    assert "words of b" not in shown
    assert "words of e / more" in shown


def test_without_a_miss_there_is_no_table() -> None:
    assert tables.missed(ALL[:1]) == "None."


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["my back hurts"], "only the safety questions began"),
        (["my legs are not weak"], "as denied"),
        (["what if my legs get weak"], "as supposed"),
        (["hello there"], "neither the rules nor the second net heard anything"),
        (["I had cancer"], "less was read: cancer_history"),
    ],
)
def test_a_miss_has_a_cause(texts: list[str], words: str) -> None:
    assert words in cause(fold([Turn(extract(text)) for text in texts]))


def test_results_are_compared_message_by_message() -> None:
    before = json.loads(changes.results(ALL, {}))
    before["answers"] |= {"a": "OUT_OF_SCOPE", "d": "OUT_OF_SCOPE", "e": "EMERGENCY"}
    shown = changes.change(ALL, before)
    assert "2 answered otherwise; 1 put right, 1 put wrong." in shown
    assert "Put wrong: e (EMERGENCY -> URGENT)." in shown


def test_without_earlier_results_nothing_is_compared() -> None:
    assert changes.change(ALL, {}) == "There are no earlier results to compare with."


def test_calibration_error_is_the_distance_of_chance_and_truth() -> None:
    assert charts.calibration_error([judged("x", "EMERGENCY", "EMERGENCY", "EMERGENCY", chance=0.75)]) == 0.25
    assert charts.calibration_error([]) == 0


def test_the_images_are_written(tmp_path: Path) -> None:
    charts.confusion([one.item for one in ALL], tmp_path / "confusion.png")
    charts.reliability(ALL, tmp_path / "reliability.png")
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 2


def test_the_published_evaluation_is_of_todays_clinical_data_and_net() -> None:
    from assistant.data_versions import data_versions

    published = json.loads((ROOT / changes.RESULTS).read_text("utf-8"))["versions"]
    assert published == data_versions(), "run `make evaluation`"
    assert clinical_data().version in (ROOT / "docs" / "evaluation.md").read_text("utf-8")
