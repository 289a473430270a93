"""A fake EHR, and a server with a fake Rasa that this EHR may launch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import Client
from fake_ehr import FakeEhr

from assistant.settings import Settings, Smart
from processes.service import free_port

pytest.register_assert_rewrite("launching", "reading")  # so that a failed assertion of theirs shows its values
from launching import CLIENT, running  # noqa: E402


@pytest.fixture
def ehr() -> Iterator[FakeEhr]:
    with FakeEhr() as running:
        yield running


@pytest.fixture
def smart_settings(ehr: FakeEhr, tmp_path: Path) -> Settings:
    port = free_port()
    smart = Smart((ehr.fhir,), CLIENT, f"http://127.0.0.1:{port}", loopback_http=True)
    return Settings(secret="s" * 32, var_dir=tmp_path / "var", frame_ancestors=(ehr.base,), smart=smart)


@pytest.fixture
def chat(smart_settings: Settings, tmp_path: Path) -> Iterator[Client]:
    with running(smart_settings, tmp_path) as client:
        yield client
