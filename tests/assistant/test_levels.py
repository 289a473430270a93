"""The levels' names outside of the clinical core are the clinical core's."""

from __future__ import annotations

import triage
from assistant.levels import LEVELS


def test_the_names_are_those_of_the_clinical_core_in_its_order() -> None:
    assert tuple(level.name for level in sorted(triage.Level)) == LEVELS
