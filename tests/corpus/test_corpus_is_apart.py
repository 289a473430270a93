"""The corpus measures only while nothing was trained on it: no message of it stands in any training data."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import yaml

from evaluation import corpus

ROOT = Path(__file__).resolve().parent.parent.parent
SHINGLE = 8  # words in a row that two independent messages hardly share

LEVELS = {"CRISIS", "EMERGENCY", "URGENT", "APPOINTMENT", "INFORMATION", "OUT_OF_SCOPE"}


def words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", text.lower().replace("'", "")))


def shingles(text: str) -> set[tuple[str, ...]]:
    parts = words(text)
    return {parts[i : i + SHINGLE] for i in range(len(parts) - SHINGLE + 1)}


def training_texts() -> list[str]:
    nlu = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "data" / "nlu").glob("*.yml"))]
    examples = [line[2:] for file in nlu for intent in file["nlu"] for line in intent["examples"].splitlines()]
    net = sorted((ROOT / "data" / "net").glob("*.jsonl"))
    return examples + [json.loads(line)["text"] for path in net for line in path.read_text("utf-8").splitlines()]


def test_no_message_of_the_corpus_stands_in_the_training_data() -> None:
    trained = {words(text) for text in training_texts()}
    assert [row["id"] for row in corpus.rows() if len(words(row["text"])) > 2 and words(row["text"]) in trained] == []


def test_no_message_of_the_corpus_shares_a_run_of_words_with_the_training_data() -> None:
    trained = {shingle for text in training_texts() for shingle in shingles(text)}
    assert [row["id"] for row in corpus.rows() if not shingles(row["text"]).isdisjoint(trained)] == []


def test_every_message_has_a_level_a_slice_and_an_id_of_its_own() -> None:
    rows = corpus.rows()
    assert {row["level"] for row in rows} == LEVELS
    assert all(row["slice"] for row in rows)
    assert [id_ for id_, count in Counter(row["id"] for row in rows).items() if count > 1] == []
