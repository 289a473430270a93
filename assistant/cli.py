"""The command line: `spine-triage COMMAND`. Results go to stdout, errors to stderr as one line.

Exit codes: 0 done, 1 the work failed (no model, training failed), 2 the input or the call is wrong, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path
from typing import Sequence

warnings.simplefilter("ignore")  # of libraries, at import; they are no business of the person at the terminal
os.environ.setdefault("PYTHONWARNINGS", "ignore")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def parser() -> argparse.ArgumentParser:
    """Every command with its help."""
    from assistant import commands, data_commands, inbox, page_commands

    top = argparse.ArgumentParser(prog="spine-triage", description="Red-flag triage and page answers for spine tumors.")
    kinds = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: object, help_: str, *, model: bool = True) -> argparse.ArgumentParser:
        sub = kinds.add_parser(name, help=help_, description=help_)
        sub.set_defaults(run=run)
        if model:
            sub.add_argument("--model", type=Path, help="model archive (default: models/spine-triage.tar.gz)")
        return sub

    command("assess", commands.assess, "Judge one message as a first message; prints JSON.").add_argument("text")
    sub = command("evaluate", commands.evaluate, "Score labelled messages (JSON lines: id, text, level).")
    sub.add_argument("file", type=Path)
    sub.add_argument("--json", type=Path, metavar="OUT", help="write summary and items there")
    sub = command(
        "screen-inbox", inbox.screen_inbox, "Judge an inbox (JSON lines or CSV: id, text), most urgent first."
    )
    sub.add_argument("file", type=Path)
    sub.add_argument("--out", type=Path, required=True, help="the results (JSON lines); broken off, a run goes on")
    sub.add_argument("--processes", type=_count, metavar="N", help="default: one a core")
    command("ask", commands.ask, "Answer a question from the page; prints JSON.").add_argument("question")
    sub = command("converse", commands.converse, "Play conversations (JSON lines: id, turns); prints JSON lines.")
    sub.add_argument("file", type=Path)
    command("chat", commands.chat, "Talk to the assistant in this terminal.")
    command("serve", commands.serve, "Start the assistant and its page on this machine.", model=False)
    command("check", commands.check, "Check data/triage: every phrase, example and row.", model=False)
    sub = command(
        "import-page", page_commands.import_page, "Take up a page of the hospital, or a newer state of it.", model=False
    )
    sub.add_argument("source", metavar="FILE_OR_URL", help="a web page or plain text")
    sub.add_argument("--page", metavar="NAME", help="the page's folder below data/page (default: from its title)")
    sub.add_argument("--accept", action="store_true", help="also drop sections and change numbers")
    sub.add_argument("--content", type=Path, metavar="FOLDER", help="the folder of the pages (default: data/page)")
    sub = command(
        "check-content", page_commands.check_content, "Report on the pages: reach, reviews, numbers, reading grade."
    )
    sub.add_argument("--content", type=Path, metavar="FOLDER", help="the folder of the pages (default: data/page)")
    sub = command("verify-audit", commands.verify_audit, "Check that no emergency decision was changed.", model=False)
    sub.add_argument("--folder", type=Path, help="the folder of the audit (default: as the server is set)")
    sub = command("purge", data_commands.purge, "Delete conversations some time after their last message.", model=False)
    sub.add_argument("--older-than", required=True, metavar="DURATION", help="such as 30d, 12h or 8w")
    sub = command("erase", data_commands.erase, "Delete one conversation and close it.", model=False)
    sub.add_argument("conversation", help="its id, as the server's log has it")
    sub = command("export", data_commands.export, "Print who said what when in one conversation, as JSON.", model=False)
    sub.add_argument("conversation", help="its id, as the server's log has it")
    command("rotate-keys", data_commands.rotate_keys, "Seal everything stored with the newest key.", model=False)
    sub = command("train", commands.train, "Train the model when something has changed.", model=False)
    sub.add_argument("--force", action="store_true", help="train even when nothing has changed")
    return top


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    import assistant.light_spacy  # noqa: F401 -- before triage, which would import TensorFlow
    from assistant.data_commands import NotDone
    from assistant.jsonl import InputError
    from assistant.training import ModelError
    from triage import DataError

    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except (InputError, DataError) as error:
        print(f"spine-triage: {error}", file=sys.stderr)
        return 2
    except (ModelError, NotDone) as error:
        print(f"spine-triage: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would complain when it flushes at its end
        return 0


if __name__ == "__main__":
    sys.exit(main())
