"""The labelled messages the second net learns from, split into those it learns and those it is calibrated on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.adapter import LABELS
from pages.content import load_pages
from triage import screen

# A message that is no emergency, of which it was not noted whether it is urgent.
NOT_EMERGENCY = "not_emergency"
KNOWN = (*LABELS, NOT_EMERGENCY)
# One message in so many is kept out of learning, chosen by a hash of its text so that a new example moves no other.
HELD_OUT_ONE_IN = 12
# Intents in which people state symptoms; the examples of all others teach what is no red flag.
_SYMPTOM_INTENTS = ("report_", "inform_history", "express_distress")


class ExamplesError(ValueError):
    """A file of examples cannot be used; the message names file, line and what was expected."""


@dataclass(frozen=True)
class Example:
    """A message and its label, one of KNOWN."""

    text: str
    label: str

    @property
    def is_held_out(self) -> bool:
        """Whether the message is for calibration only."""
        return int(hashlib.sha256(self.text.encode("utf-8")).hexdigest(), 16) % HELD_OUT_ONE_IN == 0


def read_examples(folder: Path) -> list[Example]:
    """All examples of `folder/*.jsonl` in the order of files and lines. Raises ExamplesError."""
    return [
        _example(line, f"{path.name}:{number}")
        for path in sorted(folder.glob("*.jsonl"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    ]


def read_intents(folder: Path) -> list[Example]:
    """The intent classifier's examples in which nobody states a symptom, as examples of no red flag."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            if not entry["intent"].startswith(_SYMPTOM_INTENTS):
                lines = entry["examples"].splitlines()
                found += [Example(line[2:].strip(), "none") for line in lines if line.startswith("- ")]
    return found


def read_page_questions(folder: Path) -> list[Example]:
    """Questions to the pages, as examples of no red flag; not those in which the rules read one ("is it why my legs are numb")."""
    questions = [asked.question for page in load_pages(folder) for asked in page.asked]
    return [Example(question, "none") for question in questions if screen(question).level is None]


def _example(line: str, where: str) -> Example:
    try:
        row = json.loads(line)
        example = Example(row["text"], row["label"])
    except (ValueError, KeyError, TypeError) as error:
        raise ExamplesError(f'{where}: expected {{"text": ..., "label": ...}}') from error
    if not isinstance(example.text, str) or not example.text.strip() or example.label not in KNOWN:
        raise ExamplesError(f"{where}: expected a text and a label out of {', '.join(KNOWN)}")
    return example
