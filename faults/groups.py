"""Groups of faults, each on a server of its own, two at a time. A module of its own: another process has to import it."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from faults import matrix
from faults.catalogue import BY_NAME, PROOFS
from faults.matrix import Cell
from processes.assistant_server import MODEL
from processes.databases import PostgreSQL

AT_ONCE: Final = 2
PROOF_STATES: Final = ("new", "asked about legs", "after an emergency")


def run(faults: Sequence[str], wanted: Sequence[str], mutation: str | None = None) -> list[Cell]:
    """The cells of these faults and states, on servers of their own: on SQLite, or on PostgreSQL for its own faults.

    Two groups of faults at a time: a server that starts keeps one core busy, and most of the time is starts.
    """
    on_sqlite = [name for name in faults if not BY_NAME[name].on_postgresql]
    on_postgresql = [name for name in faults if BY_NAME[name].on_postgresql]
    groups = [group for group in (on_sqlite[::2], on_postgresql, on_sqlite[1::2]) if group]
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
        found = pool.map(_on_its_own_server, groups, [wanted] * len(groups), [mutation] * len(groups))
        return [cell for cells in found for cell in cells]


def _on_its_own_server(faults: Sequence[str], wanted: Sequence[str], mutation: str | None) -> list[Cell]:
    if not BY_NAME[faults[0]].on_postgresql:
        return _run(faults, wanted, mutation, None)
    database = PostgreSQL()
    database.start()
    try:
        return _run(faults, wanted, mutation, database)
    finally:
        database.go_on()
        database.close()


def _run(
    faults: Sequence[str], wanted: Sequence[str], mutation: str | None, postgresql: PostgreSQL | None
) -> list[Cell]:
    found: list[Cell] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        matrix.prepared(Path(folder) / "run", MODEL, mutation, postgresql) as (server, templates),
    ):
        for name in faults:
            began = time.monotonic()
            cells = matrix.cells(server, templates, BY_NAME[name], wanted)
            bad = [cell for cell in cells if cell.problems]
            print(f"{name}: {len(cells)} cells, {len(bad)} with problems, {time.monotonic() - began:.0f} s", flush=True)
            for cell in bad[:3]:
                print(f"    {cell.state}, {cell.message!r}: {'; '.join(cell.problems)}", flush=True)
            found += cells
    return found


def prove(mutation: str, wanted: Sequence[str] = PROOF_STATES) -> list[Cell]:
    """The cells that go wrong when this defence is gone."""
    print(f"without the {mutation}:", flush=True)
    return [cell for cell in run(PROOFS[mutation], wanted, mutation) if cell.problems]
