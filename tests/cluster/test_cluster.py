"""The short form of `make cluster`: parts die under load, and nothing is lost, answered twice or out of order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.settings import REDIS_URL
from cluster import scenarios
from cluster.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(trained_model: Path, services: None) -> Iterator[Stack]:
    with Stack(trained_model) as running:
        yield running


def test_two_tabs_of_one_person_on_two_assistants_get_one_answer_a_message(stack: Stack) -> None:
    assert scenarios.two_tabs(stack, 12).problems == []


@pytest.mark.parametrize(
    "happens", [scenarios.kill_an_assistant, scenarios.restart_postgresql, scenarios.hang_an_assistant]
)
def test_nobody_notices_when_a_part_dies_under_load(stack: Stack, happens: scenarios.Happening) -> None:
    outcome = scenarios.under_load(stack, happens.__name__, people=8, seconds=8, happens=happens)
    assert outcome.problems == []
    assert outcome.messages > 8


def test_without_the_lock_over_all_servers_a_tab_is_answered_without_what_the_other_said(stack: Stack) -> None:
    for assistant in stack.assistants:
        assistant.settings[REDIS_URL] = ""
        assistant.kill()
        assistant.launch()
    for assistant in stack.assistants:
        assistant.wait_until_ready()
    assert any("began 2 times" in problem for problem in scenarios.two_tabs(stack, 24).problems)
