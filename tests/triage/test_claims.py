"""What stands twice, or has no example that works, is refused by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from spoiling import change, line_of, refused

from triage import examples
from triage.data import load
from triage.schema import ClinicalData


@pytest.fixture
def pain(small_data: Path) -> Path:
    return small_data / "findings" / "pain.yml"


def test_a_phrase_that_a_finding_says_twice_is_refused_at_the_second(small_data: Path, pain: Path) -> None:
    line = change(pain, "    - back .. <pain>\n", "    - <pain>  .. back\n")
    refused(small_data, f"findings/pain.yml:{line}: '<pain>  .. back' already stands at findings/pain.yml:{line - 1}")


def test_a_phrase_that_another_finding_claims_is_refused(small_data: Path, pain: Path) -> None:
    change(pain, "says: [neck .. <pain>]", "says: [neck .. <pain>, back .. <pain>]")
    refused(small_data, "findings/pain.yml:", "'back .. <pain>' is claimed by 'back_pain' at findings/pain.yml:")


def test_a_phrase_that_both_findings_mean_may_be_shared(small_data: Path, pain: Path) -> None:
    change(pain, "says: [neck .. <pain>]", "says: [neck .. <pain>, back .. <pain>]\n  shares: [back_pain]")
    examples.check(load(small_data))


def test_a_word_that_a_class_holds_twice_is_refused(small_data: Path) -> None:
    line = change(small_data / "vocabulary.yml", "weak: weak, weaker", "weak: weak, weaker, weak")
    refused(small_data, f"vocabulary.yml:{line}: 'weak' stands here twice")


def test_an_example_that_stands_twice_is_refused(small_data: Path, pain: Path) -> None:
    change(pain, "examples: [my neck hurts]", "examples: [my neck hurts, my neck hurts]")
    refused(small_data, "findings/pain.yml:", "'my neck hurts' stands here twice")


def test_an_example_that_its_finding_does_not_read_is_refused(small_data: Path, pain: Path) -> None:
    line = change(pain, "examples: [my neck hurts]", "examples: [my ankle hurts]")
    refused(small_data, f"findings/pain.yml:{line}: 'neck_pain' is not found in its example 'my ankle hurts'")


def test_a_counterexample_that_its_finding_reads_is_refused(small_data: Path) -> None:
    path = small_data / "findings" / "weakness.yml"
    line = change(path, "not_examples: [my week was long]", "not_examples: [my legs are weak today]")
    refused(small_data, f"findings/weakness.yml:{line}: 'limb_weakness' is found in 'my legs are weak today'")


def test_a_row_without_an_example_is_refused(small_data: Path) -> None:
    line = change(small_data / "decisions.yml", 'example: "my legs are weak", ', "")
    refused(small_data, f"decisions.yml:{line}: 'example' is missing")


def test_a_row_that_its_own_example_does_not_reach_is_refused(small_data: Path) -> None:
    line = change(small_data / "decisions.yml", '"my legs are weak"', '"my legs are fine"')
    refused(small_data, f"decisions.yml:{line}: row E1 does not hold after its own example 'my legs are fine'")


def test_an_example_may_be_a_conversation(small_data: Path) -> None:
    path = small_data / "decisions.yml"
    line = line_of(path, "{id: U1,")
    change(path, '["my back hurts", "no", "yes"]', '["my back hurts", "no", "no"]')
    refused(small_data, f"decisions.yml:{line}: row U1 does not hold", "'my back hurts / no / no'")


def test_the_clinical_data_itself_holds_nothing_twice_and_every_row_is_reached(data: ClinicalData) -> None:
    examples.check(data)
