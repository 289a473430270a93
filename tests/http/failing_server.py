"""The server as it runs, but for a Rasa that fails on the word "explode", and says what it was given in every way it can."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from typing import Any

from assistant import logs

if __name__ == "__main__":
    logs.configure()

# isort: split
import structlog

from assistant import server


def fail(words: str) -> None:
    """Raises with the words in the exception's text."""
    raise ValueError(f"cannot read {words}")


def make_rasa_fail() -> None:
    """Patch the reading of a message in Rasa's processor."""
    import rasa.shared.utils.io
    from rasa.core.processor import MessageProcessor

    plain = MessageProcessor.parse_message

    async def forgotten(words: str) -> None:
        fail(words)

    async def parse_message(self: MessageProcessor, message: Any, *more: Any, **named: Any) -> Any:
        words = message.text
        if "explode" in words:
            logging.getLogger("rasa.core.processor").error(f"about to read {words}")
            structlog.get_logger("rasa.core.processor").error("processor.reading", text=words)
            rasa.shared.utils.io.raise_warning(f"cannot read {words}")
            threading.Thread(target=fail, args=(words,), name=words).start()
            asyncio.ensure_future(forgotten(words), loop=asyncio.get_running_loop())
            fail(words)
        return await plain(self, message, *more, **named)

    MessageProcessor.parse_message = parse_message


if __name__ == "__main__":
    make_rasa_fail()
    sys.exit(server.main())
