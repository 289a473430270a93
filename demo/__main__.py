"""`make portal`: the demo portal and the assistant beside it, until Ctrl-C."""

from __future__ import annotations

import os
import sys
import threading

from assistant import supervisor
from demo.portal import DemoPortal

PORTAL_PORT = 5080


def main() -> int:
    """Run both; returns the exit code of the assistant."""
    port = supervisor.read_port(os.environ, supervisor.PORT, 5005)
    try:
        portal = DemoPortal(f"http://127.0.0.1:{port}", PORTAL_PORT)
    except OSError as error:
        print(f"Port {PORTAL_PORT} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    os.environ.update(portal.settings())
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    print(f"The portal: {portal.issuer}/   a hospital page with the launcher: {portal.issuer}/hospital", flush=True)
    return supervisor.main([])


if __name__ == "__main__":
    sys.exit(main())
