"""The examples, the noise they are learnt in, and the calibration."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from assistant import adapter
from net_training.examples import KNOWN, Example, ExamplesError, read_examples, read_intents
from net_training.learning import temperature
from net_training.noise import noisy

ROOT = Path(__file__).resolve().parent.parent.parent
LEGS = Example("My legs don't hold me any more, they give way on the stairs.", "red_flag")
HARMLESS = [Example("Where do I park?", "none")]


def test_the_adapter_was_learnt_from_todays_examples() -> None:
    assert adapter.read_record().examples_sha256 == adapter.examples_hash(), "data/net changed: run `make net`"


def test_every_label_has_many_examples() -> None:
    labels = [example.label for example in read_examples(adapter.FOLDER)]
    assert {label: labels.count(label) > 500 for label in KNOWN} == dict.fromkeys(KNOWN, True)


def test_no_example_stands_twice() -> None:
    texts = [example.text.lower() for example in read_examples(adapter.FOLDER)]
    assert len(texts) == len(set(texts))


def test_intents_that_state_symptoms_are_not_learnt_as_harmless(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "nlu:\n- intent: report_weakness\n  examples: |\n    - my legs are weak\n"
        "- intent: ask_page\n  examples: |\n    - what is a tumor?\n",
        "utf-8",
    )
    assert read_intents(tmp_path) == [Example("what is a tumor?", "none")]


@pytest.mark.parametrize(
    "line",
    ["no json", '{"text": "a"}', '{"text": 1, "label": "none"}', '{"text": " ", "label": "none"}', "[]"]
    + ['{"text": "a", "label": "nothing"}'],
)
def test_a_line_that_is_no_example_is_refused_by_file_and_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a", "label": "none"}\n' + line + "\n", "utf-8")
    with pytest.raises(ExamplesError, match=r"^a\.jsonl:2: expected"):
        read_examples(tmp_path)


def test_about_one_example_in_twelve_is_kept_for_calibration_and_always_the_same() -> None:
    examples = [Example(f"message number {number}", "none") for number in range(1200)]
    kept = [example for example in examples if example.is_held_out]
    assert 60 < len(kept) < 140
    assert [example for example in examples if example.is_held_out] == kept


def test_noise_keeps_nearly_all_letters_of_the_message() -> None:
    for seed in range(300):
        text = noisy(LEGS, HARMLESS, random.Random(seed))
        kept = sum(word in text.lower() for word in ("legs", "hold", "give", "way", "stairs"))
        assert kept >= 3, text


def test_noise_is_the_same_for_the_same_seed_and_differs_between_seeds() -> None:
    texts = [noisy(LEGS, HARMLESS, random.Random(seed)) for seed in range(50)]
    assert texts == [noisy(LEGS, HARMLESS, random.Random(seed)) for seed in range(50)]
    assert len(set(texts)) > 20


@pytest.mark.parametrize("text", ["?", "a", "...", "ok", "don't", "é"])
def test_noise_takes_any_text(text: str) -> None:
    for seed in range(100):
        noisy(Example(text, "none"), HARMLESS, random.Random(seed))


def test_calibration_finds_how_much_the_scores_exaggerate() -> None:
    chance = np.random.default_rng(1)
    honest = chance.standard_normal((4000, 4)).astype(np.float32) * 2
    chances = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    labels = [KNOWN[chance.choice(4, p=row / row.sum())] for row in chances.astype(np.float64)]
    assert temperature(3 * honest, labels, KNOWN[:4]) == pytest.approx(3, rel=0.15)
