"""The action server: `python -m actions --port 5055`. Listens on this machine only and repeats nobody's words.

rasa-sdk's own server listens on every network and, when an action fails, puts the whole request, with what the person wrote,
into the answer and the log. This one keeps its routes (/webhook, /health, /actions) and replaces both.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from rasa_sdk.endpoint import create_app
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

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
    logger.error("%s while answering a %s%s", type(exception).__name__, request.method, _place(exception))
    return json({"error": "The action failed." if status >= 500 else "The request was refused."}, status=status)


def _place(exception: Exception) -> str:
    """Where in the code it happened, which a traceback would say too, but along with values."""
    trace = exception.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f", at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m actions", description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    create_server().run(host=options.host, port=options.port, workers=1, access_log=False, debug=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
