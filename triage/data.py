"""Load `data/triage` strictly: what a clinician edits either works as written or names its file and line."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable, Mapping

from triage import yaml_lines
from triage.errors import DataError
from triage.model import Level
from triage.schema import ClinicalData, FindingRule, Question, Row
from triage.suspicion import CONCEPTS as SUSPECTED
from triage.thresholds import load_thresholds

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data" / "triage"
CERTAINTIES = ("seen", "seen-2nd", "recalled", "judgement")
# Findings that a conversation itself leads to (see triage.conversation), beside what is said and asked.
CONCLUDED = frozenset({"cancer_unanswered", "warning_sign_affirmed"}) | SUSPECTED
IGNORABLE = ("time", "chronic", "condition", "negation")


def hash_of(folder: Path) -> str:
    """The first 12 hex digits of a SHA-256 over names and bytes of every YAML file in `folder`, in order."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def load(folder: Path = DATA_FOLDER) -> ClinicalData:
    """Read and check the folder. Raises DataError with file and line."""
    decisions = _mapping(folder / "decisions.yml", folder, {"groups", "rows"})
    questions = _mapping(folder / "questions.yml", folder, {"start_on", "questions"})
    contacts = _mapping(folder / "contacts.yml", folder, {"contacts"})
    groups = _groups(decisions)
    if "background" not in groups:
        raise DataError(
            f"{decisions['groups'].where}: the group 'background' is missing: what people tell that is no complaint"
        )
    data = ClinicalData(
        vocabulary=_words(folder / "vocabulary.yml", folder),
        cues=_words(folder / "cues.yml", folder),
        findings=tuple(
            _finding(entry)
            for path in sorted((folder / "findings").glob("*.yml"))
            for entry in _entries(yaml_lines.load(path, folder), f"findings/{path.name}:1")
        ),
        rows=tuple(_row(entry, groups) for entry in _entries(decisions["rows"], decisions.where)),
        questions=tuple(_question(entry) for entry in _entries(questions["questions"], questions.where)),
        background=frozenset(groups["background"]),
        start_on=frozenset(_texts(questions, "start_on", questions.where)),
        contacts=dict(map(_contact, _entries(contacts["contacts"], contacts.where))),
        thresholds=load_thresholds(folder),
        version=hash_of(folder),
    )
    _check_together(data)
    return data


@lru_cache(maxsize=1)
def clinical_data() -> ClinicalData:
    """The repository's own data, read once a process."""
    return load()


def _mapping(path: Path, folder: Path, keys: set[str]) -> yaml_lines.Mapping:
    content = yaml_lines.load(path, folder)
    if not isinstance(content, yaml_lines.Mapping):
        raise DataError(f"{path.name}:1: expected keys {', '.join(sorted(keys))}")
    _keys(content, keys, set())
    return content


def _words(path: Path, folder: Path) -> Mapping[str, str]:
    """A file of "name: words, words"."""
    content = yaml_lines.load(path, folder)
    if not isinstance(content, yaml_lines.Mapping):
        raise DataError(f"{path.name}:1: expected lines like 'name: word, word'")
    for name, words in content.items():
        if not isinstance(words, str):
            raise DataError(f"{getattr(name, 'where', path.name)}: '{name}' must be words separated by commas")
    return content


def _groups(decisions: yaml_lines.Mapping) -> Mapping[str, tuple[str, ...]]:
    groups = decisions["groups"]
    if not isinstance(groups, yaml_lines.Mapping):
        raise DataError(f"{decisions.where}: expected groups like 'name: [finding, finding]'")
    return {name: _texts(groups, name, groups.where) for name in groups}


def _entries(content: Any, where: str) -> Iterable[yaml_lines.Mapping]:
    """The mappings of a list, none with the same 'id' or 'concept' as another."""
    if not isinstance(content, list):
        raise DataError(f"{where}: expected a list of entries")
    names: dict[Any, str] = {}
    for entry in content:
        if not isinstance(entry, yaml_lines.Mapping):
            raise DataError(f"{getattr(entry, 'where', where)}: expected an entry with keys and values")
        if isinstance(name := entry.get("id"), str) and name in names:
            raise DataError(f"{entry.where}: '{name}' already stands at {names[name]}")
        names[name] = entry.where
        yield entry


def _keys(entry: yaml_lines.Mapping, required: set[str], optional: set[str], texts: Iterable[str] = ()) -> None:
    """Check that `entry` has all `required` keys, no others than these and `optional`, and text under `texts`."""
    for key in entry:
        if key not in required | optional:
            known = ", ".join(sorted(required | optional))
            raise DataError(f"{getattr(key, 'where', entry.where)}: unknown key '{key}' (known: {known})")
    for key in sorted(required):
        if entry.get(key) in (None, "", []):
            raise DataError(f"{entry.where}: '{key}' is missing")
    for key in texts:
        if not isinstance(entry.get(key, ""), str):
            raise DataError(f"{entry.where}: '{key}' must be a text")


def _texts(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = entry.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise DataError(f"{where}: '{key}' must be a list of texts")
    return tuple(values)


def _certainty(entry: Mapping[str, Any], where: str) -> str:
    if entry["certainty"] not in CERTAINTIES:
        raise DataError(f"{where}: certainty '{entry['certainty']}' is none of {', '.join(CERTAINTIES)}")
    return str(entry["certainty"])


def _finding(entry: yaml_lines.Mapping) -> FindingRule:
    texts = {"concept", "row", "plain", "source", "certainty"}
    optional = {"when_chronic", "without_cancer"}
    _keys(
        entry,
        texts | {"says", "examples"},
        optional | {"except", "not_examples", "ignores", "shares"},
        texts | optional,
    )
    where = entry.where
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
        shares=frozenset(_texts(entry, "shares", where)),
        where=where,
    )


def _row(entry: yaml_lines.Mapping, groups: Mapping[str, tuple[str, ...]]) -> Row:
    conditions = {"when", "topics", "at_least", "for_another_person", "when_unsure", "if_only", "past_only"}
    texts = {"id", "level", "source", "certainty"}
    _keys(entry, texts | {"example"}, conditions | {"not_about"}, texts)
    where = entry.where
    if not conditions & set(entry):
        raise DataError(f"{where}: row {entry['id']} can never hold: it needs one of {', '.join(sorted(conditions))}")
    if entry["level"] not in Level.__members__:
        raise DataError(f"{where}: level '{entry['level']}' is none of {', '.join(Level.__members__)}")
    count, counted = _at_least(entry)
    return Row(
        id=entry["id"],
        level=Level[entry["level"]],
        when=_when(entry, groups),
        topics=frozenset(_texts(entry, "topics", where)),
        at_least=count,
        of=frozenset(counted),
        for_another_person=frozenset(_texts(entry, "for_another_person", where)),
        when_unsure=frozenset(_texts(entry, "when_unsure", where)),
        if_only=bool(entry.get("if_only")),
        past_only=bool(entry.get("past_only")),
        not_about=frozenset(c for name in _texts(entry, "not_about", where) for c in groups.get(name, (name,))),
        example=(entry["example"],) if isinstance(entry["example"], str) else _texts(entry, "example", where),
        source=entry["source"],
        certainty=_certainty(entry, where),
        where=where,
    )


def _when(entry: yaml_lines.Mapping, groups: Mapping[str, tuple[str, ...]]) -> tuple[tuple[frozenset[str], ...], ...]:
    """The lists of a row, each name replaced by its group when it has one."""
    lists = entry.get("when") or []
    whole = isinstance(lists, list) and all(
        isinstance(names, list) and names and all(isinstance(name, str) for name in names) for names in lists
    )
    if not whole:
        raise DataError(f"{entry.where}: 'when' must be a list of lists of findings or groups")
    return tuple(tuple(frozenset(groups.get(name, (name,))) for name in names) for names in lists)


def _at_least(entry: yaml_lines.Mapping) -> tuple[int, tuple[str, ...]]:
    """How many of which rows must hold; none of none without that condition."""
    if (condition := entry.get("at_least")) is None:
        return 0, ()
    if not isinstance(condition, yaml_lines.Mapping):
        raise DataError(f"{entry.where}: 'at_least' must be like {{count: 2, of: [U1, U2]}}")
    _keys(condition, {"count", "of"}, set())
    count, of = condition["count"], _texts(condition, "of", condition.where)
    if not isinstance(count, int) or not 1 <= count <= len(of):
        raise DataError(f"{condition.where}: 'count' must be a number from 1 to {len(of)}")
    return count, of


def _question(entry: yaml_lines.Mapping) -> Question:
    texts = {"id", "response", "why", "source"}
    _keys(entry, texts | {"covers"}, {"concept", "unsure"}, texts)
    concept, unsure = entry.get("concept"), entry.get("unsure")
    if not isinstance(concept, str | None) or not isinstance(unsure, str | None):
        raise DataError(f"{entry.where}: 'concept' and 'unsure' must be a text or null")
    return Question(entry["id"], entry["response"], concept, unsure, frozenset(_texts(entry, "covers", entry.where)))


def _contact(entry: yaml_lines.Mapping) -> tuple[str, dict[str, str]]:
    texts = {"id", "number", "tel", "label", "says", "source"}
    _keys(entry, texts, set(), texts)
    return entry["id"], dict(entry)


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
    asked = {name for question in data.questions for name in (question.concept, question.unsure) if name}
    sayable = set(said) | derived | asked | CONCLUDED
    for row in data.rows:
        for name in sorted({name for entries in row.when for entry in entries for name in entry} | row.not_about):
            if name not in sayable:
                raise DataError(f"{row.where}: row {row.id} waits for '{name}', which nobody can say")
        for other in row.of | row.for_another_person | row.when_unsure:
            if other not in rows:
                raise DataError(f"{row.where}: row {row.id} counts row {other}, which does not exist")
    for name in sorted(SUSPECTED):
        if not any((frozenset({name}),) in row.when for row in data.rows):
            raise DataError(f"decisions.yml:1: no row waits for '{name}' alone, which the second net adds")
    for name in sorted(data.start_on | {c for q in data.questions for c in q.covers}):
        if name not in sayable:
            raise DataError(f"{getattr(name, 'where', 'questions.yml')}: '{name}' is a finding that nobody can say")
