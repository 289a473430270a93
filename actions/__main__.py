"""The action server: `python -m actions --port 5055`. Listens on this machine only and repeats nobody's words.

rasa-sdk's own server listens on every network and, when an action fails, puts the whole request, with what the person wrote,
into the answer and the log. This one keeps its routes (/webhook, /health, /actions) and replaces both.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from assistant import logs

if __name__ == "__main__":
    logs.configure()  # libraries warn while they are imported

# isort: split
from rasa_sdk.endpoint import create_app
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from assistant.guard import where
from assistant.settings import SettingsError

logger = logging.getLogger("actions")

DEFAULT_PORT = 5055


def create_server() -> Sanic:
    """The action server's app, with no foreign origins allowed and errors that name their kind only."""
    app: Sanic = create_app("actions", cors_origins="")
    app.config.ACCESS_LOG = False
    # Takes the place of rasa-sdk's handler for the same class.
    app.error_handler.add(Exception, answer_error)
    return app


def answer_error(request: Request, exception: Exception) -> HTTPResponse:
    """Answers a failure: the exception's class goes to the log, and neither its text nor the request goes anywhere."""
    status = exception.status_code if isinstance(exception, SanicException) else 500
    logger.error("action_failed error=%s method=%s at=%s", type(exception).__name__, request.method, where(exception))
    return json({"error": "The action failed." if status >= 500 else "The request was refused."}, status=status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m actions", description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    options = parser.parse_args(arguments)
    try:
        logs.configure(logs.level_from())
    except SettingsError as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 2
    create_server().run(host=options.host, port=options.port, workers=1, access_log=False, debug=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
