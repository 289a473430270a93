"""Findings in, level out: the decision table as a pure and total function.

Rows are monotone: they ask only for things that are said, never for things that are not said. Therefore one more
present finding can only keep or raise the level, and the order in which findings came cannot matter.
"""

from __future__ import annotations

from typing import Iterable, Mapping

from triage.data import ClinicalData, Row, clinical_data
from triage.model import Decision, Finding, Level, Person, Status, Time


def decide(
    findings: Iterable[Finding], topics: Iterable[str] = (), data: ClinicalData | None = None
) -> Decision:
    """The decision on everything said so far.

    `findings` are all findings of the conversation in any order; `topics` its intents. Reasons are row ids, the most
    urgent first. An unsure finding weighs as much as a present one. Without any row the level is OUT_OF_SCOPE.

    >>> from triage.extract import extract
    >>> decide(extract("I cannot feel my legs").findings).level.name
    'EMERGENCY'
    """
    data = data or clinical_data()
    findings = tuple(findings)
    stated = _by_concept(findings)
    because: dict[str, tuple[str, ...]] = {}
    for row in data.rows:
        words = _words_of(row, stated, data.groups)
        if words is None and not row.topics.isdisjoint(topics):
            words = ()
        if words is not None:
            because[row.id] = words
    _add_rows_about_rows(data, findings, stated, because)
    _add_rows_about_scope(data, findings, because)
    levels = {row.id: row.level for row in data.rows}
    reasons = tuple(sorted(because, key=lambda id_: -levels[id_]))
    return Decision(max((levels[id_] for id_ in reasons), default=Level.OUT_OF_SCOPE), reasons, because)


def _by_concept(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    stated: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.counts:
            stated.setdefault(finding.concept, []).append(finding)
    return stated


def _words_of(
    row: Row, stated: Mapping[str, list[Finding]], groups: Mapping[str, frozenset[str]]
) -> tuple[str, ...] | None:
    """The words that make `row` hold, or None when it does not hold."""
    for names in row.when:
        members = [groups.get(name, frozenset({name})) & stated.keys() for name in sorted(names)]
        if all(members):
            return tuple(finding.text for found in members for name in sorted(found) for finding in stated[name])
    return None


def _holding(data: ClinicalData, stated: Mapping[str, list[Finding]], ids: frozenset[str]) -> bool:
    return any(row.id in ids and _words_of(row, stated, data.groups) is not None for row in data.rows)


def _add_rows_about_rows(
    data: ClinicalData,
    findings: tuple[Finding, ...],
    stated: Mapping[str, list[Finding]],
    because: dict[str, tuple[str, ...]],
) -> None:
    """Rows that count other rows, or say that one holds for another person or out of an unsure answer."""
    others = {c: f for c, fs in stated.items() if (f := [x for x in fs if x.experiencer is Person.OTHER])}
    unsure = {c: f for c, fs in stated.items() if (f := [x for x in fs if x.status is Status.UNKNOWN])}
    for row in data.rows:
        if row.at_least and len(row.of & because.keys()) >= row.at_least:
            because[row.id] = ()
        if row.for_another_person and others and _holding(data, others, row.for_another_person):
            because[row.id] = tuple(f.text for fs in others.values() for f in fs)
        if row.when_unsure and unsure and _holding(data, unsure, row.when_unsure):
            because[row.id] = tuple(f.text for fs in unsure.values() for f in fs)


def _add_rows_about_scope(data: ClinicalData, findings: tuple[Finding, ...], because: dict[str, tuple[str, ...]]) -> None:
    """Rows for what is only supposed (I2) or long over (I3)."""
    for row in data.rows:
        for wanted, time in ((row.if_only, Time.IF), (row.past_only, Time.PAST)):
            words = tuple(f.text for f in findings if f.temporality is time and f.status is not Status.ABSENT)
            if wanted and words:
                because[row.id] = words
