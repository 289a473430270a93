"""What `data/triage` holds once it is loaded: findings, rows, questions, and everything together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Mapping

from triage.model import Level
from triage.thresholds import Thresholds


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
    shares: frozenset[str]
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
    not_about: frozenset[str]  # findings that do not make `if_only` or `past_only` hold
    example: tuple[str, ...]  # turns of a conversation that ends with this row
    source: str
    certainty: str
    where: str

    @cached_property
    def concepts(self) -> frozenset[str]:
        """Every concept that `when` asks for."""
        return frozenset().union(*(entry for entries in self.when for entry in entries))


@dataclass(frozen=True)
class Question:
    """One safety question; `concept` is what yes means, None when only the words of the answer count.

    `unsure` is what "not sure" means where that is less than yes.
    """

    id: str
    response: str
    concept: str | None
    unsure: str | None
    covers: frozenset[str]


@dataclass(frozen=True)
class ClinicalData:
    """Everything in `data/triage`, checked, with the hash that travels with each decision."""

    vocabulary: Mapping[str, str]
    cues: Mapping[str, str]
    findings: tuple[FindingRule, ...]
    rows: tuple[Row, ...]
    questions: tuple[Question, ...]
    background: frozenset[str]  # what people say of themselves that is no complaint
    start_on: frozenset[str]
    contacts: Mapping[str, Mapping[str, str]]
    thresholds: Thresholds
    version: str
