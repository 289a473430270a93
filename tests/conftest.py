"""What several folders of tests need: one trained model, made at most once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import training


def _say_nothing(_: str) -> None:
    """Takes the progress lines of training, which nobody reads in a test run."""


@pytest.fixture(scope="session")
def trained_model() -> Path:
    """The model that fits today's files; trained first when something it depends on has changed."""
    return training.train_if_needed(say=_say_nothing)
