"""Nothing stands twice in the clinical data: a repeated phrase hides that somebody meant another one."""

from __future__ import annotations

from typing import Iterable, Mapping

from triage.errors import DataError
from triage.schema import FindingRule


def check_phrases(findings: Iterable[FindingRule]) -> None:
    """No finding says a phrase twice, and no two findings claim one, unless one names the other under `shares`.

    Raises DataError with file and line.
    """
    claimed: dict[str, tuple[FindingRule, str]] = {}
    for rule in findings:
        for phrase in rule.says:
            where = getattr(phrase, "where", rule.where)
            other, there = claimed.setdefault(" ".join(phrase.split()), (rule, where))
            if there == where:
                continue
            if other is rule:
                raise DataError(f"{where}: '{phrase}' already stands at {there}")
            if rule.concept not in other.shares and other.concept not in rule.shares:
                raise DataError(
                    f"{where}: '{phrase}' is claimed by '{other.concept}' at {there}; "
                    f"if both are meant, write 'shares: [{other.concept}]'"
                )
        for key in (rule.excepts, rule.examples, rule.not_examples):
            _check_texts(key, rule.where)


def check_words(words: Mapping[str, str]) -> None:
    """No class of a vocabulary holds an entry twice. Raises DataError with file and line."""
    for name, entries in words.items():
        _check_texts([entry.strip() for entry in entries.split(",") if entry.strip()], getattr(name, "where", name))


def _check_texts(texts: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            raise DataError(f"{getattr(text, 'where', where)}: '{text}' stands here twice")
        seen.add(text)
