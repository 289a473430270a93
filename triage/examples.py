"""Every finding is found in its own examples and every row is reached by its own: the check that a clinician's new words
do what they were written for.
"""

from __future__ import annotations

from triage.claims import check_phrases, check_words
from triage.conversation import fold
from triage.errors import DataError
from triage.extract import Extractor
from triage.schema import ClinicalData, FindingRule
from triage.state import Turn


def check(data: ClinicalData) -> None:
    """Read every example of every finding with `data`, whoever and whenever it speaks of.

    Raises DataError with file and line of the first example that its finding does not read, of the first `not_examples`
    entry that it does read, of a row that its own example does not reach, of a phrase or word that stands twice, and of
    patterns and classes that mean nothing.
    """
    check_words(data.vocabulary)
    check_words(data.cues)
    check_phrases(data.findings)
    extractor = Extractor(data)
    for rule in data.findings:
        for text in rule.examples:
            if rule.concept not in extractor.matched_concepts(text):
                raise DataError(f"{_place(text, rule)}: '{rule.concept}' is not found in its example '{text}'")
        for text in rule.not_examples:
            if rule.concept in extractor.matched_concepts(text):
                raise DataError(f"{_place(text, rule)}: '{rule.concept}' is found in '{text}', which it must not read")
    for row in data.rows:
        state = fold([Turn(extractor.read(text)) for text in row.example], data)
        # An intent, which only the model sees, may be what the row waits for; the tests of the agent play those.
        if row.id not in state.decision.reasons and not row.topics:
            raise DataError(
                f"{row.where}: row {row.id} does not hold after its own example '{' / '.join(row.example)}'"
            )


def _place(text: str, rule: FindingRule) -> str:
    return getattr(text, "where", rule.where)
