"""The report's tables, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from assistant.evaluation import Item, Rate, rates
from evaluation.corpus import SEEN, UNSEEN
from evaluation.judging import Judged

TARGETS = {
    "emergency sensitivity": "99 %",
    "crisis sensitivity": "100 %",
    "false emergencies": "at most 5 %",
    "urgent as urgent or higher": "95 %",
    "exact level": "85 %",
}
ALARMS = ("EMERGENCY", "CRISIS")


def measures(judged: Sequence[Judged]) -> str:
    """Each measure on both parts, with the second net and by the rules alone."""
    columns = {
        "unseen": [one.item for one in judged if one.part == UNSEEN],
        "unseen, rules alone": [one.rules_item for one in judged if one.part == UNSEEN],
        "seen": [one.item for one in judged if one.part == SEEN],
        "seen, rules alone": [one.rules_item for one in judged if one.part == SEEN],
    }
    figures = {name: rates(items) for name, items in columns.items()}
    rows = [[name, target, *(shown(figures[column][name]) for column in columns)] for name, target in TARGETS.items()]
    return table(["measure", "to reach", *columns], rows)


def by_slice(judged: Sequence[Judged]) -> str:
    """Emergency and crisis sensitivity by the way of saying it."""
    return _by("way of saying it", judged, lambda one: one.slice)


def by_row(judged: Sequence[Judged]) -> str:
    """Emergency and crisis sensitivity by row of the clinical table."""
    return _by("row", judged, lambda one: one.row, lambda row: (len(row), row))


def false_alarms(judged: Sequence[Judged]) -> str:
    """Quiet messages answered as emergencies, by what they are."""
    rows = []
    for name in sorted({one.slice for one in judged}):
        cells = []
        for part in (UNSEEN, SEEN):
            quiet = [one for one in judged if one.slice == name and one.part == part and _is_quiet(one.item)]
            cells += [
                shown(Rate(sum(one.item.is_false_alarm for one in quiet), len(quiet))),
                shown(Rate(sum(one.rules_item.is_false_alarm for one in quiet), len(quiet))),
            ]
        if any(cell != "-" for cell in cells):
            rows.append([name, *cells])
    return table(["kind", "unseen", "unseen, rules alone", "seen", "seen, rules alone"], rows)


def missed(judged: Sequence[Judged]) -> str:
    """Each missed emergency and its cause; the words only of the part that is looked at."""
    rows = []
    for one in judged:
        if not one.item.is_safe:
            text = _cell(one.item.text) if one.part == SEEN else "(not shown: this part is only scored)"
            rows.append([one.item.id, one.slice, one.row, one.item.predicted, one.cause, text])
    return table(["id", "slice", "row", "answered", "cause", "words"], rows) if rows else "None."


def causes(judged: Sequence[Judged]) -> str:
    """How often each cause stands behind a miss."""
    kinds = Counter(one.cause.split(":")[0].split(" as ")[-1] for one in judged if not one.item.is_safe)
    return table(["cause of a miss", "times"], [[kind, str(n)] for kind, n in kinds.most_common()])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(rate: Rate) -> str:
    """A rate with its 95 % Wilson interval and counts."""
    values = rate.as_dict()
    if values["rate"] is None:
        return "-"
    return f"{values['rate']:.1%} ({values['low']:.0%}-{values['high']:.0%}; {rate.hits}/{rate.total})"


def _by(
    title: str,
    judged: Sequence[Judged],
    key: Callable[[Judged], str],
    order: Callable[[str], object] = str,
) -> str:
    rows = []
    flags = [one for one in judged if one.item.gold_level in ALARMS]
    for name in sorted({key(one) for one in flags}, key=order):  # type: ignore[arg-type]
        cells = []
        for part in (UNSEEN, SEEN):
            own = [one for one in flags if key(one) == name and one.part == part]
            cells += [
                shown(Rate(sum(one.item.is_safe for one in own), len(own))),
                shown(Rate(sum(one.rules_item.is_safe for one in own), len(own))),
            ]
        rows.append([name, *cells])
    return table([title, "unseen", "unseen, rules alone", "seen", "seen, rules alone"], rows)


def _is_quiet(item: Item) -> bool:
    return item.gold_level in ("APPOINTMENT", "INFORMATION", "OUT_OF_SCOPE")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
