"""Load `data/triage` strictly: what a clinician edits either works as written or names its file and line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable, Mapping

from triage import yaml_lines
from triage.errors import DataError
from triage.model import Level

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data" / "triage"
CERTAINTIES = ("seen", "seen-2nd", "recalled", "judgement")
# What decides about time, in `FindingRule.ignores`.
IGNORABLE = ("time", "chronic", "condition", "negation")


@dataclass(frozen=True)
class FindingRule:
    """One concept and how people say it."""

    concept: str
    row: str
    plain: str
    source: str
    certainty: str
    says: tuple[str, ...]
    excepts: tuple[str, ...]
    examples: tuple[str, ...]
    not_examples: tuple[str, ...]
    when_chronic: str | None
    without_cancer: str | None
    ignores: frozenset[str]
    where: str


@dataclass(frozen=True)
class Row:
    """One row of the decision table. Exactly one of the conditions is set, or `topics` with or without one."""

    id: str
    level: Level
    when: tuple[tuple[frozenset[str], ...], ...]  # any of these lists, all of its entries, any concept of an entry
    topics: frozenset[str]
    at_least: int
    of: frozenset[str]
    for_another_person: frozenset[str]
    when_unsure: frozenset[str]
    if_only: bool
    past_only: bool
    source: str
    certainty: str
    where: str


@dataclass(frozen=True)
class Question:
    """One safety question; `concept` is what yes means, None when only the words of the answer count."""

    id: str
    response: str
    concept: str | None
    covers: frozenset[str]


@dataclass(frozen=True)
class ClinicalData:
    """Everything in `data/triage`, checked, with the hash that travels with each decision."""

    vocabulary: Mapping[str, str]
    cues: Mapping[str, str]
    findings: tuple[FindingRule, ...]
    rows: tuple[Row, ...]
    questions: tuple[Question, ...]
    start_on: frozenset[str]
    contacts: Mapping[str, Mapping[str, str]]
    version: str


def hash_of(folder: Path) -> str:
    """The first 12 hex digits of a SHA-256 over names and bytes of every YAML file in `folder`, in order."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def load(folder: Path = DATA_FOLDER) -> ClinicalData:
    """Read and check the folder. Raises DataError with file and line."""
    findings = tuple(
        _finding(entry, where)
        for path in sorted((folder / "findings").glob("*.yml"))
        for entry, where in _entries(yaml_lines.load(path, folder), path.name)
    )
    decisions = yaml_lines.load(folder / "decisions.yml", folder)
    _keys(decisions, {"groups", "rows"}, set())
    questions = yaml_lines.load(folder / "questions.yml", folder)
    _keys(questions, {"start_on", "questions"}, set())
    contacts = yaml_lines.load(folder / "contacts.yml", folder)
    data = ClinicalData(
        vocabulary=yaml_lines.load(folder / "vocabulary.yml", folder),
        cues=yaml_lines.load(folder / "cues.yml", folder),
        findings=findings,
        rows=tuple(_row(entry, decisions["groups"]) for entry in decisions["rows"]),
        questions=tuple(_question(entry) for entry in questions["questions"]),
        start_on=frozenset(questions["start_on"]),
        contacts={entry["id"]: dict(entry) for entry in contacts["contacts"]},
        version=hash_of(folder),
    )
    _check_together(data)
    return data


@lru_cache(maxsize=1)
def clinical_data() -> ClinicalData:
    """The repository's own data, read once a process."""
    return load()


def _entries(content: Any, name: str) -> Iterable[tuple[Any, str]]:
    if not isinstance(content, list):
        raise DataError(f"findings/{name}:1: expected a list of findings")
    for entry in content:
        if not isinstance(entry, yaml_lines.Mapping):
            raise DataError(f"{getattr(entry, 'where', name)}: expected a finding with 'concept', 'says', ...")
        yield entry, entry.where


def _keys(entry: Any, required: set[str], optional: set[str]) -> None:
    where = getattr(entry, "where", "?")
    if not isinstance(entry, dict):
        raise DataError(f"{where}: expected keys {', '.join(sorted(required))}")
    for key in entry:
        if key not in required | optional:
            raise DataError(f"{where}: unknown key '{key}' (known: {', '.join(sorted(required | optional))})")
    for key in sorted(required):
        if entry.get(key) in (None, "", []):
            raise DataError(f"{where}: '{key}' is missing")


def _texts(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = entry.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise DataError(f"{where}: '{key}' must be a list of texts")
    return tuple(values)


def _certainty(entry: Mapping[str, Any], where: str) -> str:
    if entry["certainty"] not in CERTAINTIES:
        raise DataError(f"{where}: certainty '{entry['certainty']}' is none of {', '.join(CERTAINTIES)}")
    return str(entry["certainty"])


def _finding(entry: Any, where: str) -> FindingRule:
    required = {"concept", "row", "plain", "source", "certainty", "says", "examples"}
    _keys(entry, required, {"except", "not_examples", "when_chronic", "without_cancer", "ignores"})
    ignores = _texts(entry, "ignores", where)
    for name in ignores:
        if name not in IGNORABLE:
            raise DataError(f"{where}: 'ignores' knows {', '.join(IGNORABLE)}, not '{name}'")
    return FindingRule(
        concept=entry["concept"],
        row=entry["row"],
        plain=entry["plain"],
        source=entry["source"],
        certainty=_certainty(entry, where),
        says=_texts(entry, "says", where),
        excepts=_texts(entry, "except", where),
        examples=_texts(entry, "examples", where),
        not_examples=_texts(entry, "not_examples", where),
        when_chronic=entry.get("when_chronic"),
        without_cancer=entry.get("without_cancer"),
        ignores=frozenset(ignores),
        where=where,
    )


def _row(entry: Any, groups: Mapping[str, list[str]]) -> Row:
    conditions = {"when", "topics", "at_least", "for_another_person", "when_unsure", "if_only", "past_only"}
    _keys(entry, {"id", "level", "source", "certainty"}, conditions)
    where = entry.where
    if not conditions & set(entry):
        raise DataError(f"{where}: row {entry['id']} can never hold: it needs one of {', '.join(sorted(conditions))}")
    if entry["level"] not in Level.__members__:
        raise DataError(f"{where}: level '{entry['level']}' is none of {', '.join(Level.__members__)}")
    at_least = entry.get("at_least") or {"count": 0, "of": []}
    return Row(
        id=entry["id"],
        level=Level[entry["level"]],
        when=tuple(
            tuple(frozenset(groups.get(name, [name])) for name in names) for names in entry.get("when") or ()
        ),
        topics=frozenset(entry.get("topics") or ()),
        at_least=at_least["count"],
        of=frozenset(at_least["of"]),
        for_another_person=frozenset(entry.get("for_another_person") or ()),
        when_unsure=frozenset(entry.get("when_unsure") or ()),
        if_only=bool(entry.get("if_only")),
        past_only=bool(entry.get("past_only")),
        source=entry["source"],
        certainty=_certainty(entry, where),
        where=where,
    )


def _question(entry: Any) -> Question:
    _keys(entry, {"id", "response", "covers", "why", "source"}, {"concept"})
    return Question(entry["id"], entry["response"], entry.get("concept"), frozenset(entry["covers"]))


def _check_together(data: ClinicalData) -> None:
    """Checks that need more than one file: every name is known, every row and finding can be reached."""
    rows = {row.id for row in data.rows}
    said: dict[str, str] = {}
    for rule in data.findings:
        if rule.concept in said:
            raise DataError(f"{rule.where}: '{rule.concept}' already stands at {said[rule.concept]}")
        said[rule.concept] = rule.where
        if rule.row not in rows:
            raise DataError(f"{rule.where}: '{rule.concept}' names row {rule.row}, which decisions.yml does not have")
    derived = {name for rule in data.findings for name in (rule.when_chronic, rule.without_cancer) if name}
    asked = {question.concept for question in data.questions if question.concept}
    sayable = set(said) | derived | asked
    for row in data.rows:
        for name in sorted({name for entries in row.when for entry in entries for name in entry}):
            if name not in sayable:
                raise DataError(f"{row.where}: row {row.id} waits for '{name}', which nobody can say")
        for other in row.of | row.for_another_person | row.when_unsure:
            if other not in rows:
                raise DataError(f"{row.where}: row {row.id} counts row {other}, which does not exist")
    for name in sorted(data.start_on | {c for q in data.questions for c in q.covers}):
        if name not in sayable:
            raise DataError(f"questions.yml: '{name}' is a finding that nobody can say")
