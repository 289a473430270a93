"""What changed since the results that were committed last."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.evaluation import Item, rates
from evaluation.corpus import SEEN, UNSEEN
from evaluation.judging import Judged
from evaluation.tables import shown, table

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path("docs/evaluation/results.json")


def results(judged: Sequence[Judged], versions: Mapping[str, str]) -> str:
    """The results as JSON, an answer a message, to be compared with next time."""
    answers = {one.item.id: one.item.predicted for one in judged}
    return json.dumps({"versions": dict(versions), "answers": answers}, indent=0, sort_keys=True) + "\n"


def committed(root: Path = ROOT) -> dict[str, Any]:
    """The results at the last commit; {} when there are none."""
    shown_ = subprocess.run(
        ["git", "show", f"HEAD:{RESULTS.as_posix()}"], cwd=root, capture_output=True, text=True, check=False
    )
    try:
        found = json.loads(shown_.stdout)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def change(judged: Sequence[Judged], before: Mapping[str, Any]) -> str:
    """How many messages are answered better or worse than at the last commit; of the seen part also which."""
    answers: Mapping[str, str] = before.get("answers", {})
    known = [one for one in judged if one.item.id in answers]
    if not known:
        return "There are no earlier results to compare with."
    lines = []
    for part in (UNSEEN, SEEN):
        own = [one for one in known if one.part == part]
        then = [Item(o.item.id, o.item.text, o.item.gold, answers[o.item.id], ()) for o in own]
        now = [one.item for one in own]
        old, new = rates(then), rates(now)
        lines.append(f"On the {len(own)} {part} messages that were there before:\n")
        rows = [[name, shown(old[name]), shown(new[name])] for name in old]
        lines.append(table(["measure", "last commit", "now"], rows) + "\n")
        moved = [(a, b) for a, b in zip(then, now, strict=True) if a.predicted != b.predicted]
        gained = [b for a, b in moved if not a.is_safe and b.is_safe or a.is_false_alarm and not b.is_false_alarm]
        lost = [b for a, b in moved if a.is_safe and not b.is_safe or not a.is_false_alarm and b.is_false_alarm]
        lines.append(f"{len(moved)} answered otherwise; {len(gained)} put right, {len(lost)} put wrong.")
        if part == SEEN and lost:
            lines.append(
                "Put wrong: " + ", ".join(f"{item.id} ({item.gold} -> {item.predicted})" for item in lost) + "."
            )
        lines.append("")
    return "\n".join(lines)
