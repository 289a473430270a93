"""Several questions in one message, and questions that lean on the one before."""

from __future__ import annotations

import re
from typing import Final

MOST_PARTS: Final = 3
_ASKS = r"(?:what|who|whom|whose|which|how|where|when|why|is|are|do|does|can|could|will|should|whats|hows)"
_BETWEEN = re.compile(rf"(?<=[?!.;\n])\s+|,?\s+(?:and|also|plus|&)\s+(?:also\s+)?(?={_ASKS}\b)", re.IGNORECASE)
_QUESTION = re.compile(rf"^\W*(?:(?:and|also|so|but|ok|okay|please|hi|hello)\W+)*{_ASKS}\b", re.IGNORECASE)
# Words that lean on what was said before. Nothing to look for is left when they are all there is.
_LEANS = re.compile(
    r"^\W*(?:and|but|so|also|then|or)\b|^\W*(?:what|how) about\b|^\W*(?:why|how come|how so|what else|anything else|more"
    r"|tell me more|go on|such as|like what|which ones?)\b",
    re.IGNORECASE,
)
_NOTHING_OF_ITS_OWN = re.compile(
    r"\W*(?:(?:and|but|so|please|ok|okay|can you|could you)\W+)*(?:why(?: is (?:that|it|this))?|how come|how so|what else|anything else|more|tell me more"
    r"|say more|go on|explain(?: (?:that|more))?|what do you mean|is that all|and|such as|like what)\W*(?:please|then)?\W*",
    re.IGNORECASE,
)
_LONGEST_LEANING: Final = 9  # words


def questions_in(message: str) -> list[str]:
    """The questions of a message, at most three; the message itself when it is one, or no part of it looks like one."""
    asked = _asking_parts(message)
    return asked[:MOST_PARTS] if len(asked) > 1 else [message.strip()]


def asking_part(message: str) -> str:
    """The one part of the message that asks, without the story around it; the message itself when there is no such part."""
    asked = _asking_parts(message)
    return asked[0] if len(asked) == 1 else message.strip()


def asks(message: str) -> bool:
    """Whether there is a question in the message, by its mark or its words."""
    return "?" in message or bool(_asking_parts(message))


def _asking_parts(message: str) -> list[str]:
    parts = (part.strip() for part in _BETWEEN.split(message) if part)
    return [part for part in parts if part.endswith("?") or _QUESTION.match(part)]


def leans_on_the_last(message: str) -> bool:
    """Whether the question may lean on the one before: "and how is that treated?", "what about women?", "why?"."""
    return len(message.split()) <= _LONGEST_LEANING and bool(_LEANS.match(message))


def says_nothing_of_its_own(message: str) -> bool:
    """Whether it only asks for more: "why?", "tell me more"."""
    return bool(_NOTHING_OF_ITS_OWN.fullmatch(message))
