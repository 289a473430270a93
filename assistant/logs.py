"""Sends everything a server process has to say through one handler that lets no person's words through.

Rasa's own loggers, structlog, Python's warnings and what nobody caught all print what people wrote, at debug and sometimes above.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from typing import Any, Mapping

import structlog

from assistant.log_format import JsonFormatter
from assistant.settings import SettingsError

logger = logging.getLogger(__name__)

LOG_LEVEL = "SPINE_TRIAGE_LOG_LEVEL"  # DEBUG, INFO (default), WARNING or ERROR; no level logs what people write
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def level_from(env: Mapping[str, str] | None = None) -> int:
    """The level the operator wants. Raises SettingsError."""
    name = (os.environ if env is None else env).get(LOG_LEVEL) or "INFO"
    if name.upper() not in _LEVELS:
        raise SettingsError(f"{LOG_LEVEL} must be one of {', '.join(_LEVELS)}")
    return int(getattr(logging, name.upper()))


def configure(level: int = logging.INFO) -> None:
    """Log JSON lines to stderr from now on, whatever logging was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(force=True, level=level, handlers=[handler])
    logging.raiseExceptions = False  # or a record that cannot be written is printed with its arguments
    only_handler()
    structlog.reset_defaults()
    structlog.configure(
        processors=[_only_the_event],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _uncaught_in_thread
    warnings.showwarning = _warned  # type: ignore[assignment]


def only_handler() -> None:
    """Take away the handlers that libraries gave their loggers while they were imported; their records go the one way."""
    for named in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(named, logging.Logger):
            named.handlers.clear()
            named.propagate = True


def _only_the_event(_logger: Any, _method: str, event_dict: Mapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """Of Rasa's structured events the name and the exception: text, slots and parse data ride in the other fields."""
    failure = {"exc_info": event_dict["exc_info"]} if event_dict.get("exc_info") else {}
    return (str(event_dict.get("event")),), failure


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("uncaught", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        logger.critical("uncaught_in_thread", exc_info=args.exc_value)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        logger.error("unraisable", exc_info=args.exc_value)


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
    """Python's warnings: their kind and place. Rasa quotes texts and slots in some of its own."""
    logger.warning("warned type=%s at=%s", category.__name__, f"{filename.rpartition('/')[2]}:{lineno}")
