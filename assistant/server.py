"""The server: listens at once, answers red flags from the first second, and loads the model meanwhile.

python -m assistant.server --port 5005 --model models/NAME.tar.gz
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # TensorFlow's C++ part writes to stderr past every handler

from assistant import logs

if __name__ == "__main__":
    logs.configure()  # libraries warn while they are imported

# isort: split
import assistant.early_imports  # noqa: F401 -- first: what follows is slow otherwise

# isort: split
from sanic import Sanic

from assistant import metrics, rasa_patches, without_tensorflow
from assistant.guard import where
from assistant.settings import METRICS_PORT, ROOT, Settings, SettingsError
from assistant.training import MODEL_NAME, ModelError, verify_model
from assistant.web_channel import WebChannel
from assistant.wiring import web_channel

if TYPE_CHECKING:
    from rasa.core.agent import Agent

logger = logging.getLogger(__name__)
rasa_patches.apply()

OUTBOX_SECONDS = 5  # between two looks whether a database that was away is back
WARM_UP = "Hello"  # the first message builds what later ones reuse; a patient must not wait for it


def load_agent(model_path: Path, endpoints_path: Path) -> Agent:
    """The agent as endpoints.yml describes it. Takes 10-20 s; raises on any fault, where Rasa's loader only warns."""
    # Imported here: TensorFlow takes most of the start, and the guard answers without it.
    from rasa.core.agent import Agent
    from rasa.core.lock_store import LockStore
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints

    from assistant import sqlite_file
    from assistant.safe_sql_tracker_store import safe_store

    endpoints = AvailableEndpoints.read_endpoints(str(endpoints_path))
    tracker_store = TrackerStore.create(endpoints.tracker_store)
    sqlite_file.set_aside_if_damaged(safe_store(tracker_store).engine.url)
    return Agent.load(
        str(model_path),
        generator=endpoints.nlg,
        tracker_store=tracker_store,
        lock_store=LockStore.create(endpoints.lock_store),
        action_endpoint=endpoints.action,
    )


def create_app(channel: WebChannel) -> Sanic:
    """An app with the chat's routes and nothing of Rasa's own: no HTTP API, no version page, no CORS."""
    from rasa.core.channels.channel import register

    app = Sanic("spine_triage", configure_logging=False)
    app.ctx.agent = None
    register([channel], app, route="/webhooks/")
    return app


def serve(host: str, port: int, model_path: Path | None, endpoints_path: Path) -> None:
    """Serve until SIGTERM or SIGINT; turns that are under way are finished first. Without a model the guard is alone."""
    settings = Settings.from_env()
    app = create_app(web_channel(settings))
    if settings.metrics_port:
        try:
            metrics.serve(settings.metrics_port, settings.metrics_host)
        except OSError as error:
            raise SettingsError(f"{METRICS_PORT} cannot be used: {error.strerror}") from None

    async def start_loading(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        if model_path is not None:
            app.ctx.loading = loop.create_task(_load(app, model_path, endpoints_path, settings.keep_days))

        app.ctx.writing = loop.create_task(_write_what_waits(app))

    app.register_listener(start_loading, "after_server_start")
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 4  # whole seconds; a turn takes at most 2.5, and the stop shall take five
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.run(host=host, port=port, workers=1, access_log=False, motd=False)


async def _load(app: Sanic, model_path: Path, endpoints_path: Path, keep_days: float) -> None:
    try:
        agent = await _in_daemon_thread(load_agent, model_path, endpoints_path)
        logs.only_handler()  # Rasa's imports are done, and some gave their loggers a handler of their own
        without_tensorflow.seal()
        await agent.parse_message(WARM_UP)
        gc.collect()
        gc.freeze()  # what is loaded stays; looking through it again and again costs a tenth of the time
    except Exception as error:
        # The server goes on without the model: it still answers red flags, and its readiness check stays red.
        logger.critical("model_not_loaded error=%s at=%s", type(error).__name__, where(error), exc_info=True)
        return
    app.ctx.agent = agent
    _begin_purging(agent, keep_days)
    logger.info("ready model=%s", agent.model_id)


def _begin_purging(agent: Agent, keep_days: float) -> None:
    from assistant.retention import DailyPurge
    from assistant.safe_sql_tracker_store import safe_store

    DailyPurge(safe_store(agent.tracker_store).engine.url, keep_days=keep_days).start()


async def _write_what_waits(app: Sanic) -> None:
    """Write the outbox as soon as the database is back, also when nobody writes a message."""
    from assistant.safe_sql_tracker_store import safe_store

    while True:
        await asyncio.sleep(OUTBOX_SECONDS)
        if app.ctx.agent is not None:
            await safe_store(app.ctx.agent.tracker_store).flush()


async def _in_daemon_thread(function: Any, *arguments: Any) -> Any:
    """Like asyncio.to_thread, but a stop of the server does not wait for the thread."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def finish(setter: Any, value: object) -> None:
        if not result.done():
            setter(value)

    def work() -> None:
        try:
            value, setter = function(*arguments), result.set_result
        except Exception as error:  # carried to the one who waits
            value, setter = error, result.set_exception
        try:
            loop.call_soon_threadsafe(finish, setter, value)
        except RuntimeError:
            return  # the server stopped meanwhile

    threading.Thread(target=work, name="load-model", daemon=True).start()
    return await result


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and serve. Returns the exit code: 2 for a wrong setting or a missing file."""
    parser = argparse.ArgumentParser(prog="python -m assistant.server", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; loopback, behind a proxy, by default"
    )
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument(
        "--model", type=Path, help="model archive with its record; models/spine-triage.tar.gz by default"
    )
    parser.add_argument("--endpoints", type=Path, default=ROOT / "endpoints.yml")
    options = parser.parse_args(arguments)
    try:
        logs.configure(logs.level_from())
        if not options.endpoints.is_file():
            raise FileNotFoundError(f"there is no file {options.endpoints}")
        model = options.model or ROOT / "models" / MODEL_NAME
        try:
            verify_model(model)
        except ModelError as error:
            # A person who writes now still gets the emergency text: the guard needs no model.
            print(f"{error} Until then only red flags are answered, all else with the safety text.", file=sys.stderr)
            model = None
        else:
            without_tensorflow.install_for(model)
        serve(options.host, options.port, model, options.endpoints)
    except (SettingsError, FileNotFoundError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
