"""Settings: a wrong one stops the start; none is guessed."""

from __future__ import annotations

import pytest

from assistant.settings import Settings, SettingsError


def test_without_variables_the_defaults_hold() -> None:
    assert Settings.from_env({}) == Settings()


def test_production_needs_its_own_secret() -> None:
    with pytest.raises(SettingsError, match="SPINE_TRIAGE_SECRET"):
        Settings.from_env({"SPINE_TRIAGE_ENV": "production"})


def test_production_starts_with_a_secret() -> None:
    assert Settings.from_env({"SPINE_TRIAGE_ENV": "production", "SPINE_TRIAGE_SECRET": "s" * 32}).production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPINE_TRIAGE_ENV", "prod"),
        ("SPINE_TRIAGE_SECRET", "short"),
        ("SPINE_TRIAGE_SESSION_HOURS", "many"),
        ("SPINE_TRIAGE_SESSION_HOURS", "0"),
        ("SPINE_TRIAGE_SESSION_HOURS", "nan"),
        ("SPINE_TRIAGE_TURN_SECONDS", "60"),
        ("SPINE_TRIAGE_PROXIES_COUNT", "-1"),
        ("SPINE_TRIAGE_FRAME_ANCESTORS", "*"),
        ("SPINE_TRIAGE_FRAME_ANCESTORS", "https://portal.example; script-src *"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_never_quoted(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert name in str(caught.value)
    assert f"'{value}'" not in str(caught.value)


def test_values_are_read() -> None:
    settings = Settings.from_env(
        {
            "SPINE_TRIAGE_SESSION_HOURS": "2",
            "SPINE_TRIAGE_TURN_SECONDS": "3.5",
            "SPINE_TRIAGE_PROXIES_COUNT": "1",
            "SPINE_TRIAGE_FRAME_ANCESTORS": "https://portal.example https://www.hospital.example:8443",
        }
    )
    assert settings.session_seconds == 7200
    assert settings.turn_seconds == 3.5
    assert settings.proxies_count == 1
    assert settings.frame_ancestors == ("https://portal.example", "https://www.hospital.example:8443")
