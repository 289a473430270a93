"""Makes `.venv` for a newcomer: finds Python 3.11, fetches uv, installs what requirements.lock names, then this project.

Runs on any Python from 3.8 on with the standard library alone, because nothing else exists yet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from console import SetupError, os_error, say
from environment import Environment
from pip_settings import uv_settings
from uv_tool import UvTool

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Brings `.venv` up to date and returns the exit code; `--uv ...` runs uv itself with this machine's pip settings."""
    environment = Environment(ROOT)
    try:
        if arguments[:1] == ["--uv"]:
            settings = uv_settings(environment.python, wide=True)
            uv = environment.uv_source.in_environment(environment.folder)
            UvTool(uv, ROOT, settings).run(arguments[1:], "make requirements.lock")
            return 0
        with environment.lock():
            if environment.is_current():
                return 0
            environment.build()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(os_error(error, f"write below {ROOT}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on from here.", file=sys.stderr)
        return 130
    say("Ready.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
