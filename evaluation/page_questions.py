"""Score the page answers on the questions of writers whose other questions nothing was learnt from."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.evaluation import Rate
from assistant.settings import ROOT
from evaluation import charts
from evaluation.tables import shown, table
from pages.answering import THRESHOLD, PageAnswer
from pages.asked import Asked, load_asked
from pages.content import load_page

PAGE: Final = ROOT / "data" / "page" / "spine-tumors-metastatic"
HELD_OUT: Final = ROOT / "tests" / "pages" / "asked"
WORST: Final = 10
WANTED: Final = 0.95


@dataclass(frozen=True)
class Scored:
    """One held-out question and what was answered."""

    asked: Asked
    answer: PageAnswer

    @property
    def is_right(self) -> bool:
        """Every needed fact is said, or nothing where the page does not say."""
        if not self.asked.answerable:
            return not self.answer.answerable
        return self.answer.answerable and self.asked.is_answered_by(self.answer.facts)


def held_out() -> tuple[Asked, ...]:
    """The questions kept for this."""
    return load_asked(HELD_OUT, load_page(PAGE).sentences())


def score(ask: Callable[[str], PageAnswer]) -> list[Scored]:
    """Ask every held-out question."""
    return [Scored(asked, ask(asked.question)) for asked in held_out()]


def rate(scored: Sequence[Scored], *, answerable: bool) -> Rate:
    """The share answered rightly among those the page answers, or does not."""
    chosen = [one for one in scored if one.asked.answerable is answerable]
    return Rate(sum(one.is_right for one in chosen), len(chosen))


def section(scored: Sequence[Scored], milliseconds: float) -> str:
    """The part of docs/evaluation.md on page answers."""
    lengths = [len(one.answer.sentences) for one in scored if one.asked.answerable and one.answer.answerable]
    rows = [
        ["answerable, and every needed fact said", "95 %", shown(rate(scored, answerable=True))],
        ["not answerable, and recognised as such", "95 %", shown(rate(scored, answerable=False))],
        ["sentences of an answer, median", "at most 2", f"{statistics.median(lengths):g}"],
        ["finding the answer, page net included, beside the embedding, median", "5 ms", f"{milliseconds:.2f} ms"],
    ]
    return f"""{len(scored)} questions by two writers, kept out of all training, answered by the model. The page net says that the
page answers from a chance of {THRESHOLD:.0%}; the image shows the choice.

{table(["measure", "to reach", "measured"], rows)}

![answered and recognised over the threshold](evaluation/page_threshold.png)

The ten worst, by how sure the wrong answer was:

{table(["question", "wanted", "answered", "chance"], worst(scored))}"""


def worst(scored: Sequence[Scored]) -> list[list[str]]:
    """The failures that were surest, as rows."""
    wrong = [one for one in scored if not one.is_right]
    wrong.sort(key=lambda one: -abs(one.answer.score - THRESHOLD))
    return [
        [
            one.asked.question.replace("|", "/"),
            ", ".join(one.asked.facts) or f"nothing ({one.asked.topic})",
            ", ".join(one.answer.facts) or "nothing",
            f"{one.answer.score:.2f}",
        ]
        for one in wrong[:WORST]
    ]


def curve(scored: Sequence[Scored], path: Path) -> None:
    """Write what any other threshold would give as a PNG."""
    chances = [
        [one.answer.score for one in scored if one.asked.answerable is answerable] for answerable in (True, False)
    ]
    charts.thresholds(*chances, chosen=THRESHOLD, wanted=WANTED, path=path)


def median_ms(work: Callable[[str], object]) -> float:
    """The median time of `work` on held-out questions, in milliseconds."""
    times = []
    for asked in held_out()[:200]:
        started = time.perf_counter()
        work(asked.question)
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)
