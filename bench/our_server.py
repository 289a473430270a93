"""The assistant's server without its limits by conversation and address, which a measurement would meet at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import assistant.server as server  # noqa: PLR0402 -- first: it sets up what libraries do at import
from assistant.settings import Settings

NO_LIMIT = 10**9

_plain = Settings.from_env.__func__  # type: ignore[attr-defined]


def _without_limits(cls: type[Settings], *arguments: Any) -> Settings:
    settings: Settings = _plain(cls, *arguments)
    return replace(settings, messages_per_minute=NO_LIMIT, sessions_per_minute=NO_LIMIT)


if __name__ == "__main__":
    Settings.from_env = classmethod(_without_limits)  # type: ignore[method-assign,assignment]
    sys.exit(server.main())
