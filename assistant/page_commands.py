"""The commands of `spine-triage` for the people who look after the page's content."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from urllib.error import URLError

from assistant.settings import ROOT


def import_page(options: argparse.Namespace) -> int:
    """Bring a page up to date, or take up a new one; print what changed."""
    from pages.extract import ExtractError
    from pages.front_matter import PageError
    from pages.importing import Refused
    from pages.importing import import_page as run

    root = options.content or ROOT / "data" / "page"
    try:
        done = run(options.source, root, options.page, accept=options.accept)
    except Refused as refused:
        print(f"spine-triage: nothing was changed; look at this first, then use --accept:\n{refused}", file=sys.stderr)
        return 1
    except (ExtractError, PageError) as error:
        print(f"spine-triage: nothing was changed: {error}", file=sys.stderr)
        return 2
    except (OSError, URLError) as error:
        print(f"spine-triage: {options.source} cannot be read: {error}", file=sys.stderr)
        return 2
    for note in done.notes:
        print(f"Note: {note}.")
    print(done.diff or f"{done.folder.name} is as it was.")
    if done.diff:
        print(
            "Review the change and its front matter, then `make train` (and `make page-net` when there are questions)."
        )
    return 0


def check_content(options: argparse.Namespace) -> int:
    """Report on the content of all pages; 1 when something wants a person's attention."""
    from assistant import page_model, responses, training
    from pages import checking
    from pages.content import load_pages

    model = options.model or ROOT / "models" / training.MODEL_NAME
    training.verify_model(model)
    answers, encoder = page_model.load_from_model(model)
    report = checking.check(
        load_pages(options.content or ROOT / "data" / "page"),
        lambda question: answers.answers(question, encoder.encode_one)[0],
        [contact["number"] for contact in responses.contacts()],
        date.today(),
    )
    for line in report.notes:
        print(line)
    for line in report.problems:
        print(f"PROBLEM {line}")
    print(f"{len(report.problems)} problems.")
    return 1 if report.problems else 0
