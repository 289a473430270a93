"""Rasa's recommended default on our own data: what `rasa init` gives (DIET, TED), one reply an intent, SQLite, REST.

It learns from every eighth of our examples: from all of them DIET takes an hour. That is in its favour, in training and in serving.

Pipeline and policies are read from the installed package. Its stories are random walks over the intents, as people write in
a chat; what it answers does not matter here, only what an answer costs.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import rasa
import requests
import yaml

from assistant.settings import ROOT
from processes.service import Service

CONFIG: Final = Path(rasa.__file__).parent / "engine" / "recipes" / "config_files" / "default_config.yml"
STORIES, TURNS = 60, 6
EVERY: Final = 8
FALLBACK: Final = "nlu_fallback"


def make_project(folder: Path) -> Path:
    """Write a project as `rasa init` does, with our examples; returns the folder."""
    intents = [name for name in _yaml(ROOT / "domain.yml")["intents"] if name != FALLBACK]
    _write(folder / "data" / "nlu.yml", {"version": "3.1", "nlu": _some_examples(intents)})
    _write(folder / "config.yml", {**_yaml(CONFIG), "assistant_id": "rasa-default"})
    answers = {f"utter_{intent}": [{"text": f"This is what I know of {intent}."}] for intent in intents}
    answers["utter_default"] = [{"text": "I did not understand that."}]
    session = {"session_expiration_time": 720, "carry_over_slots_to_new_session": False}
    _write(
        folder / "domain.yml",
        {"version": "3.1", "intents": intents, "responses": answers, "session_config": session},
    )
    _write(folder / "data" / "stories.yml", {"version": "3.1", "stories": _stories(intents)})
    fallback = {"rule": "Say so", "steps": [{"intent": FALLBACK}, {"action": "utter_default"}]}
    _write(folder / "data" / "rules.yml", {"version": "3.1", "rules": [fallback]})
    _write(folder / "credentials.yml", {"rest": None})
    _write(folder / "endpoints.yml", {"tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}})
    return folder


def train(project: Path) -> float:
    """Train it; returns the seconds. Raises subprocess.CalledProcessError."""
    began = time.monotonic()
    with (project / "training.log").open("wb") as log:
        command = [sys.executable, "-m", "rasa", "train", "--force", "--fixed-model-name", "model"]
        subprocess.run(command, cwd=project, check=True, stdout=log, stderr=log)
    return time.monotonic() - began


class RasaServer(Service):
    """`rasa run` in a trained project."""

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """One worker, as ours."""
        options = ["--port", str(self.port), "--interface", "127.0.0.1", "--model", "models/model.tar.gz"]
        return [sys.executable, "-m", "rasa", "run", *options]

    def answers(self) -> bool:
        """Whether a message gets a reply; before its model is loaded there is none."""
        with contextlib.suppress(requests.RequestException, ValueError):
            body = {"sender": "first", "message": "hello"}
            return bool(requests.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=60).json())
        return False


def _some_examples(intents: Sequence[str]) -> list[dict[str, str]]:
    """Every eighth example of each intent."""
    examples: dict[str, list[str]] = {intent: [] for intent in intents}
    for file in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in _yaml(file)["nlu"]:
            examples[block["intent"]] += block["examples"].splitlines()
    return [{"intent": intent, "examples": "\n".join(lines[::EVERY]) + "\n"} for intent, lines in examples.items()]


def _stories(intents: Sequence[str]) -> list[dict[str, Any]]:
    chance = random.Random(1)
    stories = []
    for number in range(STORIES):
        # Every intent begins some story, and memory alone cannot answer what follows.
        walk = [intents[number % len(intents)], *chance.choices(intents, k=TURNS - 1)]
        steps = [step for intent in walk for step in ({"intent": intent}, {"action": f"utter_{intent}"})]
        stories.append({"story": f"walk {number}", "steps": steps})
    return stories


def _yaml(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


def _write(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")
