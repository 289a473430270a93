"""Text in, findings out: the reading of one message. Pure, deterministic, total."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from triage import grammar, lexicon
from triage.around import LITERALS
from triage.data import clinical_data
from triage.errors import DataError
from triage.grammar import Match, Rule, RuleIndex
from triage.model import Extraction, Finding, Person, Status, Time
from triage.replies import read_reply
from triage.schema import ClinicalData, FindingRule
from triage.scope import Scope, ScopeReader
from triage.units import Reader, Reading

_ENOUGH = 24  # matches of one concept that are read before the rest is taken for repetition


@dataclass(frozen=True)
class _Compiled:
    rule: FindingRule
    says: tuple[Rule, ...]
    excepts: tuple[Rule, ...]


class Extractor:
    """Reads messages by one set of clinical data. Building it checks every pattern; `triage.examples` checks the examples."""

    def __init__(self, data: ClinicalData) -> None:
        built = lexicon.build(data.vocabulary, "vocabulary.yml")
        words = set(LITERALS)
        for rule in data.findings:
            for pattern in rule.says + rule.excepts:
                words |= self._literals(rule, pattern)
        self._reader = Reader(built, words, lexicon.build(data.cues, "cues.yml"))
        self._scopes = ScopeReader(self._reader)
        self._compiled = [self._compile(rule) for rule in data.findings]
        self._rules = {rule.concept: rule for rule in data.findings}
        owners = [(rule, number) for number, entry in enumerate(self._compiled) for rule in entry.says]
        self._owner = {id(rule): number for rule, number in owners}
        self._index = RuleIndex(rule for rule, _ in owners)
        self._version = data.version

    def read(self, message: str) -> Extraction:
        """Every finding in `message`, in the order of the text, and the reply it gives to a pending question."""
        reading = self._reader.read(message)
        findings = self._findings(reading, message)
        findings = _qualified(findings, self._rules)
        findings.sort(key=lambda f: (f.start, f.end, f.concept))
        return Extraction(tuple(findings), read_reply(reading), False, self._version, len(message))

    def matched_concepts(self, text: str) -> set[str]:
        """Concepts read in `text`, whatever their scope; used to check examples."""
        return {finding.rule.partition(".")[0] for finding in self._findings(self._reader.read(text), text)}

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

    def _findings(self, reading: Reading, message: str) -> list[Finding]:
        """The findings of a reading, by concept in the order of the data files."""
        candidates: dict[int, list[Rule]] = {}
        for rule in self._index.candidates(reading.chars):
            candidates.setdefault(self._owner[id(rule)], []).append(rule)
        found: list[Finding] = []
        for number in sorted(candidates):
            found.extend(self._find(self._compiled[number], candidates[number], reading, message))
        return found

    def _find(self, entry: _Compiled, rules: list[Rule], reading: Reading, message: str) -> list[Finding]:
        hits = [(match, rule) for rule in rules for match in rule.matches(reading.chars)]
        if not hits:
            return []
        barred = [match for rule in entry.excepts for match in rule.matches(reading.chars)]
        # One finding a concept and scope: the longest words that say it explain it best, so they are read first; but words
        # across a comma last ("I can't walk, back trouble for years" says more of the back).
        hits.sort(
            key=lambda hit: (
                self._scopes.spans_comma(reading, hit[0]),
                hit[0].start - hit[0].end,
                hit[0].start,
                entry.says.index(hit[1]),
            )
        )
        best: dict[tuple[Status, Time, Person], Finding] = {}
        for number, (match, rule) in enumerate(hits):
            if number >= _ENOUGH and any(finding.counts for finding in best.values()):
                break  # said often enough; more of the same cannot change anything
            if any(bar.start < match.end and match.start < bar.end for bar in barred):
                continue
            scope = self._scope(entry.rule, reading, match)
            finding = self._finding(entry, rule, match, scope, reading, message)
            if scope.chronic and entry.rule.when_chronic and "chronic" not in entry.rule.ignores:
                finding = replace(finding, concept=entry.rule.when_chronic)
            best.setdefault((finding.status, finding.temporality, finding.experiencer), finding)
        return list(best.values())

    def _scope(self, rule: FindingRule, reading: Reading, match: Match) -> Scope:
        scope = self._scopes.read(reading, match)
        time = scope.time
        if time is Time.PAST and scope.chronic and rule.when_chronic and not scope.over:
            time = Time.NOW  # "the same for thirty years" lasts
        if time is Time.PAST and "time" in rule.ignores and not scope.over:
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


_WIDER_THAN_ONE_LIMB = {
    "both_legs_symptom",
    "limb_weakness",
    "walking_difficulty",
    "pain_worsening",
    "falls",
    "paralysis",
}


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
