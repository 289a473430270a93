"""Work on many items with all cores, in their order, in constant memory."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

CHUNK: Final = 50  # items that go to a process at once
AHEAD: Final = 4  # chunks for each process that are read before their results are wanted


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    work: Callable[[list[T]], list[R]],
    items: Iterable[T],
    *,
    prepare: Callable[..., None],
    arguments: Sequence[Any] = (),
    processes: int | None = None,
) -> Iterator[R]:
    """The results of `work` on chunks of `items`, one by one.

    `prepare(*arguments)` runs once in each process, which is started anew (nothing of this one is inherited). An error in
    either is raised here.
    """
    count = processes or cores()
    free, ended = threading.Semaphore(AHEAD * count), threading.Event()

    def chunks() -> Iterator[list[T]]:
        iterator = iter(items)
        while chunk := list(islice(iterator, CHUNK)):
            free.acquire()  # the pool would read everything at once
            if ended.is_set():
                return
            yield chunk

    # Numerical libraries with a thread a core, in a process a core, stand in each other's way.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with multiprocessing.get_context("spawn").Pool(count, _prepare, (prepare, tuple(arguments))) as pool:
        try:
            for results in pool.imap(partial(_work, work), chunks()):
                free.release()
                yield from results
        finally:
            # Broken off: the pool's thread that reads may wait for a place, and the pool for the thread.
            ended.set()
            free.release()


_failure: Exception | None = None  # of `prepare` in this process


def _prepare(prepare: Callable[..., None], arguments: Sequence[Any]) -> None:
    """Keep an error for the first chunk: a pool whose processes cannot begin starts new ones for ever."""
    global _failure
    try:
        prepare(*arguments)
    except Exception as error:  # noqa: BLE001 -- raised by `_work`
        _failure = error


def _work(work: Callable[[list[T]], list[R]], chunk: list[T]) -> list[R]:
    if _failure is not None:
        raise _failure
    return work(chunk)
