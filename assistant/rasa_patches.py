"""The few changes to Rasa 3.6.21 that no setting offers, applied once; each says what it prevents.

Rasa's open source version is frozen upstream, so these lines do not chase a moving target.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
from typing import Any, Optional

# Rasa's usage reporting goes to a third party; a hospital's assistant calls nobody. Read at each call, set by name.
os.environ["RASA_TELEMETRY_ENABLED"] = "false"

import rasa.core.constants  # noqa: E402, F401 -- patched below
import rasa.core.lock_store as lock_store  # noqa: E402
import structlog  # noqa: E402
from rasa.shared.core.events import Event  # noqa: E402
from rasa.utils.log_utils import configure_structlog  # noqa: E402

ACTION_TIMEOUT_SECONDS = 1.5
LOCK_POLL_SECONDS = 0.05
LOCK_LIFETIME_SECONDS = 20

_plain_resolve = Event.resolve_by_type
_applied = False


@functools.cache
def _resolve_by_type(type_name: str, default: Optional[type[Event]] = None) -> Optional[type[Event]]:
    found: Optional[type[Event]] = _plain_resolve(type_name, default)
    return found


def _without_body(record: logging.LogRecord) -> bool:
    """Drop a traceback: an action server's error body holds the whole conversation, and Rasa logs it."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.args = f"{record.getMessage()} [{record.exc_info[0].__name__}]", ()
        record.exc_info = record.exc_text = None
    return True


def _limit_actions() -> None:
    """Rasa waits 300 s for an action, five times the life of the conversation's lock. Nothing clinical needs one."""
    # Modules copy the name on import, so those imported before this one are set as well.
    for name in ("rasa.core.constants", "rasa.core.actions.action", "rasa.utils.endpoints"):
        if name in sys.modules:
            vars(sys.modules[name])["DEFAULT_REQUEST_TIMEOUT"] = ACTION_TIMEOUT_SECONDS


def apply() -> None:
    """Apply every patch; a second call changes nothing."""
    global _applied
    if _applied:
        return
    _applied = True

    # Rasa walks all event classes for each stored event: 22 ms of a turn at 500 events, 4 ms with this cache.
    Event.resolve_by_type = staticmethod(_resolve_by_type)

    _limit_actions()

    # The second of two messages polls for its turn once a second, with no setting for it; a lock outlives a crash 60 s.
    lock_store.LOCK_LIFETIME = LOCK_LIFETIME_SECONDS
    plain_lock = lock_store.LockStore.lock

    def lock(
        self: lock_store.LockStore,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME_SECONDS,
        wait_time_in_seconds: float = LOCK_POLL_SECONDS,
    ) -> Any:
        return plain_lock(self, conversation_id, lock_lifetime, wait_time_in_seconds)

    lock_store.LockStore.lock = lock

    # Until it is configured, structlog prints every debug event, and Rasa's hold the person's words.
    if not structlog.is_configured():
        configure_structlog(logging.INFO)

    for name in ("rasa.core.processor", "rasa.core.actions.action"):
        logging.getLogger(name).addFilter(_without_body)
