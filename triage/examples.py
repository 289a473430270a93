"""Every finding is found in its own examples: the check that a clinician's new words do what they were written for."""

from __future__ import annotations

from triage.data import ClinicalData, FindingRule
from triage.errors import DataError
from triage.extract import Extractor


def check(data: ClinicalData) -> None:
    """Read every example of every finding with `data`, whoever and whenever it speaks of.

    Raises DataError with file and line of the first example that its finding does not read, or of the first
    `not_examples` entry that it does read, and for patterns and classes that mean nothing.
    """
    extractor = Extractor(data)
    for rule in data.findings:
        for text in rule.examples:
            if rule.concept not in extractor.matched_concepts(text):
                raise DataError(f"{_place(text, rule)}: '{rule.concept}' is not found in its example '{text}'")
        for text in rule.not_examples:
            if rule.concept in extractor.matched_concepts(text):
                raise DataError(f"{_place(text, rule)}: '{rule.concept}' is found in '{text}', which it must not read")


def _place(text: str, rule: FindingRule) -> str:
    return getattr(text, "where", rule.where)
