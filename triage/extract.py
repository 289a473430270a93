"""Text in, findings out: the reading of one message. Pure, deterministic, total."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from triage import grammar, lexicon
from triage.data import ClinicalData, FindingRule, clinical_data
from triage.errors import DataError
from triage.grammar import Match, Rule
from triage.model import Extraction, Finding, Person, Status, Time
from triage.replies import read_reply
from triage.scope import LITERALS, Scope, ScopeReader
from triage.units import Reader, Reading


@dataclass(frozen=True)
class _Compiled:
    rule: FindingRule
    says: tuple[Rule, ...]
    excepts: tuple[Rule, ...]


class Extractor:
    """Reads messages by one set of clinical data. Building it checks every pattern and example."""

    def __init__(self, data: ClinicalData) -> None:
        built = lexicon.build(data.vocabulary, "vocabulary.yml")
        words = set(LITERALS)
        for rule in data.findings:
            for pattern in rule.says + rule.excepts:
                words |= self._literals(rule, pattern)
        self._reader = Reader(built, words, lexicon.build(data.cues, "cues.yml"))
        self._scopes = ScopeReader(self._reader)
        self._compiled = [self._compile(rule) for rule in data.findings]
        self._version = data.version

    def read(self, message: str) -> Extraction:
        """Every finding in `message`, in the order of the text, and the reply it gives to a pending question."""
        reading = self._reader.read(message)
        findings = [finding for entry in self._compiled for finding in self._find(entry, reading, message)]
        findings = _qualified(findings, {entry.rule.concept: entry.rule for entry in self._compiled})
        findings.sort(key=lambda f: (f.start, f.end, f.concept))
        return Extraction(tuple(findings), read_reply(reading), False, self._version)

    def matched_concepts(self, text: str) -> set[str]:
        """Concepts whose patterns match `text`, whatever their scope; used to check examples."""
        reading = self._reader.read(text)
        return {entry.rule.concept for entry in self._compiled if self._find(entry, reading, text)}

    @staticmethod
    def _literals(rule: FindingRule, pattern: str) -> set[str]:
        try:
            return grammar.literals(pattern)
        except DataError as error:
            raise DataError(f"{getattr(pattern, 'where', rule.where)}: {error}") from error

    def _compile(self, rule: FindingRule) -> _Compiled:
        def build(pattern: str) -> Rule:
            try:
                return Rule(pattern, self._reader.chars_of)
            except DataError as error:
                raise DataError(f"{getattr(pattern, 'where', rule.where)}: {error}") from error

        return _Compiled(rule, tuple(map(build, rule.says)), tuple(map(build, rule.excepts)))

    def _find(self, entry: _Compiled, reading: Reading, message: str) -> list[Finding]:
        hits = list(grammar.find(entry.says, reading.chars))
        if not hits:
            return []
        barred = [match for _, match in grammar.find(entry.excepts, reading.chars)]
        best: dict[tuple[Status, Time, Person], tuple[Finding, int]] = {}
        for rule, match in hits:
            if any(bar.start < match.end and match.start < bar.end for bar in barred):
                continue
            scope = self._scope(entry.rule, reading, match)
            finding = self._finding(entry, rule, match, scope, reading, message)
            key = (finding.status, finding.temporality, finding.experiencer)
            size = match.end - match.start
            if scope.chronic and entry.rule.when_chronic and "chronic" not in entry.rule.ignores:
                finding = replace(finding, concept=entry.rule.when_chronic)
            # One finding a concept and scope: the longest words that say it explain it best.
            if key not in best or size > best[key][1]:
                best[key] = (finding, size)
        return [finding for finding, _ in best.values()]

    def _scope(self, rule: FindingRule, reading: Reading, match: Match) -> Scope:
        scope = self._scopes.read(reading, match)
        time = scope.time
        if time is Time.PAST and scope.chronic and rule.when_chronic:
            time = Time.NOW  # "the same for thirty years" lasts
        if time is Time.PAST and "time" in rule.ignores:
            time = Time.NOW
        if time is Time.IF and "condition" in rule.ignores:
            time = Time.NOW
        status = Status.PRESENT if "negation" in rule.ignores else scope.status
        return Scope(status, time, scope.person, scope.chronic)

    @staticmethod
    def _finding(entry: _Compiled, rule: Rule, match: Match, scope: Scope, reading: Reading, message: str) -> Finding:
        start, end = reading.units[match.start].start, reading.units[match.end - 1].end
        return Finding(
            concept=entry.rule.concept,
            status=scope.status,
            temporality=scope.time,
            experiencer=scope.person,
            text=message[start:end],
            start=start,
            end=end,
            rule=f"{entry.rule.concept}.{entry.says.index(rule) + 1}",
            row=entry.rule.row,
        )


_WIDER_THAN_ONE_LIMB = {"both_legs_symptom", "limb_weakness", "walking_difficulty", "pain_worsening", "falls", "paralysis"}


def _qualified(findings: list[Finding], rules: dict[str, FindingRule]) -> list[Finding]:
    """Findings as the same message qualifies them: weakness or one numb limb in somebody who says "never had cancer".

    A qualifier reaches only the message it stands in. So a denial in a later message cannot lower what was said
    before, and the order of messages cannot change the level.
    """
    stated = {finding.concept for finding in findings if finding.counts}
    if "cancer_denied" not in stated or "cancer_history" in stated:
        return findings
    wide = bool(stated & _WIDER_THAN_ONE_LIMB)
    qualified = []
    for finding in findings:
        rule = rules.get(finding.concept)
        renamed = rule.without_cancer if rule else None
        if finding.concept == "limb_numbness" and wide:
            renamed = None
        qualified.append(replace(finding, concept=renamed) if renamed else finding)
    return qualified


@lru_cache(maxsize=1)
def _extractor() -> Extractor:
    return Extractor(clinical_data())


def extract(message: str) -> Extraction:
    """Findings and reply in one message, by the repository's clinical data.

    >>> [f.concept for f in extract("my legs gave out this morning").findings]
    ['limb_weakness']
    """
    return _extractor().read(message)


