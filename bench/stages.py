"""Where the time of one message goes: every stage of a turn is timed in this process, without what it calls of the others."""

from __future__ import annotations

import asyncio
import functools
import inspect
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from assistant import in_process
from assistant.chat_turns import ChatTurns
from assistant.conversation_locks import ConversationLocks
from assistant.guard import Guard
from assistant.incoming_message import IncomingMessage
from assistant.intent_classifier import IntentClassifier
from assistant.page_answerer import PageAnswerer
from assistant.red_flag_detector import RedFlagDetector
from assistant.replies_store import RepliesStore
from assistant.response_generator import ResponseGenerator
from assistant.safe_sql_tracker_store import SafeSQLTrackerStore
from assistant.second_net import SecondNet
from assistant.sentence_encoder import SentenceEncoder
from assistant.sentence_ngrams import SentenceNGrams
from assistant.sessions import Sessions
from assistant.spacy_english import SpacyEnglish
from assistant.triage_policy import TriagePolicy
from assistant.wiring import assess
from bench.messages import CONVERSATION

CONVERSATIONS: Final = 30
LONG: Final = 96  # turns before those of a long conversation are timed, as many as a short one has
REST: Final = "Rasa: the rest of its turn"


class Stopwatch:
    """Time of each stage without that of the stages inside it, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    def watch(self, owner: Any, name: str, stage: str) -> None:
        """Time a function of a class, which may be a coroutine."""
        plain = getattr(owner, name)
        if inspect.iscoroutinefunction(plain):

            @functools.wraps(plain)
            async def timed_async(*arguments: Any, **named: Any) -> Any:
                began = self._begin()
                try:
                    return await plain(*arguments, **named)
                finally:
                    self._end(stage, began)

            setattr(owner, name, timed_async)
            return

        @functools.wraps(plain)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = self._begin()
            try:
                return plain(*arguments, **named)
            finally:
                self._end(stage, began)

        setattr(owner, name, timed)

    def _begin(self) -> float:
        self._inside.append(0.0)
        return time.perf_counter()

    def _end(self, stage: str, began: float) -> None:
        taken = time.perf_counter() - began
        self.seconds[stage] += taken - self._inside.pop()
        if self._inside:
            self._inside[-1] += taken


def measure(model: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds a message by stage, in short conversations and late in a long one."""
    watch = Stopwatch()
    _watch_all(watch)  # first: Rasa looks a component's function up when it loads it
    assistant = in_process.load(model)
    with tempfile.TemporaryDirectory() as folder:
        store = SafeSQLTrackerStore(assistant.agent.domain, db=str(Path(folder) / "conversations.db"))
        assistant.agent.tracker_store = assistant.agent.processor.tracker_store = store
        return asyncio.run(_run(assistant, store, watch))


def _watch_all(watch: Stopwatch) -> None:
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.core.processor import MessageProcessor
    from rasa.nlu.tokenizers.spacy_tokenizer import SpacyTokenizer

    for owner, name, stage in (
        (Guard, "before", "guard: the screen before Rasa"),
        (SpacyEnglish, "process", "NLU: tokens"),
        (SpacyTokenizer, "process", "NLU: tokens"),
        (SentenceEncoder, "process", "NLU: sentence encoder"),
        (SentenceNGrams, "process", "NLU: n-grams and intent"),
        (IntentClassifier, "process", "NLU: n-grams and intent"),
        (PageAnswerer, "process", "NLU: search of the page"),
        (SecondNet, "process", "NLU: second net"),
        (RedFlagDetector, "process", "NLU: findings"),
        (TriagePolicy, "predict_action_probabilities", "policies: triage"),
        (RulePolicy, "predict_action_probabilities", "policies: rules"),
        (ResponseGenerator, "generate", "texts"),
        (SafeSQLTrackerStore, "retrieve", "store: read the conversation"),
        (SafeSQLTrackerStore, "save", "store: write the turn"),
        (RepliesStore, "find", "store: replies"),
        (RepliesStore, "is_erased", "store: replies"),
        (RepliesStore, "save", "store: replies"),
        (MessageProcessor, "handle_message", REST),
        (ChatTurns, "answer", "the channel's turn"),
    ):
        watch.watch(owner, name, stage)


async def _run(
    assistant: in_process.InProcess, store: SafeSQLTrackerStore, watch: Stopwatch
) -> tuple[dict[str, float], dict[str, float]]:
    turns = ChatTurns(assistant.guard, assess, timeout=60, locks=ConversationLocks())
    replies = RepliesStore(store.database, keep_seconds=3600)
    sessions = Sessions(b"s" * 32, lifetime=3600)

    def conversation() -> Callable[[int], Any]:
        session = sessions.issue()

        async def say(number: int) -> None:
            message = IncomingMessage(f"m{number}", CONVERSATION[number % len(CONVERSATION)], None)
            await turns.answer(
                session, message, on_new_message=assistant.agent.handle_message, store=store, replies=replies
            )

        return say

    async def per_message(first: int) -> dict[str, float]:
        watched: dict[str, float] = defaultdict(float)
        for number in range(CONVERSATIONS if not first else CONVERSATIONS // 5):
            say = conversation()
            for turn in range(first):
                await say(turn)
            watch.seconds.clear()
            for turn in range(first, first + len(CONVERSATION)):
                await say(turn)
            for stage, seconds in watch.seconds.items() if number else ():  # the first one warms up
                watched[stage] += seconds
        count = len(CONVERSATION) * ((CONVERSATIONS if not first else CONVERSATIONS // 5) - 1)
        return {stage: seconds * 1e3 / count for stage, seconds in watched.items()}

    return await per_message(0), await per_message(LONG)
