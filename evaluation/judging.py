"""Judge the corpus by the whole path of a first message, and by the rules alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from assistant import assessment
from assistant.evaluation import Item
from assistant.in_process import InProcess
from evaluation import corpus
from evaluation.corpus import SEEN, UNSEEN
from triage import Estimate, Level, State, Turn, fold


@dataclass(frozen=True)
class Judged:
    """One message of the corpus: its label, and what was made of it with (`item`) and without the second net."""

    item: Item
    part: str
    slice: str
    row: str
    rules_only: str
    estimate: Estimate | None
    cause: str

    @property
    def rules_item(self) -> Item:
        """The same message as the rules alone judge it."""
        return Item(**{**asdict(self.item), "predicted": self.rules_only})


async def judge_corpus(assistant: InProcess) -> list[Judged]:
    """Every message of both parts, in the order of the files. About 25 ms each."""
    return [await _judge(assistant, part, row) for part in (SEEN, UNSEEN) for row in corpus.rows(part)]


async def _judge(assistant: InProcess, part: str, row: dict[str, str]) -> Judged:
    screened, parse_data = await assistant.parse(row["text"])
    turn = assessment.turn_of(screened.text, parse_data)
    floor = Level[screened.level] if screened.level else Level.OUT_OF_SCOPE
    state, by_rules = fold([turn]), fold([Turn(turn.extraction, turn.topic)])
    item = Item(row["id"], row["text"], row["level"], max(state.level, floor).name, state.decision.reasons)
    return Judged(
        item=item,
        part=part,
        slice=row["slice"],
        row=row.get("row", ""),
        rules_only=max(by_rules.level, floor).name,
        estimate=turn.estimate,
        cause="" if item.is_safe else cause(state),
    )


def cause(state: State) -> str:
    """Why an emergency was missed, in words for the report."""
    if state.next_question:
        return "only the safety questions began"
    explained = [finding for finding in state.findings if not finding.counts]
    if explained:
        finding = explained[0]
        why: dict[str, Any] = {"absent": "denied", "past": "over", "if": "supposed"}
        word = why.get(finding.status.value) or why.get(finding.temporality.value)
        return f"the rules read {finding.concept} as {word}"
    if state.findings:
        return "less was read: " + ", ".join(sorted({finding.concept for finding in state.findings}))
    return "neither the rules nor the second net heard anything"
