"""The guard around Rasa: whatever happens inside, a stated red flag is answered first and nobody meets silence."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable, Iterator, Protocol, Sequence

logger = logging.getLogger(__name__)

TEXT_LIMIT = 2_000  # characters; longer texts cost Rasa time, and the screen has read them whole before the cut
WINDOW = 2_000  # characters screened at once
OVERLAP = 300  # a red flag on the border of two windows is whole in one of them
CRISIS = "CRISIS"
EMERGENCY_PREFIX = "utter_emergency"
CRISIS_PREFIX = "utter_crisis"
SAFETY_RESPONSE = "utter_safety"  # for when nothing answers

# Invisible and without meaning in any script; inside a word they hide it. Joiners (U+200C, U+200D) stay: emoji,
# Persian and Indic scripts need them.
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
# These, and control characters (Unicode's Cc) other than the tabulator and the end of a line.
_DROPPED = re.compile(rf"[{_INVISIBLE}\x00-\x08\x0b-\x1f\x7f-\x9f]")

Message = dict[str, Any]


class LevelLike(Protocol):
    """What the guard needs of `triage.Level`."""

    @property
    def name(self) -> str:
        """The level's name, e.g. "EMERGENCY"."""


class ScreeningLike(Protocol):
    """What the guard needs of `triage.Screening`."""

    @property
    def level(self) -> LevelLike | None:
        """The level the text demands, None for nothing."""

    @property
    def response(self) -> str | None:
        """The fixed response to say, None without a level."""

    @property
    def reasons(self) -> Sequence[str]:
        """The rows of the decision table behind the level."""


@dataclass(frozen=True)
class Screened:
    """A cleaned message and what its own words demand. `level` is "EMERGENCY", "CRISIS" or None.

    `failed` says that the screen could not read all of it.
    """

    text: str
    level: str | None = None
    response: str | None = None
    failed: bool = False
    reasons: tuple[str, ...] = ()


class Guard:
    """Screens a message before Rasa sees it, and proves afterwards that the reply says what it must.

    `screen` is `triage.screen`; `fixed_text` turns the name of a fixed response into its text, without Rasa.
    """

    def __init__(self, screen: Callable[[str], ScreeningLike], fixed_text: Callable[[str], str]) -> None:
        self._screen = screen
        self._fixed_text = fixed_text

    def before(self, text: object) -> Screened:
        """Clean a message and screen all of it, then cut it to what Rasa gets. Anything but a str is no text."""
        raw = text if isinstance(text, str) else ""
        cleaned = clean(raw)
        screened = self._screened(cleaned)
        if screened.level is None and (spaced := clean(raw, gap=" ")) != cleaned:
            # What was dropped may have stood inside a word or between two; both readings are screened.
            screened = self._screened(spaced)
        return screened

    def after(self, screened: Screened, messages: Sequence[Message]) -> list[Message]:
        """The reply with its post-condition: emergency text first if the message held one, and never nothing."""
        said = [message for message in messages if str(message.get("text") or "").strip()]
        if screened.level is None:
            unheard = screened.failed and not any(is_urgent(message) for message in said)
            return [self._fixed(SAFETY_RESPONSE), *said] if unheard or not said else said
        answers = (CRISIS_PREFIX,) if screened.level == CRISIS else (EMERGENCY_PREFIX, CRISIS_PREFIX)
        urgent = next((message for message in said if response_name(message).startswith(answers)), None)
        if urgent is None:
            return [self._fixed(screened.response or ""), *said]
        return [urgent, *(message for message in said if message is not urgent)]

    def fallback(self, screened: Screened) -> Message:
        """The one text for when Rasa is not asked at all: the emergency text if the message held one, else safety."""
        return self.after(screened, [])[0]

    async def run(
        self,
        screened: Screened,
        call: Callable[[str, list[Message]], Awaitable[object]],
        *,
        timeout: float,
        conversation_id: str,
    ) -> list[Message]:
        """One turn behind the safety boundary: `call(text, said)` appends what the bot says to `said`.

        Returns the reply with its post-condition, also when `call` raises, exits or takes longer than `timeout`
        seconds. What was said before a failure is kept; the safety text follows it, since something may be missing.
        """
        said: list[Message] = []
        try:
            # asyncio.timeout, not wait_for: in a task of its own a SystemExit would stop the whole event loop.
            async with asyncio.timeout(timeout):
                await call(screened.text, said)
        except (Exception, SystemExit) as error:  # the one safety boundary: every failure still ends in a text
            logger.error(
                "turn_failed error=%s at=%s conversation=%s", type(error).__name__, where(error), conversation_id
            )
            if screened.level is None and not screened.failed and not any(is_urgent(message) for message in said):
                said.append(self._fixed(SAFETY_RESPONSE))
        reply = self.after(screened, said)
        if screened.level is not None:
            logger.info("red_flag_answered level=%s conversation=%s", screened.level, conversation_id)
        return reply

    def _screened(self, cleaned: str) -> Screened:
        """The most urgent of the text's windows. A long text is screened in parts, so that the time stays linear."""
        worst = Screened(cleaned[:TEXT_LIMIT])
        for window in windows(cleaned, WINDOW, OVERLAP):
            try:
                screening = self._screen(window)
            except Exception as error:  # second half of the boundary: an unheard message is answered with safety
                logger.error("screen_failed error=%s at=%s", type(error).__name__, where(error))
                worst = replace(worst, failed=True)
                continue
            if screening.level is not None and worst.level != CRISIS:
                # Rasa gets the part that holds the flag, so that the conversation remembers it.
                text = worst.text if worst.level == screening.level.name else window[:TEXT_LIMIT]
                reasons = tuple(screening.reasons)
                worst = Screened(text, screening.level.name, screening.response, worst.failed, reasons)
        return worst

    def _fixed(self, response: str) -> Message:
        return {"text": self._fixed_text(response), "metadata": {"response": response}}


def is_urgent(message: Message) -> bool:
    """Whether a bot message is emergency or crisis advice."""
    return response_name(message).startswith((EMERGENCY_PREFIX, CRISIS_PREFIX))


def response_name(message: Message) -> str:
    """Which response a bot message is, e.g. "utter_emergency_self"; "" when it does not say."""
    metadata = message.get("metadata")
    named = metadata.get("response") if isinstance(metadata, dict) else None
    return str(named or message.get("utter_action") or "")


def clean(text: str, *, gap: str = "") -> str:
    """The person's words without what breaks software: lone surrogates, control characters, leading slashes.

    `gap` is what stands in for a dropped character.

    >>> clean('/affirm{"x":1} I have chest\\x00 pain')
    'affirm{"x":1} I have chest pain'
    """
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = _DROPPED.sub(lambda found: _kept(found[0], gap), paired.replace("\r\n", "\n")).strip()
    # "/name{...}" would fire an intent and throw every NLU result away (RegexMessageHandler runs last).
    while kept.startswith("/"):
        kept = kept[1:].lstrip()
    return kept


def windows(text: str, size: int, overlap: int) -> Iterator[str]:
    """Parts of `text` of at most `size` characters that overlap; the whole text, also when empty, if it fits in one."""
    for start in range(0, max(1, len(text) - overlap), size - overlap):
        yield text[start : start + size]


def _kept(char: str, gap: str) -> str:
    """What stands for a character that `_DROPPED` finds."""
    return " " if char.isspace() and char not in _INVISIBLE else gap


def where(error: BaseException) -> str:
    """File and line of a failure, for the log. The error's own text may quote the person, so it is never logged."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown"
