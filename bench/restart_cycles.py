"""Kill the server under an open chat, again and again: `make restarts` (200 times, most of an hour).

A person writes in the chat of a real browser; the server is killed at a random moment around the turn and started again.
The chat sends by itself what has no answer. At the end every message must stand once in the chat, once in the store of
replies and once among the conversation's events.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from processes.assistant_server import AssistantServer

LATEST_KILL = 0.25  # seconds after a message was sent; a turn takes some 0.05
ANSWER_SECONDS = 120
WORDS = ("what are the symptoms, number {}", "my back hurts, number {}", "I can't feel my legs, number {}")
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


def run(cycles: int, port: int, seed: int = 1, chromium: str | None = None) -> list[str]:
    """So many cycles; returns what went wrong, a line each."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, browser(chromium) as page:
        server = AssistantServer(Path(folder), port)
        server.launch()
        try:
            server.wait_until_ready()
            page.goto(f"http://127.0.0.1:{port}/chat/frame")
            for number in range(1, cycles + 1):
                say(page, WORDS[number % len(WORDS)].format(number))
                time.sleep(chance.uniform(0, LATEST_KILL))
                server.kill()
                server.launch()
                server.wait_until_ready()
                wait_for_answer(page)
                print(f"{number} of {cycles}", flush=True)
            return [*faults_shown(page, cycles), *faults_stored(Path(folder) / "conversations.db", cycles)]
        finally:
            server.kill()


@contextlib.contextmanager
def browser(chromium: str | None) -> Iterator[Page]:
    """A page of a real browser."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        yield running.new_page()
        running.close()


def say(page: Page, words: str) -> None:
    """Write and send."""
    page.get_by_label("Your message").fill(words)
    page.get_by_label("Your message").press("Enter")


def wait_for_answer(page: Page) -> None:
    """Until nothing waits any more; somebody in a hurry presses "Try again"."""
    again = page.get_by_role("button", name="Try again")
    deadline = time.monotonic() + ANSWER_SECONDS
    while page.evaluate("sessionStorage.getItem('spine-chat-unsent')") is not None:
        if again.count():
            again.click()
        if time.monotonic() > deadline:
            raise TimeoutError("a message got no answer")
        time.sleep(0.05)


def faults_shown(page: Page, cycles: int) -> list[str]:
    """What the chat shows too often, or not."""
    said = Counter(number_of(text) for text in page.locator(".user").all_inner_texts())
    answers = Counter(
        page.evaluate(
            """() => {
              const log = document.querySelector("spine-chat").shadowRoot.querySelector("[role=log]");
              const after = [];
              for (const node of log.querySelectorAll(".message")) {
                if (node.matches(".user")) after.push(0); else after[after.length - 1] += 1;
              }
              return after;
            }"""
        )
    )
    faults = [f"message {n} stands {said[n]} times in the chat" for n in range(1, cycles + 1) if said[n] != 1]
    return [*faults, *([f"{answers[0]} messages without an answer"] if answers[0] else [])]


def faults_stored(database: Path, cycles: int) -> list[str]:
    """What the database holds too often, or not."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        replies = Counter(
            number_of(json.loads(text)) for (text,) in connection.execute("select text from chat_replies")
        )
        events = connection.execute("select data from events where type_name = 'user'")
        turns = Counter(number_of(json.loads(data)["text"]) for (data,) in events)
    faults = [f"message {n} has {replies[n]} replies" for n in range(1, cycles + 1) if replies[n] != 1]
    return [*faults, *(f"message {n} was processed {turns[n]} times" for n in range(1, cycles + 1) if turns[n] != 1)]


def number_of(text: str) -> int:
    """The number at the end of a message of this test."""
    return int(text.split("number ")[1].split()[0])


def main() -> int:
    """`make restarts`; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.restart_cycles", description=__doc__)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--port", type=int, default=5077)
    parser.add_argument("--chromium", default="/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)
    chosen = parser.parse_args()
    faults = run(chosen.cycles, chosen.port, chromium=chosen.chromium)
    print("\n".join(faults) or f"{chosen.cycles} kills: no message lost, none answered or processed twice.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
