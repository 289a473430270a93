"""The tools that check the files of deploy/."""

from __future__ import annotations

import os

import pytest

from assistant.settings import ROOT
from processes.tools import ToolError, Tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Installed by their lock. A machine without them skips what needs them, except where everything has to be there."""
    tools = Tools(ROOT, "deploy")
    try:
        tools.install()
    except ToolError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    return tools
