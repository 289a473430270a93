"""How often one session, or one address, may ask within a minute."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from typing import Callable

from sanic.request import Request

WINDOW_SECONDS = 60.0
KEYS = 10_000  # the longest idle are forgotten first


class RateLimit:
    """At most `limit` uses of a key within a sliding minute."""

    def __init__(self, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._uses: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Count one use of `key`; False when it is one too many (which then does not count)."""
        now = self._clock()
        uses = self._uses.setdefault(key, deque())
        self._uses.move_to_end(key)
        while uses and uses[0] <= now - WINDOW_SECONDS:
            uses.popleft()
        if len(self._uses) > KEYS:
            self._uses.popitem(last=False)
        if len(uses) >= self._limit:
            return False
        uses.append(now)
        return True

    def allows_visitor(self, request: Request) -> bool:
        """Count one use by the address that `request` came from."""
        address = request.remote_addr or request.ip
        return _loopback(address) or self.allows(address)


def _loopback(address: str) -> bool:
    """A proxy on this host: it speaks for everybody, so a limit on it would shut everybody out."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
