"""Traps of words and data: negation, random variations, models that do not see that their data changed."""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import yaml
from agents import Driver
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.engine.exceptions import GraphSchemaValidationException
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.training.fingerprinting import calculate_fingerprint_key
from rasa.engine.validation import validate
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from assistant import red_flag_detector, responses
from assistant.page_answerer import CONTENT, PageAnswerer
from assistant.red_flag_detector import RedFlagDetector
from assistant.response_generator import ResponseGenerator
from assistant.settings import ROOT
from triage import Status, extract, screen
from triage.data import DATA_FOLDER, load
from triage.negation import Negation

# ---- 10: clinical-note negation inverts what patients say ----

NEGATOR_INSIDE = {
    "I can't feel my legs": "limb_numbness",
    "I cant feel my feet": "limb_numbness",
    "can not feel my left foot": "limb_numbness",
    "no feeling in my legs": "limb_numbness",
    "there's no feeling in my left leg": "limb_numbness",
    "I cannot walk": "walking_difficulty",
    "I can't walk since this morning": "walking_difficulty",
    "my legs won't hold me": "limb_weakness",
    "my legs do not work": "limb_weakness",
    "I have no strength in my legs": "limb_weakness",
    "not able to move my legs": "paralysis",
    "I can't move my legs": "paralysis",
    "can't pee": "urinary_retention",
    "I haven't been able to pee since last night": "urinary_retention",
    "unable to urinate": "urinary_retention",
    "I can't control my bladder": "urinary_incontinence",
    "no control over my bladder": "urinary_incontinence",
    "I can't hold my bowels": "bowel_incontinence",
    "no sensation down there": "saddle_anaesthesia",
    "I don't feel anything when I wipe": "saddle_anaesthesia",
}
DENIED = {
    "I dont have numbness in my legs": "limb_numbness",
    "no numbness between my legs": "saddle_anaesthesia",
    "my legs are not weak": "limb_weakness",
    "I have not lost control of my bladder": "urinary_incontinence",
}
NEGATORS = re.compile(r"\b(no|not|never|without|cannot|can not|unable)\b")
_status = Negation.status


def _as_in_clinical_notes(self: Negation, place: Any) -> Status:
    """NegEx and ConText: a negator near the symptom's words negates them, also one that belongs to them."""
    words = " ".join(unit.words for unit in place.reading.units[place.start : place.match.end])
    if NEGATORS.search(words):
        return Status.ABSENT
    return _status(self, place)


def _statuses(text: str, concept: str) -> list[Status]:
    return [finding.status for finding in extract(text).findings if finding.concept == concept]


@pytest.mark.parametrize(("text", "concept"), NEGATOR_INSIDE.items())
def test_trap_10_a_negator_inside_the_symptom_is_the_symptom(text: str, concept: str) -> None:
    assert Status.PRESENT in _statuses(text, concept)
    assert screen(text).level is not None


def test_trap_10_the_rule_of_clinical_notes_would_lose_most_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Negation, "status", _as_in_clinical_notes)
    lost = [text for text in NEGATOR_INSIDE if screen(text).level is None]
    assert len(lost) > len(NEGATOR_INSIDE) // 2


@pytest.mark.parametrize(("text", "concept"), DENIED.items())
def test_trap_10_a_symptom_that_is_denied_is_absent_with_and_without_an_apostrophe(text: str, concept: str) -> None:
    assert set(_statuses(text, concept)) == {Status.ABSENT}
    assert screen(text).level is None


# ---- 11: variations are picked at random ----


def test_trap_11_a_second_variation_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(responses.RESPONSES_FOLDER, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "emergency.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["responses"]["utter_emergency"].append({"text": "Wait and see."})
    path.write_text(yaml.safe_dump(content), "utf-8")
    monkeypatch.setattr(responses, "RESPONSES_FOLDER", tmp_path)
    with pytest.raises(ValueError, match="exactly one variation"):
        responses.all_responses.__wrapped__()


def test_trap_11_every_text_has_one_variation() -> None:
    domain = Domain.load([str(ROOT / "domain.yml"), str(responses.RESPONSES_FOLDER)])
    assert set(domain.responses) == set(responses.all_responses())
    assert {name for name, variations in domain.responses.items() if len(variations) != 1} == set()


@pytest.mark.slow
async def test_trap_11_what_is_said_never_depends_on_chance(ours: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    nlg = ours.agent.processor.nlg  # type: ignore[union-attr]
    assert isinstance(nlg, ResponseGenerator)
    tracker = DialogueStateTracker.from_events("a", [])
    picked: list[object] = []

    def first(options: list[object]) -> object:
        picked.append(options)
        return options[0]

    monkeypatch.setattr(np.random, "choice", first)
    for name in responses.all_responses():
        assert await nlg.generate(name, tracker, "chat") == await nlg.generate(name, tracker, "chat")
    assert picked == []

    both = TemplatedNaturalLanguageGenerator({"utter_x": [{"text": "Call 911."}, {"text": "Call us."}]})
    await both.generate("utter_x", tracker, "chat")
    assert len(picked) == 1  # Rasa's own generator asks chance


# ---- 18: neither the model nor the training cache sees that data changed ----


def _key(component: type[GraphComponent], config: dict[str, Any]) -> str:
    """What Rasa's training cache knows a component by."""
    return str(calculate_fingerprint_key(component, config, {}))


@pytest.mark.parametrize("defended", [True, False])
def test_trap_18_changed_clinical_data_means_a_new_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(RedFlagDetector, "fingerprint_addon", GraphComponent.fingerprint_addon)
    before = _key(RedFlagDetector, {})
    shutil.copytree(DATA_FOLDER, tmp_path, dirs_exist_ok=True)
    cues = tmp_path / "cues.yml"
    cues.write_text(cues.read_text("utf-8") + "\n# reviewed\n", "utf-8")
    monkeypatch.setattr(red_flag_detector, "clinical_data", lambda: load(tmp_path))
    assert (_key(RedFlagDetector, {}) != before) is defended


@pytest.mark.parametrize("defended", [True, False])
def test_trap_18_a_changed_page_means_a_new_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    if not defended:
        monkeypatch.setattr(PageAnswerer, "fingerprint_addon", GraphComponent.fingerprint_addon)
    shutil.copytree(ROOT / "data" / "page", tmp_path, dirs_exist_ok=True)
    config = {**PageAnswerer.get_default_config(), CONTENT: str(tmp_path)}
    before = _key(PageAnswerer, config)
    section = next(tmp_path.rglob("05-symptoms.md"))
    section.write_text(section.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
    assert (_key(PageAnswerer, config) != before) is defended


@pytest.mark.slow
def test_trap_18_the_page_is_copied_into_the_model(trained_model: Path) -> None:
    with tarfile.open(trained_model) as archive:
        inside = {Path(name).name for name in archive.getnames() if "PageAnswerer" in name}
    assert {path.name for path in (ROOT / "data" / "page").rglob("*.md")} <= inside


@pytest.mark.parametrize("annotated", [True, False])
def test_trap_18_a_method_without_annotations_stops_the_training(
    monkeypatch: pytest.MonkeyPatch, annotated: bool
) -> None:
    if not annotated:
        monkeypatch.setattr(RedFlagDetector, "process", _unannotated)
    assert ("messages" in get_type_hints(RedFlagDetector.process)) is annotated
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {})
    if annotated:
        validate(graph)
    else:
        with pytest.raises(GraphSchemaValidationException, match="annotation"):
            validate(graph)


def _unannotated(self, messages):  # type: ignore[no-untyped-def]
    return messages
