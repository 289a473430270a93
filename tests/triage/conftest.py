"""What the tests of the clinical core share: the data, and a reader built on it once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import assistant.light_spacy  # noqa: F401  (before triage: it spares the core the import of TensorFlow)
from triage import lexicon
from triage.data import clinical_data
from triage.schema import ClinicalData
from triage.units import Reader


@pytest.fixture(scope="session")
def data() -> ClinicalData:
    """The repository's own clinical data."""
    return clinical_data()


@pytest.fixture(scope="session")
def small_reader() -> Reader:
    """A reader with a handful of words, so that a test shows all that it depends on."""
    vocabulary = {
        "leg": "leg~s",
        "numb": "numb, pins and needles, lost feeling",
        "lost": "lost",
        "not": "not, no",
        "stop": "full stop",
        "contrast": "but",
        "time_word": "since yesterday",
    }
    cues = {"past_cue": "years ago", "is_it": "is it, it"}
    return Reader(lexicon.build(vocabulary, "v"), {"since", "feel", "my"}, lexicon.build(cues, "c"))


@pytest.fixture
def small_data(tmp_path: Path) -> Path:
    """A small but complete data folder that a test may spoil."""
    return Path(shutil.copytree(Path(__file__).parent / "small_data", tmp_path / "triage"))
