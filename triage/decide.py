"""Findings in, level out: the decision table as a pure and total function.

Rows are monotone: they ask only for things that are said, never for things that are not said. Therefore one more
present finding can only keep or raise the level, and the order in which findings came cannot matter.
"""

from __future__ import annotations

from typing import Callable, Iterable, Mapping

from triage.data import clinical_data
from triage.model import Decision, Finding, Level, Person, Status, Time
from triage.schema import ClinicalData, Row


def decide(findings: Iterable[Finding], topics: Iterable[str] = (), data: ClinicalData | None = None) -> Decision:
    """The decision on everything said so far.

    `findings` are all findings of the conversation in any order; `topics` its intents. Reasons are row ids, the most
    urgent first. An unsure finding weighs as much as a present one. Without any row the level is OUT_OF_SCOPE.

    >>> from triage.extract import extract
    >>> decide(extract("I cannot feel my legs").findings).level.name
    'EMERGENCY'
    """
    data = data or clinical_data()
    findings = tuple(findings)
    topics = frozenset(topics)
    stated = _by_concept(findings)
    because: dict[str, tuple[str, ...]] = {}
    for row in data.rows:
        words = _words_of(row, stated) if stated else None
        if words is None and row.topics & topics:
            words = ()
        if words is None and (row.if_only or row.past_only):
            words = _words_out_of_time(row, findings)
        if words is not None:
            because[row.id] = words
    if because:
        _add_rows_about_rows(data, stated, because)
    levels = {row.id: row.level for row in data.rows if row.id in because}
    reasons = tuple(sorted(because, key=lambda id_: -levels[id_]))
    return Decision(max(levels.values(), default=Level.OUT_OF_SCOPE), reasons, because)


def _by_concept(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    stated: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.counts:
            stated.setdefault(finding.concept, []).append(finding)
    return stated


def _words_of(row: Row, stated: Mapping[str, list[Finding]]) -> tuple[str, ...] | None:
    """The words that make `row` hold, or None when it does not hold."""
    if row.concepts.isdisjoint(stated):
        return None  # nearly always, and soon known
    for entries in row.when:
        if all(not entry.isdisjoint(stated) for entry in entries):
            concepts = sorted({concept for entry in entries for concept in entry & stated.keys()})
            return tuple(finding.text for concept in concepts for finding in stated[concept])
    return None


def _words_out_of_time(row: Row, findings: Iterable[Finding]) -> tuple[str, ...] | None:
    """The words that are only supposed (I2) or long over (I3), None when there are none."""
    wanted = Time.IF if row.if_only else Time.PAST
    words = tuple(
        f.text
        for f in findings
        if f.temporality is wanted and f.status is not Status.ABSENT and f.concept not in row.not_about
    )
    return words or None


def _add_rows_about_rows(
    data: ClinicalData, stated: Mapping[str, list[Finding]], because: dict[str, tuple[str, ...]]
) -> None:
    """Rows that count other rows, or say that one holds for another person or out of an unsure answer."""
    others = _only(stated, lambda finding: finding.experiencer is Person.OTHER)
    unsure = _only(stated, lambda finding: finding.status is Status.UNKNOWN)
    for row in data.rows:
        if row.at_least and len(row.of & because.keys()) >= row.at_least:
            because[row.id] = ()
        for ids, part in ((row.for_another_person, others), (row.when_unsure, unsure)):
            if ids and part and any(other.id in ids and _words_of(other, part) is not None for other in data.rows):
                because[row.id] = tuple(finding.text for findings in part.values() for finding in findings)


def _only(stated: Mapping[str, list[Finding]], wanted: Callable[[Finding], bool]) -> dict[str, list[Finding]]:
    chosen = {concept: [f for f in findings if wanted(f)] for concept, findings in stated.items()}
    return {concept: findings for concept, findings in chosen.items() if findings}
