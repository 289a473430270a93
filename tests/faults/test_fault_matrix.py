"""The short form of `make faults`: every fault in two states of a conversation, and two layers of defence taken out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faults import groups
from faults.catalogue import BY_NAME, PROOFS
from faults.server import MUTATIONS
from faults.states import STATES

# Those whose proof takes no waiting; `make faults` takes out all seven.
LAYERS = ("guard after Rasa", "healing of a deaf conversation")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_no_fault_silences_loses_or_forgets(trained_model: Path) -> None:
    cells = groups.run(list(BY_NAME), ["asked about legs", "300 turns long"])
    assert [cell for cell in cells if cell.problems] == []
    assert len(cells) == 4 * len(BY_NAME)


def test_without_a_layer_of_defence_the_matrix_turns_red(trained_model: Path) -> None:
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda layer: groups.prove(layer, ["new"]), LAYERS)
        assert [layer for layer, cells in zip(LAYERS, found, strict=True) if not cells] == []


def test_every_layer_has_its_proof() -> None:
    assert set(PROOFS) == set(MUTATIONS)
    assert len(STATES) == 11
