"""The report says what was measured, and what falls short of its bar."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bench import rasa_default, report
from bench.compare import USERS, Measured
from bench.emergency import Emergency
from bench.inbox import Inbox
from bench.load import Load, _load
from bench.results import Results


def measured(kind: str, times: float) -> Measured:
    """Everything `times` as long, large or slow as ours."""
    loads = [Load(users, 100, 10 * times, 20 * times, 30 * times, 90 / times) for users in USERS]
    by_turn = [0.01 * times] * 100
    return Measured(kind, 60 * times, 10 * times, [0.01 * times] * 9, by_turn, loads, 500 * times, 505 * times)


def emergency(p99: float) -> Emergency:
    return Emergency(0.4, 2.0, Load(50, 100, p99, p99, p99, 500), [p99] * 100)


def results() -> Results:
    stages = {"NLU": 3.0}, {"NLU": 4.0}
    return Results(measured("ours", 1), measured("default", 2), emergency(80), Inbox(22, 250, 260), *stages)


def reached(times: float) -> dict[str, bool]:
    return {row.what: row.reached for row in report.rows(measured("ours", 1), measured("default", times))}


def test_three_times_as_fast_reaches_every_bar() -> None:
    assert all(reached(3.1).values())


def test_what_is_not_three_times_as_fast_is_told_row_by_row() -> None:
    found = reached(2.2)
    assert {what for what, good in found.items() if good} == {
        "turn 100 against turn 1",
        "memory after 10,000 messages",
        "its growth over the last half",
        "training",
    }


@pytest.mark.parametrize(("p99", "good"), [(49, True), (51, False)])
def test_a_red_flag_that_waits_too_long_is_told(p99: float, good: bool) -> None:
    amid = next(row for row in report.emergency_rows(emergency(p99)) if "others write" in row.what)
    assert amid.reached is good


def test_the_document_names_what_falls_short() -> None:
    text = report.write(results())
    short = [line for line in text.splitlines() if "**falls short**" in line]
    assert any("median reply" in line for line in short)
    assert any("screen-inbox" in line for line in short)
    assert "| 50 | " in text


def test_quantiles_are_read_from_locusts_counts() -> None:
    told = {"response_times": {"10": 90, "20": 9, "300": 1}, "num_requests": 100}
    told |= {"start_time": 0.0, "last_request_timestamp": 5.0}
    found = _load(5, told)
    assert (found.median, found.p95, found.p99, found.a_second) == (10, 20, 20, 20)


def test_the_default_is_the_one_of_the_installed_package_on_our_examples(tmp_path: Path) -> None:
    project = rasa_default.make_project(tmp_path)
    config = yaml.safe_load((project / "config.yml").read_text())
    assert {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True} in config["pipeline"]
    assert "TEDPolicy" in {policy["name"] for policy in config["policies"]}
    nlu = yaml.safe_load((project / "data" / "nlu.yml").read_text())["nlu"]
    assert len(nlu) == len(yaml.safe_load((project / "domain.yml").read_text())["intents"])
    assert all(block["examples"].count("\n") >= 2 for block in nlu)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results().save(tmp_path / "performance" / "results.json")
    assert Results.load(tmp_path / "performance" / "results.json") == results()
