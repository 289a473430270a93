"""Lighthouse on the hospital's page: accessibility and best practices, and what the launcher costs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from chromium_start import CHROMIUM_ARGUMENTS
from fake_server import FakeServer

LIGHTHOUSE = Path(__file__).parents[1] / "node" / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = ("accessibility", "best-practices")
COSTS = ("long-tasks", "layout-shifts")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def report(server: FakeServer, chromium_path: str, tmp_path: Path) -> dict[str, Any]:
    """What Lighthouse says of the page, as it prints it in JSON."""
    node = shutil.which("node")
    if node is None or not LIGHTHOUSE.exists():
        reason = "no Lighthouse: run scripts/node-tools"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    out = tmp_path / "report.json"
    flags = " ".join(["--headless", *CHROMIUM_ARGUMENTS, f"--user-data-dir={tmp_path}/profile"])
    subprocess.run(
        [node, str(LIGHTHOUSE), server.url, "--quiet", "--output=json", f"--output-path={out}"]
        + [f"--chrome-flags={flags}", f"--only-categories={','.join(CATEGORIES)}", f"--only-audits={','.join(COSTS)}"],
        env={**os.environ, "CHROME_PATH": chromium_path},
        check=True,
        timeout=150,
    )
    return dict(json.loads(out.read_text("utf-8")))


def test_lighthouse_has_nothing_to_say_and_the_launcher_costs_nothing(report: dict[str, Any]) -> None:
    scores = {name: report["categories"][name]["score"] for name in CATEGORIES}
    assert scores == dict.fromkeys(CATEGORIES, 1), [
        audit["id"] for audit in report["audits"].values() if audit["score"] not in (1, None)
    ]
    blocking = [task["url"] for task in report["audits"]["long-tasks"]["details"]["items"]]
    assert not [url for url in blocking if url.endswith("/chat.js")]
    assert "spine-chat" not in json.dumps(report["audits"]["layout-shifts"].get("details", {}))
