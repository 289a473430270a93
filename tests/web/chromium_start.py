"""Which Chromium the browser tests drive, and how it is started: without a sandbox (root), a GPU, or any request of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium(bundled: str) -> str | None:
    """The system's Chromium, else the one that came with Playwright, else None."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return bundled if Path(bundled).exists() else None
